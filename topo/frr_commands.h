// Which of FRR's daemons know a configuration command, and what block it opens.
// Facts of FRR 8.4 (the masks of vtysh's command table), in a form of our own.
#ifndef QUIESCE_TOPO_FRR_COMMANDS_H_
#define QUIESCE_TOPO_FRR_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quiesce::frr {

// A set of daemons, one bit each.
using Daemons = uint32_t;

enum class Context : uint8_t {
  kTop,
  kOwned,  // a block of which every line goes where its first line went
  kInterface,
  kVrf,
  kRouteMap,
  kSegmentRouting,
};

struct Command {
  absl::string_view words;  // the first words of the line, without "no"
  Daemons daemons;          // 0: vtysh's own
  // The block that the command opens; kTop: none.
  Context opens = Context::kTop;
  // At the start of a line it ends a kOwned block, because it cannot be part
  // of one.
  bool ends_block = true;
};

// The bit of "bgpd"; 0 for what is no daemon of FRR.
Daemons DaemonBit(absl::string_view name);
std::vector<std::string> DaemonNames(Daemons daemons);

// The command of a context that begins with most of the line's words; nullptr
// if there is none. `words` are without a leading "no".
const Command* FindCommand(Context context,
                           absl::Span<const absl::string_view> words);

}  // namespace quiesce::frr

#endif  // QUIESCE_TOPO_FRR_COMMANDS_H_
