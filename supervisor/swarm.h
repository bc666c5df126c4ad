// The emulators of one emulation on this host: forks the further ones, and
// joins them by socket pairs. Many hosts would do the same with other means.
#ifndef QUIESCE_SUPERVISOR_SWARM_H_
#define QUIESCE_SUPERVISOR_SWARM_H_

#include <sys/types.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/sched/exchange.h"

namespace quiesce {

class Swarm {
 public:
  // Returns once in each of `size` processes; this one has rank 0. The others
  // die with it. To be called before any other thread exists.
  static absl::StatusOr<std::unique_ptr<Swarm>> Fork(int size);
  // Rank 0 waits for the others, whose exchange breaks.
  ~Swarm();

  Exchange* exchange() { return exchange_.get(); }

 private:
  Swarm() = default;

  std::unique_ptr<Exchange> exchange_;
  std::vector<pid_t> others_;  // of rank 0
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SWARM_H_
