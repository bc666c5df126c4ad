#include "supervisor/report/fate.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace quiesce {
namespace {

constexpr DispositionSet kSuccess =
    kAccepted | kDeliveredToSubnet | kExitsNetwork;

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
    if (static_cast<int>(node) == wanted_ && (step.own & kDelivered) != 0) {
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

}  // namespace quiesce
