#include "supervisor/report/event_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/report/fib_change.h"
#include "supervisor/report/rib_change.h"

namespace quiesce {
namespace {

// Of a FibChange or RibChange.
template <typename Change>
void Add(Change change, Difference* to) {
  to->set_node(std::move(change.node));
  to->set_vrf(std::move(change.vrf));
  to->set_network(std::move(change.network));
  to->set_before(std::move(change.before));
  to->set_after(std::move(change.after));
}

void ComparePairs(const ReachabilityReport& before,
                  const ReachabilityReport& after, EventReport* report) {
  const size_t count = std::min(before.pairs.size(), after.pairs.size());
  for (size_t i = 0; i < count; ++i) {
    const PairResult& now = after.pairs[i];
    if (before.pairs[i].reachable() == now.reachable()) continue;
    ReachabilityPair* pair =
        now.reachable() ? report->add_gained() : report->add_lost();
    pair->set_source(after.originators[now.source]);
    pair->set_destination(after.originators[now.destination]);
    for (int bit = 0; bit < kDispositionBits; ++bit) {
      if (!(now.fate & (1 << bit))) continue;
      pair->add_dispositions(
          std::string(DispositionName(static_cast<Disposition>(1 << bit))));
    }
  }
}

void DescribePair(absl::string_view what, const ReachabilityPair& pair,
                  std::string* text) {
  absl::StrAppend(text, "  ", pair.source(), what, pair.destination(), ": ",
                  absl::StrJoin(pair.dispositions(), ", "), "\n");
}

}  // namespace

void FillDifferences(const NetworkState& before, const NetworkState& after,
                     EventReport* report) {
  for (size_t i = 0; i < after.fibs.size(); ++i) {
    for (FibChange& change : CompareFibs(before.fibs[i], after.fibs[i])) {
      if (change.before.empty()) {
        report->set_routes_gained(report->routes_gained() + 1);
      } else if (change.after.empty()) {
        report->set_routes_lost(report->routes_lost() + 1);
      } else {
        report->set_routes_changed(report->routes_changed() + 1);
      }
      Add(std::move(change), report->add_fib());
    }
  }
  for (RibChange& change : CompareRibs(before.paths, after.paths)) {
    Add(std::move(change), report->add_rib());
  }
  ComparePairs(before.reachability, after.reachability, report);
  report->set_pairs_reachable(after.reachability.reachable_pairs());
}

std::string DescribeDifferences(const EventReport& report) {
  std::string text;
  for (const Difference& change : report.fib()) {
    const std::string place =
        absl::StrCat(change.vrf() == "default" ? "" : change.vrf() + " ",
                     change.network(), " ");
    if (change.before().empty()) {
      absl::StrAppend(&text, "  ", change.node(), " gained ", place,
                      change.after(), "\n");
    } else if (change.after().empty()) {
      absl::StrAppend(&text, "  ", change.node(), " lost ", place,
                      change.before(), "\n");
    } else {
      absl::StrAppend(&text, "  ", change.node(), " changed ", place,
                      change.before(), " -> ", change.after(), "\n");
    }
  }
  for (const ReachabilityPair& pair : report.lost()) {
    DescribePair(" no longer reaches ", pair, &text);
  }
  for (const ReachabilityPair& pair : report.gained()) {
    DescribePair(" now reaches ", pair, &text);
  }
  absl::StrAppend(&text, "  routes: ", report.routes_gained(), " gained, ",
                  report.routes_lost(), " lost, ", report.routes_changed(),
                  " changed; RIB: ", report.rib_size(),
                  " networks; pairs: ", report.lost_size(), " lost, ",
                  report.gained_size(), " gained\n");
  return text;
}

}  // namespace quiesce
