// UDP-Lite (RFC 3828): what UDP does, under a protocol number and on ports of
// its own, and with a checksum that need not cover everything.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

// linux/udp.h does not have them.
constexpr int kSendCoverage = 10, kReceiveCoverage = 11;

int Lite(int family = AF_INET) {
  return OK(socket(family, SOCK_DGRAM, IPPROTO_UDPLITE));
}

void Exchange(const char* address, int type, int protocol) {
  int family = Ip(address, 0).family();
  int a = OK(socket(family, type, protocol));
  int b = OK(socket(family, type, protocol));
  OK(BindTo(a, Ip(address, 0)));
  OK(BindTo(b, Ip(address, 0)));
  Address to = LocalOf(b);
  EQ(OK(sendto(a, "lite", 4, 0, to.get(), to.size)), 4);
  PollFor(b, POLLIN);
  char bytes[8];
  Address from;
  from.size = sizeof(from.storage);
  EQ(OK(recvfrom(b, bytes, sizeof(bytes), 0, from.get(), &from.size)), 4);
  EQ(std::string(bytes, 4), "lite");
  EQ(from.ToString(), LocalOf(a).ToString());
}

}  // namespace

CASE(SendAndReceive) { Exchange("127.0.0.1", SOCK_DGRAM, IPPROTO_UDPLITE); }

CASE(SendAndReceive6) { Exchange("::1", SOCK_DGRAM, IPPROTO_UDPLITE); }

CASE(SaysWhatItIs) {
  int fd = Lite();
  EQ(GetInt(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDPLITE);
  EQ(GetInt(fd, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
  ERRNO(socket(AF_INET, SOCK_STREAM, IPPROTO_UDPLITE), EPROTONOSUPPORT);
}

CASE(PortsAreItsOwn) {
  int udp = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(BindTo(udp, Ip("127.0.0.1", 0)));
  Address to = LocalOf(udp);
  int lite = Lite();
  OK(BindTo(lite, to));
  ERRNO(BindTo(Lite(), to), EADDRINUSE);
  int sender = OK(socket(AF_INET, SOCK_DGRAM, 0));
  EQ(OK(sendto(sender, "udp", 3, 0, to.get(), to.size)), 3);
  PollFor(udp, POLLIN);
  EQ(PollNow(lite, POLLIN), 0);
}

CASE(RefusedWhereNobodyListens) {
  int fd = Lite();
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  Address nobody = LocalOf(fd);
  OK(close(fd));
  fd = Lite();
  OK(ConnectTo(fd, nobody));
  EQ(OK(send(fd, "x", 1, 0)), 1);
  char byte;
  ERRNO(recv(fd, &byte, 1, 0), ECONNREFUSED);
}

CASE(Coverage) {
  for (int family : {AF_INET, AF_INET6}) {
    int fd = Lite(family);
    EQ(GetInt(fd, IPPROTO_UDPLITE, kSendCoverage), 0);
    OK(SetInt(fd, IPPROTO_UDPLITE, kSendCoverage, 20));
    EQ(GetInt(fd, IPPROTO_UDPLITE, kSendCoverage), 20);
    OK(SetInt(fd, IPPROTO_UDPLITE, kReceiveCoverage, 3));
    EQ(GetInt(fd, IPPROTO_UDPLITE, kReceiveCoverage), 8);
    OK(SetInt(fd, IPPROTO_UDPLITE, kReceiveCoverage, 100'000));
    EQ(GetInt(fd, IPPROTO_UDPLITE, kReceiveCoverage), 65535);
  }
}

CASE(UdpHasNoCoverage) {
  int udp = OK(socket(AF_INET, SOCK_DGRAM, 0));
  int value = 20;
  ERRNO(setsockopt(udp, IPPROTO_UDPLITE, kSendCoverage, &value, sizeof(value)),
        ENOPROTOOPT);
}
