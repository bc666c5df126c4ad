// The placeholder of a socket whose data comes in packets (UDP, raw IP,
// netlink): one end of an AF_UNIX SOCK_SEQPACKET pair. Packets keep their
// boundaries, poll() and plain reads are native, and our end hears of the last
// close.
//
// What a receiver learns beside the bytes must not travel in the bytes, since
// reads run natively. So each packet carries a number, as the user id of its
// SCM_CREDENTIALS, which only we read.
#ifndef QUIESCE_NOTIFIER_KERNEL_PACKET_PLACEHOLDER_H_
#define QUIESCE_NOTIFIER_KERNEL_PACKET_PLACEHOLDER_H_

#include <sys/socket.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/base/errno_or.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

struct PacketPlaceholder {
  UniqueFd guest;  // to be installed
  UniqueFd ours;   // non-blocking
};

// A new pair whose ends each may have `buffer` bytes under way. ENFILE when
// the supervisor has no descriptor left.
ErrnoOr<PacketPlaceholder> NewPacketPlaceholder(bool nonblocking, int buffer);

// Writes a packet for the guest, without waiting. 0 or an errno; EAGAIN: it has
// no room.
int PutPacket(int ours, uint32_t number, absl::string_view bytes);

// The next packet that the guest has written; none if none is there. The guest
// may close its end at any moment, also while our own thread reads: then there
// are none either, though the kernel goes on giving empty ones.
std::optional<std::string> NextPacket(int ours);

// Reads the guest's next packet from its `file`, without waiting; `flags` may
// hold MSG_PEEK. `bytes` comes with the room there is. The packet's number.
ErrnoOr<uint32_t> TakePacket(int file, int flags, std::string* bytes);

// What is known of the packet with that number, from a queue in the packets'
// order: taken out, or left there to `peek`. What lies before it is dropped: it
// was read natively. Nothing but zeroes if it is not known.
template <typename Envelope>
Envelope TakeEnvelope(uint32_t number, bool peek,
                      std::deque<Envelope>* envelopes) {
  while (!envelopes->empty() && envelopes->front().number != number) {
    envelopes->pop_front();
  }
  Envelope envelope{};
  if (envelopes->empty()) return envelope;
  envelope = envelopes->front();
  if (!peek) envelopes->pop_front();
  return envelope;
}

// The number of a packet that recvmsg(2) has filled in; 0 if it has none.
uint32_t NumberOfPacket(msghdr& header);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_PACKET_PLACEHOLDER_H_
