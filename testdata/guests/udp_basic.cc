// UDP over the loopback, as far as routers and their tools lean on it.
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

int Udp(int family = AF_INET, int flags = 0) {
  return OK(socket(family, SOCK_DGRAM | flags, 0));
}

int Bound(const char* address = "127.0.0.1") {
  int fd = Udp(Ip(address, 0).family());
  OK(BindTo(fd, Ip(address, 0)));
  return fd;
}

void SendTo(int fd, const std::string& bytes, const Address& to) {
  EQ(OK(sendto(fd, bytes.data(), bytes.size(), 0, to.get(), to.size)),
     bytes.size());
}

std::string ReceiveFrom(int fd, Address* from = nullptr) {
  PollFor(fd, POLLIN);
  char bytes[70000];
  Address sender;
  sender.size = sizeof(sender.storage);
  ssize_t size =
      OK(recvfrom(fd, bytes, sizeof(bytes), 0, sender.get(), &sender.size));
  if (from != nullptr) *from = sender;
  return std::string(bytes, size);
}

Address UnusedUdp() {
  int fd = Bound();
  Address address = LocalOf(fd);
  OK(close(fd));
  return address;
}

}  // namespace

CASE(SendAndReceive) {
  int a = Bound(), b = Bound();
  SendTo(a, "hello", LocalOf(b));
  Address from;
  EQ(ReceiveFrom(b, &from), "hello");
  EQ(from.ToString(), LocalOf(a).ToString());
}

CASE(SendAndReceive6) {
  int a = Bound("::1"), b = Bound("::1");
  SendTo(a, "six", LocalOf(b));
  Address from;
  EQ(ReceiveFrom(b, &from), "six");
  EQ(from.ToString(), LocalOf(a).ToString());
}

CASE(ReceivedAtOnce) {
  int a = Bound(), b = Bound();
  for (int i = 0; i < 50; ++i) {
    SendTo(a, "now", LocalOf(b));
    char bytes[8];
    EQ(OK(recv(b, bytes, sizeof(bytes), MSG_DONTWAIT)), 3);
  }
}

CASE(Boundaries) {
  int a = Bound(), b = Bound();
  SendTo(a, "one", LocalOf(b));
  SendTo(a, "", LocalOf(b));
  SendTo(a, "three", LocalOf(b));
  EQ(ReceiveFrom(b), "one");
  EQ(ReceiveFrom(b), "");
  EQ(ReceiveFrom(b), "three");
}

CASE(Truncated) {
  int a = Bound(), b = Bound();
  SendTo(a, "abcdef", LocalOf(b));
  PollFor(b, POLLIN);
  char bytes[3];
  EQ(OK(recv(b, bytes, 3, MSG_PEEK)), 3);
  EQ(OK(recv(b, bytes, 3, MSG_TRUNC)), 6);
  EQ(PollNow(b, POLLIN), 0);
}

CASE(ReadableCountIsOfTheFirst) {
  int a = Bound(), b = Bound();
  SendTo(a, "abc", LocalOf(b));
  SendTo(a, "defgh", LocalOf(b));
  PollFor(b, POLLIN);
  int count;
  OK(ioctl(b, FIONREAD, &count));
  EQ(count, 3);
}

CASE(PollBits) {
  int fd = Udp();
  EQ(guest::PollBits(PollNow(fd, kAllBits)), "OUT");
  int b = Bound();
  SendTo(fd, "x", LocalOf(b));
  PollFor(b, POLLIN);
  EQ(guest::PollBits(PollNow(b, kAllBits)), "IN|OUT");
}

CASE(Options) {
  EQ(GetInt(Udp(), SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
  EQ(GetInt(Udp(), SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP);
  EQ(GetInt(Udp(AF_INET6), SOL_SOCKET, SO_DOMAIN), AF_INET6);
  EQ(GetInt(Udp(), IPPROTO_IP, IP_TTL), 64);
  EQ(GetInt(Udp(), SOL_SOCKET, SO_ACCEPTCONN), 0);
}

CASE(Names) {
  int fd = Udp();
  EQ(LocalOf(fd).ToString(), "0.0.0.0:0");
  int b = Bound();
  SendTo(fd, "x", LocalOf(b));
  // Sending chose a port and no address.
  TRUE(LocalOf(fd).port() != 0);
  EQ(LocalOf(fd).ToString().rfind("0.0.0.0:", 0), 0);
}

CASE(ConnectSetsBothNames) {
  int fd = Udp();
  int b = Bound();
  OK(ConnectTo(fd, LocalOf(b)));
  EQ(PeerOf(fd).ToString(), LocalOf(b).ToString());
  EQ(LocalOf(fd).ToString().rfind("127.0.0.1:", 0), 0);
  SendAll(fd, "via send");
  EQ(ReceiveFrom(b), "via send");
  OK(write(fd, "via write", 9));
  EQ(ReceiveFrom(b), "via write");
}

CASE(ConnectedHearsOnlyItsPeer) {
  int a = Bound(), b = Bound(), stranger = Bound();
  OK(ConnectTo(a, LocalOf(b)));
  SendTo(stranger, "stranger", LocalOf(a));
  SendTo(b, "peer", LocalOf(a));
  EQ(ReceiveFrom(a), "peer");
  EQ(PollNow(a, POLLIN), 0);
}

CASE(ConnectAgain) {
  int a = Udp(), b = Bound(), c = Bound();
  OK(ConnectTo(a, LocalOf(b)));
  OK(ConnectTo(a, LocalOf(c)));
  SendAll(a, "x");
  EQ(ReceiveFrom(c), "x");
}

CASE(Disconnect) {
  int a = Udp(), b = Bound();
  OK(ConnectTo(a, LocalOf(b)));
  sockaddr unspec = {};
  unspec.sa_family = AF_UNSPEC;
  OK(connect(a, &unspec, sizeof(unspec)));
  ERRNO(send(a, "x", 1, 0), EDESTADDRREQ);
  Address peer;
  peer.size = sizeof(peer.storage);
  ERRNO(getpeername(a, peer.get(), &peer.size), ENOTCONN);
}

CASE(UnconnectedSend) {
  ERRNO(send(Udp(), "x", 1, 0), EDESTADDRREQ);
  ERRNO(write(Udp(), "x", 1), EDESTADDRREQ);
}

CASE(RefusedByIcmp) {
  int fd = Udp();
  OK(ConnectTo(fd, UnusedUdp()));
  SendAll(fd, "x");
  TRUE(PollFor(fd, POLLIN) & POLLERR);
  char byte;
  ERRNO(recv(fd, &byte, 1, 0), ECONNREFUSED);
  ERRNO(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

CASE(RefusedIsTakenBySend) {
  int fd = Udp();
  OK(ConnectTo(fd, UnusedUdp()));
  SendAll(fd, "x");
  PollFor(fd, POLLIN);
  ERRNO(send(fd, "x", 1, 0), ECONNREFUSED);
}

CASE(RefusedIsTakenByOption) {
  int fd = Udp();
  OK(ConnectTo(fd, UnusedUdp()));
  SendAll(fd, "x");
  PollFor(fd, POLLIN);
  EQ(SoError(fd), ECONNREFUSED);
  EQ(SoError(fd), 0);
}

CASE(RefusedShowsAnErrorOnly) {
  int fd = Udp();
  OK(ConnectTo(fd, UnusedUdp()));
  SendAll(fd, "x");
  PollFor(fd, POLLERR);
  EQ(PollBits(PollNow(fd, POLLIN | POLLOUT)), "OUT|ERR");
  EQ(PollBits(PollNow(fd, 0)), "ERR");
  EQ(SoError(fd), ECONNREFUSED);
  EQ(PollBits(PollNow(fd, POLLIN | POLLOUT)), "OUT");
}

CASE(RefusedIsQuietOnceSendHasTakenIt) {
  int fd = Udp();
  OK(ConnectTo(fd, UnusedUdp()));
  SendAll(fd, "x");
  PollFor(fd, POLLERR);
  ERRNO(send(fd, "x", 1, 0), ECONNREFUSED);
  EQ(PollNow(fd, POLLIN), 0);
  char byte;
  ERRNO(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

CASE(RefusedInEpoll) {
  int fd = Udp();
  OK(ConnectTo(fd, UnusedUdp()));
  int set = OK(epoll_create1(0));
  epoll_event event = {EPOLLIN, {}};
  OK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
  SendAll(fd, "x");
  for (int i = 0; i < 2; ++i) {
    EQ(OK(epoll_wait(set, &event, 1, 1'000)), 1);
    EQ(event.events, uint32_t{EPOLLERR});
  }
  char byte;
  ERRNO(recv(fd, &byte, 1, 0), ECONNREFUSED);
  EQ(OK(epoll_wait(set, &event, 1, 20)), 0);
}

CASE(RefusedComesBeforeData) {
  int server = Udp();
  OK(BindTo(server, Ip("127.0.0.1", 0)));
  int fd = Udp();
  OK(ConnectTo(fd, LocalOf(server)));
  OK(ConnectTo(server, LocalOf(fd)));
  SendAll(server, "data");
  OK(close(server));
  PollFor(fd, POLLIN);
  SendAll(fd, "x");
  PollFor(fd, POLLERR);
  EQ(PollBits(PollNow(fd, POLLIN)), "IN|ERR");
  char bytes[8];
  ERRNO(recv(fd, bytes, sizeof(bytes), 0), ECONNREFUSED);
  EQ(PollBits(PollNow(fd, POLLIN)), "IN");
  EQ(OK(read(fd, bytes, sizeof(bytes))), 4);
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(RefusedByReadv) {
  int fd = Udp();
  OK(ConnectTo(fd, UnusedUdp()));
  SendAll(fd, "x");
  PollFor(fd, POLLERR);
  char bytes[8];
  iovec pieces[] = {{bytes, 4}, {bytes + 4, 4}};
  ERRNO(readv(fd, pieces, 2), ECONNREFUSED);
}

CASE(UnconnectedHearsOfNoRefusal) {
  int fd = Udp();
  Address unused = UnusedUdp();
  SendTo(fd, "x", unused);
  SendTo(fd, "x", unused);
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(SendErrors) {
  int fd = Udp();
  Address to = Ip("192.0.2.1", 9);
  ERRNO(sendto(fd, "x", 1, 0, to.get(), to.size), ENETUNREACH);
  to = Ip("127.0.0.1", 0);
  ERRNO(sendto(fd, "x", 1, 0, to.get(), to.size), EINVAL);
  to = Ip("127.0.0.1", 9);
  ERRNO(sendto(fd, "x", 1, 0, to.get(), 8), EINVAL);
  static char large[70000];
  ERRNO(sendto(fd, large, sizeof(large), 0, to.get(), to.size), EMSGSIZE);
  // A broadcast address wants SO_BROADCAST.
  to = Ip("127.255.255.255", 9);
  ERRNO(sendto(fd, "x", 1, 0, to.get(), to.size), EACCES);
}

CASE(BindConflicts) {
  int fd = Bound();
  ERRNO(BindTo(Udp(), LocalOf(fd)), EADDRINUSE);
  OK(BindTo(Udp(), Ip("127.0.0.2", LocalOf(fd).port())));
  // UDP and TCP ports are apart.
  OK(BindTo(Tcp(), LocalOf(fd)));
}

CASE(BindReuse) {
  int a = Udp(), b = Udp();
  OK(SetInt(a, SOL_SOCKET, SO_REUSEADDR, 1));
  OK(SetInt(b, SOL_SOCKET, SO_REUSEADDR, 1));
  OK(BindTo(a, Ip("127.0.0.1", 0)));
  OK(BindTo(b, LocalOf(a)));
}

CASE(NotAStream) {
  ERRNO(listen(Bound(), 1), EOPNOTSUPP);
  ERRNO(accept(Bound(), nullptr, nullptr), EOPNOTSUPP);
  ERRNO(shutdown(Udp(), SHUT_RD), ENOTCONN);
}

CASE(EmptyWithDontWait) {
  char byte;
  ERRNO(recv(Bound(), &byte, 1, MSG_DONTWAIT), EAGAIN);
}

CASE(ReceiveTimeout) {
  int fd = Bound();
  timeval timeout = {0, 20'000};
  OK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
  char byte;
  ERRNO(recv(fd, &byte, 1, 0), EAGAIN);
}

CASE(PacketInformation) {
  int fd = Bound("0.0.0.0");
  OK(SetInt(fd, IPPROTO_IP, IP_PKTINFO, 1));
  SendTo(Udp(), "x", Ip("127.0.0.5", LocalOf(fd).port()));
  PollFor(fd, POLLIN);
  char byte;
  iovec vector = {&byte, 1};
  alignas(cmsghdr) char control[256];
  msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  OK(recvmsg(fd, &message, 0));
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  TRUE(header != nullptr);
  EQ(header->cmsg_level, IPPROTO_IP);
  EQ(header->cmsg_type, IP_PKTINFO);
  in_pktinfo info;
  memcpy(&info, CMSG_DATA(header), sizeof(info));
  EQ(info.ipi_ifindex, 1);
  EQ(ntohl(info.ipi_addr.s_addr), 0x7f000005);
}

CASE(DualStack) {
  int fd = Bound("::");
  int sender = Udp();
  SendTo(sender, "four", Ip("127.0.0.1", LocalOf(fd).port()));
  Address from;
  EQ(ReceiveFrom(fd, &from), "four");
  EQ(from.ToString().rfind("[::ffff:127.0.0.1]:", 0), 0);
}

CASE(InterfaceIoctls) {
  // What ifconfig-like tools use a UDP socket for.
  int fd = Udp();
  ifreq request = {};
  strcpy(request.ifr_name, "lo");
  OK(ioctl(fd, SIOCGIFINDEX, &request));
  EQ(request.ifr_ifindex, 1);
  OK(ioctl(fd, SIOCGIFHWADDR, &request));
  EQ(request.ifr_hwaddr.sa_family, 772);
}
