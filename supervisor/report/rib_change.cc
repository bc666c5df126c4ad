#include "supervisor/report/rib_change.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace quiesce {
namespace {

using Key = std::tuple<std::string, std::string, IpPrefix>;
using Sides = std::pair<std::vector<RibRow>, std::vector<RibRow>>;

int Rank(const RibRow& row) {
  if (row.status == "BEST") return 0;
  if (row.status == "MULTIPATH") return 1;
  return row.status == "BACKUP" ? 2 : 3;
}

std::string Describe(const RibRow& row) {
  std::string text = row.status;
  const auto add = [&](absl::string_view name, absl::string_view value) {
    if (!value.empty()) absl::StrAppend(&text, " ", name, " ", value);
  };
  add("via", row.next_hop);
  add("from", row.received_from_ip);
  if (!row.protocol.empty() && row.protocol != "bgp")
    add("proto", row.protocol);
  add("path", row.as_path);
  absl::StrAppend(&text, " lp ", row.local_pref, " med ", row.metric);
  add("communities", absl::StrJoin(row.communities, " "));
  add("originator", row.originator_id);
  add("clusters", absl::StrJoin(row.cluster_list, " "));
  if (row.weight != 0) absl::StrAppend(&text, " weight ", row.weight);
  if (!row.origin_type.empty() && row.origin_type != "igp") {
    add("origin", row.origin_type);
  }
  return text;
}

std::string Describe(std::vector<RibRow> rows) {
  std::sort(rows.begin(), rows.end(), [](const RibRow& a, const RibRow& b) {
    return Rank(a) != Rank(b) ? Rank(a) < Rank(b) : a < b;
  });
  return absl::StrJoin(rows, "; ", [](std::string* out, const RibRow& row) {
    out->append(Describe(row));
  });
}

}  // namespace

std::vector<RibChange> CompareRibs(absl::Span<const RibRow> before,
                                   absl::Span<const RibRow> after) {
  std::map<Key, Sides> networks;
  for (const RibRow& row : before) {
    networks[{row.node, row.vrf, row.network}].first.push_back(row);
  }
  for (const RibRow& row : after) {
    networks[{row.node, row.vrf, row.network}].second.push_back(row);
  }
  std::vector<RibChange> changes;
  for (auto& [key, sides] : networks) {
    std::string old = Describe(std::move(sides.first));
    std::string now = Describe(std::move(sides.second));
    if (old == now) continue;
    changes.push_back({std::get<0>(key), std::get<1>(key),
                       std::get<2>(key).ToString(), std::move(old),
                       std::move(now)});
  }
  return changes;
}

}  // namespace quiesce
