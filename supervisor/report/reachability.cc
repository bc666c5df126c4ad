#include "supervisor/report/reachability.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/report/text.h"

namespace quiesce {
namespace {

constexpr DispositionSet kSuccess =
    kAccepted | kDeliveredToSubnet | kExitsNetwork;
// A prefix counts as reached when nothing but these can happen.
constexpr DispositionSet kReached = kAccepted | kDeliveredToSubnet;

uint64_t SaturatingAdd(uint64_t a, uint64_t b) {
  uint64_t sum;
  return __builtin_add_overflow(a, b, &sum)
             ? std::numeric_limits<uint64_t>::max()
             : sum;
}

// What happens at the node itself.
DispositionSet Own(const Forwarding::Graph& graph, uint32_t node, int wanted) {
  DispositionSet own = graph.steps[node].own;
  if ((own & kSuccess) != 0 && static_cast<int>(node) != wanted) {
    own |= kElsewhere;
  }
  return own;
}

// Tarjan's algorithm without recursion: a line of a thousand nodes is one
// chain. Components are finished successors first, so each node's result is
// there when a predecessor asks for it.
class Components {
 public:
  Components(const Forwarding::Graph& graph, int wanted)
      : graph_(graph),
        wanted_(wanted),
        order_(graph.steps.size(), 0),
        low_(graph.steps.size(), 0),
        on_stack_(graph.steps.size(), false) {
    result_.fate.assign(graph.steps.size(), 0);
    result_.paths.assign(graph.steps.size(), 0);
  }

  DestinationResult Run() {
    for (uint32_t root = 0; root < graph_.steps.size(); ++root) {
      if (order_[root] == 0) Visit(root);
    }
    return std::move(result_);
  }

 private:
  struct Frame {
    uint32_t node;
    uint32_t next;  // index of the edge to follow
  };

  void Enter(uint32_t node) {
    order_[node] = low_[node] = ++counter_;
    stack_.push_back(node);
    on_stack_[node] = true;
    frames_.push_back({node, 0});
  }

  void Visit(uint32_t root) {
    Enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const uint32_t node = frame.node;
      const Forwarding::Step& step = graph_.steps[node];
      if (frame.next < step.count) {
        uint32_t to = graph_.edges[step.first + frame.next++];
        if (order_[to] == 0) {
          Enter(to);
        } else if (on_stack_[to]) {
          low_[node] = std::min(low_[node], order_[to]);
        }
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) {
        uint32_t parent = frames_.back().node;
        low_[parent] = std::min(low_[parent], low_[node]);
      }
      if (low_[node] == order_[node]) Close(node);
    }
  }

  // `root` and what is above it on the stack are one component.
  void Close(uint32_t root) {
    auto begin = std::find(stack_.rbegin(), stack_.rend(), root).base() - 1;
    DispositionSet fate = 0;
    bool cycle = stack_.end() - begin > 1;
    for (auto it = begin; it != stack_.end(); ++it) {
      const Forwarding::Step& step = graph_.steps[*it];
      fate |= Own(graph_, *it, wanted_);
      for (uint32_t e = 0; e < step.count; ++e) {
        uint32_t to = graph_.edges[step.first + e];
        if (to == *it) cycle = true;
        fate |= result_.fate[to];  // 0 inside the component as yet
      }
    }
    if (cycle) fate |= kLoop;
    for (auto it = begin; it != stack_.end(); ++it) {
      result_.fate[*it] = fate;
      on_stack_[*it] = false;
    }
    if (!cycle) result_.paths[root] = CountPaths(root);
    stack_.erase(begin, stack_.end());
  }

  uint64_t CountPaths(uint32_t node) const {
    const Forwarding::Step& step = graph_.steps[node];
    uint64_t paths = 0;
    if (static_cast<int>(node) == wanted_ && (step.own & kReached) != 0) {
      paths = step.ends;
    }
    for (uint32_t e = 0; e < step.count; ++e) {
      paths = SaturatingAdd(paths, result_.paths[graph_.edges[step.first + e]]);
    }
    return paths;
  }

  const Forwarding::Graph& graph_;
  const int wanted_;
  uint32_t counter_ = 0;
  std::vector<uint32_t> order_, low_, stack_;
  std::vector<bool> on_stack_;
  std::vector<Frame> frames_;
  DestinationResult result_;
};

std::vector<uint32_t> LoopWitness(const Forwarding::Graph& graph, int source) {
  enum : uint8_t { kNew, kOpen, kClosed };
  std::vector<uint8_t> state(graph.steps.size(), kNew);
  std::vector<uint32_t> path{static_cast<uint32_t>(source)};
  std::vector<uint32_t> next{0};
  state[source] = kOpen;
  while (!path.empty()) {
    const uint32_t node = path.back();
    const Forwarding::Step& step = graph.steps[node];
    if (next.back() == step.count) {
      state[node] = kClosed;
      path.pop_back();
      next.pop_back();
      continue;
    }
    uint32_t to = graph.edges[step.first + next.back()++];
    if (state[to] == kClosed) continue;
    path.push_back(to);
    if (state[to] == kOpen) return path;
    state[to] = kOpen;
    next.push_back(0);
  }
  return {};
}

}  // namespace

DestinationResult Analyse(const Forwarding::Graph& graph, int wanted) {
  return Components(graph, wanted).Run();
}

std::vector<uint32_t> Witness(const Forwarding::Graph& graph, int wanted,
                              int source, Disposition disposition) {
  if (disposition == kLoop) return LoopWitness(graph, source);
  constexpr uint32_t kNone = ~0u;
  std::vector<uint32_t> from(graph.steps.size(), kNone);
  std::vector<uint32_t> queue{static_cast<uint32_t>(source)};
  from[source] = static_cast<uint32_t>(source);
  for (size_t i = 0; i < queue.size(); ++i) {
    const uint32_t node = queue[i];
    if ((Own(graph, node, wanted) & disposition) != 0) {
      std::vector<uint32_t> path{node};
      while (path.back() != static_cast<uint32_t>(source)) {
        path.push_back(from[path.back()]);
      }
      std::reverse(path.begin(), path.end());
      return path;
    }
    const Forwarding::Step& step = graph.steps[node];
    for (uint32_t e = 0; e < step.count; ++e) {
      uint32_t to = graph.edges[step.first + e];
      if (from[to] != kNone) continue;
      from[to] = node;
      queue.push_back(to);
    }
  }
  return {};
}

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
      const DispositionSet bad = fate & ~kReached;
      if (bad == 0) {
        ++pair.reached;
        continue;
      }
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
    absl::StrAppend(
        &text, absl::StrJoin(fates, ","), "],\"Prefixes\":", pair.prefixes,
        ",\"Prefixes_Reached\":", pair.reached, ",\"Paths\":", pair.paths, "}");
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
