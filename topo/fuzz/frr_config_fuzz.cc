// frr.conf: every text is divided among the daemons, line by line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "topo/frr_split.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quiesce;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> daemons = {"zebra", "bgpd", "ospfd",
                                            "staticd"};
  const FrrSplit split = SplitFrrConfig(text, daemons);
  if (split.texts.size() != daemons.size()) abort();
  for (const FrrSplit::Unplaced& line : split.unplaced) {
    if (line.number < 1 || line.daemons.empty()) abort();
  }
  // What a daemon gets it would get again.
  for (const auto& [daemon, part] : split.texts) {
    const FrrSplit again = SplitFrrConfig(part, {daemon});
    if (!again.unplaced.empty()) abort();
  }
  return 0;
}
