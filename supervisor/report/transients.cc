#include "supervisor/report/transients.h"

#include <algorithm>
#include <string>

namespace quiesce {
namespace {

// A loop is one whenever it happens; that somebody cannot be reached is worth
// telling of those who could be once.
bool Counts(int bit, bool reached) { return (1 << bit) == kLoop || reached; }

auto OrderOf(const Transient& t) {
  return std::make_tuple(t.from_round(), t.event(), t.source(), t.destination(),
                         t.disposition());
}

}  // namespace

void Transients::Begin(const ReachabilityReport& report, const Key& key,
                       const Moment& now) {
  const auto& [source, destination, bit] = key;
  Transient& begun = open_[key];
  begun.set_source(report.originators[source]);
  begun.set_destination(report.originators[destination]);
  begun.set_disposition(
      std::string(DispositionName(static_cast<Disposition>(1 << bit))));
  begun.set_from_seconds(now.time / 1e9);
  begun.set_from_round(now.round);
  begun.set_event(now.event);
  for (const ReachabilityFailure& failure : report.failures) {
    if (failure.source != source || failure.destination != destination ||
        failure.disposition != 1 << bit) {
      continue;
    }
    begun.set_network(failure.network.ToString());
    begun.mutable_witness()->Add(failure.witness.begin(),
                                 failure.witness.end());
    return;
  }
}

void Transients::Update(const ReachabilityReport& report, const Moment& now) {
  for (const PairResult& pair : report.pairs) {
    const Pair ends = {pair.source, pair.destination};
    if (pair.reachable()) reached_.insert(ends);
    const bool reached = reached_.contains(ends);
    for (int bit = 0; bit < kDispositionBits; ++bit) {
      const bool fails = pair.fate & ~kDelivered & (1 << bit);
      const Key key = {pair.source, pair.destination, bit};
      const auto open = open_.find(key);
      if (fails && open == open_.end() && Counts(bit, reached)) {
        Begin(report, key, now);
      } else if (!fails && open != open_.end()) {
        open->second.set_until_seconds(now.time / 1e9);
        open->second.set_until_round(now.round);
        closed_.push_back(std::move(open->second));
        open_.erase(open);
      }
    }
  }
}

std::vector<Transient> Transients::Take() {
  std::vector<Transient> all = std::exchange(closed_, {});
  for (auto& [key, transient] : std::exchange(open_, {})) {
    all.push_back(std::move(transient));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Transient& a, const Transient& b) {
                     return OrderOf(a) < OrderOf(b);
                   });
  return all;
}

}  // namespace quiesce
