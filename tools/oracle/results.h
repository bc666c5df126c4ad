// What a run left behind, read back from its files.
#ifndef QUIESCE_TOOLS_ORACLE_RESULTS_H_
#define QUIESCE_TOOLS_ORACLE_RESULTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/report/rib.h"
#include "tools/oracle/compare.h"

namespace quiesce {

// A line of fib.jsonl.
struct FibRow {
  std::string next_hop;
  std::string interface;
  std::string protocol;
  uint32_t metric = 0;

  // "via 10.0.0.1 dev eth1 proto bgp metric 20"
  std::string ToString() const;
};

// A path as one line: everything that rib.jsonl has but node, VRF and network.
std::string DescribePath(const RibRow& row);

// A line of reachability.json, without its reasons.
struct PairRow {
  int prefixes = 0;
  int reached = 0;
  int partly = 0;  // further ones, by some of several equal ways
};

struct Results {
  std::map<EntryKey, std::vector<FibRow>> fib;
  std::map<EntryKey, std::vector<RibRow>> rib;
  std::map<EntryKey, PairRow> pairs;  // source, "", destination
  // Policy routing rules (node, family, priority).
  EntryTable rules;
  // What was answered to a topology's questions (node, question), lines
  // without times.
  EntryTable answers;

  EntryTable FibTable() const;
  EntryTable RibTable() const;
  // A packet takes one of the equal ways that a walk of the FIBs takes all of;
  // so of prefixes that `walked` says are reached by some, any number may be.
  EntryTable PairTable(const Results& walked) const;
};

// Parts of ReadResults, pure. Errors name the line.
absl::Status AddFibJsonl(absl::string_view text, Results* results);
absl::Status AddRibJsonl(absl::string_view text, Results* results);
absl::Status AddRulesJsonl(absl::string_view text, Results* results);
absl::Status AddReachabilityJson(absl::string_view text, Results* results);
absl::Status AddAnswersJsonl(absl::string_view text, Results* results);

// Reads DIRECTORY/fib.jsonl, rib.jsonl, rules.jsonl and reachability.json. All
// must exist and the FIB must not be empty: a run that left nothing equals
// nothing. answers.jsonl is there if something was asked.
absl::StatusOr<Results> ReadResults(const std::string& directory);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_ORACLE_RESULTS_H_
