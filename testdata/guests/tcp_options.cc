// Options of TCP sockets: defaults, bounds, and what is read back after a set.
#include <asm/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

// Default, then set and read back.
void RoundTrip(int family, int level, int name, int initial, int set,
               int read_back) {
  int fd = Tcp(family);
  EQ(GetInt(fd, level, name), initial);
  OK(SetInt(fd, level, name, set));
  EQ(GetInt(fd, level, name), read_back);
}

void Bounds(int family, int level, int name, int low, int high) {
  int fd = Tcp(family);
  OK(SetInt(fd, level, name, low));
  OK(SetInt(fd, level, name, high));
  EQ(GetInt(fd, level, name), high);
  ERRNO(SetInt(fd, level, name, low - 1), EINVAL);
  ERRNO(SetInt(fd, level, name, high + 1), EINVAL);
  EQ(GetInt(fd, level, name), high);
}

std::string GetText(int fd, int level, int name) {
  char text[64] = "";
  socklen_t size = sizeof(text);
  OK(getsockopt(fd, level, name, text, &size));
  return text;
}

int GetSized(int fd, int level, int name, socklen_t* size) {
  char bytes[256];
  return getsockopt(fd, level, name, bytes, size);
}

}  // namespace

#define ROUND_TRIP(case_name, family, level, option, initial, set, read_back) \
  CASE(case_name) { RoundTrip(family, level, option, initial, set, read_back); }

ROUND_TRIP(ReuseAddr, AF_INET, SOL_SOCKET, SO_REUSEADDR, 0, 1, 1)
ROUND_TRIP(ReuseAddrIsABool, AF_INET, SOL_SOCKET, SO_REUSEADDR, 0, 7, 1)
ROUND_TRIP(ReusePort, AF_INET, SOL_SOCKET, SO_REUSEPORT, 0, 1, 1)
ROUND_TRIP(KeepAlive, AF_INET, SOL_SOCKET, SO_KEEPALIVE, 0, 1, 1)
ROUND_TRIP(KeepAlive6, AF_INET6, SOL_SOCKET, SO_KEEPALIVE, 0, 1, 1)
ROUND_TRIP(Broadcast, AF_INET, SOL_SOCKET, SO_BROADCAST, 0, 1, 1)
ROUND_TRIP(DontRoute, AF_INET, SOL_SOCKET, SO_DONTROUTE, 0, 1, 1)
ROUND_TRIP(OobInline, AF_INET, SOL_SOCKET, SO_OOBINLINE, 0, 1, 1)
ROUND_TRIP(Priority, AF_INET, SOL_SOCKET, SO_PRIORITY, 0, 6, 6)
ROUND_TRIP(Mark, AF_INET, SOL_SOCKET, SO_MARK, 0, 0x1234, 0x1234)
ROUND_TRIP(Timestamp, AF_INET, SOL_SOCKET, SO_TIMESTAMP, 0, 1, 1)
ROUND_TRIP(TimestampNew, AF_INET, SOL_SOCKET, SO_TIMESTAMP_NEW, 0, 1, 1)
ROUND_TRIP(NoFcs, AF_INET, SOL_SOCKET, SO_NOFCS, 0, 1, 1)
ROUND_TRIP(PreferBusyPoll, AF_INET, SOL_SOCKET, SO_PREFER_BUSY_POLL, 0, 7, 1)
ROUND_TRIP(RcvLowat, AF_INET, SOL_SOCKET, SO_RCVLOWAT, 1, 100, 100)
ROUND_TRIP(RcvLowatZeroIsOne, AF_INET, SOL_SOCKET, SO_RCVLOWAT, 1, 0, 1)
ROUND_TRIP(NoDelay, AF_INET, IPPROTO_TCP, TCP_NODELAY, 0, 1, 1)
ROUND_TRIP(NoDelay6, AF_INET6, IPPROTO_TCP, TCP_NODELAY, 0, 1, 1)
ROUND_TRIP(Cork, AF_INET, IPPROTO_TCP, TCP_CORK, 0, 1, 1)
ROUND_TRIP(KeepIdle, AF_INET, IPPROTO_TCP, TCP_KEEPIDLE, 7200, 10, 10)
ROUND_TRIP(KeepInterval, AF_INET, IPPROTO_TCP, TCP_KEEPINTVL, 75, 5, 5)
ROUND_TRIP(KeepCount, AF_INET, IPPROTO_TCP, TCP_KEEPCNT, 9, 3, 3)
ROUND_TRIP(SynCount, AF_INET, IPPROTO_TCP, TCP_SYNCNT, 6, 2, 2)
ROUND_TRIP(Linger2, AF_INET, IPPROTO_TCP, TCP_LINGER2, 60, 10, 10)
ROUND_TRIP(UserTimeout, AF_INET, IPPROTO_TCP, TCP_USER_TIMEOUT, 0, 500, 500)
ROUND_TRIP(QuickAck, AF_INET, IPPROTO_TCP, TCP_QUICKACK, 1, 0, 0)
ROUND_TRIP(DeferAcceptRoundsUp, AF_INET, IPPROTO_TCP, TCP_DEFER_ACCEPT, 0, 5, 7)
ROUND_TRIP(NotSentLowat, AF_INET, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 0, 4096, 4096)
ROUND_TRIP(Ttl, AF_INET, IPPROTO_IP, IP_TTL, 64, 1, 1)
ROUND_TRIP(TtlDefaultAgain, AF_INET, IPPROTO_IP, IP_TTL, 64, -1, 64)
ROUND_TRIP(MinTtl, AF_INET, IPPROTO_IP, IP_MINTTL, 0, 254, 254)
ROUND_TRIP(Tos, AF_INET, IPPROTO_IP, IP_TOS, 0, 0xc0, 0xc0)
// The two ECN bits are TCP's own.
ROUND_TRIP(TosWithoutEcn, AF_INET, IPPROTO_IP, IP_TOS, 0, 0xff, 0xfc)
ROUND_TRIP(Freebind, AF_INET, IPPROTO_IP, IP_FREEBIND, 0, 1, 1)
ROUND_TRIP(Transparent, AF_INET, IPPROTO_IP, IP_TRANSPARENT, 0, 1, 1)
ROUND_TRIP(ReceiveErrors, AF_INET, IPPROTO_IP, IP_RECVERR, 0, 1, 1)
ROUND_TRIP(BindNoPort, AF_INET, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 0, 1, 1)
ROUND_TRIP(MulticastTtl, AF_INET, IPPROTO_IP, IP_MULTICAST_LOOP, 1, 0, 0)
ROUND_TRIP(UnicastHops, AF_INET6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 64, 1, 1)
ROUND_TRIP(MinHopCount, AF_INET6, IPPROTO_IPV6, IPV6_MINHOPCOUNT, 0, 254, 254)
ROUND_TRIP(TClass, AF_INET6, IPPROTO_IPV6, IPV6_TCLASS, 0, 0xc0, 0xc0)
ROUND_TRIP(V6Only, AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, 0, 1, 1)
ROUND_TRIP(MulticastHops, AF_INET6, IPPROTO_IPV6, IPV6_RECVPKTINFO, 0, 1, 1)
ROUND_TRIP(Ttl6, AF_INET6, IPPROTO_IP, IP_TTL, 64, 3, 3)
ROUND_TRIP(Mtu6Discover, AF_INET6, IPPROTO_IPV6, IPV6_MTU_DISCOVER, 1, 2, 2)
ROUND_TRIP(MtuDiscover, AF_INET, IPPROTO_IP, IP_MTU_DISCOVER, 1, 2, 2)

CASE(KeepIdleBounds) { Bounds(AF_INET, IPPROTO_TCP, TCP_KEEPIDLE, 1, 32767); }

CASE(KeepIntervalBounds) {
  Bounds(AF_INET, IPPROTO_TCP, TCP_KEEPINTVL, 1, 32767);
}

CASE(KeepCountBounds) { Bounds(AF_INET, IPPROTO_TCP, TCP_KEEPCNT, 1, 127); }

CASE(SynCountBounds) { Bounds(AF_INET, IPPROTO_TCP, TCP_SYNCNT, 1, 127); }

CASE(TtlBounds) {
  int fd = Tcp();
  OK(SetInt(fd, IPPROTO_IP, IP_TTL, 255));
  ERRNO(SetInt(fd, IPPROTO_IP, IP_TTL, 256), EINVAL);
  ERRNO(SetInt(fd, IPPROTO_IP, IP_TTL, 0), EINVAL);
}

CASE(MinTtlBounds) { Bounds(AF_INET, IPPROTO_IP, IP_MINTTL, 0, 255); }

CASE(UnicastHopsBounds) {
  int fd = Tcp(AF_INET6);
  ERRNO(SetInt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256), EINVAL);
  ERRNO(SetInt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, -2), EINVAL);
}

CASE(Type) {
  EQ(GetInt(Tcp(), SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  EQ(GetInt(Tcp(AF_INET, SOCK_NONBLOCK), SOL_SOCKET, SO_TYPE), SOCK_STREAM);
}

CASE(Domain) {
  EQ(GetInt(Tcp(), SOL_SOCKET, SO_DOMAIN), AF_INET);
  EQ(GetInt(Tcp(AF_INET6), SOL_SOCKET, SO_DOMAIN), AF_INET6);
}

CASE(Protocol) {
  EQ(GetInt(Tcp(), SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
  EQ(GetInt(Connected().server, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
}

CASE(Linger) {
  int fd = Tcp();
  linger value = {7, 7};
  socklen_t size = sizeof(value);
  OK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, &size));
  EQ(value.l_onoff, 0);
  EQ(size, sizeof(value));
  value = {1, 5};
  OK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, sizeof(value)));
  value = {};
  OK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, &size));
  EQ(value.l_onoff, 1);
  EQ(value.l_linger, 5);
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, 4), EINVAL);
}

CASE(Timeouts) {
  int fd = Tcp();
  for (int name : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    timeval value = {9, 9};
    socklen_t size = sizeof(value);
    OK(getsockopt(fd, SOL_SOCKET, name, &value, &size));
    EQ(value.tv_sec, 0);
    EQ(value.tv_usec, 0);
    value = {3, 500'000};
    OK(setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value)));
    value = {};
    OK(getsockopt(fd, SOL_SOCKET, name, &value, &size));
    EQ(value.tv_sec, 3);
    EQ(value.tv_usec, 500'000);
    value = {0, 1'000'000};
    ERRNO(setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value)), EDOM);
    ERRNO(setsockopt(fd, SOL_SOCKET, name, &value, 8), EINVAL);
  }
}

CASE(BufferSizesAreDoubled) {
  int fd = Tcp();
  OK(SetInt(fd, SOL_SOCKET, SO_SNDBUF, 50'000));
  EQ(GetInt(fd, SOL_SOCKET, SO_SNDBUF), 100'000);
  OK(SetInt(fd, SOL_SOCKET, SO_RCVBUF, 50'000));
  EQ(GetInt(fd, SOL_SOCKET, SO_RCVBUF), 100'000);
}

CASE(BufferSizesHaveAFloor) {
  int fd = Tcp();
  OK(SetInt(fd, SOL_SOCKET, SO_SNDBUF, 1));
  EQ(GetInt(fd, SOL_SOCKET, SO_SNDBUF), 4608);
  OK(SetInt(fd, SOL_SOCKET, SO_RCVBUF, 1));
  EQ(GetInt(fd, SOL_SOCKET, SO_RCVBUF), 2304);
}

CASE(BufferSizesForced) {
  int fd = Tcp();
  OK(SetInt(fd, SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20));
  EQ(GetInt(fd, SOL_SOCKET, SO_SNDBUF), 8 << 20);
  OK(SetInt(fd, SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20));
  EQ(GetInt(fd, SOL_SOCKET, SO_RCVBUF), 8 << 20);
}

CASE(BufferSizeDefaults) {
  EQ(GetInt(Tcp(), SOL_SOCKET, SO_SNDBUF), 16384);
  EQ(GetInt(Tcp(), SOL_SOCKET, SO_RCVBUF), 131072);
}

CASE(PriorityNeedsPrivilege) {
  int fd = Tcp();
  OK(SetInt(fd, SOL_SOCKET, SO_PRIORITY, 7));
  OK(setresuid(65534, 65534, 65534));
  ERRNO(SetInt(fd, SOL_SOCKET, SO_PRIORITY, 7), EPERM);
  OK(SetInt(fd, SOL_SOCKET, SO_PRIORITY, 6));
  ERRNO(SetInt(fd, SOL_SOCKET, SO_MARK, 1), EPERM);
  ERRNO(SetInt(fd, SOL_SOCKET, SO_SNDBUFFORCE, 9999), EPERM);
  ERRNO(SetInt(fd, IPPROTO_IP, IP_TRANSPARENT, 1), EPERM);
}

CASE(TosSetsPriority) {
  int fd = Tcp();
  OK(SetInt(fd, IPPROTO_IP, IP_TOS, 0x10));
  EQ(GetInt(fd, SOL_SOCKET, SO_PRIORITY), 6);
}

CASE(TosAsOneByte) {
  int fd = Tcp();
  unsigned char value = 0xc0;
  OK(setsockopt(fd, IPPROTO_IP, IP_TOS, &value, 1));
  EQ(GetInt(fd, IPPROTO_IP, IP_TOS), 0xc0);
  socklen_t size = 1;
  OK(getsockopt(fd, IPPROTO_IP, IP_TOS, &value, &size));
  EQ(value, 0xc0);
  EQ(size, 1);
}

CASE(MaxSegment) {
  int fd = Tcp();
  EQ(GetInt(fd, IPPROTO_TCP, TCP_MAXSEG), 536);
  OK(SetInt(fd, IPPROTO_TCP, TCP_MAXSEG, 1000));
  EQ(GetInt(fd, IPPROTO_TCP, TCP_MAXSEG), 1000);
  ERRNO(SetInt(fd, IPPROTO_TCP, TCP_MAXSEG, 87), EINVAL);
  ERRNO(SetInt(fd, IPPROTO_TCP, TCP_MAXSEG, 32768), EINVAL);
}

CASE(Congestion) {
  int fd = Tcp();
  // The default is the host's choice.
  TRUE(!GetText(fd, IPPROTO_TCP, TCP_CONGESTION).empty());
  OK(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
  EQ(GetText(fd, IPPROTO_TCP, TCP_CONGESTION), "reno");
  ERRNO(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "no_such", 7), ENOENT);
  socklen_t size = 64;
  OK(GetSized(fd, IPPROTO_TCP, TCP_CONGESTION, &size));
  EQ(size, 16);
}

CASE(WindowClamp) {
  int fd = Tcp();
  OK(SetInt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, 100'000));
  EQ(GetInt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP), 100'000);
}
