#include "notifier/packet/packet_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/if_ether.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "notifier/kernel/guest_message.h"
#include "notifier/kernel/packet_placeholder.h"
#include "notifier/kernel/placeholder.h"
#include "notifier/packet/packet_protocol.h"
#include "notifier/sockopt/interface_ioctl.h"
#include "notifier/sockopt/option_shapes.h"
#include "notifier/sockopt/timestamps.h"

namespace quiesce {
namespace {

constexpr size_t kLargestFrame = 65535 + kEthernetHeader;
constexpr size_t kEnvelopes = 4096;
constexpr size_t kNameHeader = offsetof(sockaddr_ll, sll_addr);
constexpr size_t kVlanHeader = 4;

// False: the name is too short for what it says.
bool ParseName(const SockAddr& name, sockaddr_ll* address) {
  if (name.size() < sizeof(sockaddr_ll)) return false;
  memcpy(address, name.data(), sizeof(*address));
  return name.size() >= kNameHeader + address->sll_halen;
}

SockAddr NameOf(const sockaddr_ll& address, size_t size) {
  return SockAddr(reinterpret_cast<const char*>(&address), size);
}

}  // namespace

Outcome PacketSocket::Create(NodeKernel& kernel, int type, int protocol,
                             bool nonblocking, bool close_on_exec) {
  auto pair = NewPacketPlaceholder(nonblocking, 1 << 20);
  if (!pair.ok()) return Outcome::Fail(pair.error());
  uint64_t cookie = SocketCookie(pair->guest.get());
  kernel.AddSocket(std::make_unique<PacketSocket>(
      cookie, type, protocol, &kernel, PacketProtocol::Of(kernel),
      std::move(pair->ours)));
  NodeKernel* owner = &kernel;
  return Outcome::Install(std::move(pair->guest), close_on_exec,
                          [owner, cookie](bool installed) {
                            if (!installed) owner->RemoveSocket(cookie);
                          });
}

PacketSocket::PacketSocket(uint64_t cookie, int type, int protocol,
                           NodeKernel* kernel, PacketProtocol* packets,
                           UniqueFd end)
    : Socket(cookie, AF_PACKET, type, /*protocol=*/0),
      kernel_(kernel),
      packets_(packets),
      end_(std::move(end)),
      number_(kernel->session_base() + packets->NewNumber()) {
  watch_ = kernel_->Watch(end_.get(), this);
  packets_->Add(this);
  TapAgain(ntohs(static_cast<uint16_t>(protocol)), 0);
}

PacketSocket::~PacketSocket() {
  kernel_->Unwatch(watch_);
  packets_->Remove(this);
  TapAgain(0, 0);
}

// Links bring the frames of other nodes only where somebody wants to see them.
void PacketSocket::TapAgain(uint16_t protocol, int device) {
  if (tapped_) kernel_->stack().Untap(device_);
  ethertype_ = protocol;
  device_ = device;
  tapped_ = ethertype_ != 0;
  if (tapped_) kernel_->stack().Tap(device_);
}

// --- Names -------------------------------------------------------------------

// packet_bind(), packet_do_bind().
Outcome PacketSocket::Bind(Call&, int, const SockAddr& name) {
  sockaddr_ll address;
  if (name.size() < sizeof(address)) return Outcome::Fail(EINVAL);
  memcpy(&address, name.data(), sizeof(address));
  if (address.sll_family != AF_PACKET) return Outcome::Fail(EINVAL);
  const Link* link = kernel_->stack().FindLink(address.sll_ifindex);
  if (address.sll_ifindex != 0 && link == nullptr) return Outcome::Fail(ENODEV);
  TapAgain(address.sll_protocol != 0 ? ntohs(address.sll_protocol) : ethertype_,
           address.sll_ifindex);
  if (link != nullptr && !link->up()) {
    error_ = ENETDOWN;
    kernel_->CorrectReadiness();
  }
  return Outcome::Value(0);
}

Outcome PacketSocket::Connect(Call&, int, const SockAddr&, bool) {
  return Outcome::Fail(EOPNOTSUPP);
}
Outcome PacketSocket::Listen(Call&, int, int) {
  return Outcome::Fail(EOPNOTSUPP);
}
Outcome PacketSocket::Accept(Call&, const GuestFile&, int, SockAddr*) {
  return Outcome::Fail(EOPNOTSUPP);
}
Outcome PacketSocket::Shutdown(Call&, int, int) {
  return Outcome::Fail(EOPNOTSUPP);
}
ErrnoOr<SockAddr> PacketSocket::PeerName() { return Errno(EOPNOTSUPP); }

// packet_getname().
ErrnoOr<SockAddr> PacketSocket::LocalName() {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = device_;
  address.sll_protocol = htons(ethertype_);
  if (const Link* link = kernel_->stack().FindLink(device_)) {
    address.sll_hatype = link->type;
    address.sll_halen = link->mac.size();
    memcpy(address.sll_addr, link->mac.data(), link->mac.size());
  }
  return NameOf(address, kNameHeader + address.sll_halen);
}

// --- Sending -----------------------------------------------------------------

// packet_snd().
int PacketSocket::Transmit(const sockaddr_ll* to, std::string bytes) {
  const Link* link =
      kernel_->stack().FindLink(to != nullptr ? to->sll_ifindex : device_);
  if (link == nullptr) return ENXIO;
  if (!link->up()) return ENETDOWN;
  const uint16_t protocol =
      to != nullptr ? ntohs(to->sll_protocol) : ethertype_;
  const size_t reserve = raw() ? kEthernetHeader : 0;
  if (bytes.size() > link->mtu + reserve + kVlanHeader) return EMSGSIZE;
  if (raw() ? bytes.size() < kEthernetHeader : bytes.empty()) return EINVAL;
  const bool vlan = raw() && ProtocolOf(bytes) == ETH_P_8021Q;
  if (bytes.size() > link->mtu + reserve && !vlan) return EMSGSIZE;
  Frame frame;
  frame.ifindex = link->ifindex;
  if (raw()) {
    frame.bytes = std::move(bytes);
    frame.protocol = protocol;
    if (protocol == 0 || protocol == ETH_P_ALL) {
      frame.protocol = ProtocolOf(frame.bytes);
    }
  } else {
    // net/ethernet/eth.c:eth_header.
    std::string header(kEthernetHeader, '\0');
    memcpy(&header[6], link->mac.data(), link->mac.size());
    if (to != nullptr) {
      memcpy(&header[0], to->sll_addr, link->mac.size());
    } else if (!(link->flags() & (IFF_LOOPBACK | IFF_NOARP))) {
      return EINVAL;
    }
    const bool sized = protocol == ETH_P_802_2 || protocol == ETH_P_802_3;
    const uint16_t word = htons(sized ? bytes.size() : protocol);
    memcpy(&header[12], &word, sizeof(word));
    frame.bytes = header + bytes;
    frame.protocol = protocol;
  }
  frame.from_socket = number_;
  packets_->Transmit(std::move(frame), number_, sent_++);
  return 0;
}

void PacketSocket::OnEnd(uint32_t events) {
  if (events & EPOLLIN) {
    while (const auto bytes = NextPacket(end_.get())) {
      if (int error = Transmit(nullptr, *bytes)) error_ = error;
    }
  }
  if (events & EPOLLHUP) kernel_->RemoveSocket(cookie());
}

Outcome PacketSocket::Send(Call& call, const GuestFile&,
                           GuestMessage& message) {
  if (int error = std::exchange(error_, 0)) return Outcome::Fail(error);
  sockaddr_ll to{};
  if (!message.name.empty()) {
    if (!ParseName(message.name, &to)) return Outcome::Fail(EINVAL);
  }
  if (TotalSize(message) > kLargestFrame) return Outcome::Fail(EMSGSIZE);
  std::string bytes;
  if (int error = Gather(call, message, kLargestFrame, &bytes)) {
    return Outcome::Fail(error);
  }
  const auto size = static_cast<int64_t>(bytes.size());
  const int error =
      Transmit(message.name.empty() ? nullptr : &to, std::move(bytes));
  return error == 0 ? Outcome::Value(size) : Outcome::Fail(error);
}

// --- Receiving ---------------------------------------------------------------

// packet_rcv(). What goes out is shown to who wants everything
// (net/core/dev.c:dev_queue_xmit_nit).
void PacketSocket::Deliver(const Frame& frame) {
  const bool out = frame.type == PACKET_OUTGOING;
  if (ethertype_ != ETH_P_ALL && (out || ethertype_ != frame.protocol)) return;
  if (ethertype_ == 0 || (device_ != 0 && device_ != frame.ifindex)) return;
  if (out && (frame.from_socket == number_ ||
              options_.Get(SOL_PACKET, kIgnoreOutgoing))) {
    return;
  }
  const Link* link = kernel_->stack().FindLink(frame.ifindex);
  if (link == nullptr) return;
  const size_t begin = raw() ? 0 : kEthernetHeader;
  size_t kept = frame.bytes.size() - begin;
  if (common_.filter) {
    FilteredPacket packet;
    packet.frame = frame.bytes;
    packet.data = begin;
    packet.network = kEthernetHeader;
    packet.protocol = frame.protocol;
    packet.type = frame.type;
    packet.ifindex = frame.ifindex;
    packet.hardware = link->type;
    packet.random = static_cast<uint32_t>(kernel_->Random());
    kept = std::min<size_t>(kept, common_.filter->Run(packet));
    if (kept == 0) return;
  }
  Envelope envelope{};
  envelope.when = kernel_->Realtime();
  envelope.number = last_number_ = (last_number_ + 1) & 0x7fffffff;
  envelope.source.sll_family = AF_PACKET;
  envelope.source.sll_protocol = htons(frame.protocol);
  envelope.source.sll_ifindex = frame.ifindex;
  envelope.source.sll_hatype = link->type;
  envelope.source.sll_pkttype = frame.type;
  envelope.source.sll_halen = link->mac.size();
  memcpy(envelope.source.sll_addr, &frame.bytes[6], link->mac.size());
  envelope.length = frame.bytes.size() - begin;
  envelope.network = kEthernetHeader - begin;
  if (PutPacket(end_.get(), envelope.number,
                absl::string_view(frame.bytes).substr(begin, kept)) != 0) {
    ++dropped_;
    return;
  }
  ++received_;
  envelopes_.push_back(envelope);
  if (envelopes_.size() > kEnvelopes) envelopes_.pop_front();
  kernel_->Touch();
}

short PacketSocket::Readiness(int, short bits) {
  return error_ != 0 ? bits | POLLERR : bits;
}

Outcome PacketSocket::BeforeNative(Call& call, const GuestFile& file,
                                   GuestMessage* into, int) {
  if (into != nullptr) return Receive(call, file, *into);
  if (int error = std::exchange(error_, 0)) return Outcome::Fail(error);
  if (device_ == 0) return Outcome::Fail(ENXIO);
  return Outcome::Native();
}

// packet_recvmsg().
Outcome PacketSocket::Receive(Call& call, const GuestFile& file,
                              GuestMessage& message) {
  if (message.flags & MSG_OOB) return Outcome::Fail(EINVAL);
  if (message.flags & MSG_ERRQUEUE) return Outcome::Fail(EAGAIN);
  if (int error = std::exchange(error_, 0)) return Outcome::Fail(error);
  std::string bytes(kLargestFrame + 1, '\0');
  const auto number = TakePacket(file.get(), message.flags & MSG_PEEK, &bytes);
  if (!number.ok()) {
    if (number.error() != EAGAIN) return Outcome::Fail(number.error());
    return WaitToReceive(call, kernel_->now(), file.MustNotWait(message.flags),
                         common_.receive_timeout);
  }
  const Envelope envelope =
      TakeEnvelope(*number, message.flags & MSG_PEEK, &envelopes_);
  std::string control;
  AppendTimestamps(options_, envelope.when, &control);
  if (options_.Get(SOL_PACKET, PACKET_AUXDATA)) {
    tpacket_auxdata data{};
    data.tp_status = TP_STATUS_USER;
    data.tp_len = envelope.length;
    data.tp_snaplen = bytes.size();
    data.tp_net = envelope.network;
    AppendControl(SOL_PACKET, PACKET_AUXDATA, &data, sizeof(data), &control);
  }
  const uint64_t room = TotalSize(message);
  if (int error = PutPacketInto(
          call, message, bytes,
          NameOf(envelope.source, sizeof(envelope.source)), control)) {
    return Outcome::Fail(error);
  }
  if (bytes.size() > room) message.out_flags |= MSG_TRUNC;
  const bool whole = message.flags & MSG_TRUNC;
  return Outcome::Value(whole ? bytes.size()
                              : std::min<uint64_t>(bytes.size(), room));
}

Outcome PacketSocket::Ioctl(Call& call, const GuestFile& file, uint32_t request,
                            GuestAddr argument) {
  if (request == SIOCINQ) {
    ssize_t size =
        recv(file.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    return WriteInt(call, argument, size < 0 ? 0 : static_cast<int>(size));
  }
  if (request == SIOCOUTQ) return WriteInt(call, argument, 0);
  return InterfaceIoctl(call, *kernel_, request, argument);
}

}  // namespace quiesce
