#include "supervisor/report/fib_change.h"

#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "supervisor/report/text.h"

namespace quiesce {
namespace {

void Append(const std::string& hop, const std::string& tail,
            std::string* text) {
  absl::StrAppend(text, text->empty() ? "" : "; ", hop, tail);
}

using Key = std::pair<std::string, IpPrefix>;

std::map<Key, std::string> Describe(const NodeFib& fib) {
  std::map<Key, std::string> result;
  for (const NodeFib::Route& route : fib.routes()) {
    if (!Exported(route.type)) continue;
    std::string tail =
        absl::StrCat(" proto ", ProtocolName(route.protocol, route.type));
    if (route.metric > 0) absl::StrAppend(&tail, " metric ", route.metric);
    std::string& text = result[{fib.vrf_name(route.vrf), route.network}];
    if (IsDiscard(route.type)) {
      Append(std::string(RouteTypeName(route.type)), tail, &text);
      continue;
    }
    for (const NextHop& hop : fib.next_hops(route.next_hops)) {
      Append(
          absl::StrCat(hop.gateway.valid() ? "via " : "",
                       hop.gateway.valid() ? hop.gateway.ToString() : "",
                       hop.gateway.valid() ? " dev " : "dev ", hop.interface),
          tail, &text);
    }
  }
  return result;
}

}  // namespace

std::vector<FibChange> CompareFibs(const NodeFib& before,
                                   const NodeFib& after) {
  std::map<Key, std::pair<std::string, std::string>> sides;
  for (auto& [key, text] : Describe(before)) sides[key].first = text;
  for (auto& [key, text] : Describe(after)) sides[key].second = text;
  std::vector<FibChange> result;
  for (const auto& [key, side] : sides) {
    if (side.first == side.second) continue;
    result.push_back({after.node(), key.first, key.second.ToString(),
                      side.first, side.second});
  }
  return result;
}

void FibLog::Update(Nanos time, NodeFib fib) {
  auto [last, first] = last_.try_emplace(fib.node(), NodeFib(fib.node()));
  for (const FibChange& change : CompareFibs(last->second, fib)) {
    sink_(absl::StrCat(
        "{\"time\":", time, ",\"node\":", JsonString(change.node),
        ",\"vrf\":", JsonString(change.vrf), ",\"network\":\"", change.network,
        "\",\"before\":", JsonString(change.before),
        ",\"after\":", JsonString(change.after), "}\n"));
  }
  last->second = std::move(fib);
}

}  // namespace quiesce
