// The rule by which a run of ours is judged against several runs on the real
// kernel. Pure: it knows entries and their values as text, and asks whoever
// calls whether a value that no kernel run showed is nevertheless legal.
//
// An entry is what one node has for one network: the set of next hops in its
// FIB, or the set of paths in its RIB. Real BGP's outcome may depend on the
// order of arrival, so:
//
//   the kernel runs agree             ours must be the same
//   they differ, ours is one of them  fine, counted as ambiguous
//   they differ, ours is new          must be legal, counted as such
//   anything else                     a difference
#ifndef QUIESCE_TOOLS_ORACLE_COMPARE_H_
#define QUIESCE_TOOLS_ORACLE_COMPARE_H_

#include <compare>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace quiesce {

struct EntryKey {
  std::string node;
  std::string vrf;
  std::string network;

  std::string ToString() const;
  auto operator<=>(const EntryKey&) const = default;
};

// An entry's lines, one for each next hop or path, in canonical words.
using EntryValue = std::set<std::string>;
using EntryTable = std::map<EntryKey, EntryValue>;

struct Comparison {
  int entries = 0;          // seen in any run
  int equal = 0;            // the kernel agrees with itself and with us
  int ambiguous_seen = 0;   // it does not; ours is one of its outcomes
  int ambiguous_legal = 0;  // it does not; ours is another legal one
  // Where the kernel differs from itself.
  std::vector<EntryKey> ambiguous;

  struct Difference {
    EntryKey key;
    std::string text;  // a readable diff, several lines
  };
  std::vector<Difference> differences;

  bool same() const { return differences.empty(); }
};

// OK if `ours` is a legal value of `key`; else why not.
using Legality =
    std::function<absl::Status(const EntryKey& key, const EntryValue& ours)>;

// `kernel` holds one table for each run, at least one. A missing entry is an
// empty value.
Comparison Compare(const std::vector<EntryTable>& kernel,
                   const EntryTable& ours, const Legality& legal);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_ORACLE_COMPARE_H_
