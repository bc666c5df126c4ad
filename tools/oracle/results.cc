#include "tools/oracle/results.h"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/answers.h"
#include "topo/read_file.h"

namespace quiesce {
namespace {

using Json = nlohmann::json;

EntryKey KeyOf(const Json& row) {
  return {row.at("Node"), row.at("VRF"), row.at("Network")};
}

absl::Status ForEachLine(absl::string_view text,
                         const std::function<void(const Json&)>& each) {
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    try {
      each(Json::parse(line.begin(), line.end()));
    } catch (const Json::exception& e) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", e.what()));
    }
  }
  return absl::OkStatus();
}

template <typename Row, typename Describe>
EntryTable TableOf(const std::map<EntryKey, std::vector<Row>>& rows,
                   const Describe& describe) {
  EntryTable table;
  for (const auto& [key, group] : rows) {
    for (const Row& row : group) {
      std::string line = describe(row);
      // A set would hide that a run has the same path twice.
      while (!table[key].insert(line).second) line += " (again)";
    }
  }
  return table;
}

}  // namespace

std::string FibRow::ToString() const {
  std::string text;
  if (!next_hop.empty()) absl::StrAppend(&text, "via ", next_hop, " ");
  absl::StrAppend(&text, "dev ", interface, " proto ", protocol, " metric ",
                  metric);
  return text;
}

std::string DescribePath(const RibRow& row) {
  std::string text = absl::StrCat(
      row.status, " from ",
      row.received_from_ip.empty() ? "itself" : row.received_from_ip, " path [",
      row.as_path, "] next-hop ", row.next_hop, " ", row.protocol);
  absl::StrAppend(&text, " origin ", row.origin_type, " med ", row.metric,
                  " local-pref ", row.local_pref, " weight ", row.weight);
  if (!row.communities.empty()) {
    absl::StrAppend(&text, " communities ",
                    absl::StrJoin(row.communities, ","));
  }
  if (!row.originator_id.empty()) {
    absl::StrAppend(&text, " originator ", row.originator_id);
  }
  if (!row.cluster_list.empty()) {
    absl::StrAppend(&text, " clusters ", absl::StrJoin(row.cluster_list, ","));
  }
  return text;
}

EntryTable Results::FibTable() const {
  return TableOf(fib, [](const FibRow& row) { return row.ToString(); });
}

EntryTable Results::RibTable() const { return TableOf(rib, DescribePath); }

EntryTable Results::PairTable(const Results& walked) const {
  EntryTable table;
  for (const auto& [key, row] : pairs) {
    int reached = row.reached;
    const auto other = walked.pairs.find(key);
    if (other != walked.pairs.end() && reached > other->second.reached) {
      reached = std::max(other->second.reached, reached - other->second.partly);
    }
    table[key] = {
        absl::StrCat("reaches ", reached, " of ", row.prefixes, " prefixes")};
  }
  return table;
}

absl::Status AddFibJsonl(absl::string_view text, Results* results) {
  return ForEachLine(text, [&](const Json& json) {
    FibRow row;
    row.next_hop = json.at("Next_Hop");
    row.interface = json.at("Next_Hop_Interface");
    row.protocol = json.at("Protocol");
    row.metric = json.at("Metric");
    results->fib[KeyOf(json)].push_back(std::move(row));
  });
}

absl::Status AddRibJsonl(absl::string_view text, Results* results) {
  return ForEachLine(text, [&](const Json& json) {
    EntryKey key = KeyOf(json);
    RibRow row;
    row.node = key.node;
    row.vrf = key.vrf;
    if (auto network = IpPrefix::Parse(key.network); network.ok()) {
      row.network = *network;
    }
    row.status = json.at("Status");
    row.next_hop = json.at("Next_Hop");
    row.protocol = json.at("Protocol");
    row.as_path = json.at("AS_Path");
    row.metric = json.at("Metric");
    row.local_pref = json.at("Local_Pref");
    row.communities = json.at("Communities").get<std::vector<std::string>>();
    row.origin_type = json.at("Origin_Type");
    row.originator_id = json.at("Originator_Id");
    row.received_from_ip = json.at("Received_From_IP");
    row.cluster_list = json.at("Cluster_List").get<std::vector<std::string>>();
    row.weight = json.at("Weight");
    results->rib[key].push_back(std::move(row));
  });
}

absl::Status AddRulesJsonl(absl::string_view text, Results* results) {
  std::map<EntryKey, int> seen;  // the order counts where priorities are equal
  return ForEachLine(text, [&](const Json& json) {
    const std::string family = json.at("Family");
    const int64_t priority = json.at("Priority");
    const EntryKey key = {json.at("Node"), family, absl::StrCat(priority)};
    const std::string rule = json.at("Rule");
    results->rules[key].insert(absl::StrCat(++seen[key], ". ", rule));
  });
}

absl::Status AddReachabilityJson(absl::string_view text, Results* results) {
  try {
    const Json json = Json::parse(text.begin(), text.end());
    for (const Json& pair : json.at("pairs")) {
      results->pairs[{pair.at("Source"), "", pair.at("Destination")}] = {
          pair.at("Prefixes"), pair.at("Prefixes_Reached"),
          pair.at("Prefixes_Partly_Reached")};
    }
  } catch (const Json::exception& e) {
    return absl::InvalidArgumentError(e.what());
  }
  return absl::OkStatus();
}

absl::Status AddAnswersJsonl(absl::string_view text, Results* results) {
  return ForEachLine(text, [&](const Json& json) {
    EntryValue& lines =
        results->answers[{json.at("Node"), "", json.at("Command")}];
    // Of lines that differ in a time only, how many there are counts.
    std::map<std::string, int> seen;
    auto add = [&](std::string line) {
      const int count = ++seen[line];
      lines.insert(count == 1 ? line : absl::StrCat(line, " #", count));
    };
    const std::string answer = json.at("Answer");
    for (absl::string_view line :
         absl::StrSplit(WithoutTimes(answer), '\n', absl::SkipEmpty())) {
      add(std::string(line));
    }
    const int status = json.at("Exit_Status");
    if (status != 0) add(absl::StrCat("exit status ", status));
  });
}

absl::StatusOr<Results> ReadResults(const std::string& directory) {
  Results results;
  for (const auto& [name, add] :
       {std::pair("fib.jsonl", &AddFibJsonl),
        {"rib.jsonl", &AddRibJsonl},
        {"rules.jsonl", &AddRulesJsonl},
        {"reachability.json", &AddReachabilityJson}}) {
    std::string path = absl::StrCat(directory, "/", name);
    ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    if (absl::Status status = add(text, &results); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": ", std::string(status.message())));
    }
  }
  std::string path = absl::StrCat(directory, "/answers.jsonl");
  if (access(path.c_str(), F_OK) == 0) {
    ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    RETURN_IF_ERROR(AddAnswersJsonl(text, &results));
  }
  if (results.fib.empty()) {
    return absl::NotFoundError(absl::StrCat(directory, ": the FIB is empty"));
  }
  return results;
}

}  // namespace quiesce
