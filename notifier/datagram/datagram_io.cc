// Sending and receiving of DatagramSocket.
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "notifier/datagram/datagram_protocol.h"
#include "notifier/datagram/datagram_socket.h"
#include "notifier/kernel/guest_message.h"
#include "notifier/kernel/packet_placeholder.h"
#include "notifier/kernel/socket_address.h"
#include "notifier/stream/tcp_connection.h"

namespace quiesce {
namespace {

constexpr size_t kLargestDatagram = 65535;
constexpr size_t kEnvelopes = 4096;

// Calls `visit(level, type, bytes)` for each control message. False if they are
// malformed.
template <typename F>
bool ForEachControl(const std::string& control, F visit) {
  size_t at = 0;
  while (at + sizeof(cmsghdr) <= control.size()) {
    cmsghdr header;
    memcpy(&header, control.data() + at, sizeof(header));
    if (header.cmsg_len < sizeof(header) ||
        header.cmsg_len > control.size() - at) {
      return false;
    }
    visit(header.cmsg_level, header.cmsg_type,
          absl::string_view(control).substr(at + CMSG_LEN(0),
                                            header.cmsg_len - CMSG_LEN(0)));
    at += CMSG_ALIGN(header.cmsg_len);
  }
  return true;
}

template <typename T>
bool As(absl::string_view bytes, T* value) {
  if (bytes.size() < sizeof(T)) return false;
  memcpy(value, bytes.data(), sizeof(T));
  return true;
}

// The header a raw IPv4 socket finds in front of each datagram.
std::string Ipv4Header(const Message& m) {
  iphdr header{};
  header.version = 4;
  header.ihl = 5;
  header.tos = m.tos;
  header.tot_len = htons(sizeof(header) + m.payload.size());
  header.ttl = m.ttl;
  header.protocol = m.protocol;
  header.saddr = m.source.address.in4().s_addr;
  header.daddr = m.destination.address.in4().s_addr;
  uint32_t sum = 0;
  const auto* words = reinterpret_cast<const uint16_t*>(&header);
  for (size_t i = 0; i < sizeof(header) / 2; ++i) sum += words[i];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  header.check = static_cast<uint16_t>(~sum);
  return std::string(reinterpret_cast<char*>(&header), sizeof(header));
}

}  // namespace

int DatagramSocket::ParseControl(const std::string& control,
                                 Choice* choice) const {
  bool whole = ForEachControl(
      control, [&](int level, int type, absl::string_view bytes) {
        in_pktinfo four;
        in6_pktinfo six;
        if (level == IPPROTO_IP && type == IP_PKTINFO && As(bytes, &four)) {
          choice->oif = four.ipi_ifindex;
          IpAddress source = IpAddress::From(four.ipi_spec_dst);
          if (!source.is_any()) choice->source = source;
        } else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO &&
                   As(bytes, &six)) {
          choice->oif = six.ipi6_ifindex;
          IpAddress source = IpAddress::From(six.ipi6_addr);
          if (!source.is_any()) choice->source = source.Unmapped();
        } else if ((level == IPPROTO_IP && type == IP_TTL) ||
                   (level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT)) {
          As(bytes, &choice->ttl);
        } else if ((level == IPPROTO_IP && type == IP_TOS) ||
                   (level == IPPROTO_IPV6 && type == IPV6_TCLASS)) {
          As(bytes, &choice->tos);
        }
      });
  return whole ? 0 : EINVAL;
}

// What goes out by the loopback comes in by it, whatever the socket wants.
bool DatagramSocket::LoopsBack(int device) const {
  const Link* link = kernel_->stack().FindLink(device);
  return link != nullptr && link->loopback();
}

// net/ipv4/udp.c:udp_sendmsg, raw.c:raw_sendmsg and their IPv6 twins.
int DatagramSocket::Transmit(const Endpoint& destination, const Choice& choice,
                             std::string bytes) {
  bool v4 = destination.address.v4();
  bool multicast = destination.address.is_multicast();
  Flow flow;
  flow.dst = destination.address;
  bool bound = local_.address.valid() && !local_.address.is_any() &&
               !local_.address.is_multicast();
  if (choice.source.valid()) {
    flow.src = choice.source;
  } else if (bound) {
    flow.src = local_.address;
  }
  flow.oif = device_ != 0 ? device_ : choice.oif;
  if (flow.oif == 0) flow.oif = destination.scope;
  if (flow.oif == 0 && multicast) {
    flow.oif = v4 ? multicast_.device()
                  : options_.Get(IPPROTO_IPV6, IPV6_MULTICAST_IF);
  }
  flow.mark = options_.Get(SOL_SOCKET, SO_MARK);
  flow.protocol = protocol();
  flow.sport = local_.port;
  flow.dport = destination.port;
  RouteResult route = kernel_->stack().ResolveOutput(flow);
  if (!route.ok()) return route.error;
  if (route.type == RTN_BROADCAST && !options_.Get(SOL_SOCKET, SO_BROADCAST)) {
    return EACCES;
  }
  if (int error = Autobind()) return error;
  Message m;
  m.kind = MessageKind::kDatagram;
  m.protocol = protocol();
  m.source = {flow.src.valid() ? flow.src : route.source, local_.port, 0};
  m.destination = destination;
  m.session = number_;
  m.opener = kernel_->id();
  m.sequence = sent_++;
  int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
  int hops = multicast ? (v4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS)
                       : (v4 ? IP_TTL : IPV6_UNICAST_HOPS);
  m.ttl = choice.ttl >= 0 ? choice.ttl : options_.Get(level, hops);
  m.tos = choice.tos >= 0 ? choice.tos
                          : options_.Get(level, v4 ? IP_TOS : IPV6_TCLASS);
  m.mark = flow.mark;
  m.oif = flow.oif != 0 ? flow.oif : multicast ? route.oif : 0;
  m.payload = std::move(bytes);
  if (raw() && v4 && options_.Get(IPPROTO_IP, IP_HDRINCL) &&
      m.payload.size() >= sizeof(iphdr)) {
    iphdr header;
    memcpy(&header, m.payload.data(), sizeof(header));
    m.ttl = header.ttl;
    m.tos = header.tos;
    in_addr source{header.saddr};
    if (header.saddr != 0) m.source.address = IpAddress::From(source);
    m.payload.erase(0, std::min<size_t>(header.ihl * 4, m.payload.size()));
  }
  if (route.type == RTN_LOCAL) {
    m.to = kernel_->id();
    m.iif = route.oif;
  } else if (multicast && (LoopsBack(m.oif) ||
                           options_.Get(level, v4 ? IP_MULTICAST_LOOP
                                                  : IPV6_MULTICAST_LOOP))) {
    Message own = m;
    own.to = kernel_->id();
    own.iif = m.oif;
    kernel_->Transmit(std::move(own));
  }
  kernel_->Transmit(std::move(m));
  return 0;
}

Outcome DatagramSocket::Send(Call& call, int, GuestMessage& message, bool) {
  if (int error = std::exchange(error_, 0)) return Outcome::Fail(error);
  if (message.flags & MSG_OOB) return Outcome::Fail(EOPNOTSUPP);
  if (TotalSize(message) > kLargestDatagram) return Outcome::Fail(EMSGSIZE);
  Endpoint destination = remote_;
  if (!message.name.empty()) {
    bool v4 = FamilyOf(message.name) == AF_INET ||
              (family() == AF_INET && FamilyOf(message.name) == AF_UNSPEC);
    if (family() == AF_INET && !v4) return Outcome::Fail(EAFNOSUPPORT);
    SockAddr name = message.name;
    if (v4 && FamilyOf(name) == AF_UNSPEC && name.size() >= 2) {
      sa_family_t inet = AF_INET;
      memcpy(name.data(), &inet, sizeof(inet));
    }
    auto parsed = ParseDestination(v4 ? AF_INET : AF_INET6, name);
    if (!parsed.ok()) return Outcome::Fail(parsed.error());
    destination = *parsed;
    if (!raw() && destination.port == 0) return Outcome::Fail(EINVAL);
    if (raw()) destination.port = 0;
    if (destination.address.is_any()) {
      destination.address = destination.address.v4()
                                ? IpAddress::V4(INADDR_LOOPBACK)
                                : IpAddress::From(in6addr_loopback);
    }
  }
  if (!destination.address.valid()) return Outcome::Fail(EDESTADDRREQ);
  Choice choice;
  if (int error = ParseControl(message.control, &choice)) {
    return Outcome::Fail(error);
  }
  std::string bytes;
  if (int error = Gather(call, message, kLargestDatagram, &bytes)) {
    return Outcome::Fail(error);
  }
  auto size = static_cast<int64_t>(bytes.size());
  int error = Transmit(destination, choice, std::move(bytes));
  return error == 0 ? Outcome::Value(size) : Outcome::Fail(error);
}

// --- Receiving ---------------------------------------------------------------

int DatagramSocket::Score(const Message& message) const {
  const Endpoint& to = message.destination;
  bool v4 = to.address.v4();
  if (family() == AF_INET && !v4) return 0;
  if (family() == AF_INET6 && v4 &&
      (raw() || options_.Get(IPPROTO_IPV6, IPV6_V6ONLY))) {
    return 0;
  }
  if (family() == AF_INET6 && !v4 && local_.address.v4()) return 0;
  if (!raw() && (claim_ == 0 || local_.port != to.port)) return 0;
  int score = family() == AF_INET ? 2 : 1;
  if (local_.address.valid() && !local_.address.is_any()) {
    if (local_.address != to.address) return 0;
    score += 4;
  }
  if (remote_.address.valid()) {
    if (remote_.address != message.source.address) return 0;
    if (!raw() && remote_.port != message.source.port) return 0;
    score += 8;
  }
  if (device_ != 0) {
    if (device_ != message.iif) return 0;
    score += 4;
  }
  if (!filter_.empty() && !message.payload.empty()) {
    // A set bit blocks (raw.c:icmp_filter, net/ipv6/raw.c:icmpv6_filter).
    auto icmp_type = static_cast<uint8_t>(message.payload[0]);
    uint32_t word = 0;
    size_t index = icmp_type / 32;
    if (index * 4 + 4 <= filter_.size()) {
      memcpy(&word, filter_.data() + index * 4, sizeof(word));
    }
    if (word >> (icmp_type % 32) & 1) return 0;
  }
  return score;
}

bool DatagramSocket::Put(const Envelope& envelope, absl::string_view bytes) {
  if (PutPacket(end_.get(), envelope.number, bytes) != 0) {
    return false;  // a full receive buffer loses datagrams
  }
  envelopes_.push_back(envelope);
  if (envelopes_.size() > kEnvelopes) envelopes_.pop_front();
  kernel_->Touch();
  return true;
}

void DatagramSocket::Deliver(const Message& message) {
  last_number_ = (last_number_ + 1) & 0x7fffffff;
  Envelope envelope{last_number_, message.source, message.destination.address,
                    message.iif,  message.ttl,    message.tos,
                    /*error=*/false};
  if (message.source.address.is_link_local() && message.source.address.v6()) {
    envelope.source.scope = message.iif;
  }
  if (raw()) envelope.source.port = 0;
  if (raw() && message.destination.address.v4()) {
    Put(envelope, Ipv4Header(message) + message.payload);
  } else {
    Put(envelope, message.payload);
  }
}

// udp_err(): a connected socket hears of it. An empty datagram wakes whoever
// waits in the kernel.
void DatagramSocket::OnError(const Message& message) {
  if (!remote_.address.valid()) return;
  int error = IcmpErrno(remote_.address.family(), message.value);
  if (error == 0) return;
  last_number_ = (last_number_ + 1) & 0x7fffffff;
  error_ = error;
  kernel_->CorrectReadiness();
  Put({last_number_, remote_, local_.address, 0, 0, 0, true}, "");
}

void DatagramSocket::SkipRead(int file) {
  while (true) {
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + 64];
    msghdr header{};
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
    if (recvmsg(file, &header, MSG_DONTWAIT | MSG_PEEK) < 0) {
      if (errno == EAGAIN) envelopes_.clear();
      return;
    }
    const uint32_t number = NumberOfPacket(header);
    while (!envelopes_.empty() && envelopes_.front().number != number) {
      envelopes_.pop_front();
    }
    if (envelopes_.empty() || !envelopes_.front().error || error_ != 0) return;
    recv(file, nullptr, 0, MSG_DONTWAIT);
    envelopes_.pop_front();
  }
}

// net/core/datagram.c:datagram_poll.
short DatagramSocket::Readiness(int file, short bits) {
  SkipRead(file);
  if (std::all_of(envelopes_.begin(), envelopes_.end(),
                  [](const Envelope& envelope) { return envelope.error; }) &&
      !(bits & POLLRDHUP)) {
    bits &= ~(POLLIN | POLLRDNORM);
  }
  return error_ != 0 ? bits | POLLERR : bits;
}

std::string DatagramSocket::ControlFor(const Envelope& envelope) const {
  std::string control;
  int iif = envelope.iif;
  if (envelope.destination.v4() && family() == AF_INET) {
    if (options_.Get(IPPROTO_IP, IP_PKTINFO)) {
      in_pktinfo info{iif, envelope.destination.in4(),
                      envelope.destination.in4()};
      AppendControl(IPPROTO_IP, IP_PKTINFO, &info, sizeof(info), &control);
    }
    int ttl = envelope.ttl;
    if (options_.Get(IPPROTO_IP, IP_RECVTTL)) {
      AppendControl(IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl), &control);
    }
    if (options_.Get(IPPROTO_IP, IP_RECVTOS)) {
      AppendControl(IPPROTO_IP, IP_TOS, &envelope.tos, 1, &control);
    }
    return control;
  }
  if (family() != AF_INET6) return control;
  in6_pktinfo info{envelope.destination.ToMapped().in6(),
                   static_cast<unsigned>(iif)};
  int ttl = envelope.ttl;
  int tos = envelope.tos;
  if (options_.Get(IPPROTO_IPV6, IPV6_RECVPKTINFO)) {
    AppendControl(IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info), &control);
  }
  if (options_.Get(IPPROTO_IPV6, IPV6_2292PKTINFO)) {
    AppendControl(IPPROTO_IPV6, IPV6_2292PKTINFO, &info, sizeof(info),
                  &control);
  }
  if (options_.Get(IPPROTO_IPV6, IPV6_RECVHOPLIMIT)) {
    AppendControl(IPPROTO_IPV6, IPV6_HOPLIMIT, &ttl, sizeof(ttl), &control);
  }
  if (options_.Get(IPPROTO_IPV6, IPV6_RECVTCLASS)) {
    AppendControl(IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos), &control);
  }
  return control;
}

// Errors that the placeholder does not know of.
Outcome DatagramSocket::BeforeNative(Call& call, int file, GuestMessage* into,
                                     bool nonblocking) {
  if (into != nullptr) return Receive(call, file, *into, nonblocking);
  if (int error = std::exchange(error_, 0)) return Outcome::Fail(error);
  if (!remote_.address.valid()) return Outcome::Fail(EDESTADDRREQ);
  return Outcome::Native();
}

Outcome DatagramSocket::Receive(Call& call, int file, GuestMessage& message,
                                bool nonblocking) {
  if (message.flags & MSG_ERRQUEUE) return Outcome::Fail(EAGAIN);
  if (message.flags & MSG_OOB) return Outcome::Fail(EOPNOTSUPP);
  // __skb_recv_udp() looks for an error first.
  if (int error = std::exchange(error_, 0)) return Outcome::Fail(error);
  if (kernel_->corrects_readiness()) SkipRead(file);
  std::string bytes(kLargestDatagram + 1, '\0');
  iovec piece{bytes.data(), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + 64];
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  ssize_t got =
      recvmsg(file, &header, MSG_DONTWAIT | (message.flags & MSG_PEEK));
  if (got < 0 && errno == EAGAIN) {
    if (nonblocking) return Outcome::Fail(EAGAIN);
    if (receive_timeout_ == 0) return Outcome::Park();
    Nanos deadline = SaturatingAdd(call.started, receive_timeout_);
    return kernel_->now() >= deadline ? Outcome::Fail(EAGAIN)
                                      : Outcome::Park(deadline);
  }
  if (got < 0) return Outcome::Fail(errno);
  bytes.resize(got);
  const uint32_t number = NumberOfPacket(header);
  // What lies before it was read natively.
  while (!envelopes_.empty() && envelopes_.front().number != number) {
    envelopes_.pop_front();
  }
  Envelope envelope{};
  if (!envelopes_.empty()) {
    envelope = envelopes_.front();
    if (!(message.flags & MSG_PEEK)) envelopes_.pop_front();
  }
  uint64_t room = TotalSize(message);
  if (int error = Scatter(call, message, bytes)) return Outcome::Fail(error);
  if (int error =
          PutName(call, message, FormatAddress(family(), envelope.source))) {
    return Outcome::Fail(error);
  }
  if (int error = PutControl(call, message, ControlFor(envelope))) {
    return Outcome::Fail(error);
  }
  if (bytes.size() > room) message.out_flags |= MSG_TRUNC;
  bool whole = message.flags & MSG_TRUNC;
  return Outcome::Value(whole ? bytes.size()
                              : std::min<uint64_t>(bytes.size(), room));
}

}  // namespace quiesce
