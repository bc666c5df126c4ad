// The message log of a run: what crossed between nodes, in the defined order.
// Two runs with one seed write the same bytes, whatever the number of shards.
//
// The digest is kept always; it is made of the same fields as a line. Lines are
// written only where somebody wants them:
//
//   {"round":7,"sent":1002000000,"arrives":1002000000,"from":"r1","to":"r2",
//    "session":"r1:3","opener":true,"sequence":4,"kind":"data","bytes":19,
//    "hash":"97c2e0f4d4c4c2a1"}
//
// Times are virtual nanoseconds since the start. What did not arrive comes back
// to its sender as "icmp", "to" being the sender.
#ifndef QUIESCE_SUPERVISOR_SCHED_MESSAGE_LOG_H_
#define QUIESCE_SUPERVISOR_SCHED_MESSAGE_LOG_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/base/nanos.h"
#include "notifier/kernel/message.h"

namespace quiesce {

// "syn", "data" ...
absl::string_view MessageKindName(MessageKind kind);

// Of a message's bytes; the same on every machine, and no secret.
uint64_t HashBytes(absl::string_view bytes);

// One step of a running digest over numbers.
uint64_t Mix(uint64_t digest, uint64_t value);

class MessageLog {
 public:
  // Takes a line with its end. Empty: no lines are made.
  using Sink = std::function<void(absl::string_view)>;

  // `names[n]` is node n's; `start` is when the run began.
  MessageLog(std::vector<std::string> names, Nanos start, Sink sink = nullptr)
      : names_(std::move(names)), start_(start), sink_(std::move(sink)) {}

  // A message that was sent in `round` at `sent` and is on its way. The hash of
  // its bytes.
  uint64_t Add(uint64_t round, Nanos sent, const Message& message);

  uint64_t digest() const { return digest_; }
  uint64_t bytes() const { return bytes_; }

 private:
  const std::vector<std::string> names_;
  const Nanos start_;
  const Sink sink_;
  std::string line_;
  uint64_t digest_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_MESSAGE_LOG_H_
