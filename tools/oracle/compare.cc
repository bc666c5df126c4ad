#include "tools/oracle/compare.h"

#include "absl/strings/str_cat.h"

namespace quiesce {
namespace {

const EntryValue& ValueOf(const EntryTable& table, const EntryKey& key) {
  static const EntryValue kNothing;
  auto found = table.find(key);
  return found == table.end() ? kNothing : found->second;
}

// Lines of both as " line", of the kernel alone "-line", of ours "+line".
std::string Diff(const EntryValue& kernel, const EntryValue& ours) {
  std::set<std::string> all = kernel;
  all.insert(ours.begin(), ours.end());
  std::string text;
  for (const std::string& line : all) {
    char mark = !ours.contains(line) ? '-' : !kernel.contains(line) ? '+' : ' ';
    absl::StrAppend(&text, "  ", std::string(1, mark), line, "\n");
  }
  return text;
}

std::string DescribeAmbiguous(const EntryKey& key,
                              const std::set<EntryValue>& seen,
                              const EntryValue& ours, const absl::Status& why) {
  std::string text = absl::StrCat(
      key.ToString(), ": ", seen.size(),
      " outcomes on the kernel; ours is none of them and not legal: ",
      std::string(why.message()), "\n");
  int number = 0;
  for (const EntryValue& outcome : seen) {
    absl::StrAppend(&text, "  against outcome ", ++number, ":\n",
                    Diff(outcome, ours));
  }
  return text;
}

}  // namespace

std::string EntryKey::ToString() const {
  return absl::StrCat(node, vrf == "default" ? "" : absl::StrCat(" vrf ", vrf),
                      " ", network);
}

Comparison Compare(const std::vector<EntryTable>& kernel,
                   const EntryTable& ours, const Legality& legal) {
  std::set<EntryKey> keys;
  for (const EntryTable& run : kernel) {
    for (const auto& [key, value] : run) keys.insert(key);
  }
  for (const auto& [key, value] : ours) keys.insert(key);

  Comparison result;
  result.entries = keys.size();
  for (const EntryKey& key : keys) {
    std::set<EntryValue> seen;
    for (const EntryTable& run : kernel) seen.insert(ValueOf(run, key));
    const EntryValue& mine = ValueOf(ours, key);
    if (seen.size() == 1) {
      if (mine == *seen.begin()) {
        ++result.equal;
      } else {
        result.differences.push_back(
            {key, absl::StrCat(key.ToString(), ": (- kernel, + ours)\n",
                               Diff(*seen.begin(), mine))});
      }
      continue;
    }
    result.ambiguous.push_back(key);
    if (seen.contains(mine)) {
      ++result.ambiguous_seen;
      continue;
    }
    absl::Status legality = legal(key, mine);
    if (legality.ok()) {
      ++result.ambiguous_legal;
    } else {
      result.differences.push_back(
          {key, DescribeAmbiguous(key, seen, mine, legality)});
    }
  }
  return result;
}

}  // namespace quiesce
