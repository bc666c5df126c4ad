// Echo requests, which a host answers itself.
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr int kIcmpFilter = 1;  // ICMP_FILTER of linux/icmp.h

// A raw socket that is given nothing but echo replies.
int ForReplies(int family) {
  if (family == AF_INET) {
    int fd = OK(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    uint32_t blocked = ~(1u << ICMP_ECHOREPLY);
    OK(setsockopt(fd, SOL_RAW, kIcmpFilter, &blocked, sizeof(blocked)));
    return fd;
  }
  int fd = OK(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
  icmp6_filter filter;
  ICMP6_FILTER_SETBLOCKALL(&filter);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
  OK(setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)));
  return fd;
}

uint16_t Checksum(const std::string& bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    uint32_t byte = static_cast<uint8_t>(bytes[i]);
    sum += i % 2 == 0 ? byte << 8 : byte;
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return htons(static_cast<uint16_t>(~sum));
}

std::string Request(int family, const std::string& payload) {
  icmphdr header = {};
  header.type = family == AF_INET ? int{ICMP_ECHO} : int{ICMP6_ECHO_REQUEST};
  header.un.echo.id = htons(77);
  header.un.echo.sequence = htons(3);
  std::string bytes(reinterpret_cast<char*>(&header), sizeof(header));
  bytes += payload;
  uint16_t check = Checksum(bytes);  // IPv6 has the kernel do it
  memcpy(&bytes[2], &check, sizeof(check));
  return bytes;
}

void ExpectReply(const char* address, const std::string& payload) {
  Address to = Ip(address, 0);
  int fd = ForReplies(to.family());
  std::string request = Request(to.family(), payload);
  EQ(OK(sendto(fd, request.data(), request.size(), 0, to.get(), to.size)),
     request.size());
  PollFor(fd, POLLIN);
  std::string reply(70'000, '\0');
  Address from;
  from.size = sizeof(from.storage);
  reply.resize(
      OK(recvfrom(fd, reply.data(), reply.size(), 0, from.get(), &from.size)));
  EQ(from.ToString(), to.ToString());
  if (to.family() == AF_INET) {
    reply.erase(0, sizeof(iphdr));
    EQ(Checksum(reply), 0);
    EQ(reply[0], ICMP_ECHOREPLY);
  } else {
    EQ(static_cast<uint8_t>(reply[0]), ICMP6_ECHO_REPLY);
  }
  EQ(reply.substr(4), request.substr(4));
}

}  // namespace

CASE(Loopback) { ExpectReply("127.0.0.1", "payload"); }
CASE(AnyOfLoopback) { ExpectReply("127.1.2.3", "payload"); }
CASE(Loopback6) { ExpectReply("::1", "payload"); }
CASE(OwnAddress) { ExpectReply("10.0.0.1", "odd"); }
CASE(OwnAddress6) { ExpectReply("2001:db8::1", ""); }
CASE(Large) { ExpectReply("127.0.0.1", std::string(20'001, 'x')); }

CASE(OnlyRequestsAreAnswered) {
  int fd = ForReplies(AF_INET);
  Address to = Ip("127.0.0.1", 0);
  for (int change : {0, 1}) {
    std::string request = Request(AF_INET, "");
    if (change == 0) request[0] = ICMP_TIMESTAMPREPLY;
    if (change == 1) request.resize(4);
    OK(sendto(fd, request.data(), request.size(), 0, to.get(), to.size));
  }
  EQ(PollNow(fd, POLLIN), 0);
}
