#include "supervisor/report/bird_rib.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

using Words = std::vector<absl::string_view>;

Words Split(absl::string_view text) {
  return absl::StrSplit(text, absl::ByAnyChar(" \t"), absl::SkipEmpty());
}

// "(65001,100) (65001, 1, 2)" as its bracketed parts.
std::vector<absl::string_view> Brackets(absl::string_view text) {
  std::vector<absl::string_view> parts;
  for (size_t open = text.find('('); open != absl::string_view::npos;
       open = text.find('(', open + 1)) {
    size_t close = text.find(')', open);
    if (close == absl::string_view::npos) break;
    parts.push_back(text.substr(open, close - open + 1));
  }
  return parts;
}

// BIRD's word for a route's source, as Batfish and our FIB name it.
std::string SourceName(absl::string_view type) {
  if (type == "device") return "connected";
  if (type == "inherit" || type == "pipe") return "pipe";
  return absl::AsciiStrToLower(type);
}

bool IsDestination(absl::string_view word) {
  return word == "unicast" || word == "blackhole" || word == "unreachable" ||
         word == "prohibited" || word == "prohibit";
}

class RibParser {
 public:
  RibParser(absl::string_view node, absl::Span<const BgpSession> sessions)
      : node_(node), sessions_(sessions) {}

  absl::Status Line(absl::string_view line) {
    if (absl::ConsumePrefix(&line, "Table ")) {
      std::string table(absl::StripSuffix(line, ":"));
      vrf_ = table == "master4" || table == "master6" ? "default" : table;
      return absl::OkStatus();
    }
    if (absl::StripAsciiWhitespace(line).empty()) return absl::OkStatus();
    // A tab begins what belongs to the route above; a route's own line begins
    // with its network, or with blanks where that is the previous one's.
    if (line[0] == '\t') {
      if (!rows_.empty()) Attribute(absl::StripAsciiWhitespace(line));
      return absl::OkStatus();
    }
    return Route(line);
  }

  std::vector<RibRow> Take() {
    for (RibRow& row : rows_) {
      std::sort(row.communities.begin(), row.communities.end());
    }
    return std::move(rows_);
  }

 private:
  // 10.0.0.0/24  unicast [p1 20:23:36.113 from 10.0.0.9] * (100) [AS65001i]
  absl::Status Route(absl::string_view line) {
    Words words = Split(line);
    size_t i = 0;
    if (line[0] != ' ') {
      ASSIGN_OR_RETURN(network_, IpPrefix::Parse(words[i++]));
    }
    size_t open = line.find('['), close = line.find(']');
    if (i >= words.size() || !IsDestination(words[i]) ||
        !network_.address.valid() || open == absl::string_view::npos ||
        close == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("BIRD's route cannot be read: ", line));
    }
    RibRow row;
    row.node = std::string(node_);
    row.vrf = vrf_;
    row.network = network_;
    Words source = Split(line.substr(open + 1, close - open - 1));
    auto from = std::find(source.begin(), source.end(), "from");
    if (from != source.end() && from + 1 != source.end()) {
      row.received_from_ip = std::string(from[1]);
    }
    protocol_ = source.empty() ? "" : std::string(source[0]);
    Words after = Split(line.substr(close + 1));
    row.status = !after.empty() && after[0] == "*" ? "BEST" : "BACKUP";
    // `show route all filtered` and stale marks come here too: nothing to keep.
    rows_.push_back(std::move(row));
    return absl::OkStatus();
  }

  void Attribute(absl::string_view line) {
    RibRow& row = rows_.back();
    // BIRD 3 says "source" and "bgp_..." where 2 has "Type" and "BGP....".
    if (absl::ConsumePrefix(&line, "Type: ") ||
        absl::ConsumePrefix(&line, "source: ")) {
      Words words = Split(line);
      if (!words.empty()) Source(words[0], &row);
      return;
    }
    if (!absl::ConsumePrefix(&line, "BGP.") &&
        !absl::ConsumePrefix(&line, "bgp_")) {
      if (absl::ConsumePrefix(&line, "via ") && row.next_hop.empty()) {
        row.next_hop = std::string(Split(line)[0]);
      }
      return;
    }
    std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    const absl::string_view name = pair.first;
    const absl::string_view value = absl::StripAsciiWhitespace(pair.second);
    Words words = Split(value);
    if (name == "origin") {
      row.origin_type = absl::AsciiStrToLower(value);
    } else if (name == "as_path" || name == "path") {
      row.as_path = CanonicalAsPath(value);
    } else if (name == "next_hop") {
      if (!words.empty()) row.next_hop = std::string(words[0]);
    } else if (name == "med") {
      (void)absl::SimpleAtoi(value, &row.metric);
    } else if (name == "local_pref") {
      (void)absl::SimpleAtoi(value, &row.local_pref);
    } else if (name == "originator_id") {
      row.originator_id = std::string(value);
    } else if (name == "cluster_list") {
      for (absl::string_view id : words) row.cluster_list.emplace_back(id);
    } else if (name == "community" || name == "large_community" ||
               name == "ext_community") {
      for (absl::string_view one : Brackets(value)) {
        row.communities.push_back(CanonicalCommunity(one));
      }
    }
  }

  void Source(absl::string_view type, RibRow* row) {
    if (type != "BGP") {
      row->protocol = SourceName(type);
      row->received_from_ip.clear();
      return;
    }
    row->protocol = "bgp";
    for (const BgpSession& session : sessions_) {
      if (session.protocol != protocol_ || session.node != node_) continue;
      row->received_from_ip = session.remote_ip;
      if (session.remote_as == session.local_as) row->protocol = "ibgp";
      return;
    }
    // Without sessions: BIRD says "from" unless it is the gateway.
    if (row->received_from_ip.empty()) row->received_from_ip = row->next_hop;
  }

  const absl::string_view node_;
  const absl::Span<const BgpSession> sessions_;
  std::string vrf_ = "default";
  IpPrefix network_;
  std::string protocol_;  // of the route being read
  std::vector<RibRow> rows_;
};

}  // namespace

std::vector<BgpSession> ParseBirdSessions(absl::string_view node,
                                          absl::string_view text) {
  std::vector<BgpSession> sessions;
  bool bgp = false;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (line.empty()) continue;
    if (line[0] != ' ' && line[0] != '\t') {
      Words words = Split(line);  // name, protocol, table, state, since, info
      bgp = words.size() > 1 && words[1] == "BGP";
      if (!bgp) continue;
      BgpSession session;
      session.node = std::string(node);
      session.protocol = std::string(words[0]);
      sessions.push_back(std::move(session));
      continue;
    }
    if (!bgp) continue;
    line = absl::StripAsciiWhitespace(line);
    BgpSession& session = sessions.back();
    auto value = [&line] { return absl::StripLeadingAsciiWhitespace(line); };
    if (absl::ConsumePrefix(&line, "BGP state:")) {
      session.state = std::string(value());
    } else if (absl::ConsumePrefix(&line, "Neighbor address:")) {
      session.remote_ip = std::string(value());
    } else if (absl::ConsumePrefix(&line, "Neighbor AS:")) {
      (void)absl::SimpleAtoi(value(), &session.remote_as);
    } else if (absl::ConsumePrefix(&line, "Local AS:")) {
      (void)absl::SimpleAtoi(value(), &session.local_as);
    }
  }
  // A protocol that is administratively down prints no state of its own.
  for (BgpSession& session : sessions) {
    if (session.state.empty()) session.state = "Down";
  }
  std::sort(sessions.begin(), sessions.end());
  return sessions;
}

absl::StatusOr<std::vector<RibRow>> ParseBirdRib(
    absl::string_view node, absl::string_view text,
    absl::Span<const BgpSession> sessions) {
  RibParser parser(node, sessions);
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    RETURN_IF_ERROR(parser.Line(line));
  }
  return parser.Take();
}

}  // namespace quiesce
