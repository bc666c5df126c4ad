#include "supervisor/report/rib.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "supervisor/report/text.h"

namespace quiesce {
namespace {

struct WellKnown {
  absl::string_view name;
  absl::string_view number;
};

// IANA's registry of well-known BGP communities, under the names FRR prints
// (bgpd/bgp_community.c), without case, dashes and underscores.
constexpr WellKnown kWellKnown[] = {
    {"gracefulshutdown", "65535:0"},
    {"acceptown", "65535:1"},
    {"routefiltertranslatedv4", "65535:2"},
    {"routefilterv4", "65535:3"},
    {"routefiltertranslatedv6", "65535:4"},
    {"routefilterv6", "65535:5"},
    {"llgrstale", "65535:6"},
    {"nollgr", "65535:7"},
    {"acceptownnexthop", "65535:8"},
    {"blackhole", "65535:666"},
    {"noexport", "65535:65281"},
    {"noadvertise", "65535:65282"},
    {"localas", "65535:65283"},
    {"nopeer", "65535:65284"},
};

std::string JsonList(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) {
    absl::StrAppend(&text, text.size() > 1 ? "," : "", JsonString(item));
  }
  return text + "]";
}

}  // namespace

std::string CanonicalCommunity(absl::string_view text) {
  std::string out = absl::AsciiStrToLower(text);
  out.erase(
      std::remove_if(out.begin(), out.end(),
                     [](char c) { return c == '(' || c == ')' || c == ' '; }),
      out.end());
  std::replace(out.begin(), out.end(), ',', ':');
  const std::string bare = absl::StrReplaceAll(out, {{"-", ""}, {"_", ""}});
  for (const WellKnown& known : kWellKnown) {
    if (bare == known.name) return std::string(known.number);
  }
  return out;
}

std::string CanonicalAsPath(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t open = text.find('{');
    std::vector<std::string> plain = absl::StrSplit(
        text.substr(0, open), absl::ByAnyChar(" \t"), absl::SkipEmpty());
    for (const std::string& as : plain) {
      absl::StrAppend(&out, out.empty() ? "" : " ", as);
    }
    if (open == absl::string_view::npos) break;
    size_t close = text.find('}', open);
    if (close == absl::string_view::npos) close = text.size();
    std::vector<std::string> set =
        absl::StrSplit(text.substr(open + 1, close - open - 1),
                       absl::ByAnyChar(" ,"), absl::SkipEmpty());
    std::sort(set.begin(), set.end(),
              [](const std::string& a, const std::string& b) {
                uint64_t x = 0, y = 0;
                (void)absl::SimpleAtoi(a, &x);
                (void)absl::SimpleAtoi(b, &y);
                return x != y ? x < y : a < b;
              });
    absl::StrAppend(&out, out.empty() ? "" : " ", "{", absl::StrJoin(set, ","),
                    "}");
    text.remove_prefix(std::min(text.size(), close + 1));
  }
  return out;
}

void WriteRibJsonl(const std::vector<RibRow>& rows, const TextSink& sink) {
  // A row is half a KiB: they stay where they are.
  std::vector<const RibRow*> order;
  order.reserve(rows.size());
  for (const RibRow& row : rows) order.push_back(&row);
  std::sort(order.begin(), order.end(),
            [](const RibRow* a, const RibRow* b) { return *a < *b; });
  std::string text;
  for (const RibRow* const in_order : order) {
    const RibRow& row = *in_order;
    absl::StrAppend(&text, "{\"Node\":", JsonString(row.node),
                    ",\"VRF\":", JsonString(row.vrf), ",\"Network\":\"",
                    row.network.ToString(), "\",\"Status\":\"", row.status);
    absl::StrAppend(&text, "\",\"Next_Hop\":", JsonString(row.next_hop),
                    ",\"Protocol\":", JsonString(row.protocol),
                    ",\"AS_Path\":", JsonString(row.as_path));
    absl::StrAppend(&text, ",\"Metric\":", row.metric,
                    ",\"Local_Pref\":", row.local_pref,
                    ",\"Communities\":", JsonList(row.communities));
    absl::StrAppend(&text, ",\"Origin_Type\":\"", row.origin_type,
                    "\",\"Originator_Id\":", JsonString(row.originator_id),
                    ",\"Received_From_IP\":", JsonString(row.received_from_ip));
    absl::StrAppend(&text, ",\"Cluster_List\":", JsonList(row.cluster_list),
                    ",\"Weight\":", row.weight, "}\n");
    if (text.size() > (1 << 16)) {
      sink(text);
      text.clear();
    }
  }
  if (!text.empty()) sink(text);
}

}  // namespace quiesce
