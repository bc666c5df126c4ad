#include "supervisor/report/reachability.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/report/fate.h"
#include "supervisor/report/text.h"

namespace quiesce {

IpAddress RepresentativeAddress(const IpPrefix& prefix, const NodeFib& node) {
  IpAddress best;
  for (const NodeFib::Address& a : node.addresses()) {
    if (!prefix.Contains(a.address.address)) continue;
    if (!best.valid() || a.address.address < best) best = a.address.address;
  }
  if (best.valid()) return best;
  const bool full = prefix.length == prefix.address.bits();
  return prefix.Network().address.Plus(full ? 0 : 1);
}

absl::StatusOr<ReachabilityReport> CheckReachability(
    const Forwarding& forwarding, absl::Span<const NodeFib* const> nodes,
    std::vector<OriginatedPrefix> originated) {
  ReachabilityReport report;
  for (const OriginatedPrefix& origin : originated) {
    report.originators.push_back(origin.node);
  }
  auto& names = report.originators;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const uint32_t count = static_cast<uint32_t>(names.size());
  std::vector<int> index(count);
  std::vector<const NodeFib*> fibs(count);
  for (uint32_t i = 0; i < count; ++i) {
    index[i] = forwarding.Find(names[i]);
    for (const NodeFib* fib : nodes) {
      if (fib->node() == names[i]) fibs[i] = fib;
    }
    if (index[i] < 0 || fibs[i] == nullptr) {
      return absl::NotFoundError(
          absl::StrCat("node ", names[i],
                       " originates a prefix, but no FIB "
                       "of it was given"));
    }
  }
  std::sort(originated.begin(), originated.end(),
            [](const OriginatedPrefix& a, const OriginatedPrefix& b) {
              return std::tie(a.node, a.prefix) < std::tie(b.node, b.prefix);
            });
  std::vector<PairResult> table(static_cast<size_t>(count) * count);
  absl::flat_hash_map<std::tuple<uint32_t, uint32_t, int>, size_t> failure_of;
  Forwarding::Graph graph;
  uint32_t destination = 0;
  for (const OriginatedPrefix& origin : originated) {
    while (names[destination] != origin.node) ++destination;
    const int wanted = index[destination];
    forwarding.Fill(
        origin.representative.valid()
            ? origin.representative
            : RepresentativeAddress(origin.prefix, *fibs[destination]),
        &graph);
    const DestinationResult result = Analyse(graph, wanted);
    for (uint32_t source = 0; source < count; ++source) {
      if (source == destination) continue;
      PairResult& pair =
          table[static_cast<size_t>(source) * count + destination];
      const DispositionSet fate = result.fate[index[source]];
      const uint64_t paths = result.paths[index[source]];
      pair.fate |= fate;
      pair.paths = pair.prefixes == 0 ? paths : std::min(pair.paths, paths);
      ++pair.prefixes;
      const DispositionSet bad = fate & ~kDelivered;
      if (bad == 0) {
        ++pair.reached;
        continue;
      }
      if ((fate & kDelivered) != 0) ++pair.partly;
      for (int bit = 0; bit < kDispositionBits; ++bit) {
        const auto what = static_cast<Disposition>(1 << bit);
        if ((bad & what) == 0) continue;
        auto [it, fresh] = failure_of.try_emplace(
            std::make_tuple(source, destination, bit), report.failures.size());
        if (fresh) {
          ReachabilityFailure failure{source, destination, origin.prefix,
                                      what,   0,           {}};
          for (uint32_t node : Witness(graph, wanted, index[source], what)) {
            failure.witness.push_back(forwarding.name(node));
          }
          report.failures.push_back(std::move(failure));
        }
        ++report.failures[it->second].prefixes;
      }
    }
  }
  for (uint32_t s = 0; s < count; ++s) {
    for (uint32_t d = 0; d < count; ++d) {
      if (s == d) continue;
      PairResult& pair = table[static_cast<size_t>(s) * count + d];
      pair.source = s;
      pair.destination = d;
      report.pairs.push_back(pair);
    }
  }
  std::sort(report.failures.begin(), report.failures.end(),
            [](const ReachabilityFailure& a, const ReachabilityFailure& b) {
              return std::tie(a.source, a.destination, a.disposition) <
                     std::tie(b.source, b.destination, b.disposition);
            });
  return report;
}

size_t ReachabilityReport::reachable_pairs() const {
  return std::count_if(pairs.begin(), pairs.end(),
                       [](const PairResult& p) { return p.reachable(); });
}

size_t ReachabilityReport::PairsWith(Disposition disposition) const {
  return std::count_if(pairs.begin(), pairs.end(),
                       [disposition](const PairResult& p) {
                         return (p.fate & disposition) != 0;
                       });
}

void WriteReachabilityJson(const ReachabilityReport& report,
                           const TextSink& sink) {
  std::string text = absl::StrCat(
      "{\n\"summary\": {\"Originators\":", report.originators.size(),
      ",\"Pairs\":", report.pairs.size(),
      ",\"Reachable\":", report.reachable_pairs(), ",\"Dispositions\":{");
  bool comma = false;
  for (int bit = 0; bit < kDispositionBits; ++bit) {
    const auto what = static_cast<Disposition>(1 << bit);
    const size_t pairs = report.PairsWith(what);
    if (pairs == 0) continue;
    absl::StrAppend(&text, comma ? "," : "", "\"", DispositionName(what),
                    "\":", pairs);
    comma = true;
  }
  text += "}},\n\"pairs\": [";
  auto name = [&report](uint32_t node) {
    return JsonString(report.originators[node]);
  };
  absl::string_view separator = "\n";
  for (const PairResult& pair : report.pairs) {
    std::vector<std::string> fates;
    for (int bit = 0; bit < kDispositionBits; ++bit) {
      const auto what = static_cast<Disposition>(1 << bit);
      if ((pair.fate & what) != 0) {
        fates.push_back(absl::StrCat("\"", DispositionName(what), "\""));
      }
    }
    absl::StrAppend(&text, separator, "{\"Source\":", name(pair.source),
                    ",\"Destination\":", name(pair.destination),
                    ",\"Reachable\":", pair.reachable() ? "true" : "false",
                    ",\"Dispositions\":[");
    absl::StrAppend(&text, absl::StrJoin(fates, ","),
                    "],\"Prefixes\":", pair.prefixes,
                    ",\"Prefixes_Reached\":", pair.reached,
                    ",\"Prefixes_Partly_Reached\":", pair.partly,
                    ",\"Paths\":", pair.paths, "}");
    separator = ",\n";
    if (text.size() > (1 << 16)) {
      sink(text);
      text.clear();
    }
  }
  text += "\n],\n\"failures\": [";
  separator = "\n";
  for (const ReachabilityFailure& failure : report.failures) {
    std::vector<std::string> witness;
    for (const std::string& node : failure.witness) {
      witness.push_back(JsonString(node));
    }
    absl::StrAppend(&text, separator, "{\"Source\":", name(failure.source),
                    ",\"Destination\":", name(failure.destination),
                    ",\"Network\":\"", failure.network.ToString(),
                    "\",\"Disposition\":\"");
    absl::StrAppend(&text, DispositionName(failure.disposition),
                    "\",\"Prefixes\":", failure.prefixes, ",\"Witness\":[",
                    absl::StrJoin(witness, ","), "]}");
    separator = ",\n";
    if (text.size() > (1 << 16)) {
      sink(text);
      text.clear();
    }
  }
  text += "\n]\n}\n";
  sink(text);
}

}  // namespace quiesce
