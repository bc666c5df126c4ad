// Ethernet frames: what AF_PACKET sockets send and see.
#ifndef QUIESCE_NOTIFIER_PACKET_FRAME_H_
#define QUIESCE_NOTIFIER_PACKET_FRAME_H_

#include <cstdint>
#include <optional>
#include <string>

#include "notifier/kernel/message.h"
#include "notifier/net/stack.h"

namespace quiesce {

struct Frame {
  std::string bytes;      // from the Ethernet header on
  uint16_t protocol = 0;  // ETH_P_*, host order
  uint8_t type = 0;       // PACKET_HOST ...
  int ifindex = 0;
  uint64_t from_socket = 0;  // of a frame that goes out: who sends it
};

constexpr size_t kEthernetHeader = 14;

// What an Ethernet header says is inside (net/ethernet/eth.c:eth_type_trans).
uint16_t ProtocolOf(const std::string& bytes);

// A frame that has arrived at a node, and whom its address means
// (PACKET_HOST ...). None: too short for a frame, or the link is gone.
std::optional<Frame> FrameOf(const Message& message, const Stack& stack);

// An IP datagram in a frame that has arrived, as a message for the node's other
// protocols. None: there is none in it, it is not addressed to this node, or it
// is a fragment.
std::optional<Message> DatagramIn(const Frame& frame, const Message& message,
                                  const Stack& stack);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_PACKET_FRAME_H_
