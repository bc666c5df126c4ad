#include "supervisor/swarm.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "notifier/base/status_macros.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/sched/socket_exchange.h"

namespace quiesce {

absl::StatusOr<std::unique_ptr<Swarm>> Swarm::Fork(int size) {
  std::unique_ptr<Swarm> swarm(new Swarm);
  std::vector<UniqueFd> sockets;
  const pid_t first = getpid();
  for (int rank = 1; rank < size; ++rank) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      return ErrnoStatus("a socket pair for another emulator");
    }
    UniqueFd ours(ends[0]), theirs(ends[1]);
    const pid_t pid = fork();
    if (pid < 0) return ErrnoStatus("another emulator");
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != first) _exit(0);
      sockets.clear();
      sockets.push_back(std::move(theirs));
      swarm->others_.clear();
      swarm->exchange_ =
          std::make_unique<SocketExchange>(size, rank, std::move(sockets));
      return swarm;
    }
    sockets.push_back(std::move(ours));
    swarm->others_.push_back(pid);
  }
  swarm->exchange_ =
      std::make_unique<SocketExchange>(size, 0, std::move(sockets));
  return swarm;
}

Swarm::~Swarm() {
  exchange_.reset();
  for (const pid_t pid : others_) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

}  // namespace quiesce
