#include "supervisor/report/frr_rib.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/json_reading.h"

namespace quiesce {
namespace {

using namespace json_reading;  // NOLINT: of this project

absl::StatusOr<Json> Parse(absl::string_view text) {
  Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "bgpd's reply is not a JSON object: ", text.substr(0, 120)));
  }
  return json;
}

// bgpd says nothing, or in words why ("% No such BGP instance exist"), where
// there is no BGP.
bool HasReply(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  return !text.empty() && !absl::StartsWith(text, "% No such BGP instance");
}

std::string Status(const Json& path) {
  const Json& best = At(path, "bestpath");
  if (True(best) || True(At(best, "overall"))) return "BEST";
  if (True(At(path, "multipath"))) return "MULTIPATH";
  return True(At(path, "valid")) ? "BACKUP" : "INVALID";
}

// The first global next hop; a link-local one only when there is no other.
std::string BgpNextHop(const Json& hops) {
  std::string next;
  if (!hops.is_array()) return next;
  for (const Json& hop : hops) {
    std::string ip = Text(At(hop, "ip"));
    if (ip.empty()) continue;
    if (next.empty()) next = ip;
    if (Text(At(hop, "scope")) != "link-local") return ip;
  }
  return next;
}

void AddCommunities(const Json& list, std::vector<std::string>* out) {
  if (!list.is_array()) return;
  for (const Json& item : list) {
    if (item.is_string()) {
      out->push_back(CanonicalCommunity(item.get<std::string>()));
    }
  }
}

std::string OriginType(const Json& origin) {
  return absl::AsciiStrToLower(Text(origin));
}

RibRow PathRow(const Json& path, uint32_t default_local_pref) {
  RibRow row;
  row.status = Status(path);
  row.next_hop = BgpNextHop(At(path, "nexthops"));
  // `json detail` spells attributes as objects, `json` as strings.
  std::string as_path = Text(At(At(path, "aspath"), "string"));
  if (as_path.empty()) as_path = Text(At(path, "path"));
  row.as_path = as_path == "Local" ? "" : CanonicalAsPath(as_path);
  row.metric = Number(At(path, "metric"), 0);
  row.local_pref = Number(At(path, "locPrf"), default_local_pref);
  row.weight = Number(At(path, "weight"), 0);
  row.origin_type = OriginType(At(path, "origin"));
  AddCommunities(At(At(path, "community"), "list"), &row.communities);
  AddCommunities(At(At(path, "largeCommunity"), "list"), &row.communities);
  std::string extended = Text(At(At(path, "extendedCommunity"), "string"));
  for (absl::string_view one :
       absl::StrSplit(extended, ' ', absl::SkipEmpty())) {
    row.communities.push_back(CanonicalCommunity(one));
  }
  std::sort(row.communities.begin(), row.communities.end());
  row.originator_id = Text(At(path, "originatorId"));
  const Json& clusters = At(At(path, "clusterList"), "list");
  if (clusters.is_array()) {
    for (const Json& id : clusters) row.cluster_list.push_back(Text(id));
  }
  const Json& peer = At(path, "peer");
  std::string from = Text(At(peer, "peerId"));
  if (from.empty()) from = Text(At(path, "peerId"));
  const bool own =
      from.empty() || from == "(unspec)" || from == "0.0.0.0" || from == "::";
  if (!own) row.received_from_ip = from;
  std::string kind = Text(At(peer, "type"));
  if (kind.empty()) kind = Text(At(path, "pathFrom"));
  row.protocol = !own && kind == "internal" ? "ibgp" : "bgp";
  return row;
}

}  // namespace

absl::StatusOr<std::vector<RibRow>> ParseFrrRib(absl::string_view node,
                                                absl::string_view text) {
  std::vector<RibRow> rows;
  if (!HasReply(text)) return rows;
  ASSIGN_OR_RETURN(const Json json, Parse(text));
  const uint32_t local_pref = Number(At(json, "defaultLocPrf"), 100);
  std::string vrf = Text(At(json, "vrfName"));
  const Json& routes = At(json, "routes");
  if (!routes.is_object()) {
    // {"warning": "..."}: no BGP here.
    if (json.contains("warning")) return rows;
    return absl::InvalidArgumentError("bgpd's reply has no \"routes\"");
  }
  for (const auto& [name, paths] : routes.items()) {
    ASSIGN_OR_RETURN(const IpPrefix network, IpPrefix::Parse(name));
    // A detailed list starts with an element about the prefix itself; FRR 10
    // has the list in an object that is about the prefix.
    const Json& list = paths.is_object() ? At(paths, "paths") : paths;
    if (!list.is_array()) continue;
    for (const Json& path : list) {
      if (!path.contains("nexthops") && !path.contains("aspath")) continue;
      RibRow row = PathRow(path, local_pref);
      row.node = std::string(node);
      if (!vrf.empty()) row.vrf = vrf;
      row.network = network;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

absl::StatusOr<std::vector<BgpSession>> ParseFrrSessions(
    absl::string_view node, absl::string_view text) {
  std::map<std::pair<std::string, std::string>, BgpSession> found;
  if (HasReply(text)) {
    ASSIGN_OR_RETURN(const Json json, Parse(text));
    for (const auto& [family, table] : json.items()) {
      const Json& peers = At(table, "peers");
      if (!peers.is_object()) continue;
      std::string vrf = Text(At(table, "vrfName"));
      for (const auto& [address, peer] : peers.items()) {
        BgpSession session;
        session.node = std::string(node);
        if (!vrf.empty()) session.vrf = vrf;
        session.remote_ip = address;
        session.remote_as = Number(At(peer, "remoteAs"), 0);
        session.local_as =
            Number(At(peer, "localAs"), Number(At(table, "as"), 0));
        session.state = Text(At(peer, "state"));
        // "Idle (Admin)", "Idle (PfxCt)": the state machine's word only.
        session.state = session.state.substr(0, session.state.find(' '));
        // A session is Established for all its families or for none, but a
        // family that was not negotiated says "NoNeg".
        auto [it, fresh] = found.try_emplace({session.vrf, address}, session);
        if (!fresh && session.established()) it->second = session;
      }
    }
  }
  std::vector<BgpSession> sessions;
  for (auto& [key, session] : found) sessions.push_back(std::move(session));
  return sessions;
}

}  // namespace quiesce
