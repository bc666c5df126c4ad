// SO_RCVTIMEO and SO_SNDTIMEO where reads and writes of sockets run natively,
// as they do in networks: the kernel that they sleep in knows nothing of our
// clock, so who sleeps there too long is taken out of the call, which then
// returns EAGAIN, or how much it has moved (socket(7)).
#ifndef QUIESCE_SUPERVISOR_SCHED_SOCKET_TIMEOUTS_H_
#define QUIESCE_SUPERVISOR_SCHED_SOCKET_TIMEOUTS_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "notifier/base/nanos.h"
#include "notifier/kernel/node_kernel.h"

namespace quiesce {

class SocketTimeouts {
 public:
  // Everybody in `processes`, all of the node's, is at rest: finds who sleeps
  // in such a call, and since when, and ends the calls whose time has come.
  // Whether there was one. Who is `parked` sleeps elsewhere.
  bool Look(const std::vector<pid_t>& processes,
            absl::FunctionRef<bool(pid_t)> parked, NodeKernel& kernel);
  // When the first of the others ends; kNever if there are none.
  Nanos next() const;

 private:
  struct Sleep {
    uint64_t runs = 0;  // how often the thread had run when it fell asleep
    Nanos deadline = kNever;
  };
  absl::flat_hash_map<pid_t, Sleep> sleeps_;  // by thread
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_SOCKET_TIMEOUTS_H_
