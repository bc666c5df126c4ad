// Schedules: which of the messages that are under way a node gets in a round,
// and in which order. Any schedule keeps the order within a session, as TCP
// does; everything else is its own to decide, and follows from its name, so
// that a run can be repeated.
//
//   rounds          everything that has arrived, together, in the defined order
//   fifo            one message a node and round, the one sent first
//   random:seed=S   each message 0 to 7 rounds later, sessions in any order
//
// Daemons batch by timers (FRR's bgpd gathers 50 ms of updates before it
// decides), so a delay that took no time would not be seen by them: a round of
// delay is one tick of the clock.
#ifndef QUIESCE_SUPERVISOR_SCHED_SCHEDULE_H_
#define QUIESCE_SUPERVISOR_SCHED_SCHEDULE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "notifier/base/nanos.h"
#include "notifier/kernel/message.h"

namespace quiesce {

class Schedule {
 public:
  virtual ~Schedule() = default;

  // As ParseSchedule takes it.
  virtual std::string name() const = 0;
  // False where chance keeps everybody from moving in step.
  virtual bool in_step() const { return true; }
  // Rounds that a message waits beyond its way.
  virtual int DelayOf(const Message& message) const { return 0; }
  // Takes out of `waiting`, which is in order of sending, what the node gets
  // now. Empty if nothing has arrived.
  virtual std::vector<Message> Take(uint64_t round, Nanos now,
                                    std::vector<Message>* waiting) const = 0;
};

std::unique_ptr<Schedule> RoundsSchedule();
std::unique_ptr<Schedule> FifoSchedule();
std::unique_ptr<Schedule> RandomSchedule(uint64_t seed);

// "rounds", "fifo", "random" (with `seed`), "random:seed=S". InvalidArgument,
// saying what there is.
absl::StatusOr<std::unique_ptr<Schedule>> ParseSchedule(absl::string_view text,
                                                        uint64_t seed);

// Lets no message overtake an earlier one of its session in its direction,
// though the path may have become shorter, or chance kinder, since.
class SessionOrder {
 public:
  // When a message may arrive that could at `arrival`. To be asked in the order
  // of sending.
  Nanos Arrival(const Message& message, Nanos now, Nanos arrival);

 private:
  struct Stream {
    NodeId from;
    NodeId to;
    uint64_t session;
    bool from_opener;
    bool operator==(const Stream&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Stream& s) {
      return H::combine(std::move(h), s.from, s.to, s.session, s.from_opener);
    }
  };
  // Of what is still under way; what has arrived holds up nobody.
  absl::flat_hash_map<Stream, Nanos> last_;
  size_t prune_at_ = 1024;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_SCHEDULE_H_
