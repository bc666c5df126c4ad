// ICMP sockets for echo requests (SOCK_DGRAM): who may have one, what the
// kernel fills in, and which errors it gives.
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
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

constexpr char kGroups[] = "/proc/sys/net/ipv4/ping_group_range";

std::string Groups() {
  char text[64] = {};
  int fd = OK(open(kGroups, O_RDONLY));
  OK(read(fd, text, sizeof(text) - 1));
  close(fd);
  return text;
}

void SetGroups(const std::string& range) {
  int fd = OK(open(kGroups, O_WRONLY));
  OK(write(fd, range.data(), range.size()));
  close(fd);
  // Whoever serves the file has read it when it answers again.
  Groups();
}

int Ping(int family, int flags = 0) {
  SetGroups("0 2147483647");
  return OK(
      socket(family, SOCK_DGRAM | flags,
             family == AF_INET ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6}));
}

std::string Request(int family, const std::string& payload = "abc") {
  icmphdr header = {};
  header.type = family == AF_INET ? int{ICMP_ECHO} : int{ICMP6_ECHO_REQUEST};
  header.un.echo.id = htons(4711);  // the kernel puts in its own
  header.un.echo.sequence = htons(5);
  header.checksum = 0xffff;
  return std::string(reinterpret_cast<char*>(&header), sizeof(header)) +
         payload;
}

ssize_t SendTo(int fd, const std::string& bytes, const Address& to) {
  return sendto(fd, bytes.data(), bytes.size(), 0, to.get(), to.size);
}

std::string Receive(int fd, Address* from = nullptr) {
  PollFor(fd, POLLIN);
  std::string bytes(70'000, '\0');
  Address ignored;
  if (from == nullptr) from = &ignored;
  from->size = sizeof(from->storage);
  bytes.resize(OK(
      recvfrom(fd, bytes.data(), bytes.size(), 0, from->get(), &from->size)));
  return bytes;
}

int IdentifierOf(const std::string& message) {
  icmphdr header;
  memcpy(&header, message.data(), sizeof(header));
  return ntohs(header.un.echo.id);
}

void ExpectAnswer(const char* address) {
  const Address to = Ip(address, 0);
  int fd = Ping(to.family());
  EQ(OK(SendTo(fd, Request(to.family()), to)), 11);
  Address from;
  const std::string reply = Receive(fd, &from);
  EQ(from.ToString(), to.ToString());
  EQ(reply.size(), 11u);  // without an IP header
  EQ(static_cast<uint8_t>(reply[0]),
     to.family() == AF_INET ? int{ICMP_ECHOREPLY} : int{ICMP6_ECHO_REPLY});
  EQ(IdentifierOf(reply), LocalOf(fd).port());
  EQ(reply.substr(6), Request(to.family()).substr(6));
}

}  // namespace

CASE(NobodyMayByDefault) {
  SetGroups("1 0");
  EQ(Groups(), "1\t0\n");
  ERRNO(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), EACCES);
  ERRNO(socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6), EACCES);
}

CASE(GroupsThatMay) {
  SetGroups("100 200");
  EQ(Groups(), "100\t200\n");
  ERRNO(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), EACCES);
  SetGroups("0 0");
  OK(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
  OK(setegid(100));
  ERRNO(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), EACCES);
}

CASE(TheOtherFamilysProtocol) {
  SetGroups("0 2147483647");
  ERRNO(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMPV6), EPROTONOSUPPORT);
  ERRNO(socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMP), EPROTONOSUPPORT);
}

CASE(WhatItIs) {
  int fd = Ping(AF_INET);
  EQ(GetInt(fd, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
  EQ(GetInt(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_ICMP);
  EQ(GetInt(fd, SOL_SOCKET, SO_DOMAIN), AF_INET);
  EQ(PollNow(fd, kAllBits), POLLOUT);
  EQ(LocalOf(fd).ToString(), "0.0.0.0:0");
}

CASE(AnswerFromTheLoopback) { ExpectAnswer("127.0.0.1"); }
CASE(AnswerFromTheLoopback6) { ExpectAnswer("::1"); }
CASE(AnswerFromAnAddress) { ExpectAnswer("10.0.0.1"); }
CASE(AnswerFromAnAddress6) { ExpectAnswer("2001:db8::1"); }

CASE(WriteToAConnectedOne) {
  int fd = Ping(AF_INET);
  const Address to = Ip("127.0.0.1", 7);
  OK(connect(fd, to.get(), to.size));
  EQ(PeerOf(fd).ToString(), "127.0.0.1:7");
  const std::string request = Request(AF_INET);
  EQ(OK(write(fd, request.data(), request.size())), 11);
  EQ(IdentifierOf(Receive(fd)), LocalOf(fd).port());
}

CASE(OnlyEchoRequests) {
  int fd = Ping(AF_INET);
  const Address to = Ip("127.0.0.1", 0);
  for (int type : {ICMP_ECHOREPLY, ICMP_TIMESTAMP, ICMP_DEST_UNREACH}) {
    std::string request = Request(AF_INET);
    request[0] = static_cast<char>(type);
    ERRNO(SendTo(fd, request, to), EINVAL);
  }
  std::string request = Request(AF_INET);
  request[1] = 1;
  ERRNO(SendTo(fd, request, to), EINVAL);
  ERRNO(SendTo(fd, "seven..", to), EINVAL);
  int fd6 = Ping(AF_INET6);
  ERRNO(SendTo(fd6, Request(AF_INET), Ip("::1", 0)), EINVAL);
}

CASE(TooLarge) {
  int fd = Ping(AF_INET);
  ERRNO(SendTo(fd, Request(AF_INET, std::string(65'528, 'x')),
               Ip("127.0.0.1", 0)),
        EMSGSIZE);
}

CASE(NoDestination) {
  int fd = Ping(AF_INET);
  const std::string request = Request(AF_INET);
  ERRNO(send(fd, request.data(), request.size(), 0), EDESTADDRREQ);
  // What is wrong with the message is looked at first.
  ERRNO(send(fd, request.data(), 4, 0), EINVAL);
}

CASE(DestinationOfTheOtherFamily) {
  int fd = Ping(AF_INET);
  ERRNO(SendTo(fd, Request(AF_INET), Ip("::1", 0)), EAFNOSUPPORT);
  int fd6 = Ping(AF_INET6);
  ERRNO(SendTo(fd6, Request(AF_INET6), Ip("127.0.0.1", 0)), EINVAL);
}

CASE(OutOfBand) {
  int fd = Ping(AF_INET);
  const Address to = Ip("127.0.0.1", 0);
  const std::string request = Request(AF_INET);
  ERRNO(sendto(fd, request.data(), request.size(), MSG_OOB, to.get(), to.size),
        EOPNOTSUPP);
  char byte;
  ERRNO(recv(fd, &byte, 1, MSG_OOB), EOPNOTSUPP);
}

CASE(BroadcastWantsAnOption) {
  int fd = Ping(AF_INET);
  const Address to = Ip("10.0.0.255", 0);
  ERRNO(SendTo(fd, Request(AF_INET), to), EACCES);
  SetInt(fd, SOL_SOCKET, SO_BROADCAST, 1);
  EQ(OK(SendTo(fd, Request(AF_INET), to)), 11);
}

CASE(BoundToAnIdentifier) {
  int fd = Ping(AF_INET);
  OK(BindTo(fd, Ip("127.0.0.1", 77)));  // low ones are free to take
  EQ(LocalOf(fd).ToString(), "127.0.0.1:77");
  OK(SendTo(fd, Request(AF_INET), Ip("127.0.0.1", 0)));
  EQ(IdentifierOf(Receive(fd)), 77);
  ERRNO(BindTo(fd, Ip("127.0.0.1", 78)), EINVAL);
}

CASE(AnIdentifierIsTakenForBothFamilies) {
  int first = Ping(AF_INET);
  EQ(GetInt(first, SOL_SOCKET, SO_REUSEADDR), 1);
  SetInt(first, SOL_SOCKET, SO_REUSEADDR, 0);
  OK(BindTo(first, Ip("127.0.0.1", 771)));
  int second = Ping(AF_INET);
  ERRNO(BindTo(second, Ip("10.0.0.1", 771)), EADDRINUSE);
  int third = Ping(AF_INET6);
  ERRNO(BindTo(third, Ip("::1", 771)), EADDRINUSE);
  close(first);
  OK(BindTo(second, Ip("10.0.0.1", 771)));
}

CASE(AnIdentifierMayBeShared) {
  int first = Ping(AF_INET), second = Ping(AF_INET);
  OK(BindTo(first, Ip("0.0.0.0", 772)));
  OK(BindTo(second, Ip("0.0.0.0", 772)));
  OK(SendTo(first, Request(AF_INET), Ip("127.0.0.1", 0)));
  // One of them hears of it: the newest.
  PollFor(second, POLLIN);
  EQ(PollNow(first, POLLIN), 0);
}

CASE(BindErrors) {
  int fd = Ping(AF_INET);
  ERRNO(BindTo(fd, Ip("10.9.9.9", 0)), EADDRNOTAVAIL);
  ERRNO(BindTo(fd, Ip("224.0.0.5", 0)), EADDRNOTAVAIL);
  ERRNO(BindTo(fd, Ip("10.0.0.255", 0)), EADDRNOTAVAIL);
  Address to_short = Ip("127.0.0.1", 0);
  to_short.size = 8;
  ERRNO(BindTo(fd, to_short), EINVAL);
  ERRNO(BindTo(fd, Ip("::1", 0)), EAFNOSUPPORT);
  int fd6 = Ping(AF_INET6);
  ERRNO(BindTo(fd6, Ip("2001:db8::9", 0)), EADDRNOTAVAIL);
}

CASE(EachHearsItsOwnAnswers) {
  int first = Ping(AF_INET), second = Ping(AF_INET);
  OK(SendTo(first, Request(AF_INET, "first"), Ip("127.0.0.1", 0)));
  OK(SendTo(second, Request(AF_INET, "second"), Ip("127.0.0.1", 0)));
  EQ(Receive(first).substr(8), "first");
  EQ(Receive(second).substr(8), "second");
  EQ(PollNow(first, POLLIN), 0);
  EQ(PollNow(second, POLLIN), 0);
  TRUE(LocalOf(first).port() != LocalOf(second).port());
}

CASE(RawSocketsHearAllOfThem) {
  int raw = OK(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  int fd = Ping(AF_INET);
  OK(SendTo(fd, Request(AF_INET, "x"), Ip("127.0.0.1", 0)));
  const std::string request = Receive(raw), reply = Receive(raw);
  EQ(request[20], ICMP_ECHO);
  EQ(reply[20], ICMP_ECHOREPLY);
  EQ(Receive(fd), reply.substr(20));
}

CASE(TruncatedAndPeeked) {
  int fd = Ping(AF_INET);
  OK(SendTo(fd, Request(AF_INET), Ip("127.0.0.1", 0)));
  PollFor(fd, POLLIN);
  char buffer[9];
  EQ(OK(recv(fd, buffer, 9, MSG_PEEK | MSG_TRUNC)), 9);
  iovec piece{buffer, sizeof(buffer)};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  EQ(OK(recvmsg(fd, &message, 0)), 9);
  EQ(message.msg_flags, MSG_TRUNC);
  ERRNO(recv(fd, buffer, 9, MSG_DONTWAIT), EAGAIN);
}

CASE(TimeToLiveOfAnswers) {
  int fd = Ping(AF_INET);
  SetInt(fd, IPPROTO_IP, IP_RECVTTL, 1);
  OK(SendTo(fd, Request(AF_INET), Ip("127.0.0.1", 0)));
  PollFor(fd, POLLIN);
  char buffer[64], control[64];
  iovec piece{buffer, sizeof(buffer)};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  OK(recvmsg(fd, &message, 0));
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  TRUE(header != nullptr);
  EQ(header->cmsg_type, IP_TTL);
  int ttl;
  memcpy(&ttl, CMSG_DATA(header), sizeof(ttl));
  EQ(ttl, 64);
}

CASE(NoListening) {
  int fd = Ping(AF_INET);
  ERRNO(listen(fd, 1), EOPNOTSUPP);
  ERRNO(accept(fd, nullptr, nullptr), EOPNOTSUPP);
}

CASE(OptionsThatItLacks) {
  int fd = Ping(AF_INET);
  int value = 1;
  ERRNO(setsockopt(fd, SOL_RAW, 1, &value, sizeof(value)), ENOPROTOOPT);
  ERRNO(setsockopt(fd, IPPROTO_UDP, 1, &value, sizeof(value)), ENOPROTOOPT);
  ERRNO(setsockopt(fd, IPPROTO_TCP, 1, &value, sizeof(value)), ENOPROTOOPT);
  SetInt(fd, IPPROTO_IP, IP_TTL, 9);
  EQ(GetInt(fd, IPPROTO_IP, IP_TTL), 9);
}

CASE(WhatIsThereIsNotTold) {
  int fd = Ping(AF_INET);
  int size = -1;
  ERRNO(ioctl(fd, FIONREAD, &size), ENOTTY);
}

CASE(AnswersAreEdges) {
  int fd = Ping(AF_INET, SOCK_NONBLOCK);
  int set = OK(epoll_create1(0));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  OK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
  EQ(OK(epoll_wait(set, &event, 1, 0)), 0);
  for (int round = 0; round < 2; ++round) {
    OK(SendTo(fd, Request(AF_INET), Ip("127.0.0.1", 0)));
    EQ(OK(epoll_wait(set, &event, 1, 1000)), 1);
    EQ(OK(epoll_wait(set, &event, 1, 0)), 0);  // though it was not read
  }
  Receive(fd);
  Receive(fd);
  EQ(OK(epoll_wait(set, &event, 1, 0)), 0);
}

CASE(ShutdownNeedsAConnection) {
  int fd = Ping(AF_INET);
  ERRNO(shutdown(fd, SHUT_RDWR), ENOTCONN);
  ERRNO(shutdown(fd, 3), EINVAL);
}

CASE(NoRoute) {
  int fd = Ping(AF_INET);
  ERRNO(SendTo(fd, Request(AF_INET), Ip("192.0.2.1", 0)), ENETUNREACH);
  const Address to = Ip("192.0.2.1", 0);
  ERRNO(connect(fd, to.get(), to.size), ENETUNREACH);
}
