// Options asked of sockets that have no such level, or not under that name.
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr int kSctp = 132, kRaw = 255;

void Neither(int fd, int level, int name, int get_error, int set_error) {
  int value = 1;
  socklen_t size = sizeof(value);
  ERRNO(getsockopt(fd, level, name, &value, &size), get_error);
  ERRNO(setsockopt(fd, level, name, &value, sizeof(value)), set_error);
}

int Raw(int family, int protocol) {
  return OK(socket(family, SOCK_RAW, protocol));
}

}  // namespace

CASE(Stream) {
  for (int level : {int{IPPROTO_UDP}, int{IPPROTO_IPV6}, kSctp, kRaw}) {
    Neither(Tcp(), level, 1, EOPNOTSUPP, ENOPROTOOPT);
  }
}

CASE(Stream6) {
  for (int level : {int{IPPROTO_UDP}, int{IPPROTO_ICMPV6}, kSctp, kRaw}) {
    Neither(Tcp(AF_INET6), level, 1, ENOPROTOOPT, ENOPROTOOPT);
  }
}

CASE(Datagram) {
  int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  for (int level : {int{IPPROTO_TCP}, int{IPPROTO_IPV6}, kSctp, kRaw}) {
    Neither(fd, level, 1, EOPNOTSUPP, ENOPROTOOPT);
  }
  Neither(fd, IPPROTO_UDP, 77, ENOPROTOOPT, ENOPROTOOPT);
}

CASE(Datagram6) {
  int fd = OK(socket(AF_INET6, SOCK_DGRAM, 0));
  for (int level : {int{IPPROTO_TCP}, int{IPPROTO_ICMPV6}, kSctp, kRaw}) {
    Neither(fd, level, 1, ENOPROTOOPT, ENOPROTOOPT);
  }
  EQ(GetInt(fd, IPPROTO_IP, IP_TTL), 64);
}

CASE(PacingOfDatagrams) {
  int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  EQ(GetInt(fd, SOL_SOCKET, SO_MAX_PACING_RATE), -1);
  OK(SetInt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, 125'000));
  EQ(GetInt(fd, SOL_SOCKET, SO_MAX_PACING_RATE), 125'000);
}

CASE(ReadOnly) {
  EQ(GetInt(Tcp(), SOL_SOCKET, SO_BPF_EXTENSIONS), 64);
  ERRNO(SetInt(Tcp(), SOL_SOCKET, SO_BPF_EXTENSIONS, 1), ENOPROTOOPT);
}

CASE(RawIp) {
  int fd = Raw(AF_INET, 89);
  for (int level : {int{IPPROTO_TCP}, int{IPPROTO_UDP}, int{IPPROTO_IPV6}}) {
    Neither(fd, level, 1, EOPNOTSUPP, ENOPROTOOPT);
  }
  Neither(fd, kRaw, 1, EOPNOTSUPP, EOPNOTSUPP);
  Neither(fd, kRaw, 2, ENOPROTOOPT, ENOPROTOOPT);
  Neither(Raw(AF_INET, IPPROTO_ICMP), kRaw, 2, ENOPROTOOPT, ENOPROTOOPT);
}

CASE(RawIp6) {
  int fd = Raw(AF_INET6, 89);
  Neither(fd, IPPROTO_TCP, 1, ENOPROTOOPT, ENOPROTOOPT);
  Neither(fd, IPPROTO_IP, IP_TTL, ENOPROTOOPT, ENOPROTOOPT);
  Neither(fd, IPPROTO_ICMPV6, ICMP6_FILTER, EOPNOTSUPP, EOPNOTSUPP);
  Neither(fd, kRaw, 2, ENOPROTOOPT, ENOPROTOOPT);
  OK(SetInt(fd, kRaw, IPV6_CHECKSUM, 4));
  EQ(GetInt(fd, IPPROTO_IPV6, IPV6_CHECKSUM), 4);
  EQ(GetInt(fd, kRaw, IPV6_CHECKSUM), 4);
}

CASE(RawIcmp6) {
  int fd = Raw(AF_INET6, IPPROTO_ICMPV6);
  Neither(fd, IPPROTO_ICMPV6, 2, ENOPROTOOPT, ENOPROTOOPT);
  int offset = 2;
  ERRNO(setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &offset, sizeof(offset)),
        EINVAL);
  OK(SetInt(fd, kRaw, IPV6_CHECKSUM, 2));
}
