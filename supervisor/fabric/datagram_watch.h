// Reads along on datagrams and frames, to tell routing news from housekeeping.
// Routing protocols other than BGP say the same again and again: a datagram is
// news if its sender has not sent the like to the same place lately. Hellos and
// summaries are none at all, since numbers in them may go on for ever.
#ifndef QUIESCE_SUPERVISOR_FABRIC_DATAGRAM_WATCH_H_
#define QUIESCE_SUPERVISOR_FABRIC_DATAGRAM_WATCH_H_

#include <cstdint>
#include <deque>

#include "absl/container/flat_hash_map.h"
#include "notifier/kernel/message.h"

namespace quiesce {

class DatagramWatch {
 public:
  // Every datagram that crosses between nodes, in order. True if it is news.
  bool OnMessage(const Message& message);

  // How many seconds may pass with nothing to be seen before a lost neighbour
  // is missed.
  int longest_wait() const { return longest_wait_; }

 private:
  // Hashes of what was said last, by who said it to whom.
  absl::flat_hash_map<uint64_t, std::deque<uint64_t>> said_;
  int longest_wait_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_FABRIC_DATAGRAM_WATCH_H_
