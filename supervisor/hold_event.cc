#include "supervisor/hold_event.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "notifier/base/status_macros.h"
#include "supervisor/collect.h"
#include "supervisor/plan/event_plan.h"
#include "supervisor/report/event_report.h"
#include "topo/build.h"
#include "topo/textproto.h"

namespace quiesce {
namespace {

// Checked as the same words in the topology's own file are.
absl::StatusOr<NetworkEvent> ParseEvent(absl::string_view words,
                                        const Topology& topology) {
  proto::Topology changed = topology.ToProto();
  changed.clear_event();
  proto::Event* event = changed.add_event();
  RETURN_IF_ERROR(ParseTextproto("--event", words, event, nullptr));
  if (event->when_case() != proto::Event::WHEN_NOT_SET) {
    return absl::InvalidArgumentError(
        "it happens now: leave at_seconds and at_convergence out");
  }
  event->set_at_convergence(1);
  ASSIGN_OR_RETURN(const Topology with_event, BuildTopology(changed, {}));
  return PlanEvents(with_event)[0];
}

// How long after the event something was; before it is never.
std::string After(Nanos time) {
  return time < 0 ? "never" : absl::StrFormat("after %.3f s", time / 1e9);
}

}  // namespace

absl::StatusOr<HeldEventResult> RunHeldEvent(
    absl::string_view words, const Topology& topology,
    const std::vector<absl::optional<Control>>& control, Emulation* emulation,
    const std::atomic<bool>* stop) {
  ASSIGN_OR_RETURN(const NetworkEvent event, ParseEvent(words, topology));
  ASSIGN_OR_RETURN(const Collected before,
                   Collect(topology, control, Collecting::kState, emulation));
  const Nanos begin = emulation->elapsed();
  const uint64_t messages = emulation->progress().messages;
  ASSIGN_OR_RETURN(const EmulationResult result,
                   emulation->Undergo(event, stop));
  ASSIGN_OR_RETURN(const Collected after,
                   Collect(topology, control, Collecting::kState, emulation));
  EventReport report;
  FillDifferences(before.state(), after.state(), &report);
  HeldEventResult told;
  told.converged = result.converged;
  told.text = result.converged ? "converged"
                               : absl::StrCat("not converged: ", result.reason);
  absl::StrAppend(
      &told.text, "\n  last change of a FIB ", After(result.fib_time - begin),
      ", of anything ", After(result.virtual_time - begin), ", ",
      result.messages - messages, " messages\n", DescribeDifferences(report));
  for (const std::string& what : result.changing) {
    absl::StrAppend(&told.text, "  ", what, " still changes\n");
  }
  return told;
}

}  // namespace quiesce
