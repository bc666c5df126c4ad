// What becomes of a run's events: a line of events.jsonl for each moment at
// which something has happened to the network (EventReport,
// proto/report.proto), and, if wanted, what went wrong in between
// (transients.jsonl).
//
// Everything is learnt between rounds, while the network stands still. In a
// swarm every emulator learns all of it, since each asks its own nodes; one of
// them writes.
#ifndef QUIESCE_SUPERVISOR_EVENT_LOG_H_
#define QUIESCE_SUPERVISOR_EVENT_LOG_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "supervisor/collect.h"
#include "supervisor/plan/control.h"
#include "supervisor/report/output_dir.h"
#include "supervisor/report/transients.h"
#include "supervisor/sched/emulation.h"
#include "topo/topology.h"

namespace quiesce {

class EventLog {
 public:
  // All outlive the log. `out` may be null: then nothing is written.
  EventLog(const Topology& topology,
           const std::vector<absl::optional<Control>>& control,
           Emulation* emulation, OutputDir* out)
      : topology_(topology),
        control_(control),
        emulation_(emulation),
        out_(out) {}

  // For EmulationOptions::before_events.
  absl::Status Before(const std::vector<NetworkEvent>& events);
  // For EmulationOptions::fib_changed and forwarding_changed, where transients
  // are wanted.
  void FibChanged(NodeId node, const Stack* stack);
  void ForwardingChanged();

  // The run is over, and has ended like this. Nothing is noted any more.
  // Adds to `summary` what it has of events.
  absl::Status Finish(const Collected& last, const EmulationResult& result,
                      Summary* summary);

 private:
  // The time of the last events is over.
  absl::Status Close(const Collected& after, const EmulationResult& now);

  const Topology& topology_;
  const std::vector<absl::optional<Control>>& control_;
  Emulation* const emulation_;
  OutputDir* const out_;
  bool over_ = false;
  // Before the last events; none: nothing has happened yet.
  absl::optional<Collected> before_;
  EmulationResult result_before_;
  uint32_t convergences_before_ = 0;
  EventReport report_;  // of the last events
  Nanos at_ = 0;        // when they happened, since the start
  absl::optional<OutputFile> file_;
  uint32_t count_ = 0;
  // Where transients are wanted:
  std::vector<NodeFib> fibs_;
  Transients transients_;
  absl::Status status_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_EVENT_LOG_H_
