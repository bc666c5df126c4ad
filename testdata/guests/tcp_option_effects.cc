// Options of TCP sockets that tell or change what the socket does.
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

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
