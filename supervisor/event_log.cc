#include "supervisor/event_log.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/event_report.h"
#include "supervisor/report/fib_of_stack.h"
#include "supervisor/report/summary.h"

namespace quiesce {
namespace {

// The event without its time, in one line.
std::string Words(proto::Event event) {
  event.clear_when();
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintToString(event, &text);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

void AddDigest(absl::string_view name, const OutputFile& file,
               Summary* summary) {
  Digest* digest = summary->add_digests();
  digest->set_name(std::string(name));
  digest->set_value(absl::StrFormat("fnv1a64:%016x", file.digest()));
}

}  // namespace

absl::Status EventLog::Before(const std::vector<NetworkEvent>& events) {
  if (over_) return absl::OkStatus();
  RETURN_IF_ERROR(status_);
  ASSIGN_OR_RETURN(Collected now, Collect(topology_, control_,
                                          Collecting::kState, emulation_));
  for (int id = 0; id < emulation_->node_count(); ++id) {
    if (control_[id].has_value()) emulation_->RecordQuestions(id);
  }
  const EmulationResult& so_far = emulation_->SoFar();
  RETURN_IF_ERROR(Close(now, so_far));
  before_ = std::move(now);
  result_before_ = so_far;
  convergences_before_ = emulation_->convergences();
  report_.Clear();
  for (const NetworkEvent& event : events) {
    report_.add_events(event.number);
    report_.add_what(Words(topology_.events()[event.number - 1]));
  }
  at_ = emulation_->elapsed();
  report_.set_at_seconds(at_ / 1e9);
  return absl::OkStatus();
}

absl::Status EventLog::Close(const Collected& after,
                             const EmulationResult& now) {
  if (!before_.has_value()) return absl::OkStatus();
  report_.set_converged(emulation_->convergences() > convergences_before_);
  report_.set_fib_seconds(std::max<Nanos>(0, now.fib_time - at_) / 1e9);
  report_.set_virtual_seconds(std::max<Nanos>(0, now.virtual_time - at_) / 1e9);
  report_.set_messages(now.messages - result_before_.messages);
  report_.set_updates(now.updates - result_before_.updates);
  report_.set_rounds(now.rounds - result_before_.rounds);
  FillDifferences(before_->state(), after.state(), &report_);
  ++count_;
  if (out_ == nullptr) return absl::OkStatus();
  if (!file_.has_value()) {
    ASSIGN_OR_RETURN(OutputFile file, out_->File("events.jsonl"));
    file_.emplace(std::move(file));
  }
  ASSIGN_OR_RETURN(const std::string line, ReportLine(report_));
  file_->Write(line);
  return absl::OkStatus();
}

void EventLog::FibChanged(NodeId node, const Stack* stack) {
  if (over_) return;
  if (fibs_.empty()) {
    for (const TopologyNode& each : topology_.nodes()) {
      fibs_.push_back(NodeFib(each.name));
    }
  }
  fibs_[node] = stack == nullptr
                    ? NodeFib(topology_.node(node).name)
                    : FibOfStack(topology_.node(node).name, *stack);
}

void EventLog::ForwardingChanged() {
  if (over_ || fibs_.empty()) return;
  std::vector<const NodeFib*> fibs;
  for (const NodeFib& fib : fibs_) fibs.push_back(&fib);
  const auto reachability = CheckNetwork(topology_, *emulation_, fibs);
  if (!reachability.ok()) {
    status_.Update(reachability.status());
    return;
  }
  transients_.Update(
      *reachability,
      {emulation_->elapsed(), emulation_->SoFar().rounds,
       report_.events().empty() ? 0 : *report_.events().rbegin()});
}

absl::Status EventLog::Finish(const Collected& last,
                              const EmulationResult& result, Summary* summary) {
  if (over_) return absl::OkStatus();
  over_ = true;
  RETURN_IF_ERROR(status_);
  RETURN_IF_ERROR(Close(last, result));
  summary->set_disturbances(count_);
  if (file_.has_value()) {
    AddDigest("events.jsonl", *file_, summary);
    RETURN_IF_ERROR(file_->Close());
  }
  if (out_ == nullptr || fibs_.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(OutputFile file, out_->File("transients.jsonl"));
  for (const Transient& transient : transients_.Take()) {
    summary->set_transients(summary->transients() + 1);
    if (transient.disposition() == DispositionName(kLoop)) {
      summary->set_transient_loops(summary->transient_loops() + 1);
    }
    ASSIGN_OR_RETURN(const std::string line, ReportLine(transient));
    file.Write(line);
  }
  AddDigest("transients.jsonl", file, summary);
  return file.Close();
}

}  // namespace quiesce
