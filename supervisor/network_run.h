// The main job: a topology, brought up, run to convergence, looked at and
// reported.
#ifndef QUIESCE_SUPERVISOR_NETWORK_RUN_H_
#define QUIESCE_SUPERVISOR_NETWORK_RUN_H_

#include <optional>
#include <string>

#include "supervisor/exit_code.h"
#include "supervisor/sched/emulation.h"
#include "topo/topology.h"

namespace quiesce {

struct NetworkOptions {
  std::string out = "quiesce-out";
  uint64_t seed = 1;
  bool hold = false;
  // File for the message log; empty: none.
  std::string message_log;
  // File for the log of changes of FIBs; empty: none.
  std::string fib_log;
  // Whether the nodes are asked for their RIBs at each event, and what it has
  // changed is told.
  bool event_reports = true;
  // And what went wrong in between.
  bool transients = false;
  // Directory for a recording of every node; empty: none.
  std::string record;
  // Tell what the network will take of the host, and leave it at that.
  bool estimate = false;
  // Processes that share the nodes among them; 0: as many as their open
  // descriptors want.
  int emulators = 0;
  // None: guests' pages of zeroes go where memory may be scarce.
  std::optional<ZeroPages> zero_pages;
  EmulationOptions emulation;
};

// Runs `topology`, tells the terminal, leaves the results in `out`. Errors are
// printed; the result is the exit code. To be called on the main thread, before
// any other thread exists.
int RunNetwork(const Topology& topology, const NetworkOptions& options);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_NETWORK_RUN_H_
