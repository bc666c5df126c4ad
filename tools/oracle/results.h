// What a run left behind, read back from its fib.jsonl and rib.jsonl.
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

struct Results {
  std::map<EntryKey, std::vector<FibRow>> fib;
  std::map<EntryKey, std::vector<RibRow>> rib;
  // What was answered to a topology's questions (node, question), lines
  // without times.
  EntryTable answers;

  EntryTable FibTable() const;
  EntryTable RibTable() const;
};

// Parts of ReadResults, pure. Errors name the line.
absl::Status AddFibJsonl(absl::string_view text, Results* results);
absl::Status AddRibJsonl(absl::string_view text, Results* results);
absl::Status AddAnswersJsonl(absl::string_view text, Results* results);

// Reads DIRECTORY/fib.jsonl and rib.jsonl. Both must exist and the FIB must
// not be empty: a run that left nothing equals nothing. answers.jsonl is there
// if something was asked.
absl::StatusOr<Results> ReadResults(const std::string& directory);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_ORACLE_RESULTS_H_
