#include "supervisor/report/openbgpd_rib.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/json_reading.h"

namespace quiesce {
namespace {

using namespace json_reading;  // NOLINT: of this project

// The list that is all there is in bgpctl's output.
absl::StatusOr<Json> List(absl::string_view text, const char* name) {
  Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded() || !At(json, name).is_array()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "bgpctl's output has no list of ", name, ": ", text.substr(0, 120)));
  }
  return At(json, name);
}

void AddStrings(const Json& list, std::vector<std::string>* out) {
  if (!list.is_array()) return;
  for (const Json& item : list) out->push_back(Text(item));
}

void AddCommunities(const Json& list, std::vector<std::string>* out) {
  std::vector<std::string> texts;
  AddStrings(list, &texts);
  for (const std::string& text : texts) {
    // "rt 65001:100" where FRR has "RT:65001:100".
    std::string word = text;
    std::replace(word.begin(), word.end(), ' ', ':');
    out->push_back(CanonicalCommunity(word));
  }
}

}  // namespace

absl::StatusOr<std::vector<RibRow>> ParseOpenbgpdRib(absl::string_view node,
                                                     absl::string_view text) {
  ASSIGN_OR_RETURN(const Json list, List(text, "rib"));
  std::vector<RibRow> rows;
  for (const Json& path : list) {
    RibRow row;
    row.node = std::string(node);
    ASSIGN_OR_RETURN(row.network, IpPrefix::Parse(Text(At(path, "prefix"))));
    row.status = True(At(path, "best"))    ? "BEST"
                 : True(At(path, "valid")) ? "BACKUP"
                                           : "INVALID";
    row.next_hop = Text(At(path, "exit_nexthop"));
    row.as_path = CanonicalAsPath(Text(At(path, "aspath")));
    row.metric = Number(At(path, "metric"), 0);
    row.local_pref = Number(At(path, "localpref"), 100);
    row.weight = Number(At(path, "weight"), 0);
    row.origin_type = absl::AsciiStrToLower(Text(At(path, "origin")));
    for (const char* kind :
         {"communities", "large_communities", "extended_communities"}) {
      AddCommunities(At(path, kind), &row.communities);
    }
    std::sort(row.communities.begin(), row.communities.end());
    const Json& attributes = At(path, "attributes");
    for (size_t i = 0; attributes.is_array() && i < attributes.size(); ++i) {
      const std::string originator = Text(At(attributes[i], "originator"));
      if (!originator.empty()) row.originator_id = originator;
      AddStrings(At(attributes[i], "cluster_list"), &row.cluster_list);
    }
    const Json& neighbor = At(path, "neighbor");
    const bool own = Text(At(neighbor, "description")) == "LOCAL" &&
                     Text(At(neighbor, "remote_addr")) == "???";
    if (!own) row.received_from_ip = Text(At(neighbor, "remote_addr"));
    row.protocol =
        !own && Text(At(path, "source")) == "internal" ? "ibgp" : "bgp";
    rows.push_back(std::move(row));
  }
  return rows;
}

absl::StatusOr<std::vector<BgpSession>> ParseOpenbgpdSessions(
    absl::string_view node, absl::string_view text) {
  ASSIGN_OR_RETURN(const Json list, List(text, "neighbors"));
  std::vector<BgpSession> sessions;
  for (const Json& neighbor : list) {
    BgpSession session;
    session.node = std::string(node);
    session.remote_ip = Text(At(neighbor, "remote_addr"));
    (void)absl::SimpleAtoi(Text(At(neighbor, "remote_as")), &session.remote_as);
    session.state = Text(At(neighbor, "state"));
    sessions.push_back(std::move(session));
  }
  return sessions;
}

}  // namespace quiesce
