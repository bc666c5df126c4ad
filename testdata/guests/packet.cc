// AF_PACKET sockets, on the loopback, where frames come back to their sender's
// node; and what they refuse.
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr int kProtocol = 0x88b5;  // IEEE 802, local experimental
constexpr int kLo = 1;
const std::string kNobody(6, '\0');  // the loopback's own address
const std::string kAll(6, '\xff');

int Eth() { return static_cast<int>(if_nametoindex("eth0")); }

int Packet(int type, int protocol = 0) {
  return OK(socket(AF_PACKET, type, htons(protocol)));
}

sockaddr_ll Name(int index, int protocol, const std::string& to = "") {
  sockaddr_ll name = {};
  name.sll_family = AF_PACKET;
  name.sll_ifindex = index;
  name.sll_protocol = htons(protocol);
  name.sll_halen = to.size();
  memcpy(name.sll_addr, to.data(), to.size());
  return name;
}

int Bind(int fd, const sockaddr_ll& name) {
  return bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name));
}

int Bound(int type, int protocol = kProtocol, int index = kLo) {
  int fd = Packet(type);
  OK(Bind(fd, Name(index, protocol)));
  return fd;
}

std::string Header(const std::string& to, int protocol) {
  std::string bytes = to + std::string("\x02\x00\x00\x00\x00\x99", 6);
  bytes += static_cast<char>(protocol >> 8);
  bytes += static_cast<char>(protocol);
  return bytes;
}

ssize_t SendTo(int fd, const std::string& bytes, const sockaddr_ll& name) {
  return sendto(fd, bytes.data(), bytes.size(), 0,
                reinterpret_cast<const sockaddr*>(&name), sizeof(name));
}

// A frame from a socket of its own.
void Send(const std::string& to, const std::string& payload,
          int protocol = kProtocol) {
  int fd = Packet(SOCK_RAW);
  const std::string frame = Header(to, protocol) + payload;
  EQ(OK(SendTo(fd, frame, Name(kLo, protocol))),
     static_cast<ssize_t>(frame.size()));
  close(fd);
}

struct Received {
  std::string bytes;
  sockaddr_ll from = {};
  socklen_t from_size = 0;
};

Received Receive(int fd) {
  Received r;
  r.bytes.resize(70'000);
  r.from_size = sizeof(r.from);
  PollFor(fd, POLLIN);
  r.bytes.resize(
      OK(recvfrom(fd, r.bytes.data(), r.bytes.size(), 0,
                  reinterpret_cast<sockaddr*>(&r.from), &r.from_size)));
  return r;
}

int Attach(int fd, std::vector<sock_filter> program) {
  sock_fprog words = {static_cast<unsigned short>(program.size()),
                      program.data()};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &words, sizeof(words));
}

int Membership(int fd, int name, int index, int type,
               const std::string& address) {
  packet_mreq request = {};
  request.mr_ifindex = index;
  request.mr_type = type;
  request.mr_alen = address.size();
  memcpy(request.mr_address, address.data(),
         std::min<size_t>(address.size(), 8));
  return setsockopt(fd, SOL_PACKET, name, &request, sizeof(request));
}

}  // namespace

CASE(RawSeesTheHeader) {
  int fd = Bound(SOCK_RAW);
  Send(kNobody, "hello");
  Received r = Receive(fd);
  EQ(r.bytes, Header(kNobody, kProtocol) + "hello");
  EQ(+r.from.sll_family, AF_PACKET);
  EQ(ntohs(r.from.sll_protocol), kProtocol);
  EQ(r.from.sll_ifindex, kLo);
  EQ(+r.from.sll_hatype, ARPHRD_LOOPBACK);
  EQ(+r.from.sll_pkttype, PACKET_HOST);
  EQ(+r.from.sll_halen, 6);
  EQ(+r.from.sll_addr[5], 0x99);
  EQ(r.from_size, sizeof(sockaddr_ll));
}

CASE(DgramDoesNot) {
  int fd = Bound(SOCK_DGRAM);
  Send(kNobody, "hello");
  Received r = Receive(fd);
  EQ(r.bytes, "hello");
  EQ(+r.from.sll_addr[5], 0x99);
}

CASE(DgramHasItsHeaderMade) {
  int fd = Bound(SOCK_RAW);
  int sender = Packet(SOCK_DGRAM);
  EQ(OK(SendTo(sender, "hello", Name(kLo, kProtocol, kAll))), 5);
  std::string header = Header(kAll, kProtocol);
  header.replace(6, 6, kNobody);
  Received r = Receive(fd);
  EQ(r.bytes, header + "hello");
}

CASE(WhomAFrameIsFor) {
  int fd = Bound(SOCK_DGRAM);
  Send(kNobody, "host");
  EQ(+Receive(fd).from.sll_pkttype, PACKET_HOST);
  Send("\x01\x80\xc2\x01\x02\x03", "many");
  EQ(+Receive(fd).from.sll_pkttype, PACKET_MULTICAST);
  Send("\x02\x80\xc2\x01\x02\x03", "other");
  EQ(+Receive(fd).from.sll_pkttype, PACKET_OTHERHOST);
}

CASE(OnlyItsProtocol) {
  int fd = Bound(SOCK_DGRAM), other = Bound(SOCK_DGRAM, 0x88b6);
  int none = Packet(SOCK_DGRAM);
  Send(kNobody, "x");
  EQ(Receive(fd).bytes, "x");
  EQ(PollNow(other, POLLIN), 0);
  EQ(PollNow(none, POLLIN), 0);
}

CASE(OnlyItsInterface) {
  int fd = Bound(SOCK_DGRAM, kProtocol, Eth());
  int all = Bound(SOCK_DGRAM, kProtocol, 0);
  Send(kNobody, "x");
  EQ(Receive(all).bytes, "x");
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(ProtocolOfSocketIsEnough) {
  int fd = Packet(SOCK_DGRAM, kProtocol);
  Send(kNobody, "x");
  EQ(Receive(fd).bytes, "x");
}

CASE(EverythingTwice) {
  int fd = Bound(SOCK_DGRAM, ETH_P_ALL);
  Send(kNobody, "x");
  EQ(+Receive(fd).from.sll_pkttype, PACKET_OUTGOING);
  EQ(+Receive(fd).from.sll_pkttype, PACKET_HOST);
  EQ(PollNow(fd, POLLIN), 0);
  OK(SetInt(fd, SOL_PACKET, 23 /* PACKET_IGNORE_OUTGOING */, 1));
  Send(kNobody, "x");
  EQ(+Receive(fd).from.sll_pkttype, PACKET_HOST);
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(NotItsOwnOnTheWayOut) {
  int fd = Bound(SOCK_DGRAM, ETH_P_ALL);
  EQ(OK(SendTo(fd, "x", Name(kLo, kProtocol, kNobody))), 1);
  EQ(+Receive(fd).from.sll_pkttype, PACKET_HOST);
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(BoundSocketNeedsNoName) {
  int fd = Bound(SOCK_RAW);
  const std::string frame = Header(kNobody, kProtocol) + "hello";
  EQ(OK(send(fd, frame.data(), frame.size(), 0)),
     static_cast<ssize_t>(frame.size()));
  EQ(Receive(fd).bytes, frame);
  EQ(OK(write(fd, frame.data(), frame.size())),
     static_cast<ssize_t>(frame.size()));
  EQ(Receive(fd).bytes, frame);
}

// IEEE 802.3: a length instead of a type, as IS-IS has it.
CASE(FramesWithALength) {
  int fd = Bound(SOCK_DGRAM, ETH_P_ALL);
  OK(SetInt(fd, SOL_PACKET, 23 /* PACKET_IGNORE_OUTGOING */, 1));
  int sender = Packet(SOCK_DGRAM);
  const std::string payload = "\xfe\xfe\x03IS-IS";
  EQ(OK(SendTo(sender, payload, Name(kLo, payload.size(), kNobody))), 8);
  Received r = Receive(fd);
  EQ(r.bytes, payload);
  EQ(ntohs(r.from.sll_protocol), ETH_P_802_2);
}

CASE(Truncation) {
  int fd = Bound(SOCK_RAW);
  Send(kNobody, "0123456789");
  char bytes[8];
  PollFor(fd, POLLIN);
  EQ(OK(recv(fd, bytes, sizeof(bytes), MSG_PEEK)), 8);
  EQ(OK(recv(fd, bytes, sizeof(bytes), MSG_PEEK | MSG_TRUNC)), 24);
  iovec piece = {bytes, sizeof(bytes)};
  msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  EQ(OK(recvmsg(fd, &message, 0)), 8);
  EQ(message.msg_flags, MSG_TRUNC);
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(Filtered) {
  int fd = Packet(SOCK_RAW);
  // The type, and the payload's first byte: 'a' whole, 'b' 17 bytes, else none.
  OK(Attach(fd,
            {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kProtocol, 0, 3),
             BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14),
             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'a', 2, 0),
             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'b', 2, 0),
             BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 0xffff),
             BPF_STMT(BPF_RET | BPF_K, 17)}));
  OK(Bind(fd, Name(kLo, kProtocol)));
  for (const char* payload : {"c12345", "b12345", "a12345"}) {
    Send(kNobody, payload);
  }
  EQ(Receive(fd).bytes.substr(14), "b12");
  EQ(Receive(fd).bytes.substr(14), "a12345");
  EQ(PollNow(fd, POLLIN), 0);
  OK(SetInt(fd, SOL_SOCKET, SO_DETACH_FILTER, 0));
  Send(kNobody, "c12345");
  EQ(Receive(fd).bytes.substr(14), "c12345");
  ERRNO(SetInt(fd, SOL_SOCKET, SO_DETACH_FILTER, 0), ENOENT);
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, nullptr, 0), EINVAL);
}

// Without the header in front, offset 0 is the payload, and the header is at
// SKF_LL_OFF.
CASE(FilterOfDgram) {
  int fd = Packet(SOCK_DGRAM);
  OK(Attach(fd, {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
                 BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'a', 0, 3),
                 BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
                          static_cast<uint32_t>(SKF_LL_OFF + 11)),
                 BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x99, 0, 1),
                 BPF_STMT(BPF_RET | BPF_K, 3), BPF_STMT(BPF_RET | BPF_K, 0)}));
  OK(Bind(fd, Name(kLo, kProtocol)));
  Send(kNobody, "b12345");
  Send(kNobody, "a12345");
  EQ(Receive(fd).bytes, "a12");
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(FilterKnowsAboutTheFrame) {
  int fd = Packet(SOCK_DGRAM);
  const auto load = [](int what) -> sock_filter {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                    static_cast<uint32_t>(SKF_AD_OFF + what));
  };
  OK(Attach(
      fd, {load(SKF_AD_PROTOCOL),
           BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kProtocol, 0, 5),
           load(SKF_AD_PKTTYPE),
           BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, 3),
           load(SKF_AD_IFINDEX), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kLo, 0, 1),
           BPF_STMT(BPF_RET | BPF_K, 0xffff), BPF_STMT(BPF_RET | BPF_K, 0)}));
  OK(Bind(fd, Name(kLo, ETH_P_ALL)));
  Send(kNobody, "x");
  Send("\x01\x80\xc2\x01\x02\x03", "y");
  EQ(Receive(fd).bytes, "x");
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(BadFilters) {
  int fd = Packet(SOCK_RAW);
  ERRNO(Attach(fd, {}), EINVAL);
  ERRNO(Attach(fd, {BPF_STMT(BPF_LD | BPF_IMM, 1)}), EINVAL);
  ERRNO(Attach(fd, {BPF_STMT(0xfff, 1), BPF_STMT(BPF_RET | BPF_K, 0)}), EINVAL);
  sock_fprog words = {1, static_cast<sock_filter*>(Garbage())};
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &words, sizeof(words)),
        EFAULT);
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &words, 3), EINVAL);
}

// Filters of UDP begin at its header.
CASE(FilterOfUdp) {
  int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  OK(Attach(fd, {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8),
                 BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'a', 0, 1),
                 BPF_STMT(BPF_RET | BPF_K, 11), BPF_STMT(BPF_RET | BPF_K, 0)}));
  Address to = LocalOf(fd);
  int sender = OK(socket(AF_INET, SOCK_DGRAM, 0));
  for (const char* payload : {"b12345", "a12345"}) {
    EQ(OK(sendto(sender, payload, 6, 0, to.get(), to.size)), 6);
  }
  char bytes[10];
  PollFor(fd, POLLIN);
  EQ(OK(recv(fd, bytes, sizeof(bytes), 0)), 3);
  EQ(std::string(bytes, 3), "a12");
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(AuxiliaryData) {
  int fd = Bound(SOCK_DGRAM);
  OK(SetInt(fd, SOL_PACKET, PACKET_AUXDATA, 1));
  EQ(GetInt(fd, SOL_PACKET, PACKET_AUXDATA), 1);
  OK(Attach(fd, {BPF_STMT(BPF_RET | BPF_K, 4)}));
  Send(kNobody, "0123456789");
  char data[100], control[200];
  iovec piece = {data, sizeof(data)};
  msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  PollFor(fd, POLLIN);
  EQ(OK(recvmsg(fd, &message, 0)), 4);
  cmsghdr* c = CMSG_FIRSTHDR(&message);
  TRUE(c != nullptr);
  EQ(c->cmsg_level, SOL_PACKET);
  EQ(c->cmsg_type, PACKET_AUXDATA);
  tpacket_auxdata aux;
  memcpy(&aux, CMSG_DATA(c), sizeof(aux));
  EQ(aux.tp_len, 10u);
  EQ(aux.tp_snaplen, 4u);
}

// What a frame carries goes on to the sockets above.
void DatagramInAFrame(const char* source, bool arrives) {
  int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(BindTo(fd, Ip("10.0.0.1", 0)));
  iphdr ip = {};
  ip.version = 4;
  ip.ihl = 5;
  ip.ttl = 64;
  ip.protocol = IPPROTO_UDP;
  ip.tot_len = htons(20 + 8 + 5);
  Address from = Ip(source, 0), to = Ip("10.0.0.1", 0);
  ip.saddr = reinterpret_cast<sockaddr_in*>(from.get())->sin_addr.s_addr;
  ip.daddr = reinterpret_cast<sockaddr_in*>(to.get())->sin_addr.s_addr;
  uint32_t sum = 0;
  const auto* words = reinterpret_cast<const uint16_t*>(&ip);
  for (int i = 0; i < 10; ++i) sum += words[i];
  sum = (sum & 0xffff) + (sum >> 16);
  ip.check = static_cast<uint16_t>(~(sum + (sum >> 16)));
  const int port = LocalOf(fd).port();
  std::string packet(reinterpret_cast<char*>(&ip), sizeof(ip));
  for (int word : {1234, port, 13, 0}) {
    packet += static_cast<char>(word >> 8);
    packet += static_cast<char>(word);
  }
  Send(kNobody, packet + "hello", ETH_P_IP);
  if (!arrives) {
    EQ(PollNow(fd, POLLIN), 0);
    return;
  }
  PollFor(fd, POLLIN);
  char bytes[10];
  from.size = sizeof(from.storage);
  EQ(OK(recvfrom(fd, bytes, sizeof(bytes), 0, from.get(), &from.size)), 5);
  EQ(from.ToString(), std::string(source) + ":1234");
}

CASE(DatagramGoesOnToItsSocket) { DatagramInAFrame("10.0.0.9", true); }
// Nobody else may have this node's addresses.
CASE(MartiansDoNot) {
  DatagramInAFrame("10.0.0.1", false);
  DatagramInAFrame("127.0.0.1", false);
}

CASE(Names) {
  int fd = Packet(SOCK_RAW, kProtocol);
  sockaddr_ll name = {};
  socklen_t size = sizeof(name);
  OK(getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size));
  EQ(size, 12u);
  EQ(name.sll_ifindex, 0);
  EQ(ntohs(name.sll_protocol), kProtocol);
  OK(Bind(fd, Name(Eth(), 0)));
  size = sizeof(name);
  OK(getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size));
  EQ(size, 18u);
  EQ(name.sll_ifindex, Eth());
  EQ(ntohs(name.sll_protocol), kProtocol);
  EQ(+name.sll_hatype, ARPHRD_ETHER);
  EQ(+name.sll_addr[5], 2);
  ERRNO(getpeername(fd, reinterpret_cast<sockaddr*>(&name), &size), EOPNOTSUPP);
}

CASE(Refused) {
  int fd = Packet(SOCK_RAW);
  sockaddr_ll name = Name(kLo, kProtocol);
  ERRNO(connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)),
        EOPNOTSUPP);
  ERRNO(listen(fd, 1), EOPNOTSUPP);
  ERRNO(shutdown(fd, SHUT_RDWR), EOPNOTSUPP);
  ERRNO(bind(fd, reinterpret_cast<sockaddr*>(&name), 12), EINVAL);
  name.sll_family = AF_INET;
  ERRNO(Bind(fd, name), EINVAL);
  ERRNO(Bind(fd, Name(99, kProtocol)), ENODEV);
  ERRNO(socket(AF_PACKET, SOCK_STREAM, 0), ESOCKTNOSUPPORT);
}

CASE(NotSent) {
  int fd = Packet(SOCK_RAW);
  ERRNO(send(fd, "x", 1, 0), ENXIO);
  ERRNO(SendTo(fd, "x", Name(99, kProtocol)), ENXIO);
  ERRNO(SendTo(fd, "short", Name(Eth(), kProtocol)), EINVAL);
  ERRNO(SendTo(fd, Header(kAll, kProtocol) + std::string(1501, 'x'),
               Name(Eth(), kProtocol)),
        EMSGSIZE);
  OK(SendTo(fd, Header(kAll, kProtocol) + std::string(1500, 'x'),
            Name(Eth(), kProtocol)));
  sockaddr_ll name = Name(Eth(), kProtocol);
  ERRNO(sendto(fd, "x", 1, 0, reinterpret_cast<sockaddr*>(&name), 12), EINVAL);
  int dgram = Packet(SOCK_DGRAM);
  // An address that is not given is zero; without a name there is none.
  EQ(OK(SendTo(dgram, "to zero", Name(Eth(), kProtocol))), 7);
  OK(Bind(dgram, Name(Eth(), kProtocol)));
  ERRNO(send(dgram, "to nobody", 9, 0), EINVAL);
}

CASE(Memberships) {
  int fd = Packet(SOCK_RAW);
  const std::string group("\x01\x80\xc2\x00\x00\x14", 6);
  for (int i = 0; i < 2; ++i) {
    OK(Membership(fd, PACKET_ADD_MEMBERSHIP, Eth(), PACKET_MR_MULTICAST,
                  group));
  }
  for (int i = 0; i < 3; ++i) {
    OK(Membership(fd, PACKET_DROP_MEMBERSHIP, Eth(), PACKET_MR_MULTICAST,
                  group));
  }
  OK(Membership(fd, PACKET_ADD_MEMBERSHIP, Eth(), PACKET_MR_PROMISC, ""));
  ERRNO(Membership(fd, PACKET_ADD_MEMBERSHIP, 99, PACKET_MR_MULTICAST, group),
        ENODEV);
  ERRNO(Membership(fd, PACKET_ADD_MEMBERSHIP, Eth(), PACKET_MR_MULTICAST,
                   "1234567"),
        EINVAL);
  ERRNO(Membership(fd, PACKET_ADD_MEMBERSHIP, Eth(), PACKET_MR_MULTICAST, "12"),
        EINVAL);
  ERRNO(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, "1234", 4), EINVAL);
}

CASE(Statistics) {
  int fd = Bound(SOCK_RAW);
  Send(kNobody, "1");
  Send(kNobody, "2");
  tpacket_stats stats = {};
  for (unsigned wanted : {2u, 0u}) {
    socklen_t size = sizeof(stats);
    OK(getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size));
    EQ(size, sizeof(stats));
    EQ(stats.tp_packets, wanted);
    EQ(stats.tp_drops, 0u);
  }
}

CASE(SocketLevel) {
  int fd = Packet(SOCK_RAW, kProtocol);
  EQ(GetInt(fd, SOL_SOCKET, SO_DOMAIN), AF_PACKET);
  EQ(GetInt(fd, SOL_SOCKET, SO_TYPE), SOCK_RAW);
  EQ(GetInt(fd, SOL_SOCKET, SO_PROTOCOL), 0);
  OK(SetInt(fd, SOL_SOCKET, SO_RCVBUF, 100'000));
  EQ(GetInt(fd, SOL_SOCKET, SO_RCVBUF), 200'000);
  ERRNO(SetInt(fd, IPPROTO_IP, IP_TTL, 5), ENOPROTOOPT);
  char byte;
  ERRNO(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
  ERRNO(recv(fd, &byte, 1, MSG_OOB), EINVAL);
}
