// One frr.conf divided into a file for each daemon, as vtysh would send it.
//
// `vtysh -b` reads frr.conf, finds for each line which daemons know the command
// and sends it to them; a process for each node, and a wait for each daemon.
// The daemons read their own files just as well, so the dividing is done here,
// once. Who knows what is in frr_commands.cc, for FRR 8.4.
//
// As in vtysh a line belongs to the block above it if that block knows it, and
// ends the block otherwise; indentation helps where this is not clear. Comments
// and empty lines are left out. What is vtysh's own (`hostname`, `username`,
// `service integrated-vtysh-config`) goes nowhere.
#ifndef QUIESCE_TOPO_FRR_SPLIT_H_
#define QUIESCE_TOPO_FRR_SPLIT_H_

#include <set>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quiesce {

struct FrrSplit {
  // Each of the daemons asked for, in order of their names, and its text.
  absl::btree_map<std::string, std::string> texts;

  // Lines that only other daemons know. vtysh drops them silently. Of a block
  // only the first line is listed.
  struct Unplaced {
    int number;  // from 1
    std::string text;
    std::vector<std::string> daemons;
  };
  std::vector<Unplaced> unplaced;

  // Daemons that some line is for alone.
  std::set<std::string> wanted;
};

// `daemons` are those that run: "zebra", "bgpd" ... A line that no daemon of
// FRR is known to understand goes to all of them: each says so in its log if
// it does not know it either.
FrrSplit SplitFrrConfig(absl::string_view text,
                        absl::Span<const std::string> daemons);

}  // namespace quiesce

#endif  // QUIESCE_TOPO_FRR_SPLIT_H_
