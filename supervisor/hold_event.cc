#include "supervisor/hold_event.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "notifier/base/status_macros.h"
#include "supervisor/plan/event_plan.h"
#include "supervisor/report/fib_change.h"
#include "supervisor/report/fib_of_stack.h"
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

std::vector<NodeFib> FibsOf(const Topology& topology, Emulation* emulation) {
  std::vector<NodeFib> fibs;
  for (const TopologyNode& node : topology.nodes()) {
    fibs.push_back(
        emulation->started(node.index)
            ? FibOfStack(node.name,
                         emulation->node(node.index).kernel().stack())
            : NodeFib(node.name));
  }
  return fibs;
}

std::string Describe(const std::vector<NodeFib>& before,
                     const std::vector<NodeFib>& after) {
  std::string text;
  int gained = 0, lost = 0, other = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    for (const FibChange& change : CompareFibs(before[i], after[i])) {
      const char* what = "changed";
      std::string routes = absl::StrCat(change.before, " -> ", change.after);
      if (change.before.empty()) {
        what = "gained";
        routes = change.after;
        ++gained;
      } else if (change.after.empty()) {
        what = "lost";
        routes = change.before;
        ++lost;
      } else {
        ++other;
      }
      absl::StrAppend(&text, "  ", change.node, " ", what, " ",
                      change.vrf == "default" ? "" : change.vrf + " ",
                      change.network, " ", routes, "\n");
    }
  }
  absl::StrAppend(&text, "  routes: ", gained, " gained, ", lost, " lost, ",
                  other, " changed\n");
  return text;
}

}  // namespace

absl::StatusOr<HeldEventResult> RunHeldEvent(absl::string_view words,
                                             const Topology& topology,
                                             Emulation* emulation,
                                             const std::atomic<bool>* stop) {
  ASSIGN_OR_RETURN(const NetworkEvent event, ParseEvent(words, topology));
  const std::vector<NodeFib> before = FibsOf(topology, emulation);
  const Nanos begin = emulation->elapsed();
  const uint64_t messages = emulation->progress().messages;
  ASSIGN_OR_RETURN(const EmulationResult result,
                   emulation->Undergo(event, stop));
  HeldEventResult told;
  told.converged = result.converged;
  told.text = result.converged ? "converged"
                               : absl::StrCat("not converged: ", result.reason);
  absl::StrAppend(&told.text, "\n  last change of a FIB ",
                  After(result.fib_time - begin), ", of anything ",
                  After(result.virtual_time - begin), ", ",
                  result.messages - messages, " messages\n",
                  Describe(before, FibsOf(topology, emulation)));
  for (const std::string& what : result.changing) {
    absl::StrAppend(&told.text, "  ", what, " still changes\n");
  }
  return told;
}

}  // namespace quiesce
