#include "notifier/packet/packet_protocol.h"

#include <linux/if_packet.h>

#include <memory>
#include <utility>

#include "notifier/packet/packet_socket.h"

namespace quiesce {

PacketProtocol* PacketProtocol::Of(NodeKernel& kernel) {
  if (kernel.protocol(kPackets) == nullptr) {
    kernel.SetProtocol(kPackets, std::make_unique<PacketProtocol>(&kernel));
  }
  return static_cast<PacketProtocol*>(kernel.protocol(kPackets));
}

void PacketProtocol::Deliver(const Frame& frame) {
  for (PacketSocket* socket : sockets_) socket->Deliver(frame);
}

void PacketProtocol::Transmit(Frame frame, uint64_t session,
                              uint64_t sequence) {
  const Link* link = kernel_->stack().FindLink(frame.ifindex);
  Message m;
  m.kind = MessageKind::kFrame;
  m.opener = kernel_->id();
  m.session = session;
  m.sequence = sequence;
  m.oif = frame.ifindex;
  m.payload = frame.bytes;
  frame.type = PACKET_OUTGOING;
  Deliver(frame);
  if (link != nullptr && link->loopback()) {
    m.to = kernel_->id();
    m.iif = frame.ifindex;
  }
  kernel_->Transmit(std::move(m));
}

void PacketProtocol::Receive(Message message) {
  const std::optional<Frame> frame = FrameOf(message, kernel_->stack());
  if (!frame) return;
  Deliver(*frame);
  if (message.kind != MessageKind::kFrame) return;
  if (auto m = DatagramIn(*frame, message, kernel_->stack())) {
    Protocol* receiver = kernel_->protocol(m->protocol);
    if (receiver != nullptr) receiver->Receive(std::move(*m));
  }
}

}  // namespace quiesce
