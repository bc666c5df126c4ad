// Receiving of DatagramSocket, and what it shows to poll(2).
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "notifier/datagram/datagram_protocol.h"
#include "notifier/datagram/datagram_socket.h"
#include "notifier/datagram/icmp_echo.h"
#include "notifier/datagram/ip_header.h"
#include "notifier/kernel/guest_message.h"
#include "notifier/kernel/packet_placeholder.h"
#include "notifier/kernel/placeholder.h"
#include "notifier/kernel/socket_address.h"
#include "notifier/sockopt/timestamps.h"
#include "notifier/stream/tcp_connection.h"

namespace quiesce {
namespace {

constexpr size_t kLargestDatagram = 65535;
constexpr size_t kEnvelopes = 4096;

}  // namespace

int DatagramSocket::Score(const Message& message) const {
  const Endpoint& to = message.destination;
  bool v4 = to.address.v4();
  if (family() == AF_INET && !v4) return 0;
  if (family() == AF_INET6 && v4 &&
      (raw() || options_.Get(IPPROTO_IPV6, IPV6_V6ONLY))) {
    return 0;
  }
  if (family() == AF_INET6 && !v4 && local_.address.v4()) return 0;
  if (ping()) {
    if (claim_ == 0 || !IsEchoReply(family(), message.payload, local_.port)) {
      return 0;
    }
  } else if (!raw() && (claim_ == 0 || local_.port != to.port)) {
    return 0;
  }
  if (to.address.is_multicast() &&
      !multicast_.Allows(
          to.address, message.source.address, message.iif,
          options_.Get(v4 ? IPPROTO_IP : IPPROTO_IPV6,
                       v4 ? IP_MULTICAST_ALL : IPV6_MULTICAST_ALL))) {
    return 0;
  }
  int score = family() == AF_INET ? 2 : 1;
  if (local_.address.valid() && !local_.address.is_any()) {
    if (local_.address != to.address) return 0;
    score += 4;
  }
  if (remote_.address.valid() && !ping()) {
    if (remote_.address != message.source.address) return 0;
    if (!raw() && remote_.port != message.source.port) return 0;
    score += 8;
  }
  const Stack& stack = kernel_->stack();
  const SocketSettings& settings = stack.socket_settings();
  if (!stack.BoundTo(common_.device, message.iif,
                     raw() ? settings.raw_l3mdev_accept
                           : ping() || settings.udp_l3mdev_accept)) {
    return 0;
  }
  if (common_.device != 0) score += 4;
  if (raw() && !v4 && message.from != message.to &&
      options_.Get(IPPROTO_IPV6, IPV6_CHECKSUM) >= 0 &&
      InternetChecksum(message.payload, PseudoHeaderSum(message)) != 0) {
    return 0;
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
  Envelope envelope{
      last_number_,        message.source, message.destination.address,
      message.iif,         message.ttl,    message.tos,
      kernel_->Realtime(), /*error=*/false};
  if (message.source.address.is_link_local() && message.source.address.v6()) {
    envelope.source.scope = message.iif;
  }
  if (raw() || ping()) envelope.source.port = 0;
  std::string bytes = message.payload;
  if (raw() && message.destination.address.v4()) {
    bytes.insert(0, Ipv4Header(message));
  }
  if (PassesFilter(message, &bytes)) Put(envelope, bytes);
}

// Programs see raw IPv4 from its header on, all else from the transport's. What
// they cut off a UDP header stays (udp.c:udp_queue_rcv_one_skb).
bool DatagramSocket::PassesFilter(const Message& message,
                                  std::string* bytes) const {
  if (!common_.filter) return true;
  size_t transport = 0;
  const std::string whole = IpPacket(message, &transport);
  const bool v4 = message.destination.address.v4();
  FilteredPacket packet;
  packet.frame = whole;
  packet.data = raw() && v4 ? 0 : transport;
  packet.protocol = v4 ? ETH_P_IP : ETH_P_IPV6;
  packet.ifindex = message.iif;
  packet.random = static_cast<uint32_t>(kernel_->Random());
  const size_t kept = common_.filter->Run(packet);
  if (kept == 0) return false;
  const size_t header = whole.size() - packet.data - bytes->size();
  bytes->resize(std::min(bytes->size(), std::max(kept, header) - header));
  return true;
}

// udp.c:__udp4_lib_err, raw.c:raw_err: who has asked for errors hears of all,
// a connected socket of those that are final. An empty datagram wakes whoever
// waits in the kernel.
void DatagramSocket::OnError(const Message& message) {
  const int family = message.destination.address.family();
  const int error = IcmpErrno(family, message.value);
  if (error == 0) return;
  const bool wants = family == AF_INET
                         ? options_.Get(IPPROTO_IP, IP_RECVERR)
                         : options_.Get(IPPROTO_IPV6, IPV6_RECVERR);
  const bool connected = remote_.address.valid();
  if (!wants && !(connected && IsHard(family, message.value))) return;
  if (wants && errors_.size() < kEnvelopes) {
    errors_.push_back(ErrorFor(message));
  }
  last_number_ = (last_number_ + 1) & 0x7fffffff;
  error_ = error;
  kernel_->CorrectReadiness();
  Put({last_number_, remote_, local_.address, 0, 0, 0, 0, true}, "");
}

// ip_sockglue.c:ip_recv_error, datagram.c:ipv6_recv_error.
Outcome DatagramSocket::ReceiveError(Call& call, GuestMessage& message) {
  if (errors_.empty()) return Outcome::Fail(EAGAIN);
  const QueuedError error = std::move(errors_.front());
  errors_.pop_front();
  error_ = errors_.empty() ? 0 : errors_.front().report.ee_errno;
  const bool v4 = error.destination.address.v4();
  const std::string data = error.Control();
  std::string control;
  AppendControl(v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR,
                data.data(), data.size(), &control);
  const uint64_t room = TotalSize(message);
  if (int failed =
          PutPacketInto(call, message, error.payload,
                        FormatAddress(family(), error.destination), control)) {
    return Outcome::Fail(failed);
  }
  message.out_flags |= MSG_ERRQUEUE;
  if (error.payload.size() > room) message.out_flags |= MSG_TRUNC;
  return Outcome::Value(std::min<uint64_t>(error.payload.size(), room));
}

void DatagramSocket::SkipRead(int file, bool keep_news) {
  while (true) {
    std::string nothing;
    const auto number = TakePacket(file, MSG_PEEK, &nothing);
    if (!number.ok()) {
      if (number.error() == EAGAIN) envelopes_.clear();
      return;
    }
    while (!envelopes_.empty() && envelopes_.front().number != *number) {
      envelopes_.pop_front();
    }
    const bool pending = error_ != 0 || !errors_.empty();
    if (envelopes_.empty() || !envelopes_.front().error ||
        (keep_news && pending)) {
      return;
    }
    recv(file, nullptr, 0, MSG_DONTWAIT);
    envelopes_.pop_front();
  }
}

void DatagramSocket::PutBack(int file, const Envelope& envelope,
                             absl::string_view bytes) {
  std::vector<std::pair<uint32_t, std::string>> behind;
  while (true) {
    std::string packet(kLargestDatagram + 1, '\0');
    const auto number = TakePacket(file, 0, &packet);
    if (!number.ok()) break;
    behind.emplace_back(*number, std::move(packet));
  }
  std::deque<Envelope> envelopes = std::exchange(envelopes_, {});
  Put(envelope, bytes);
  for (const auto& [number, packet] : behind) {
    auto known = std::find_if(
        envelopes.begin(), envelopes.end(),
        [wanted = number](const Envelope& e) { return e.number == wanted; });
    if (known != envelopes.end()) Put(*known, packet);
  }
}

// net/core/datagram.c:datagram_poll.
short DatagramSocket::Readiness(int file, short bits) {
  SkipRead(file, /*keep_news=*/true);
  if (std::all_of(envelopes_.begin(), envelopes_.end(),
                  [](const Envelope& envelope) { return envelope.error; }) &&
      !(bits & POLLRDHUP)) {
    bits &= ~(POLLIN | POLLRDNORM);
  }
  return error_ != 0 || !errors_.empty() ? bits | POLLERR : bits;
}

// The address that an answer would have as its source
// (fib_frontend.c:fib_compute_spec_dst).
IpAddress DatagramSocket::AnswersFrom(const Envelope& envelope) const {
  const Stack& stack = kernel_->stack();
  if (!envelope.destination.is_multicast() &&
      !stack.IsBroadcast(envelope.destination)) {
    return envelope.destination;
  }
  Flow back;
  back.dst = envelope.source.address;
  if (const Link* vrf = stack.VrfOf(envelope.iif)) back.oif = vrf->ifindex;
  const RouteResult route = stack.ResolveOutput(back);
  const IpAddress own =
      route.ok() && !back.dst.is_any()
          ? route.source
          : stack.SelectSource(back.dst, envelope.iif, RT_SCOPE_LINK);
  return own.valid() ? own : IpAddress::Any(AF_INET);
}

std::string DatagramSocket::ControlFor(const Envelope& envelope) const {
  std::string control;
  AppendTimestamps(options_, envelope.when, &control);
  int iif = envelope.iif;
  if (envelope.destination.v4() && family() == AF_INET) {
    if (options_.Get(IPPROTO_IP, IP_PKTINFO)) {
      in_pktinfo info{iif, AnswersFrom(envelope).in4(),
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
Outcome DatagramSocket::BeforeNative(Call& call, const GuestFile& file,
                                     GuestMessage* into, int) {
  if (into != nullptr) return Receive(call, file, *into);
  if (int error = std::exchange(error_, 0)) return Outcome::Fail(error);
  if (!remote_.address.valid()) return Outcome::Fail(EDESTADDRREQ);
  return Outcome::Native();
}

Outcome DatagramSocket::Receive(Call& call, const GuestFile& file,
                                GuestMessage& message) {
  if (message.flags & MSG_ERRQUEUE) return ReceiveError(call, message);
  if (message.flags & MSG_OOB) return Outcome::Fail(EOPNOTSUPP);
  // __skb_recv_udp() looks for an error first.
  if (int error = std::exchange(error_, 0)) return Outcome::Fail(error);
  if (kernel_->corrects_readiness()) {
    SkipRead(file.get(), /*keep_news=*/false);
  }
  std::string bytes(kLargestDatagram + 1, '\0');
  const auto number = TakePacket(file.get(), message.flags & MSG_PEEK, &bytes);
  if (!number.ok()) {
    if (number.error() != EAGAIN) return Outcome::Fail(number.error());
    return WaitToReceive(call, kernel_->now(), file.MustNotWait(message.flags),
                         common_.receive_timeout);
  }
  const Envelope envelope =
      TakeEnvelope(*number, message.flags & MSG_PEEK, &envelopes_);
  if (message.may_undo && !(message.flags & MSG_PEEK)) {
    auto again =
        std::make_shared<UniqueFd>(fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
    if (again->valid() && !InReserve(again->get())) {
      message.undo = [kernel = kernel_, cookie = cookie(), again, envelope,
                      bytes] {
        auto* self = static_cast<DatagramSocket*>(kernel->FindSocket(cookie));
        if (self != nullptr) self->PutBack(again->get(), envelope, bytes);
      };
    }
  }
  uint64_t room = TotalSize(message);
  if (int error = PutPacketInto(call, message, bytes,
                                FormatAddress(family(), envelope.source),
                                ControlFor(envelope))) {
    return Outcome::Fail(error);
  }
  if (bytes.size() > room) message.out_flags |= MSG_TRUNC;
  // ping.c:ping_recvmsg does not tell of more than it gives.
  bool whole = (message.flags & MSG_TRUNC) && !ping();
  return Outcome::Value(whole ? bytes.size()
                              : std::min<uint64_t>(bytes.size(), room));
}

}  // namespace quiesce
