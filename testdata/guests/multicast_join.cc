// Joining and leaving groups, and the interface that multicasts go out by.
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

int Udp(int family = AF_INET) { return OK(socket(family, SOCK_DGRAM, 0)); }

in_addr In(const char* text) {
  Address address = Ip(text, 0);
  return reinterpret_cast<sockaddr_in*>(address.get())->sin_addr;
}

int Eth() { return static_cast<int>(if_nametoindex("eth0")); }

int Change(int fd, int name, const char* group, const char* by, int index = 0) {
  ip_mreqn request = {In(group), In(by), index};
  return setsockopt(fd, IPPROTO_IP, name, &request, sizeof(request));
}
int Join(int fd, const char* group, const char* by, int index = 0) {
  return Change(fd, IP_ADD_MEMBERSHIP, group, by, index);
}
int Leave(int fd, const char* group, const char* by, int index = 0) {
  return Change(fd, IP_DROP_MEMBERSHIP, group, by, index);
}

int Change6(int fd, int name, const char* group, int index) {
  Address address = Ip(group, 0);
  ipv6_mreq request = {};
  request.ipv6mr_multiaddr =
      reinterpret_cast<sockaddr_in6*>(address.get())->sin6_addr;
  request.ipv6mr_interface = index;
  return setsockopt(fd, IPPROTO_IPV6, name, &request, sizeof(request));
}

int ChangeAny(int fd, int level, int name, const char* group, int index) {
  Address address = Ip(group, 0);
  group_req request = {};
  request.gr_interface = index;
  memcpy(&request.gr_group, address.get(), address.size);
  return setsockopt(fd, level, name, &request, sizeof(request));
}

std::string OutBy(int fd) {
  Address address = Ip("1.1.1.1", 0);
  socklen_t size = sizeof(in_addr);
  OK(getsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF,
                &reinterpret_cast<sockaddr_in*>(address.get())->sin_addr,
                &size));
  return address.ToString();
}

}  // namespace

CASE(ByAddress) {
  int fd = Udp();
  OK(Join(fd, "224.1.2.3", "10.0.0.1"));
  ERRNO(Join(fd, "224.1.2.3", "10.0.0.1"), EADDRINUSE);
  OK(Join(fd, "224.1.2.3", "127.0.0.1"));
  OK(Join(Udp(), "224.1.2.3", "10.0.0.1"));
  OK(Leave(fd, "224.1.2.3", "10.0.0.1"));
  ERRNO(Leave(fd, "224.1.2.3", "10.0.0.1"), EADDRNOTAVAIL);
}

CASE(ByIndex) {
  int fd = Udp();
  OK(Join(fd, "224.1.2.3", "0.0.0.0", Eth()));
  ERRNO(Join(fd, "224.1.2.3", "10.0.0.1"), EADDRINUSE);
  ERRNO(Leave(fd, "224.1.2.3", "0.0.0.0", 1), EADDRNOTAVAIL);
  OK(Leave(fd, "224.1.2.3", "0.0.0.0", Eth()));
}

CASE(NoSuchInterface) {
  int fd = Udp();
  ERRNO(Join(fd, "224.1.2.3", "10.9.9.9"), ENODEV);
  ERRNO(Join(fd, "224.1.2.3", "0.0.0.0", 99), ENODEV);
  // No route to the group: no interface.
  ERRNO(Join(fd, "224.1.2.3", "0.0.0.0"), ENODEV);
  ERRNO(Leave(fd, "224.1.2.3", "0.0.0.0"), ENODEV);
}

CASE(NotAGroup) {
  int fd = Udp();
  ERRNO(Join(fd, "10.0.0.9", "10.0.0.1"), EINVAL);
  ERRNO(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, "12345", 5), EINVAL);
}

CASE(TooMany) {
  int fd = Udp();
  for (int i = 1; i <= 20; ++i) {
    OK(Join(fd, ("224.1.2." + std::to_string(i)).c_str(), "10.0.0.1"));
  }
  ERRNO(Join(fd, "224.1.2.21", "10.0.0.1"), ENOBUFS);
  OK(Leave(fd, "224.1.2.7", "10.0.0.1"));
  OK(Join(fd, "224.1.2.21", "10.0.0.1"));
}

CASE(Six) {
  int fd = Udp(AF_INET6);
  OK(Change6(fd, IPV6_JOIN_GROUP, "ff02::1:5", Eth()));
  ERRNO(Change6(fd, IPV6_JOIN_GROUP, "ff02::1:5", Eth()), EADDRINUSE);
  OK(Change6(fd, IPV6_LEAVE_GROUP, "ff02::1:5", Eth()));
  ERRNO(Change6(fd, IPV6_LEAVE_GROUP, "ff02::1:5", Eth()), EADDRNOTAVAIL);
  ERRNO(Change6(fd, IPV6_JOIN_GROUP, "2001:db8::5", Eth()), EINVAL);
  ERRNO(Change6(fd, IPV6_JOIN_GROUP, "ff02::1:5", 99), ENODEV);
}

CASE(EitherFamily) {
  int fd = Udp(AF_INET6);
  OK(ChangeAny(fd, IPPROTO_IPV6, MCAST_JOIN_GROUP, "ff02::1:5", Eth()));
  ERRNO(Change6(fd, IPV6_JOIN_GROUP, "ff02::1:5", Eth()), EADDRINUSE);
  OK(ChangeAny(fd, IPPROTO_IPV6, MCAST_LEAVE_GROUP, "ff02::1:5", Eth()));
  ERRNO(ChangeAny(fd, IPPROTO_IPV6, MCAST_JOIN_GROUP, "224.1.2.3", Eth()),
        EADDRNOTAVAIL);
  fd = Udp();
  OK(ChangeAny(fd, IPPROTO_IP, MCAST_JOIN_GROUP, "224.1.2.3", Eth()));
  ERRNO(ChangeAny(fd, IPPROTO_IP, MCAST_JOIN_GROUP, "ff02::1:5", Eth()),
        EINVAL);
  OK(Leave(fd, "224.1.2.3", "0.0.0.0", Eth()));
}

CASE(Interface) {
  int fd = Udp();
  EQ(OutBy(fd), "0.0.0.0:0");
  in_addr address = In("10.0.0.1");
  OK(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &address, sizeof(address)));
  EQ(OutBy(fd), "10.0.0.1:0");
  address = In("10.9.9.9");
  ERRNO(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &address, sizeof(address)),
        EADDRNOTAVAIL);
  EQ(OutBy(fd), "10.0.0.1:0");
  OK(Change(fd, IP_MULTICAST_IF, "0.0.0.0", "0.0.0.0", Eth()));
  EQ(OutBy(fd), "0.0.0.0:0");
  ERRNO(Change(fd, IP_MULTICAST_IF, "0.0.0.0", "0.0.0.0", 99), EADDRNOTAVAIL);
}

CASE(LoopedBack) {
  int receiver = Udp();
  OK(BindTo(receiver, Ip("0.0.0.0", 0)));
  OK(Join(receiver, "224.1.2.3", "10.0.0.1"));
  Address to = Ip("224.1.2.3", LocalOf(receiver).port());
  int sender = Udp();
  OK(Change(sender, IP_MULTICAST_IF, "0.0.0.0", "10.0.0.1"));
  EQ(OK(sendto(sender, "all", 3, 0, to.get(), to.size)), 3);
  PollFor(receiver, POLLIN);
  EQ(ReadExactly(receiver, 3), "all");
}

CASE(LoopbackAlwaysLoops) {
  int receiver = Udp();
  OK(BindTo(receiver, Ip("0.0.0.0", 0)));
  OK(Join(receiver, "224.1.2.3", "127.0.0.1"));
  Address to = Ip("224.1.2.3", LocalOf(receiver).port());
  int sender = Udp();
  OK(Change(sender, IP_MULTICAST_IF, "0.0.0.0", "127.0.0.1"));
  for (int loop : {0, 1}) {
    OK(SetInt(sender, IPPROTO_IP, IP_MULTICAST_LOOP, loop));
    EQ(OK(sendto(sender, "one", 3, 0, to.get(), to.size)), 3);
    PollFor(receiver, POLLIN);
    EQ(ReadExactly(receiver, 3), "one");
    EQ(PollNow(receiver, POLLIN), 0);
  }
}

CASE(NotLoopedBack) {
  int receiver = Udp();
  OK(BindTo(receiver, Ip("0.0.0.0", 0)));
  OK(Join(receiver, "224.1.2.3", "10.0.0.1"));
  Address to = Ip("224.1.2.3", LocalOf(receiver).port());
  int sender = Udp();
  OK(Change(sender, IP_MULTICAST_IF, "0.0.0.0", "10.0.0.1"));
  OK(SetInt(sender, IPPROTO_IP, IP_MULTICAST_LOOP, 0));
  EQ(OK(sendto(sender, "all", 3, 0, to.get(), to.size)), 3);
  EQ(PollNow(receiver, POLLIN), 0);
}
