// What a socket learns of datagrams that were refused: IP_RECVERR, and the
// errors as raw ICMP sockets see them.
// clang-format off
#include <time.h>
#include <linux/errqueue.h>  // wants time.h first
// clang-format on
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

int Udp(int family, bool wants_errors) {
  int fd = OK(socket(family, SOCK_DGRAM, 0));
  if (wants_errors && family == AF_INET)
    OK(SetInt(fd, IPPROTO_IP, IP_RECVERR, 1));
  if (wants_errors && family == AF_INET6) {
    OK(SetInt(fd, IPPROTO_IPV6, IPV6_RECVERR, 1));
  }
  return fd;
}

// A port of `address` that nobody has.
Address ClosedPort(const char* address) {
  Address any = Ip(address, 0);
  int fd = OK(socket(any.family(), SOCK_DGRAM, 0));
  OK(BindTo(fd, any));
  Address closed = LocalOf(fd);
  close(fd);
  return closed;
}

void Send(int fd, const Address& to, const std::string& payload = "hello") {
  EQ(OK(sendto(fd, payload.data(), payload.size(), 0, to.get(), to.size)),
     static_cast<ssize_t>(payload.size()));
}

struct Error {
  std::string payload;
  Address destination;
  int flags = 0;
  int level = 0, type = 0;
  sock_extended_err report = {};
  Address offender;
};

Error TakeError(int fd, size_t room = 100) {
  Error error;
  char control[512];
  error.payload.resize(room);
  iovec piece = {error.payload.data(), room};
  msghdr message = {};
  message.msg_name = error.destination.get();
  message.msg_namelen = sizeof(error.destination.storage);
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  error.payload.resize(OK(recvmsg(fd, &message, MSG_ERRQUEUE)));
  error.destination.size = message.msg_namelen;
  error.flags = message.msg_flags;
  cmsghdr* c = CMSG_FIRSTHDR(&message);
  TRUE(c != nullptr);
  error.level = c->cmsg_level;
  error.type = c->cmsg_type;
  memcpy(&error.report, CMSG_DATA(c), sizeof(error.report));
  error.offender.size = c->cmsg_len - CMSG_LEN(sizeof(error.report));
  memcpy(error.offender.get(), CMSG_DATA(c) + sizeof(error.report),
         error.offender.size);
  return error;
}

}  // namespace

CASE(PortUnreachable) {
  int fd = Udp(AF_INET, true);
  Address to = ClosedPort("127.0.0.1");
  Send(fd, to);
  EQ(PollFor(fd, POLLIN), POLLERR);
  Error error = TakeError(fd);
  EQ(error.payload, "hello");
  EQ(error.destination.ToString(), to.ToString());
  EQ(error.flags, MSG_ERRQUEUE);
  EQ(error.level, SOL_IP);
  EQ(error.type, IP_RECVERR);
  EQ(error.report.ee_errno, static_cast<unsigned>(ECONNREFUSED));
  EQ(+error.report.ee_origin, SO_EE_ORIGIN_ICMP);
  EQ(+error.report.ee_type, ICMP_DEST_UNREACH);
  EQ(+error.report.ee_code, ICMP_PORT_UNREACH);
  EQ(error.offender.ToString(), "127.0.0.1:0");
  // Taking it takes SO_ERROR, too.
  EQ(SoError(fd), 0);
  EQ(PollNow(fd, POLLIN), 0);
  char byte;
  ERRNO(recv(fd, &byte, 1, MSG_ERRQUEUE), EAGAIN);
  ERRNO(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

CASE(PortUnreachable6) {
  int fd = Udp(AF_INET6, true);
  Address to = ClosedPort("::1");
  Send(fd, to);
  EQ(PollFor(fd, POLLIN), POLLERR);
  Error error = TakeError(fd);
  EQ(error.payload, "hello");
  EQ(error.destination.ToString(), to.ToString());
  EQ(error.level, SOL_IPV6);
  EQ(error.type, IPV6_RECVERR);
  EQ(error.report.ee_errno, static_cast<unsigned>(ECONNREFUSED));
  EQ(+error.report.ee_origin, SO_EE_ORIGIN_ICMP6);
  EQ(+error.report.ee_type, ICMP6_DST_UNREACH);
  EQ(+error.report.ee_code, ICMP6_DST_UNREACH_NOPORT);
  EQ(error.offender.ToString(), "[::1]:0");
}

CASE(NobodyAsked) {
  int fd = Udp(AF_INET, false);
  Send(fd, ClosedPort("127.0.0.1"));
  EQ(PollNow(fd, POLLIN), 0);
  EQ(SoError(fd), 0);
  char byte;
  ERRNO(recv(fd, &byte, 1, MSG_ERRQUEUE), EAGAIN);
}

// The error number alone is told once; the queue keeps the rest.
CASE(ErrorNumberAndQueue) {
  int fd = Udp(AF_INET, true);
  Address to = ClosedPort("127.0.0.1");
  Send(fd, to);
  PollFor(fd, POLLIN);
  char byte;
  ERRNO(recv(fd, &byte, 1, MSG_DONTWAIT), ECONNREFUSED);
  ERRNO(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
  EQ(PollNow(fd, POLLIN), POLLERR);
  EQ(TakeError(fd).payload, "hello");
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(SeveralInOrder) {
  int fd = Udp(AF_INET, true);
  Address to = ClosedPort("127.0.0.1");
  Send(fd, to, "one");
  PollFor(fd, POLLIN);
  EQ(SoError(fd), ECONNREFUSED);
  Send(fd, to, "two");
  EQ(TakeError(fd).payload, "one");
  EQ(SoError(fd), ECONNREFUSED);
  EQ(TakeError(fd).payload, "two");
  EQ(SoError(fd), 0);
}

CASE(Truncated) {
  int fd = Udp(AF_INET, true);
  Send(fd, ClosedPort("127.0.0.1"));
  PollFor(fd, POLLIN);
  Error error = TakeError(fd, 3);
  EQ(error.payload, "hel");
  EQ(error.flags, MSG_ERRQUEUE | MSG_TRUNC);
}

// So much is quoted that the whole has 576 bytes.
CASE(LongOnesAreQuotedInPart) {
  int fd = Udp(AF_INET, true);
  Send(fd, ClosedPort("127.0.0.1"), std::string(2000, 'x'));
  PollFor(fd, POLLIN);
  EQ(TakeError(fd, 3000).payload.size(), 576u - 20 - 8 - 20 - 8);
}

CASE(RawSocketsSeeTheError) {
  int raw = OK(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  int fd = Udp(AF_INET, false);
  Address to = ClosedPort("127.0.0.1");
  Send(fd, to);
  PollFor(raw, POLLIN);
  char bytes[200];
  EQ(OK(recv(raw, bytes, sizeof(bytes), 0)), 20 + 8 + 20 + 8 + 5);
  icmphdr icmp;
  memcpy(&icmp, bytes + 20, sizeof(icmp));
  EQ(+icmp.type, ICMP_DEST_UNREACH);
  EQ(+icmp.code, ICMP_PORT_UNREACH);
  iphdr quoted;
  memcpy(&quoted, bytes + 28, sizeof(quoted));
  EQ(+quoted.protocol, IPPROTO_UDP);
  EQ(quoted.daddr, htonl(INADDR_LOOPBACK));
  udphdr udp;
  memcpy(&udp, bytes + 48, sizeof(udp));
  EQ(ntohs(udp.dest), to.port());
  EQ(ntohs(udp.source), LocalOf(fd).port());
  EQ(std::string(bytes + 56, 5), "hello");
}

CASE(RawSocketsSeeTheError6) {
  int raw = OK(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
  int fd = Udp(AF_INET6, false);
  Send(fd, ClosedPort("::1"));
  PollFor(raw, POLLIN);
  char bytes[200];
  EQ(OK(recv(raw, bytes, sizeof(bytes), 0)), 8 + 40 + 8 + 5);
  EQ(+bytes[0], ICMP6_DST_UNREACH);
  EQ(+bytes[1], ICMP6_DST_UNREACH_NOPORT);
  EQ(std::string(bytes + 56, 5), "hello");
}
