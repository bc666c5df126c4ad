// All AF_PACKET sockets of a node.
#ifndef QUIESCE_NOTIFIER_PACKET_PACKET_PROTOCOL_H_
#define QUIESCE_NOTIFIER_PACKET_PACKET_PROTOCOL_H_

#include <vector>

#include "notifier/kernel/node_kernel.h"
#include "notifier/packet/frame.h"

namespace quiesce {

class PacketSocket;

class PacketProtocol : public Protocol {
 public:
  explicit PacketProtocol(NodeKernel* kernel) : kernel_(kernel) {}
  // The node's; made on first use.
  static PacketProtocol* Of(NodeKernel& kernel);

  void Add(PacketSocket* socket) { sockets_.push_back(socket); }
  void Remove(PacketSocket* socket) { std::erase(sockets_, socket); }
  uint64_t NewNumber() { return ++last_number_; }

  // A socket's frame leaves by its link; others hear of it, and all do where
  // the link is the loopback.
  void Transmit(Frame frame, uint64_t session, uint64_t sequence);

  // Shows what has arrived to the sockets; a datagram in a frame goes on to the
  // node's other protocols.
  void Receive(Message message) override;
  Nanos next_timer() const override { return kNever; }
  void RunTimers(Nanos) override {}

 private:
  void Deliver(const Frame& frame);

  NodeKernel* const kernel_;
  uint64_t last_number_ = 0;
  std::vector<PacketSocket*> sockets_;  // oldest first
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_PACKET_PACKET_PROTOCOL_H_
