// Recording and replay: a node is a function of its image, its configuration,
// its seed and what it is given when, so it can be run alone from a recording.
//
// Nothing else reaches a node: paths, neighbours and reachability are the
// fabric's business between rounds, and the node learns of them by what arrives
// and by what comes back (kIcmpError), which are messages.
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "supervisor/fabric/message_proto.h"
#include "supervisor/sched/emulation.h"
#include "supervisor/sched/node_step.h"
#include "supervisor/sched/shard.h"

namespace quiesce {
namespace {

// The step without what came of it.
proto::NodeStep Meaning(proto::NodeStep step) {
  step.clear_clock_step();
  step.clear_output();
  step.clear_next_timer();
  return step;
}

}  // namespace

void Emulation::Record(NodeId id, proto::NodeStep step,
                       absl::Span<const Message> sent) {
  NodeRuntime& node = *nodes_[id];
  step.set_time(elapsed());
  for (const ClockStep& moved : node.clock_steps().Take()) {
    proto::ClockStep* words = step.add_clock_step();
    words->set_calls(moved.calls);
    words->set_step(moved.step);
  }
  AddOutputs(sent, &step);
  if (const Nanos next = node.next_timer(); next != kNever) {
    step.set_next_timer(next - kBootOffset);
  }
  step.set_fib_changes(node.kernel().stack().fib_generation());
  options_.record(id, step);
}

void Emulation::RecordQuestions(NodeId id) {
  proto::NodeStep step;
  step.mutable_questions();
  if (options_.record && started(id)) Record(id, std::move(step), {});
}

absl::Status Emulation::Replay(NodeId id, const proto::NodeStep& step) {
  using Step = proto::NodeStep;
  if (started(id) == (step.what_case() == Step::kStart)) {
    return absl::InvalidArgumentError("the recording begins with another step");
  }
  now_ = SaturatingAdd(kBootOffset, step.time());
  std::vector<ClockStep> script;
  for (const proto::ClockStep& words : step.clock_step()) {
    script.push_back({words.calls(), words.step()});
  }
  if (started(id)) node(id).clock_steps().Follow(script);

  absl::Status status;
  switch (step.what_case()) {
    case Step::kStart:
      OnShardOf(id, [&](Shard& shard) {
        status = shard.StartNode(id, std::move(script));
      });
      break;
    case Step::kActivate: {
      std::vector<Message> input;
      for (const proto::Message& words : step.activate().input()) {
        ASSIGN_OR_RETURN(Message message, MessageFromProto(words));
        input.push_back(std::move(message));
      }
      OnShardOf(id, [&](Shard& shard) { shard.Activate(id, input); });
      break;
    }
    case Step::kCarrier:
    case Step::kInterface:
    case Step::kAddress:
      status = ChangeStack(id, Meaning(step));
      break;
    case Step::kSignal:
      status =
          SignalProcess(id, step.signal().process(), step.signal().number());
      break;
    case Step::kRestart: {
      const ProcessPlan* plan = nullptr;
      for (const ProcessPlan& each : plans_[id].processes) {
        if (each.spec.name == step.restart()) plan = &each;
      }
      if (plan == nullptr) {
        return absl::InvalidArgumentError(
            absl::StrCat("the image has no process ", step.restart()));
      }
      std::erase_if(processes_of_image_[id], [&](const auto& entry) {
        return entry.second.plan == plan;
      });
      status = RestartProcess(id, *plan);
      break;
    }
    case Step::kStop:
      StopNode(id);
      break;
    case Step::kQuestions:
      if (options_.ask) options_.ask(id);
      RecordQuestions(id);
      break;
    case Step::WHAT_NOT_SET:
      return absl::InvalidArgumentError("a step without a meaning");
  }
  for (auto& shard : shards_) shard->TakeOutbox();  // nobody is there
  if (started(id)) node(id).TakeExits();  // what follows is in the recording
  return status;
}

}  // namespace quiesce
