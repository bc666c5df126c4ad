// One-program mode: `supervisor [flags] -- COMMAND ARGS...` runs a program and
// its children in a network of one node, as on Linux: its terminal, its files,
// its exit status. With --trace a debugging harness for system calls.
#ifndef QUIESCE_SUPERVISOR_ONE_PROGRAM_H_
#define QUIESCE_SUPERVISOR_ONE_PROGRAM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "notifier/base/ip.h"
#include "notifier/base/nanos.h"
#include "supervisor/sched/node_runtime.h"

namespace quiesce {

struct OneProgramOptions {
  std::vector<std::string> argv;
  // "host" (the host's files as they are) or a directory.
  std::string rootfs = "host";
  // Addresses of eth0, besides 127.0.0.1/8 and ::1/128 on lo. Without any there
  // is no eth0.
  std::vector<IpPrefix> addresses;
  bool virtual_time = false;
  Nanos epoch = 0;  // CLOCK_REALTIME at the start, under virtual time
  uint64_t seed = 0;
  TraceWriter* trace = nullptr;
};

// Returns the program's exit status, 128 + N if signal N ended it. Errors: the
// program cannot be started. To be called on the main thread, before any other
// thread exists.
absl::StatusOr<int> RunOneProgram(const OneProgramOptions& options);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_ONE_PROGRAM_H_
