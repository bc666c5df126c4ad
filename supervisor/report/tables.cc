#include "supervisor/report/tables.h"

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/policy_rule.h"
#include "supervisor/report/summary.h"

namespace quiesce {
namespace {

// Writes one file by `write` and adds its digest to the summary.
absl::Status Write(const std::string& name, OutputDir* dir, Summary* summary,
                   const std::function<void(const TextSink&)>& write) {
  ASSIGN_OR_RETURN(OutputFile file, dir->File(name));
  write(file.sink());
  Digest* digest = summary->add_digests();
  digest->set_name(name);
  digest->set_value(absl::StrFormat("fnv1a64:%016x", file.digest()));
  return file.Close();
}

}  // namespace

absl::Status WriteTables(absl::Span<const NodeFib* const> fibs,
                         const std::vector<RibRow>& paths,
                         const ReachabilityReport& reachability, OutputDir* dir,
                         Summary* summary) {
  summary->clear_digests();
  RETURN_IF_ERROR(Write("fib.csv", dir, summary, [fibs](const TextSink& sink) {
    WriteFibCsv(fibs, sink);
  }));
  RETURN_IF_ERROR(
      Write("fib.jsonl", dir, summary,
            [fibs](const TextSink& sink) { WriteFibJsonl(fibs, sink); }));
  RETURN_IF_ERROR(
      Write("rules.jsonl", dir, summary,
            [fibs](const TextSink& sink) { WriteRulesJsonl(fibs, sink); }));
  RETURN_IF_ERROR(Write("reachability.json", dir, summary,
                        [&reachability](const TextSink& sink) {
                          WriteReachabilityJson(reachability, sink);
                        }));
  RETURN_IF_ERROR(
      Write("rib.jsonl", dir, summary,
            [&paths](const TextSink& sink) { WriteRibJsonl(paths, sink); }));
  FillFib(fibs, summary);
  FillReachability(reachability, summary);
  summary->set_rib_paths(paths.size());
  return absl::OkStatus();
}

absl::Status WriteAnswers(const std::vector<Answer>& answers, OutputDir* dir,
                          Summary* summary) {
  if (answers.empty()) return absl::OkStatus();
  return Write("answers.jsonl", dir, summary, [&answers](const TextSink& sink) {
    WriteAnswersJsonl(answers, sink);
  });
}

}  // namespace quiesce
