// What a node's processes print goes straight into files of the host, appended
// to by the processes themselves. A bound keeps one that prints without end
// from filling the host's disk: what lies beyond it is cut off, again and
// again, so that in the end the file holds the beginning of what was printed,
// and nobody is stopped. Between two looks a file may be longer.
#ifndef QUIESCE_SUPERVISOR_SCHED_OUTPUT_BOUND_H_
#define QUIESCE_SUPERVISOR_SCHED_OUTPUT_BOUND_H_

#include <cstdint>
#include <set>
#include <string>

#include "supervisor/launch/spec.h"

namespace quiesce {

class OutputBound {
 public:
  explicit OutputBound(uint64_t bytes = 64 << 20) : bytes_(bytes) {}

  // The files that `process` prints to are bounded from now on.
  void Add(const ProcessSpec& process);
  // Cuts every file that is too long. True if there was one.
  bool Cut();

 private:
  const uint64_t bytes_;
  std::set<std::string> paths_;
};

// The files, not other descriptors, that a process's output goes to.
std::set<std::string> OutputFiles(const ProcessSpec& process);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_OUTPUT_BOUND_H_
