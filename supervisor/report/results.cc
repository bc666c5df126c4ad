#include "supervisor/report/results.h"

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "notifier/base/status_macros.h"
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

absl::Status WriteResults(Results* results, Summary* summary, OutputDir* dir) {
  std::vector<const NodeFib*> fibs;
  for (const NodeFib& fib : results->fibs) fibs.push_back(&fib);
  summary->clear_digests();
  RETURN_IF_ERROR(Write("fib.csv", dir, summary, [&fibs](const TextSink& sink) {
    WriteFibCsv(fibs, sink);
  }));
  RETURN_IF_ERROR(
      Write("fib.jsonl", dir, summary,
            [&fibs](const TextSink& sink) { WriteFibJsonl(fibs, sink); }));
  ASSIGN_OR_RETURN(const Forwarding forwarding,
                   Forwarding::Create(fibs, results->links));
  ASSIGN_OR_RETURN(const ReachabilityReport reachability,
                   CheckReachability(forwarding, fibs, results->originated));
  RETURN_IF_ERROR(Write("reachability.json", dir, summary,
                        [&reachability](const TextSink& sink) {
                          WriteReachabilityJson(reachability, sink);
                        }));
  RETURN_IF_ERROR(
      Write("rib.jsonl", dir, summary, [results](const TextSink& sink) {
        WriteRibJsonl(&results->paths, sink);
      }));
  FillFib(fibs, summary);
  FillReachability(reachability, summary);
  FillSessions(results->sessions, summary);
  summary->set_prefixes(results->originated.size());
  summary->set_rib_paths(results->paths.size());
  ASSIGN_OR_RETURN(const std::string text, ReportJson(*summary));
  return dir->WriteFile("summary.json", text);
}

absl::Status WriteTiming(const Timing& timing, OutputDir* dir) {
  ASSIGN_OR_RETURN(const std::string text, ReportJson(timing));
  return dir->WriteFile("timing.json", text);
}

}  // namespace quiesce
