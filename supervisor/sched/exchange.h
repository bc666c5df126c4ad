// Where the emulators of a swarm meet: barrier, exchange of messages and
// minimum of next timers in one. Each hands in its part (proto/exchange.proto:
// values, no pointers) and gets everybody's. All of them follow the same rules
// on the same parts, so none is in charge, and each knows what the others do
// next.
//
// Where there is one emulator only, there is no Exchange, and nothing is put
// into parts.
#ifndef QUIESCE_SUPERVISOR_SCHED_EXCHANGE_H_
#define QUIESCE_SUPERVISOR_SCHED_EXCHANGE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "proto/exchange.pb.h"

namespace quiesce {

class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual int size() const = 0;
  virtual int rank() const = 0;  // ours, from 0

  // Waits for everybody. The parts in the order of rank, ours among them.
  // Unavailable when another emulator has ended.
  virtual absl::StatusOr<std::vector<proto::Part>> Meet(
      const proto::Part& part) = 0;
};

// An error, in the part of the emulator that has it.
void SetFailure(const absl::Status& status, proto::Part* part);
// The error of the first emulator that has one; else OK.
absl::Status FirstFailure(const std::vector<proto::Part>& parts);
// A meeting for nothing else.
absl::Status AgreeOn(const absl::Status& status, Exchange* exchange);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_EXCHANGE_H_
