// What of a group reaches which socket, and what a receiver learns with it.
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr int kPort = 7000;
constexpr char kGroup[] = "224.1.2.3";
constexpr char kGroup6[] = "ff02::1:5";
constexpr int kProtocol = 89;

int Eth() { return static_cast<int>(if_nametoindex("eth0")); }

in_addr In(const char* text) {
  Address address = Ip(text, 0);
  return reinterpret_cast<sockaddr_in*>(address.get())->sin_addr;
}

Address In6(const char* text, int port) {
  Address address = Ip(text, port);
  reinterpret_cast<sockaddr_in6*>(address.get())->sin6_scope_id = Eth();
  return address;
}

int Receiver(int family = AF_INET, int port = kPort) {
  int fd = OK(socket(family, SOCK_DGRAM, 0));
  OK(SetInt(fd, SOL_SOCKET, SO_REUSEADDR, 1));
  OK(BindTo(fd, Ip(family == AF_INET ? "0.0.0.0" : "::", port)));
  return fd;
}

void Join(int fd, const char* group = kGroup) {
  ip_mreqn request = {In(group), {}, Eth()};
  OK(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)));
}

int Source(int fd, int name, const char* source, const char* group = kGroup) {
  ip_mreq_source request = {};
  request.imr_multiaddr = In(group);
  request.imr_interface = In("10.0.0.1");
  request.imr_sourceaddr = In(source);
  return setsockopt(fd, IPPROTO_IP, name, &request, sizeof(request));
}

int Source6(int fd, int name, const char* source) {
  group_source_req request = {};
  request.gsr_interface = Eth();
  Address group = Ip(kGroup6, 0), address = Ip(source, 0);
  memcpy(&request.gsr_group, group.get(), group.size);
  memcpy(&request.gsr_source, address.get(), address.size);
  return setsockopt(fd, IPPROTO_IPV6, name, &request, sizeof(request));
}

void Join6(int fd, const char* group = kGroup6) {
  Address address = Ip(group, 0);
  ipv6_mreq request = {};
  request.ipv6mr_multiaddr =
      reinterpret_cast<sockaddr_in6*>(address.get())->sin6_addr;
  request.ipv6mr_interface = Eth();
  OK(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof(request)));
}

int Filter(int fd, uint32_t mode, const std::vector<const char*>& sources) {
  alignas(ip_msfilter) char bytes[IP_MSFILTER_SIZE(16)] = {};
  auto* filter = reinterpret_cast<ip_msfilter*>(bytes);
  filter->imsf_multiaddr = In(kGroup);
  filter->imsf_interface = In("10.0.0.1");
  filter->imsf_fmode = mode;
  filter->imsf_numsrc = sources.size();
  for (size_t i = 0; i < sources.size(); ++i) {
    in_addr source = In(sources[i]);
    memcpy(bytes + IP_MSFILTER_SIZE(i), &source, sizeof(source));
  }
  return setsockopt(fd, IPPROTO_IP, IP_MSFILTER, bytes,
                    IP_MSFILTER_SIZE(sources.size()));
}

// One datagram to the group, out by eth0.
void SendTo(const char* group, const char* from = "10.0.0.1", int ttl = 1) {
  int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(BindTo(fd, Ip(from, 0)));
  ip_mreqn request = {{}, {}, Eth()};
  OK(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request)));
  OK(SetInt(fd, IPPROTO_IP, IP_MULTICAST_TTL, ttl));
  Address to = Ip(group, kPort);
  EQ(OK(sendto(fd, "x", 1, 0, to.get(), to.size)), 1);
  close(fd);
}

void SendTo6(const char* group = kGroup6, const char* from = "") {
  int fd = OK(socket(AF_INET6, SOCK_DGRAM, 0));
  if (*from != '\0') OK(BindTo(fd, Ip(from, 0)));
  Address to = In6(group, kPort);
  EQ(OK(sendto(fd, "x", 1, 0, to.get(), to.size)), 1);
  close(fd);
}

// How many datagrams wait.
int Waiting(int fd) {
  int count = 0;
  char bytes[256];
  while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) >= 0) ++count;
  return count;
}

// The data of the control message of that kind in the next datagram.
std::string Control(int fd, int level, int type) {
  char data[512], control[512];
  iovec piece = {data, sizeof(data)};
  msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  PollFor(fd, POLLIN);
  OK(recvmsg(fd, &message, 0));
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != level || c->cmsg_type != type) continue;
    return std::string(reinterpret_cast<char*>(CMSG_DATA(c)),
                       c->cmsg_len - CMSG_LEN(0));
  }
  return "";
}

template <typename T>
T ControlAs(int fd, int level, int type) {
  std::string bytes = Control(fd, level, type);
  EQ(bytes.size(), sizeof(T));
  T value;
  memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

}  // namespace

CASE(OnlyWhereAnInterfaceHasJoined) {
  int fd = Receiver();
  SendTo(kGroup);
  EQ(Waiting(fd), 0);
  Join(fd);
  SendTo(kGroup);
  EQ(Waiting(fd), 1);
}

// IP_MULTICAST_ALL, on by default: groups that others have joined, too.
CASE(GroupsThatOthersJoined) {
  int joined = Receiver(), open = Receiver(), strict = Receiver();
  Join(joined);
  OK(SetInt(strict, IPPROTO_IP, IP_MULTICAST_ALL, 0));
  SendTo(kGroup);
  EQ(Waiting(joined), 1);
  EQ(Waiting(open), 1);
  EQ(Waiting(strict), 0);
  Join(strict);
  SendTo(kGroup);
  EQ(Waiting(strict), 1);
}

CASE(GroupsThatOthersJoined6) {
  int joined = Receiver(AF_INET6), open = Receiver(AF_INET6);
  int strict = Receiver(AF_INET6);
  Join6(joined);
  OK(SetInt(strict, IPPROTO_IPV6, 29 /* IPV6_MULTICAST_ALL */, 0));
  SendTo6();
  EQ(Waiting(joined), 1);
  EQ(Waiting(open), 1);
  EQ(Waiting(strict), 0);
}

CASE(MembershipEndsWithItsSocket) {
  int fd = Receiver(), other = Receiver();
  Join(other);
  close(other);
  SendTo(kGroup);
  EQ(Waiting(fd), 0);
}

CASE(EverybodyHearsAllHosts) {
  int fd = Receiver();
  SendTo("224.0.0.1");
  EQ(Waiting(fd), 1);
  int six = Receiver(AF_INET6);
  SendTo6("ff02::1");
  EQ(Waiting(six), 1);
}

CASE(BoundToTheGroup) {
  int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(BindTo(fd, Ip(kGroup, kPort)));
  Join(fd);
  Join(fd, "224.1.2.4");
  SendTo(kGroup);
  SendTo("224.1.2.4");
  EQ(Waiting(fd), 1);
}

CASE(OneSource) {
  int fd = Receiver();
  OK(Source(fd, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.2"));
  ERRNO(Source(fd, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.2"), EADDRNOTAVAIL);
  SendTo(kGroup, "10.0.0.1");
  EQ(Waiting(fd), 0);
  SendTo(kGroup, "10.0.0.2");
  EQ(Waiting(fd), 1);
  OK(Source(fd, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.1"));
  SendTo(kGroup, "10.0.0.1");
  EQ(Waiting(fd), 1);
  OK(Source(fd, IP_DROP_SOURCE_MEMBERSHIP, "10.0.0.2"));
  ERRNO(Source(fd, IP_DROP_SOURCE_MEMBERSHIP, "10.0.0.2"), EADDRNOTAVAIL);
  SendTo(kGroup, "10.0.0.2");
  EQ(Waiting(fd), 0);
  // The last one takes the membership with it.
  OK(Source(fd, IP_DROP_SOURCE_MEMBERSHIP, "10.0.0.1"));
  ERRNO(Source(fd, IP_DROP_SOURCE_MEMBERSHIP, "10.0.0.1"), EINVAL);
}

CASE(AllButOneSource) {
  int fd = Receiver();
  ERRNO(Source(fd, IP_BLOCK_SOURCE, "10.0.0.2"), EINVAL);
  Join(fd);
  OK(Source(fd, IP_BLOCK_SOURCE, "10.0.0.2"));
  ERRNO(Source(fd, IP_BLOCK_SOURCE, "10.0.0.2"), EADDRNOTAVAIL);
  ERRNO(Source(fd, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.2"), EINVAL);
  SendTo(kGroup, "10.0.0.2");
  EQ(Waiting(fd), 0);
  SendTo(kGroup, "10.0.0.1");
  EQ(Waiting(fd), 1);
  OK(Source(fd, IP_UNBLOCK_SOURCE, "10.0.0.2"));
  ERRNO(Source(fd, IP_UNBLOCK_SOURCE, "10.0.0.2"), EADDRNOTAVAIL);
  SendTo(kGroup, "10.0.0.2");
  EQ(Waiting(fd), 1);
}

CASE(SourcesOfIPv6) {
  int fd = Receiver(AF_INET6);
  OK(Source6(fd, MCAST_JOIN_SOURCE_GROUP, "2001:db8::1"));
  SendTo6(kGroup6);  // from the link-local address
  EQ(Waiting(fd), 0);
  SendTo6(kGroup6, "2001:db8::1");
  EQ(Waiting(fd), 1);
  OK(Source6(fd, MCAST_LEAVE_SOURCE_GROUP, "2001:db8::1"));
  Join6(fd);
  OK(Source6(fd, MCAST_BLOCK_SOURCE, "2001:db8::1"));
  SendTo6(kGroup6, "2001:db8::1");
  EQ(Waiting(fd), 0);
  SendTo6(kGroup6);
  EQ(Waiting(fd), 1);
  OK(Source6(fd, MCAST_UNBLOCK_SOURCE, "2001:db8::1"));
  ERRNO(Source6(fd, MCAST_UNBLOCK_SOURCE, "2001:db8::1"), EADDRNOTAVAIL);
}

CASE(TooManySources) {
  int fd = Receiver();
  for (int i = 1; i <= 10; ++i) {
    OK(Source(fd, IP_ADD_SOURCE_MEMBERSHIP,
              ("10.0.1." + std::to_string(i)).c_str()));
  }
  ERRNO(Source(fd, IP_ADD_SOURCE_MEMBERSHIP, "10.0.1.11"), ENOBUFS);
}

CASE(WholeFilters) {
  int fd = Receiver();
  ERRNO(Filter(fd, MCAST_INCLUDE, {"10.0.0.2"}), EINVAL);
  Join(fd);
  OK(Filter(fd, MCAST_INCLUDE, {"10.0.0.9", "10.0.0.2"}));
  SendTo(kGroup, "10.0.0.1");
  EQ(Waiting(fd), 0);
  SendTo(kGroup, "10.0.0.2");
  EQ(Waiting(fd), 1);
  OK(Filter(fd, MCAST_EXCLUDE, {"10.0.0.2"}));
  SendTo(kGroup, "10.0.0.2");
  EQ(Waiting(fd), 0);
  SendTo(kGroup, "10.0.0.1");
  EQ(Waiting(fd), 1);
  ERRNO(Filter(fd, 7, {}), EINVAL);
  OK(Filter(fd, MCAST_INCLUDE, {}));  // leaves
  ERRNO(Filter(fd, MCAST_EXCLUDE, {}), EINVAL);
}

CASE(WhatComesWithIt) {
  int fd = Receiver();
  Join(fd);
  OK(SetInt(fd, IPPROTO_IP, IP_PKTINFO, 1));
  SendTo(kGroup, "10.0.0.2");
  auto info = ControlAs<in_pktinfo>(fd, IPPROTO_IP, IP_PKTINFO);
  EQ(info.ipi_ifindex, Eth());
  EQ(info.ipi_addr.s_addr, In(kGroup).s_addr);
  EQ(info.ipi_spec_dst.s_addr, In("10.0.0.1").s_addr);
  OK(SetInt(fd, IPPROTO_IP, IP_RECVTTL, 1));
  SendTo(kGroup, "10.0.0.1", 17);
  EQ(ControlAs<int>(fd, IPPROTO_IP, IP_TTL), 17);
}

CASE(WhatComesWithIPv6) {
  int fd = Receiver(AF_INET6);
  Join6(fd);
  OK(SetInt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1));
  SendTo6();
  auto info = ControlAs<in6_pktinfo>(fd, IPPROTO_IPV6, IPV6_PKTINFO);
  EQ(static_cast<int>(info.ipi6_ifindex), Eth());
  Address group = Ip(kGroup6, 0);
  EQ(memcmp(&info.ipi6_addr,
            &reinterpret_cast<sockaddr_in6*>(group.get())->sin6_addr, 16),
     0);
}

CASE(LinkLocalSourceHasItsScope) {
  int fd = Receiver(AF_INET6);
  Join6(fd);
  SendTo6();
  char byte;
  Address from;
  from.size = sizeof(from.storage);
  PollFor(fd, POLLIN);
  EQ(OK(recvfrom(fd, &byte, 1, 0, from.get(), &from.size)), 1);
  auto* six = reinterpret_cast<sockaddr_in6*>(from.get());
  TRUE(IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr));
  EQ(static_cast<int>(six->sin6_scope_id), Eth());
}

// Ancillary data says where a datagram goes out.
CASE(InterfaceInAncillaryData) {
  int fd = Receiver();
  Join(fd);
  int sender = OK(socket(AF_INET, SOCK_DGRAM, 0));
  Address to = Ip(kGroup, kPort);
  for (int index : {0, Eth(), 1, 99}) {
    iovec piece = {const_cast<char*>("x"), 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in_pktinfo))] = {};
    msghdr message = {};
    message.msg_name = to.get();
    message.msg_namelen = to.size;
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo info = {};
    info.ipi_ifindex = index;
    memcpy(CMSG_DATA(c), &info, sizeof(info));
    if (index == 0) {
      ERRNO(sendmsg(sender, &message, 0), ENETUNREACH);
    } else if (index == 99) {
      ERRNO(sendmsg(sender, &message, 0), ENODEV);
    } else {
      EQ(OK(sendmsg(sender, &message, 0)), 1);
      EQ(Waiting(fd), index == Eth() ? 1 : 0);
    }
  }
}

CASE(ContradictingInterfacesOfIPv6) {
  int sender = OK(socket(AF_INET6, SOCK_DGRAM, 0));
  OK(setsockopt(sender, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 4));
  Address to = In6(kGroup6, kPort);
  iovec piece = {const_cast<char*>("x"), 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in6_pktinfo))] = {};
  msghdr message = {};
  message.msg_name = to.get();
  message.msg_namelen = to.size;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* c = CMSG_FIRSTHDR(&message);
  c->cmsg_level = IPPROTO_IPV6;
  c->cmsg_type = IPV6_PKTINFO;
  c->cmsg_len = CMSG_LEN(sizeof(in6_pktinfo));
  in6_pktinfo info = {};
  info.ipi6_ifindex = 1;
  memcpy(CMSG_DATA(c), &info, sizeof(info));
  ERRNO(sendmsg(sender, &message, 0), EINVAL);
  info.ipi6_ifindex = Eth();
  memcpy(CMSG_DATA(c), &info, sizeof(info));
  EQ(OK(sendmsg(sender, &message, 0)), 1);
}

CASE(Broadcasts) {
  int fd = Receiver();
  int sender = OK(socket(AF_INET, SOCK_DGRAM, 0));
  Address to = Ip("10.0.0.255", kPort);
  ERRNO(sendto(sender, "x", 1, 0, to.get(), to.size), EACCES);
  OK(SetInt(sender, SOL_SOCKET, SO_BROADCAST, 1));
  EQ(OK(sendto(sender, "x", 1, 0, to.get(), to.size)), 1);
  EQ(Waiting(fd), 1);
  to = Ip("255.255.255.255", kPort);
  ERRNO(sendto(sender, "x", 1, 0, to.get(), to.size), ENETUNREACH);
  OK(setsockopt(sender, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 4));
  OK(SetInt(fd, IPPROTO_IP, IP_PKTINFO, 1));
  EQ(OK(sendto(sender, "x", 1, 0, to.get(), to.size)), 1);
  auto info = ControlAs<in_pktinfo>(fd, IPPROTO_IP, IP_PKTINFO);
  EQ(info.ipi_ifindex, Eth());
  EQ(info.ipi_addr.s_addr, INADDR_BROADCAST);
  EQ(info.ipi_spec_dst.s_addr, In("10.0.0.1").s_addr);
}

// A raw socket as OSPF has it: its own header, and the groups it joins.
CASE(RawWithItsOwnHeader) {
  int fd = OK(socket(AF_INET, SOCK_RAW, kProtocol));
  OK(SetInt(fd, IPPROTO_IP, IP_HDRINCL, 1));
  Join(fd, "224.0.0.5");
  ip_mreqn out = {{}, {}, Eth()};
  OK(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof(out)));
  iphdr header = {};
  header.version = 4;
  header.ihl = 5;
  header.ttl = 7;
  header.tos = 0xc0;
  header.protocol = kProtocol;
  header.daddr = In("224.0.0.5").s_addr;
  std::string packet(reinterpret_cast<char*>(&header), sizeof(header));
  packet += "hello";
  Address to = Ip("224.0.0.5", 0);
  EQ(OK(sendto(fd, packet.data(), packet.size(), 0, to.get(), to.size)), 25);
  char bytes[100];
  PollFor(fd, POLLIN);
  EQ(OK(recv(fd, bytes, sizeof(bytes), 0)), 25);
  memcpy(&header, bytes, sizeof(header));
  EQ(+header.ttl, 7);
  EQ(+header.tos, 0xc0);
  EQ(header.saddr, In("10.0.0.1").s_addr);
  EQ(header.daddr, In("224.0.0.5").s_addr);
  EQ(ntohs(header.tot_len), 25);
  EQ(std::string(bytes + 20, 5), "hello");
  ERRNO(sendto(fd, "short", 5, 0, to.get(), to.size), EINVAL);
}

CASE(RawWantsItsGroupsOnly) {
  int joined = OK(socket(AF_INET, SOCK_RAW, kProtocol));
  int strict = OK(socket(AF_INET, SOCK_RAW, kProtocol));
  Join(joined, "224.0.0.5");
  OK(SetInt(strict, IPPROTO_IP, IP_MULTICAST_ALL, 0));
  ip_mreqn out = {{}, {}, Eth()};
  OK(setsockopt(joined, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof(out)));
  for (const char* group : {"224.0.0.5", "224.0.0.6"}) {
    Address to = Ip(group, 0);
    EQ(OK(sendto(joined, "x", 1, 0, to.get(), to.size)), 1);
  }
  EQ(Waiting(joined), 1);
  EQ(Waiting(strict), 0);
}

// As OSPFv3 has it: the kernel sums.
CASE(ChecksumOfIPv6) {
  int fd = OK(socket(AF_INET6, SOCK_RAW, kProtocol));
  OK(SetInt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, 12));
  Join6(fd, "ff02::5");
  Address to = In6("ff02::5", 0);
  std::string packet(16, '\x01');
  EQ(OK(sendto(fd, packet.data(), packet.size(), 0, to.get(), to.size)), 16);
  char bytes[100];
  PollFor(fd, POLLIN);
  EQ(OK(recv(fd, bytes, sizeof(bytes), 0)), 16);
  EQ(std::string(bytes, 12), packet.substr(0, 12));
  TRUE(bytes[12] != '\x01' || bytes[13] != '\x01');
  // Too short for a sum; and nobody looks at it who is the sender.
  ERRNO(sendto(fd, packet.data(), 13, 0, to.get(), to.size), EINVAL);
  int plain = OK(socket(AF_INET6, SOCK_RAW, kProtocol));
  EQ(OK(sendto(plain, packet.data(), packet.size(), 0, to.get(), to.size)), 16);
  EQ(Waiting(fd), 1);
}

CASE(NodeLocalGroups) {
  int fd = Receiver(AF_INET6);
  SendTo6("ff01::1");
  EQ(Waiting(fd), 1);
}
