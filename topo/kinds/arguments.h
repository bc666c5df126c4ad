// The part of --topo after the kind: "k=8,prefixes=2".
#ifndef QUIESCE_TOPO_KINDS_ARGUMENTS_H_
#define QUIESCE_TOPO_KINDS_ARGUMENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "topo/diagnostics.h"

namespace quiesce {

// A key of a kind, as --topo=help prints it.
struct KeyDoc {
  absl::string_view name;
  absl::string_view value;  // what follows "=": "N", "FILE", "on|off"
  absl::string_view doc;
};

// Keys and values, read by the kind's generator. Every mistake goes to the
// Diagnostics; a getter that fails returns its default, so that a generator
// can ask for everything before it gives up.
class Arguments {
 public:
  // `text` is KEY=VALUE,...; the first part may leave out its key, which is
  // then the first one of `keys`. Keys that are in none of the lists, and keys
  // given twice, are mistakes.
  Arguments(absl::string_view text, absl::Span<const KeyDoc> keys,
            absl::Span<const KeyDoc> common, Diagnostics* errors);

  bool Has(absl::string_view key) const { return values_.contains(key); }
  std::string String(absl::string_view key, absl::string_view fallback) const;
  // A whole number in min..max.
  int Int(absl::string_view key, int fallback, int min, int max);
  double Number(absl::string_view key, double fallback, double min, double max);
  uint64_t Seed(absl::string_view key = "seed");
  // on, off, yes, no, true, false, 1, 0; a key without value is on.
  bool Bool(absl::string_view key, bool fallback);
  // "8+4+2": whole numbers in min..max.
  std::vector<int> Ints(absl::string_view key, absl::string_view fallback,
                        char separator, int min, int max);
  // "frr+bird".
  std::vector<std::string> List(absl::string_view key) const;

  // A mistake in the value of `key`.
  void Error(absl::string_view key, absl::string_view message);
  bool ok() const { return errors_.ok(); }
  Diagnostics& errors() { return errors_; }

 private:
  absl::btree_map<std::string, std::string> values_;
  Diagnostics& errors_;
};

}  // namespace quiesce

#endif  // QUIESCE_TOPO_KINDS_ARGUMENTS_H_
