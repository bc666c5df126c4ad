// VRF devices as programs meet them: making one, enslaving, and what sockets
// bound to one are given. Where the kernel has no VRF device the cases are
// skipped; then Linux's documentation (networking/vrf.rst) is what they follow.
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/link_requests.h"
#include "testdata/guests/netlink_message.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

std::string Table(uint32_t table) { return Number(IFLA_VRF_TABLE, table); }

void AddAddress(const std::string& link, const std::string& address,
                int length) {
  const Address parsed = Ip(address, 0);
  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  ifaddrmsg body = {};
  body.ifa_family = parsed.family();
  body.ifa_prefixlen = length;
  body.ifa_index = if_nametoindex(link.c_str());
  body.ifa_flags = IFA_F_NODAD;
  request.Add(body);
  uint8_t bytes[16];
  OK(inet_pton(parsed.family(), address.c_str(), bytes));
  request.Attribute(IFA_LOCAL, bytes, parsed.family() == AF_INET ? 4 : 16);
  int fd = Route();
  ACK(fd, request, 0);
  close(fd);
}

// VRFs red and blue, with a link each that has 10.5.0.1/24 and 2001:db8:5::1.
void MakeVrfs() {
  if (if_nametoindex("red") != 0) return;
  int fd = Route();
  for (const char* name : {"red", "blue"}) {
    Request vrf = NewLink(name, "vrf", Table(name[0] == 'r' ? 10 : 20));
    const int error = Ack(fd, vrf);
    if (error == EOPNOTSUPP) SKIP("this kernel has no VRF device");
    EQ(error, 0);
    const std::string port = std::string(name) + "0";
    Request dummy = NewLink(port, "dummy");
    ACK(fd, dummy, 0);
    Request enslave = Enslave(port, if_nametoindex(name));
    ACK(fd, enslave, 0);
    AddAddress(port, "10.5.0.1", 24);
    AddAddress(port, "2001:db8:5::1", 64);
  }
  close(fd);
}

void BindTo(int fd, const char* device) {
  OK(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)));
}

std::string DeviceOf(int fd) {
  char name[IFNAMSIZ] = {};
  socklen_t size = sizeof(name);
  OK(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &size));
  return name;
}

int BoundTcp(const char* device, int family = AF_INET) {
  int fd = Tcp(family);
  if (*device != '\0') BindTo(fd, device);
  return fd;
}

int BoundListener(const char* device, const Address& address) {
  int fd = BoundTcp(device, address.family());
  OK(guest::BindTo(fd, address));
  OK(listen(fd, 4));
  return fd;
}

int BoundUdp(const char* device, const Address& address) {
  int fd = OK(socket(address.family(), SOCK_DGRAM, 0));
  if (*device != '\0') BindTo(fd, device);
  OK(guest::BindTo(fd, address));
  return fd;
}

void SetSysctl(const char* name, const char* value) {
  const std::string path = std::string("/proc/sys/net/ipv4/") + name;
  int fd = OK(open(path.c_str(), O_WRONLY));
  OK(write(fd, value, strlen(value)));
  close(fd);
  fd = OK(open(path.c_str(), O_RDONLY));
  close(fd);
}

}  // namespace

CASE(WrongParametersOfADevice) {
  MakeVrfs();
  int fd = Route();
  Request without = NewLink("v", "vrf");
  ACK(fd, without, EINVAL);
  Request unspecified = NewLink("v", "vrf", Table(0));
  ACK(fd, unspecified, EINVAL);
  Request twice = NewLink("red", "vrf", Table(30));
  ACK(fd, twice, EEXIST);
}

CASE(WhatCannotBeEnslaved) {
  MakeVrfs();
  int fd = Route();
  const int red = if_nametoindex("red");
  Request loopback = Enslave("lo", red);
  ACK(fd, loopback, EOPNOTSUPP);
  Request vrf = Enslave("blue", red);
  ACK(fd, vrf, EINVAL);
  Request no_master = Enslave("blue0", if_nametoindex("red0"));
  ACK(fd, no_master, EOPNOTSUPP);
}

CASE(TheRuleThatAVrfBrings) {
  MakeVrfs();
  for (int family : {AF_INET, AF_INET6}) {
    Request request(RTM_GETRULE, NLM_F_DUMP);
    fib_rule_hdr body = {};
    body.family = family;
    int found = 0;
    int fd = Route();
    for (const Reply& reply : Dump(fd, request.Add(body))) {
      const std::string device =
          reply.Attribute(sizeof(fib_rule_hdr), FRA_L3MDEV);
      if (device.empty()) continue;
      ++found;
      const std::string text =
          reply.Attribute(sizeof(fib_rule_hdr), FRA_PRIORITY);
      uint32_t priority;
      memcpy(&priority, text.data(), sizeof(priority));
      EQ(priority, 1000);
      EQ(reply.As<fib_rule_hdr>()->action, FR_ACT_TO_TBL);
    }
    EQ(found, 1);
    close(fd);
  }
}

CASE(WhatIsToldOfDevices) {
  MakeVrfs();
  int fd = Route();
  int seen = 0;
  for (const Reply& reply : Dump(fd, DumpLinks())) {
    const std::string name = reply.Attribute(sizeof(ifinfomsg), IFLA_IFNAME);
    const std::string info = reply.Attribute(sizeof(ifinfomsg), IFLA_LINKINFO);
    if (name == std::string("red", 4)) {
      ++seen;
      TRUE(reply.As<ifinfomsg>()->ifi_flags & IFF_MASTER);
      TRUE(reply.As<ifinfomsg>()->ifi_flags & IFF_NOARP);
      TRUE(info.find(Table(10)) != std::string::npos);
    } else if (name == std::string("red0", 5)) {
      ++seen;
      const std::string master =
          reply.Attribute(sizeof(ifinfomsg), IFLA_MASTER);
      int index;
      memcpy(&index, master.data(), sizeof(index));
      EQ(index, if_nametoindex("red"));
      TRUE(info.find(Nest(IFLA_INFO_SLAVE_KIND, std::string("vrf", 4))) !=
           std::string::npos);
    }
  }
  EQ(seen, 2);
}

CASE(RoutesOfPortsAreInTheTable) {
  MakeVrfs();
  int fd = Route(), main = 0, red = 0;
  for (const Reply& reply : Dump(fd, DumpRoutes(AF_INET))) {
    if (Destination(reply) != "10.5.0.0/24") continue;
    if (reply.As<rtmsg>()->rtm_table == RT_TABLE_MAIN) ++main;
    if (reply.As<rtmsg>()->rtm_table == 10) ++red;
  }
  EQ(main, 0);
  EQ(red, 1);
}

CASE(AddressesBelongToTheirVrf) {
  MakeVrfs();
  for (const char* text : {"10.5.0.1", "2001:db8:5::1"}) {
    const Address own = Ip(text, 0);
    for (int type : {SOCK_STREAM, SOCK_DGRAM}) {
      int fd = OK(socket(own.family(), type, 0));
      ERRNO(guest::BindTo(fd, own), EADDRNOTAVAIL);
      BindTo(fd, "red");
      OK(guest::BindTo(fd, own));
      int port = OK(socket(own.family(), type, 0));
      BindTo(port, "blue0");
      OK(guest::BindTo(port, own));
      int other = OK(socket(own.family(), type, 0));
      BindTo(other, "red");
      ERRNO(guest::BindTo(
                other,
                Ip(own.family() == AF_INET ? "10.0.0.1" : "2001:db8::1", 0)),
            EADDRNOTAVAIL);
    }
  }
}

CASE(ListenersOfTheSamePort) {
  MakeVrfs();
  for (const char* text : {"10.5.0.1", "2001:db8:5::1"}) {
    const Address to = Ip(text, 4711);
    const Address any = Ip(to.family() == AF_INET ? "0.0.0.0" : "::", 4711);
    int unbound = BoundListener("", any);
    int red = BoundListener("red", any);
    int blue = BoundListener("blue", any);
    int client = BoundTcp("red", to.family());
    OK(ConnectTo(client, to));
    EQ(PollFor(red, POLLIN), POLLIN);
    EQ(PollNow(blue, POLLIN), 0);
    EQ(PollNow(unbound, POLLIN), 0);
    int server = OK(accept(red, nullptr, nullptr));
    EQ(DeviceOf(server), "red");
    SendAll(client, "red");
    EQ(ReadExactly(server, 3), "red");
    int port = BoundTcp("blue0", to.family());
    OK(ConnectTo(port, to));
    EQ(PollFor(blue, POLLIN), POLLIN);
    for (int fd : {unbound, red, blue, client, server, port}) close(fd);
  }
}

CASE(OutsideNobodyIsThere) {
  MakeVrfs();
  BoundListener("red", Ip("0.0.0.0", 4712));
  ERRNO(ConnectTo(Tcp(), Ip("10.5.0.1", 4712)), ENETUNREACH);
  ERRNO(ConnectTo(BoundTcp("blue"), Ip("10.5.0.1", 4712)), ECONNREFUSED);
}

CASE(WhatAVrfDoesNotKnowTheMainTableMay) {
  MakeVrfs();
  int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  BindTo(fd, "red");
  OK(ConnectTo(fd, Ip("10.0.0.77", 9)));
  ERRNO(ConnectTo(fd, Ip("192.0.2.1", 9)), ENETUNREACH);
}

CASE(UnboundListenersHearOfVrfsOnRequest) {
  MakeVrfs();
  int listener = BoundListener("", Ip("0.0.0.0", 4713));
  const Address to = Ip("10.5.0.1", 4713);
  SetSysctl("tcp_l3mdev_accept", "0");
  ERRNO(ConnectTo(BoundTcp("red"), to), ECONNREFUSED);
  SetSysctl("tcp_l3mdev_accept", "1");
  OK(ConnectTo(BoundTcp("red"), to));
  PollFor(listener, POLLIN);
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(DeviceOf(server), "red");
  // Now they share their ports with those of VRFs.
  int red = BoundTcp("red");
  ERRNO(guest::BindTo(red, Ip("0.0.0.0", 4713)), EADDRINUSE);
  SetSysctl("tcp_l3mdev_accept", "0");
}

CASE(DatagramsStayInTheirVrf) {
  MakeVrfs();
  const Address any = Ip("0.0.0.0", 0);
  int red = BoundUdp("red", any), blue = BoundUdp("blue0", any);
  Address to = Ip("10.5.0.1", LocalOf(red).port());
  OK(sendto(red, "x", 1, 0, to.get(), to.size));
  EQ(PollFor(red, POLLIN), POLLIN);
  ERRNO(sendto(BoundUdp("", any), "x", 1, 0, to.get(), to.size), ENETUNREACH);
  // In the other VRF nobody has that port.
  OK(ConnectTo(blue, to));
  OK(send(blue, "x", 1, 0));
  PollFor(blue, POLLIN);
  EQ(SoError(blue), ECONNREFUSED);
}

CASE(UnboundReceiversHearOfVrfsOnRequest) {
  MakeVrfs();
  int receiver = BoundUdp("", Ip("0.0.0.0", 4714));
  int sender = BoundUdp("red", Ip("0.0.0.0", 0));
  const Address to = Ip("10.5.0.1", 4714);
  for (const char* accept : {"0", "1", "0"}) {
    SetSysctl("udp_l3mdev_accept", accept);
    OK(sendto(sender, "x", 1, 0, to.get(), to.size));
    SoError(sender);
    EQ(PollNow(receiver, POLLIN), *accept == '1' ? POLLIN : 0);
    char byte;
    recv(receiver, &byte, 1, MSG_DONTWAIT);
  }
}

CASE(EchoRequestsInAVrf) {
  MakeVrfs();
  int raw = OK(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  BindTo(raw, "red");
  int other = OK(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  BindTo(other, "blue");
  icmphdr request = {};
  request.type = ICMP_ECHO;
  request.checksum = htons(0xf7ff);
  const Address to = Ip("10.5.0.1", 0);
  OK(sendto(raw, &request, sizeof(request), 0, to.get(), to.size));
  char reply[64];
  EQ(OK(recv(raw, reply, sizeof(reply), 0)), 28);
  EQ(reply[20], ICMP_ECHO);
  EQ(OK(recv(raw, reply, sizeof(reply), 0)), 28);
  EQ(reply[20], ICMP_ECHOREPLY);
  EQ(PollNow(other, POLLIN), 0);
}

CASE(ListenersAreToldOfAMaster) {
  MakeVrfs();
  int fd = Route();
  Request dummy = NewLink("late", "dummy");
  ACK(fd, dummy, 0);
  int listener = Subscribed(RTMGRP_LINK);
  Request enslave = Enslave("late", if_nametoindex("blue"));
  ACK(fd, enslave, 0);
  const int blue = if_nametoindex("blue");
  bool told = false;
  while (PollNow(listener, POLLIN) != 0) {
    for (const Reply& reply : Receive(listener)) {
      const std::string master =
          reply.Attribute(sizeof(ifinfomsg), IFLA_MASTER);
      told |= master == std::string(reinterpret_cast<const char*>(&blue), 4);
    }
  }
  TRUE(told);
  Request free = Enslave("late", 0);
  ACK(fd, free, 0);
  Request gone(RTM_DELLINK, 0);
  ifinfomsg body = {};
  body.ifi_index = if_nametoindex("late");
  ACK(fd, gone.Add(body), 0);
}

CASE(PortsOutliveTheirVrf) {
  MakeVrfs();
  int fd = Route();
  Request vrf = NewLink("green", "vrf", Table(30));
  ACK(fd, vrf, 0);
  Request dummy = NewLink("green0", "dummy");
  ACK(fd, dummy, 0);
  Request enslave = Enslave("green0", if_nametoindex("green"));
  ACK(fd, enslave, 0);
  AddAddress("green0", "10.6.0.1", 24);
  int bound = BoundTcp("green");
  OK(guest::BindTo(bound, Ip("10.6.0.1", 0)));
  Request gone(RTM_DELLINK, 0);
  ifinfomsg body = {};
  body.ifi_index = if_nametoindex("green");
  ACK(fd, gone.Add(body), 0);
  TRUE(if_nametoindex("green0") != 0);
  OK(guest::BindTo(Tcp(), Ip("10.6.0.1", 0)));
  Request port(RTM_DELLINK, 0);
  body.ifi_index = if_nametoindex("green0");
  ACK(fd, port.Add(body), 0);
}
