// What a run needs of the things that a host has only so much of, beside what
// it has.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_HOST_LIMITS_H_
#define QUIESCE_SUPERVISOR_LAUNCH_HOST_LIMITS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace quiesce {

// 0: no claim.
struct ResourceNeeds {
  int64_t namespaces = 1;   // of each kind: one a node
  int64_t descriptors = 0;  // of one process
  int64_t tasks = 0;        // processes and threads
  int64_t memory_kib = 0;
};

struct HostLimit {
  std::string name;  // as timing.json has it: "descriptors"
  std::string noun;  // "open descriptors"
  int64_t needed = 0;
  int64_t limit = -1;  // -1: there is none, or it cannot be told
  std::string where;   // the limit's name: "the hard limit"
  std::string remedy;

  bool Fits() const { return limit < 0 || needed <= limit; }
  // Above four fifths of what there is.
  bool IsNear() const { return limit >= 0 && needed > limit / 5 * 4; }
  // "16,507 open descriptors; the hard limit is 20,000".
  std::string ToString() const;
};

// One for each limit; for tasks and memory the lowest of several.
std::vector<HostLimit> CompareWithHost(const ResourceNeeds& needs);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_HOST_LIMITS_H_
