#include "supervisor/report/summary.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/json_util.h"

namespace quiesce {
namespace {

class Table {
 public:
  void Row(absl::string_view name, absl::string_view value) {
    absl::StrAppend(&text_, absl::StrFormat("  %-16s %s\n", name, value));
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

// 1234567 as 1,234,567.
std::string Thousands(uint64_t number) {
  const std::string digits = absl::StrCat(number);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string Of(uint64_t part, uint64_t whole) {
  return absl::StrCat(Thousands(part), " of ", Thousands(whole));
}

}  // namespace

namespace {

absl::StatusOr<std::string> Json(const google::protobuf::Message& report,
                                 bool lines) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = lines;
  options.always_print_primitive_fields = true;
  std::string text;
  auto status =
      google::protobuf::util::MessageToJsonString(report, &text, options);
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat(report.GetTypeName(), " as JSON: ", status.ToString()));
  }
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

}  // namespace

absl::StatusOr<std::string> ReportJson(
    const google::protobuf::Message& report) {
  return Json(report, /*lines=*/true);
}

absl::StatusOr<std::string> ReportLine(
    const google::protobuf::Message& report) {
  return Json(report, /*lines=*/false);
}

void FillReachability(const ReachabilityReport& report, Summary* summary) {
  summary->set_pairs(report.pairs.size());
  summary->set_pairs_reachable(report.reachable_pairs());
  summary->clear_dispositions();
  for (int bit = 0; bit < kDispositionBits; ++bit) {
    const auto what = static_cast<Disposition>(1 << bit);
    const size_t pairs = report.PairsWith(what);
    if (pairs == 0) continue;
    DispositionCount* count = summary->add_dispositions();
    count->set_disposition(std::string(DispositionName(what)));
    count->set_pairs(pairs);
  }
}

void FillFib(absl::Span<const NodeFib* const> nodes, Summary* summary) {
  uint64_t routes = 0, hops = 0;
  for (const NodeFib* fib : nodes) {
    routes += fib->exported_routes();
    hops += fib->exported_rows();
  }
  summary->set_routes(routes);
  summary->set_next_hops(hops);
}

void FillSessions(absl::Span<const BgpSession> sessions, Summary* summary) {
  std::vector<BgpSession> sorted(sessions.begin(), sessions.end());
  std::sort(sorted.begin(), sorted.end());
  uint32_t established = 0;
  summary->clear_sessions_down();
  for (const BgpSession& session : sorted) {
    if (session.established()) {
      ++established;
      continue;
    }
    SessionDown* down = summary->add_sessions_down();
    down->set_node(session.node);
    down->set_remote_ip(session.remote_ip);
    down->set_remote_as(session.remote_as);
    down->set_state(session.state);
  }
  summary->set_sessions_established(established);
  // The caller may know of sessions that no daemon has.
  summary->set_sessions_expected(std::max<uint32_t>(
      summary->sessions_expected(), static_cast<uint32_t>(sorted.size())));
}

std::string FinalTable(const Summary& summary, const Timing& timing) {
  Table table;
  table.Row(
      "result",
      absl::StrCat(summary.converged() ? "converged" : "NOT CONVERGED",
                   summary.reason().empty() ? "" : ": ", summary.reason()));
  table.Row("nodes", Thousands(summary.nodes()));
  table.Row("links", Thousands(summary.links()));
  table.Row("sessions",
            Of(summary.sessions_established(), summary.sessions_expected()));
  table.Row("prefixes", Thousands(summary.prefixes()));
  table.Row("routes",
            absl::StrCat(Thousands(summary.routes()), " (",
                         Thousands(summary.next_hops()), " next hops, ",
                         Thousands(summary.rib_paths()), " RIB paths)"));
  table.Row("reachable pairs", Of(summary.pairs_reachable(), summary.pairs()));
  if (summary.pairs_reachable() != summary.pairs()) {
    for (const DispositionCount& count : summary.dispositions()) {
      table.Row("", absl::StrCat(count.disposition(), " in ",
                                 Thousands(count.pairs())));
    }
  }
  table.Row("messages", absl::StrFormat("%s in %s rounds, %.3f s on the clock",
                                        Thousands(summary.messages()),
                                        Thousands(summary.rounds()),
                                        summary.virtual_seconds()));
  std::vector<std::string> phases;
  for (const PhaseTime& phase : timing.phases()) {
    phases.push_back(
        absl::StrFormat("%s %.2f", phase.phase(), phase.wall_seconds()));
  }
  table.Row("wall time", absl::StrFormat("%.2f s (%s)", timing.wall_seconds(),
                                         absl::StrJoin(phases, ", ")));
  table.Row("CPU", absl::StrFormat("routers %.2f s, supervisor %.2f s",
                                   timing.routers_cpu_seconds(),
                                   timing.supervisor_cpu_seconds()));
  table.Row("memory", absl::StrFormat("%.2f MiB a node, supervisor %.1f MiB",
                                      timing.pss_mib_per_node(),
                                      timing.supervisor_pss_kib() / 1024.0));
  for (const SessionDown& down : summary.sessions_down()) {
    table.Row("session down",
              absl::StrCat(down.node(), " to ", down.remote_ip(), " AS ",
                           down.remote_as(), ": ", down.state(),
                           down.remark().empty() ? "" : "; ", down.remark()));
  }
  for (const std::string& what : summary.still_changing()) {
    table.Row("still changing", what);
  }
  for (const Warning& warning : summary.warnings()) {
    table.Row("warning", absl::StrCat(warning.what(), " (",
                                      Thousands(warning.times()), " times)"));
  }
  return table.Take();
}

}  // namespace quiesce
