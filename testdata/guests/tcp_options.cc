// Options of TCP sockets: defaults, what is read back after a set, bounds,
// lengths, levels, and those that change what the socket does.
#include <fcntl.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
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

tcp_info Info(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  OK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size));
  return info;
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
CASE(TypeCannotBeSet) {
  ERRNO(SetInt(Tcp(), SOL_SOCKET, SO_TYPE, 1), ENOPROTOOPT);
  ERRNO(SetInt(Tcp(), SOL_SOCKET, SO_DOMAIN, 1), ENOPROTOOPT);
  ERRNO(SetInt(Tcp(), SOL_SOCKET, SO_PROTOCOL, 1), ENOPROTOOPT);
  ERRNO(SetInt(Tcp(), SOL_SOCKET, SO_ERROR, 1), ENOPROTOOPT);
  ERRNO(SetInt(Tcp(), SOL_SOCKET, SO_ACCEPTCONN, 1), ENOPROTOOPT);
}

CASE(AcceptConn) {
  int fd = Tcp();
  EQ(GetInt(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  EQ(GetInt(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
  OK(listen(fd, 1));
  EQ(GetInt(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

CASE(ErrorOnce) {
  Pair pair = Connected();
  EQ(SoError(pair.client), 0);
  Abort(pair.server);
  PollFor(pair.client, POLLIN);
  EQ(SoError(pair.client), ECONNRESET);
  EQ(SoError(pair.client), 0);
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

CASE(MaxSegmentOfALink) {
  // lo's MTU of 65536, less the headers and time stamps, capped at 64 KiB.
  EQ(GetInt(Connected().client, IPPROTO_TCP, TCP_MAXSEG), 32741);
}

CASE(Mtu) {
  // lo's 65536, capped at what an IPv4 length field can say.
  EQ(GetInt(Connected().client, IPPROTO_IP, IP_MTU), 65535);
  socklen_t size = 4;
  int value;
  ERRNO(getsockopt(Tcp(), IPPROTO_IP, IP_MTU, &value, &size), ENOTCONN);
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

CASE(LengthTooShort) {
  int fd = Tcp();
  char value[4] = {1};
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, value, 3), EINVAL);
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, value, 0), EINVAL);
  ERRNO(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value, 3), EINVAL);
  ERRNO(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value, -1), EINVAL);
  ERRNO(setsockopt(Tcp(AF_INET6), IPPROTO_IPV6, IPV6_V6ONLY, value, 3), EINVAL);
}

CASE(LengthTooLongIsFine) {
  int fd = Tcp();
  char value[32] = {1};
  OK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, value, 32));
  OK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value, 32));
  EQ(GetInt(fd, IPPROTO_TCP, TCP_NODELAY), 1);
}

CASE(GetWithLongLength) {
  int fd = Tcp();
  socklen_t size = 100;
  OK(GetSized(fd, SOL_SOCKET, SO_TYPE, &size));
  EQ(size, 4);
  size = 100;
  OK(GetSized(fd, IPPROTO_TCP, TCP_NODELAY, &size));
  EQ(size, 4);
}

CASE(GetWithShortLength) {
  // As many bytes as fit, and no more.
  int fd = Tcp();
  unsigned char value[4] = {9, 9, 9, 9};
  socklen_t size = 2;
  OK(getsockopt(fd, SOL_SOCKET, SO_TYPE, value, &size));
  EQ(size, 2);
  EQ(value[0], SOCK_STREAM);
  EQ(value[2], 9);
  size = 0;
  OK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value, &size));
  EQ(size, 0);
}

CASE(GetWithNegativeLength) {
  socklen_t size = -1;
  ERRNO(GetSized(Tcp(), SOL_SOCKET, SO_TYPE, &size), EINVAL);
  size = -1;
  ERRNO(GetSized(Tcp(), IPPROTO_TCP, TCP_NODELAY, &size), EINVAL);
}

CASE(UnknownOption) {
  int fd = Tcp();
  ERRNO(SetInt(fd, SOL_SOCKET, 9999, 1), ENOPROTOOPT);
  ERRNO(SetInt(fd, IPPROTO_TCP, 9999, 1), ENOPROTOOPT);
  ERRNO(SetInt(fd, IPPROTO_IP, 9999, 1), ENOPROTOOPT);
  socklen_t size = 4;
  ERRNO(GetSized(fd, SOL_SOCKET, 9999, &size), ENOPROTOOPT);
  ERRNO(GetSized(fd, IPPROTO_TCP, 9999, &size), ENOPROTOOPT);
  ERRNO(GetSized(fd, IPPROTO_IP, 9999, &size), ENOPROTOOPT);
}

CASE(UnknownLevel) {
  int fd = Tcp();
  ERRNO(SetInt(fd, 9999, 1, 1), ENOPROTOOPT);
  ERRNO(SetInt(fd, IPPROTO_UDP, 1, 1), ENOPROTOOPT);
  socklen_t size = 4;
  ERRNO(GetSized(fd, 9999, 1, &size), EOPNOTSUPP);
}

CASE(Inet6LevelOnInet) {
  int fd = Tcp();
  ERRNO(SetInt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1), ENOPROTOOPT);
  socklen_t size = 4;
  ERRNO(GetSized(fd, IPPROTO_IPV6, IPV6_V6ONLY, &size), EOPNOTSUPP);
}

CASE(NotASocket) {
  int file = OK(open("/dev/null", O_RDWR));
  ERRNO(SetInt(file, SOL_SOCKET, SO_KEEPALIVE, 1), ENOTSOCK);
  ERRNO(SetInt(-1, SOL_SOCKET, SO_KEEPALIVE, 1), EBADF);
  socklen_t size = 4;
  ERRNO(GetSized(file, SOL_SOCKET, SO_TYPE, &size), ENOTSOCK);
  ERRNO(GetSized(-1, SOL_SOCKET, SO_TYPE, &size), EBADF);
}

CASE(BadPointers) {
  int fd = Tcp();
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, Garbage(), 4), EFAULT);
  ERRNO(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, Garbage(), 4), EFAULT);
  socklen_t size = 4;
  ERRNO(getsockopt(fd, SOL_SOCKET, SO_TYPE, Garbage(), &size), EFAULT);
  ERRNO(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, Garbage(), &size), EFAULT);
  int value;
  ERRNO(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value,
                   static_cast<socklen_t*>(Garbage())),
        EFAULT);
}

CASE(InfoStates) {
  EQ(TcpState(Tcp()), TCP_CLOSE);
  EQ(TcpState(Listener()), TCP_LISTEN);
  EQ(TcpState(Connecting().fd), TCP_SYN_SENT);
  Pair pair = Connected();
  EQ(TcpState(pair.client), TCP_ESTABLISHED);
  OK(shutdown(pair.client, SHUT_WR));
  PollFor(pair.server, POLLRDHUP);
  EQ(TcpState(pair.server), TCP_CLOSE_WAIT);
  // The acknowledgement of the FIN may be delayed.
  int state = TcpState(pair.client);
  TRUE(state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2);
}

CASE(InfoAfterReset) {
  Pair pair = Connected();
  Abort(pair.server);
  PollFor(pair.client, POLLIN);
  EQ(TcpState(pair.client), TCP_CLOSE);
}

CASE(InfoAfterBothShut) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_WR));
  PollFor(pair.server, POLLRDHUP);
  OK(shutdown(pair.server, SHUT_WR));
  PollFor(pair.server, POLLHUP);
  EQ(TcpState(pair.server), TCP_CLOSE);
  EQ(TcpState(pair.client), TCP_CLOSE);
}

CASE(InfoLength) {
  Pair pair = Connected();
  socklen_t size = 1;
  OK(GetSized(pair.client, IPPROTO_TCP, TCP_INFO, &size));
  EQ(size, 1);
  size = 104;
  OK(GetSized(pair.client, IPPROTO_TCP, TCP_INFO, &size));
  EQ(size, 104);
  TRUE(Info(pair.client).tcpi_snd_mss > 0);
  TRUE(Info(pair.client).tcpi_pmtu == 65535);
}

CASE(DeviceByIndex) {
  int fd = Tcp();
  int lo = if_nametoindex("lo");
  EQ(lo, 1);
  EQ(GetInt(fd, SOL_SOCKET, SO_BINDTOIFINDEX), 0);
  OK(SetInt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, lo));
  EQ(GetText(fd, SOL_SOCKET, SO_BINDTODEVICE), "lo");
}

CASE(AttachAndDetachFilter) {
  int fd = Tcp();
  sock_filter all[] = {{BPF_RET | BPF_K, 0, 0, 0xffffffff}};
  sock_fprog program = {1, all};
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &program, 4), ENOENT);
  OK(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
  OK(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &program, 4));
}

CASE(PeerCredentialsOfTcp) {
  ucred who = {7, 7, 7};
  socklen_t size = sizeof(who);
  OK(getsockopt(Connected().client, SOL_SOCKET, SO_PEERCRED, &who, &size));
  EQ(who.pid, 0);
  EQ(who.uid, static_cast<uid_t>(-1));
}

CASE(Cookie) {
  uint64_t first = 0, second = 0, again = 0;
  socklen_t size = 8;
  int a = Tcp(), b = Tcp();
  OK(getsockopt(a, SOL_SOCKET, SO_COOKIE, &first, &size));
  OK(getsockopt(b, SOL_SOCKET, SO_COOKIE, &second, &size));
  OK(getsockopt(a, SOL_SOCKET, SO_COOKIE, &again, &size));
  TRUE(first != 0);
  TRUE(first != second);
  EQ(first, again);
}

CASE(MinTtlDropsWhatIsTooNear) {
  // TTL security: the peer sends with 64, 255 is asked for.
  int listener = Tcp();
  OK(SetInt(listener, IPPROTO_IP, IP_MINTTL, 255));
  OK(BindTo(listener, Ip("127.0.0.1", 0)));
  OK(listen(listener, 1));
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  pollfd entry = {fd, POLLOUT, 0};
  EQ(OK(poll(&entry, 1, 100)), 0);
}

CASE(MinTtlAcceptsWhatIsNearEnough) {
  int listener = Tcp();
  OK(SetInt(listener, IPPROTO_IP, IP_MINTTL, 255));
  OK(SetInt(listener, IPPROTO_IP, IP_TTL, 255));
  OK(BindTo(listener, Ip("127.0.0.1", 0)));
  OK(listen(listener, 1));
  int fd = Tcp();
  OK(SetInt(fd, IPPROTO_IP, IP_TTL, 255));
  OK(SetInt(fd, IPPROTO_IP, IP_MINTTL, 255));
  OK(ConnectTo(fd, LocalOf(listener)));
}

CASE(InterfaceIoctls) {
  int fd = Tcp();
  ifreq request = {};
  strcpy(request.ifr_name, "lo");
  OK(ioctl(fd, SIOCGIFINDEX, &request));
  EQ(request.ifr_ifindex, 1);
  OK(ioctl(fd, SIOCGIFFLAGS, &request));
  EQ(request.ifr_flags & (IFF_UP | IFF_LOOPBACK), IFF_UP | IFF_LOOPBACK);
  OK(ioctl(fd, SIOCGIFMTU, &request));
  EQ(request.ifr_mtu, 65536);
  OK(ioctl(fd, SIOCGIFADDR, &request));
  EQ(reinterpret_cast<sockaddr_in*>(&request.ifr_addr)->sin_addr.s_addr,
     htonl(INADDR_LOOPBACK));
  OK(ioctl(fd, SIOCGIFNETMASK, &request));
  EQ(reinterpret_cast<sockaddr_in*>(&request.ifr_addr)->sin_addr.s_addr,
     htonl(0xff000000));
  request.ifr_ifindex = 1;
  OK(ioctl(fd, SIOCGIFNAME, &request));
  EQ(request.ifr_name, std::string("lo"));
  strcpy(request.ifr_name, "none0");
  ERRNO(ioctl(fd, SIOCGIFINDEX, &request), ENODEV);
  ERRNO(ioctl(fd, SIOCGIFFLAGS, &request), ENODEV);
}

CASE(UnknownIoctl) {
  ERRNO(ioctl(Tcp(), 0x5555, 0), ENOTTY);
  ERRNO(ioctl(Tcp(), TCGETS, 0), ENOTTY);
}
