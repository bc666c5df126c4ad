// What setsockopt and getsockopt say of options that hardly anybody uses, on
// sockets of all kinds: errors, sizes and defaults. Programs try what there is
// and go by the errno.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr int kIp = IPPROTO_IP, kIp6 = IPPROTO_IPV6, kTcp = IPPROTO_TCP;
constexpr int kSol = SOL_SOCKET;

// Bytes in hex, "" for none, or the name of an errno.
std::string Get(int fd, int level, int name, size_t size) {
  std::string value(size, '\xee');
  socklen_t length = size;
  if (getsockopt(fd, level, name, value.data(), &length) != 0) {
    return strerrorname_np(errno);
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char c : value.substr(0, length)) {
    text += kDigits[c >> 4];
    text += kDigits[c & 15];
  }
  return text;
}

// "ok" or the name of an errno; `size` bytes, the first an int.
std::string Set(int fd, int level, int name, int number, size_t size = 4) {
  std::string value(size, '\0');
  memcpy(value.data(), &number, std::min(size, sizeof(number)));
  if (setsockopt(fd, level, name, value.data(), size) != 0) {
    return strerrorname_np(errno);
  }
  return "ok";
}

struct Asked {
  int level;
  int name;
  size_t size;
  const char* wanted;
};

void GetAll(int fd, const std::vector<Asked>& all) {
  for (const Asked& a : all) {
    const std::string got = Get(fd, a.level, a.name, a.size);
    if (got == a.wanted) continue;
    Fail(__FILE__, __LINE__,
         "level " + std::to_string(a.level) + " option " +
             std::to_string(a.name) + " of " + std::to_string(a.size) +
             " bytes gives " + got + ", expected " + a.wanted);
  }
}

struct Told {
  int level;
  int name;
  int number;
  size_t size;
  const char* wanted;
};

void SetAll(int fd, const std::vector<Told>& all) {
  for (const Told& t : all) {
    const std::string got = Set(fd, t.level, t.name, t.number, t.size);
    if (got == t.wanted) continue;
    Fail(__FILE__, __LINE__,
         "level " + std::to_string(t.level) + " option " +
             std::to_string(t.name) + " set to " + std::to_string(t.number) +
             " in " + std::to_string(t.size) + " bytes gives " + got +
             ", expected " + t.wanted);
  }
}

int Udp(int family = AF_INET) { return OK(socket(family, SOCK_DGRAM, 0)); }
int Raw(int family, int protocol) {
  return OK(socket(family, SOCK_RAW, protocol));
}

// Every kind there is, unconnected.
std::vector<int> All() {
  return {Tcp(), Tcp(AF_INET6), Listener(),       Connected().client,
          Udp(), Udp(AF_INET6), Raw(AF_INET, 89), Raw(AF_INET6, 89)};
}

}  // namespace

CASE(OfAnySocket) {
  for (int fd : All()) {
    GetAll(fd,
           {
               {kSol, SO_PEERGROUPS, 16, "ENODATA"},
               {kSol, SO_TIMESTAMPING, 4, "00000000"},
               {kSol, SO_TIMESTAMPING, 16, "0000000000000000"},
               {kSol, SO_TIMESTAMPING_NEW, 8, "0000000000000000"},
               {kSol, SO_RCVTIMEO_NEW, 16, "00000000000000000000000000000000"},
               {kSol, SO_MAX_PACING_RATE, 4, "ffffffff"},
               {kSol, SO_MAX_PACING_RATE, 8, "ffffffffffffffff"},
               {kSol, 71 /* SO_NETNS_COOKIE */, 4, "EINVAL"},
               {kSol, SO_CNX_ADVICE, 4, "ENOPROTOOPT"},
               {kSol, SO_ERROR, 0, ""},
               {kSol, SO_ERROR, 2, "0000"},
               {kSol, SO_LINGER, 4, "00000000"},
               {kSol, SO_LINGER, 64, "0000000000000000"},
           });
    SetAll(fd, {
                   {kSol, SO_PASSCRED, 1, 4, "EOPNOTSUPP"},
                   {kSol, SO_LINGER, 1, 4, "EINVAL"},
                   {kSol, SO_ATTACH_FILTER, 1, 4, "EINVAL"},
                   {kSol, SO_DETACH_FILTER, 0, 4, "ENOENT"},
                   {kSol, SO_CNX_ADVICE, 1, 4, "ok"},
                   {kSol, SO_RCVTIMEO_NEW, 5, 4, "EINVAL"},
                   {kSol, SO_RCVTIMEO_NEW, 5, 16, "ok"},
                   {kSol, SO_ATTACH_REUSEPORT_CBPF, 1, 4, "EINVAL"},
                   {kSol, SO_LOCK_FILTER, 1, 4, "ok"},
                   {kSol, SO_LOCK_FILTER, 0, 4, "EPERM"},
                   {kSol, SO_TYPE, 1, 4, "ENOPROTOOPT"},
                   {kSol, SO_REUSEADDR, 1, 2, "EINVAL"},
               });
    GetAll(fd, {{kSol, SO_RCVTIMEO, 16, "05000000000000000000000000000000"}});
  }
}

CASE(OfIpv4) {
  for (int fd : {Tcp(), Udp(), Tcp(AF_INET6), Raw(AF_INET, 89)}) {
    GetAll(fd, {
                   {kIp, IP_HDRINCL, 4, "00000000"},
                   {kIp, IP_NODEFRAG, 4, "00000000"},
                   {kIp, IP_CHECKSUM, 4, "00000000"},
                   {kIp, IP_RECVFRAGSIZE, 4, "00000000"},
                   {kIp, 26 /* IP_RECVERR_RFC4884 */, 4, "00000000"},
                   {kIp, IP_MULTICAST_TTL, 4, "01000000"},
                   {kIp, IP_MULTICAST_TTL, 1, "01"},
                   {kIp, IP_MSFILTER, 4, "EINVAL"},
                   {kIp, MCAST_MSFILTER, 4, "EINVAL"},
                   {kIp, IP_MTU, 4, "ENOTCONN"},
                   {kIp, IP_OPTIONS, 40, ""},
               });
    SetAll(fd, {
                   {kIp, IP_CHECKSUM, 1, 4, "ok"},
                   {kIp, 26 /* IP_RECVERR_RFC4884 */, 1, 4, "ok"},
                   {kIp, 26 /* IP_RECVERR_RFC4884 */, 2, 4, "EINVAL"},
                   {kIp, IP_IPSEC_POLICY, 1, 4, "EOPNOTSUPP"},
                   {kIp, IP_UNICAST_IF, 0, 4, "ok"},
                   {kIp, IP_UNICAST_IF, 0x77770000, 4, "EADDRNOTAVAIL"},
                   {kIp, IP_ADD_SOURCE_MEMBERSHIP, 1, 4, "EINVAL"},
                   {kIp, IP_BLOCK_SOURCE, 1, 4, "EINVAL"},
                   {kIp, IP_MSFILTER, 1, 4, "EINVAL"},
                   {kIp, MCAST_JOIN_GROUP, 1, 4, "EINVAL"},
                   {kIp, MCAST_BLOCK_SOURCE, 1, 4, "EINVAL"},
                   {kIp, MCAST_JOIN_SOURCE_GROUP, 1, 4, "EINVAL"},
               });
  }
}

CASE(OfTcpOverIpv4) {
  for (int fd : {Tcp(), Tcp(AF_INET6), Listener(), Connected().client}) {
    GetAll(fd, {{kIp, IP_PKTOPTIONS, 16, ""}});
    SetAll(fd, {
                   {kIp, IP_HDRINCL, 1, 4, "ENOPROTOOPT"},
                   {kIp, IP_ROUTER_ALERT, 1, 4, "EINVAL"},
                   {kIp, IP_RECVFRAGSIZE, 1, 4, "EINVAL"},
                   {kIp, IP_MULTICAST_TTL, 1, 4, "EINVAL"},
                   {kIp, IP_MULTICAST_IF, 0, 4, "EINVAL"},
                   {kIp, IP_ADD_MEMBERSHIP, 0, 12, "EPROTO"},
                   {kIp, IP_DROP_MEMBERSHIP, 0, 4, "EPROTO"},
               });
  }
}

CASE(OfIpv6) {
  for (int fd : {Tcp(AF_INET6), Udp(AF_INET6), Raw(AF_INET6, 89)}) {
    GetAll(fd, {
                   {kIp6, IPV6_2292HOPOPTS, 4, "00000000"},
                   {kIp6, IPV6_2292DSTOPTS, 4, "00000000"},
                   {kIp6, IPV6_2292RTHDR, 4, "00000000"},
                   {kIp6, 11 /* IPV6_FLOWINFO */, 4, "00000000"},
                   {kIp6, 33 /* IPV6_FLOWINFO_SEND */, 4, "00000000"},
                   {kIp6, IPV6_RECVFRAGSIZE, 4, "00000000"},
                   {kIp6, IPV6_MULTICAST_HOPS, 4, "01000000"},
                   {kIp6, IPV6_MULTICAST_IF, 4, "00000000"},
                   {kIp6, IPV6_ADDR_PREFERENCES, 4, "00050000"},
                   {kIp6, IPV6_HOPOPTS, 64, ""},
                   {kIp6, IPV6_DSTOPTS, 64, ""},
                   {kIp6, IPV6_RTHDR, 64, ""},
                   {kIp6, IPV6_PATHMTU, 4, "EINVAL"},
                   {kIp6, MCAST_MSFILTER, 4, "EINVAL"},
                   {kIp6, IPV6_JOIN_ANYCAST, 4, "ENOPROTOOPT"},
                   {kIp6, IPV6_MTU, 4, "ENOTCONN"},
               });
    SetAll(fd, {
                   {kIp6, IPV6_2292HOPOPTS, 1, 4, "ok"},
                   {kIp6, IPV6_2292RTHDR, 1, 4, "ok"},
                   {kIp6, IPV6_RECVFRAGSIZE, 1, 4, "ok"},
                   {kIp6, IPV6_MTU, 1279, 4, "EINVAL"},
                   {kIp6, IPV6_MTU, 1280, 4, "ok"},
                   {kIp6, IPV6_MTU, 0, 4, "ok"},
                   {kIp6, IPV6_UNICAST_IF, 0x77770000, 4, "EADDRNOTAVAIL"},
                   {kIp6, IPV6_JOIN_ANYCAST, 0, 4, "EINVAL"},
                   {kIp6, IPV6_PKTINFO, 0, 4, "EINVAL"},
                   {kIp6, IPV6_HOPOPTS, 0, 4, "EINVAL"},
                   {kIp6, IPV6_RTHDR, 0, 4, "EINVAL"},
                   {kIp6, IPV6_IPSEC_POLICY, 0, 4, "EOPNOTSUPP"},
                   {kIp6, IPV6_ADDRFORM, AF_INET6, 4, "EINVAL"},
                   {kIp6, MCAST_JOIN_GROUP, 0, 4, "EINVAL"},
                   {kIp6, MCAST_LEAVE_SOURCE_GROUP, 0, 4, "EINVAL"},
               });
  }
  GetAll(Tcp(AF_INET6), {
                            {kIp6, IPV6_2292PKTOPTIONS, 16, ""},
                            {kIp6, IPV6_ADDRFORM, 4, "ENOTCONN"},
                        });
  SetAll(Tcp(AF_INET6), {
                            {kIp6, IPV6_JOIN_GROUP, 0, 4, "EINVAL"},
                            {kIp6, IPV6_JOIN_GROUP, 0, 20, "EPROTO"},
                        });
}

CASE(OfTcp) {
  for (int fd : {Tcp(), Tcp(AF_INET6), Listener(), Connected().client}) {
    GetAll(fd, {
                   {kTcp, TCP_REPAIR, 4, "00000000"},
                   {kTcp, TCP_REPAIR_QUEUE, 4, "EINVAL"},
                   {kTcp, TCP_QUEUE_SEQ, 4, "EINVAL"},
                   {kTcp, TCP_SAVED_SYN, 16, ""},
                   {kTcp, TCP_FASTOPEN_KEY, 16, ""},
                   {kTcp, TCP_ULP, 16, ""},
                   {kTcp, TCP_NODELAY, 1, "00"},
                   {kTcp, TCP_NODELAY, 0, ""},
                   {kTcp, TCP_NODELAY, 16, "00000000"},
                   {kTcp, 99, 4, "ENOPROTOOPT"},
               });
    SetAll(fd, {
                   {kTcp, TCP_REPAIR_QUEUE, 1, 4, "EPERM"},
                   {kTcp, TCP_TIMESTAMP, 1, 4, "EPERM"},
                   {kTcp, TCP_REPAIR_WINDOW, 1, 20, "EPERM"},
                   {kTcp, TCP_FASTOPEN_KEY, 1, 4, "EINVAL"},
                   {kTcp, TCP_CONGESTION, 0, 4, "ENOENT"},
                   {kTcp, TCP_CONGESTION, 0, 0, "EINVAL"},
                   {kTcp, TCP_NODELAY, 1, 3, "EINVAL"},
                   {kTcp, TCP_INFO, 1, 4, "ENOPROTOOPT"},
                   {kTcp, 99, 1, 4, "ENOPROTOOPT"},
               });
  }
  SetAll(Connected().client, {
                                 {kTcp, TCP_FASTOPEN, 1, 4, "EINVAL"},
                                 {kTcp, TCP_FASTOPEN_CONNECT, 1, 4, "EINVAL"},
                                 {kTcp, TCP_FASTOPEN_NO_COOKIE, 1, 4, "EINVAL"},
                             });
  SetAll(Listener(), {{kTcp, TCP_FASTOPEN_CONNECT, 1, 4, "EINVAL"}});
}

CASE(OfDatagrams) {
  for (int fd : {Udp(), Udp(AF_INET6), Raw(AF_INET, 89)}) {
    GetAll(fd, {{kSol, 74 /* SO_TXREHASH */, 4, "EOPNOTSUPP"}});
    SetAll(fd, {{kSol, 74 /* SO_TXREHASH */, 1, 4, "EOPNOTSUPP"}});
  }
  GetAll(Raw(AF_INET, 89), {{kSol, SO_REUSEADDR, 4, "01000000"}});
  SetAll(Raw(AF_INET, 89), {{kSol, SO_ZEROCOPY, 1, 4, "EOPNOTSUPP"}});
  SetAll(Raw(AF_INET6, 89), {
                                {kIp6, IPV6_V6ONLY, 1, 4, "EINVAL"},
                                {kIp6, IPV6_CHECKSUM, 3, 4, "EINVAL"},
                                {kIp6, IPV6_CHECKSUM, 4, 4, "ok"},
                                {kIp6, IPV6_ROUTER_ALERT, 1, 4, "ENOPROTOOPT"},
                            });
  GetAll(Raw(AF_INET6, IPPROTO_ICMPV6), {{kIp6, IPV6_CHECKSUM, 4, "02000000"}});
  int bound = Udp(AF_INET6);
  OK(BindTo(bound, Ip("::1", 0)));
  SetAll(bound, {{kIp6, IPV6_V6ONLY, 1, 4, "EINVAL"}});
}

CASE(PeerName) {
  Pair pair = Connected();
  Address peer = PeerOf(pair.client);
  char name[128] = {};
  socklen_t size = peer.size;
  OK(getsockopt(pair.client, SOL_SOCKET, SO_PEERNAME, name, &size));
  EQ(size, peer.size);
  EQ(memcmp(name, peer.get(), size), 0);
  size = 4;
  OK(getsockopt(pair.client, SOL_SOCKET, SO_PEERNAME, name, &size));
  EQ(size, 4u);
  size = sizeof(name);
  ERRNO(getsockopt(pair.client, SOL_SOCKET, SO_PEERNAME, name, &size), EINVAL);
  size = 4;
  ERRNO(getsockopt(Tcp(), SOL_SOCKET, SO_PEERNAME, name, &size), ENOTCONN);
}

CASE(PeekOffset) {
  Pair pair = Connected();
  if (SetInt(pair.server, SOL_SOCKET, SO_PEEK_OFF, -1) != 0) {
    SKIP("no SO_PEEK_OFF on TCP before Linux 6.9");
  }
  EQ(GetInt(pair.server, SOL_SOCKET, SO_PEEK_OFF), -1);
  OK(SetInt(pair.server, SOL_SOCKET, SO_PEEK_OFF, 2));
  SendAll(pair.client, "abcdef");
  PollFor(pair.server, POLLIN);
  char bytes[8] = {};
  EQ(OK(recv(pair.server, bytes, 2, MSG_PEEK)), 2);
  EQ(std::string(bytes), "cd");
  EQ(GetInt(pair.server, SOL_SOCKET, SO_PEEK_OFF), 4);
  EQ(OK(recv(pair.server, bytes, 2, 0)), 2);
  EQ(std::string(bytes), "ab");
  EQ(GetInt(pair.server, SOL_SOCKET, SO_PEEK_OFF), 2);
}
