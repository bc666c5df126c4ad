#include "supervisor/report/gobgp_rib.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/json_reading.h"

namespace quiesce {
namespace {

using namespace json_reading;  // NOLINT: of this project

// "65001 65002 {65003,65004}" from a list of segments (RFC 4271, 4.3).
std::string AsPath(const Json& segments) {
  constexpr uint32_t kSet = 1;
  std::string path;
  if (!segments.is_array()) return path;
  for (const Json& segment : segments) {
    std::vector<std::string> ases;
    for (const Json& as : At(segment, "asns")) {
      ases.push_back(absl::StrCat(Number(as, 0)));
    }
    const bool set = Number(At(segment, "segment_type"), 0) == kSet;
    absl::StrAppend(&path, path.empty() ? "" : " ", set ? "{" : "",
                    absl::StrJoin(ases, set ? "," : " "), set ? "}" : "");
  }
  return CanonicalAsPath(path);
}

void AddExtended(const Json& list, std::vector<std::string>* out) {
  constexpr uint32_t kRouteTarget = 2, kRouteOrigin = 3;
  if (!list.is_array()) return;
  for (const Json& one : list) {
    const uint32_t subtype = Number(At(one, "subtype"), 0);
    const char* kind = subtype == kRouteTarget   ? "rt:"
                       : subtype == kRouteOrigin ? "soo:"
                                                 : "";
    out->push_back(CanonicalCommunity(kind + Text(At(one, "value"))));
  }
}

// One path attribute, by its type code.
void Attribute(const Json& attribute, RibRow* row) {
  const Json& value = At(attribute, "value");
  switch (Number(At(attribute, "type"), 0)) {
    case 1: {
      constexpr const char* kOrigins[] = {"igp", "egp", "incomplete"};
      row->origin_type = kOrigins[std::min<uint32_t>(Number(value, 2), 2)];
      break;
    }
    case 2:
      row->as_path = AsPath(At(attribute, "as_paths"));
      break;
    case 3:   // NEXT_HOP
    case 14:  // MP_REACH_NLRI
      row->next_hop = Text(At(attribute, "nexthop"));
      break;
    case 4:
      row->metric = Number(At(attribute, "metric"), 0);
      break;
    case 5:
      row->local_pref = Number(value, 100);
      break;
    case 8:
      for (const Json& one : At(attribute, "communities")) {
        const uint32_t both = Number(one, 0);
        row->communities.push_back(
            absl::StrCat(both >> 16, ":", both & 0xffff));
      }
      break;
    case 9:
      row->originator_id = Text(value);
      break;
    case 10:
      if (!value.is_array()) break;
      for (const Json& id : value) row->cluster_list.push_back(Text(id));
      break;
    case 16:
      AddExtended(value, &row->communities);
      break;
    case 32:
      if (!value.is_array()) break;
      for (const Json& one : value) {
        row->communities.push_back(absl::StrCat(
            Number(At(one, "ASN"), 0), ":", Number(At(one, "LocalData1"), 0),
            ":", Number(At(one, "LocalData2"), 0)));
      }
      break;
  }
}

absl::Status Malformed(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("gobgp's output cannot be read: ", text.substr(0, 120)));
}

}  // namespace

absl::StatusOr<std::vector<RibRow>> ParseGobgpRib(
    absl::string_view node, absl::string_view text,
    absl::Span<const BgpSession> sessions) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) return Malformed(text);
  std::vector<RibRow> rows;
  for (const auto& [name, paths] : json.items()) {
    ASSIGN_OR_RETURN(const IpPrefix network, IpPrefix::Parse(name));
    for (const Json& path : paths) {
      RibRow row;
      row.node = std::string(node);
      row.network = network;
      row.status = True(At(path, "best")) ? "BEST" : "BACKUP";
      row.protocol = "bgp";
      row.received_from_ip = Text(At(path, "neighbor-ip"));
      for (const BgpSession& session : sessions) {
        if (session.remote_ip == row.received_from_ip &&
            session.remote_as == session.local_as) {
          row.protocol = "ibgp";
        }
      }
      const Json& attributes = At(path, "attrs");
      if (!attributes.is_array()) return Malformed(text);
      for (const Json& attribute : attributes) Attribute(attribute, &row);
      std::sort(row.communities.begin(), row.communities.end());
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

absl::StatusOr<std::vector<BgpSession>> ParseGobgpSessions(
    absl::string_view node, absl::string_view text) {
  // PeerState.SessionState in GoBGP's api/gobgp.proto.
  constexpr const char* kStates[] = {"Unknown",    "Idle",     "Connect",
                                     "Active",     "OpenSent", "OpenConfirm",
                                     "Established"};
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_array()) return Malformed(text);
  std::vector<BgpSession> sessions;
  for (const Json& peer : json) {
    const Json& conf = At(peer, "conf");
    BgpSession session;
    session.node = std::string(node);
    session.remote_ip = Text(At(conf, "neighbor_address"));
    session.remote_as = Number(At(conf, "peer_asn"), 0);
    session.local_as = Number(At(conf, "local_asn"), 0);
    const uint32_t state = Number(At(At(peer, "state"), "session_state"), 0);
    session.state = kStates[state < std::size(kStates) ? state : 0];
    sessions.push_back(std::move(session));
  }
  return sessions;
}

}  // namespace quiesce
