// Launcher starts nodes, NodeProcessTree is one of them.
//
// The supervisor has threads and must not fork node after node itself. So one
// process, the fork server, is forked while the supervisor still has a single
// thread. It clones each node's PID 1 into new namespaces; that process, the
// node init, is our own code all its life: it builds the node's file system,
// spawns processes on request and reaps whatever dies in its namespace.
//
//   supervisor --- fork server --- node init (PID 1) --- zebra, bgpd, ...
//
// Death goes down this chain by itself: both links carry PR_SET_PDEATHSIG with
// SIGKILL, and the end of a PID 1 ends its namespace (kernel/pid_namespace.c:
// zap_pid_ns_processes). Mounts and temporary files belong to the namespaces,
// none of them exists on the host; so there is nothing to clean up after.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_LAUNCHER_H_
#define QUIESCE_SUPERVISOR_LAUNCH_LAUNCHER_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/launch/spec.h"

namespace quiesce {

class ChildSlots;

// A process that runs, or is about to run its first instruction.
struct SpawnedProcess {
  std::string name;
  pid_t pid = -1;       // as the supervisor sees it
  pid_t node_pid = -1;  // as the node sees it; what ExitReport names
  UniqueFd pidfd;
  // Its seccomp listener, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP set where the
  // kernel has it; invalid when the spec has no filter. The process is held
  // before execve() until Spawn() returns; whoever owns the listener must
  // then answer, execve() itself included if the filter notifies it.
  UniqueFd listener;
};

// The end of a process of a node.
struct ExitReport {
  pid_t node_pid = -1;
  // True for what Spawn() started; false for an orphan that ended as a child
  // of the node's PID 1 (a daemon that put itself into the background).
  bool spawned = false;
  std::string name;     // of the spawned process
  pid_t pid = -1;       // of the spawned process, as the supervisor saw it
  int wait_status = 0;  // as wait4() gives it
  rusage usage{};
  // Set when the process never became its program: execve() failed. Says
  // node, process, path and what to do.
  absl::Status launch_error;
};

// "exit status 1", "killed by SIGSEGV (core dumped)".
std::string DescribeWaitStatus(int wait_status);

// One running node. Owned and used by one shard's thread. Its destruction
// kills everything in the node and waits until it is gone.
class NodeProcessTree {
 public:
  ~NodeProcessTree();
  NodeProcessTree(const NodeProcessTree&) = delete;
  NodeProcessTree& operator=(const NodeProcessTree&) = delete;

  // Starts a process. Errors name node, process and path: NotFound and
  // PermissionDenied for argv[0], InvalidArgument for unknown users and
  // groups, Unavailable when the node is gone, DeadlineExceeded when the
  // process does not reach its execve() in ten seconds. The process then is
  // dead, too.
  absl::StatusOr<SpawnedProcess> Spawn(const ProcessSpec& spec);

  // Takes a process for its own that somebody else has made in the node and
  // that has become a child of its PID 1: its end is reported as that of one
  // that Spawn() started.
  absl::Status Adopt(const ProcessSpec& spec, const SpawnedProcess& process);

  // Readable when ReadExit() has something to say.
  int events_fd() const { return events_.get(); }
  // The next exit; nothing when there is none now (OK and empty). Unavailable
  // when the node's PID 1 is gone (killed from outside): everything in the
  // node is dead then. Never blocks.
  absl::StatusOr<std::optional<ExitReport>> ReadExit();

  // Sends SIGKILL to everything in the node; returns at once. Exits are no
  // longer reported.
  void Kill();
  // Kill() and wait until the namespace is gone.
  absl::Status KillAndWait(absl::Duration timeout = absl::Seconds(10));

  const std::string& name() const { return name_; }
  pid_t init_pid() const { return init_pid_; }  // as the supervisor sees it
  int init_pidfd() const { return init_pidfd_.get(); }
  int pid_limit() const { return pid_limit_; }

 private:
  friend class Launcher;
  NodeProcessTree();

  // Waits for the child's word, fetches the listener, lets the child go on.
  absl::Status TakeListener(const ProcessSpec& spec, int slot,
                            int pipe_read_end, SpawnedProcess& process);

  std::string name_;
  std::string rootfs_;
  bool has_pid_namespace_ = true;
  int pid_limit_ = 0;
  pid_t init_pid_ = -1;
  UniqueFd init_pidfd_;
  UniqueFd control_;
  UniqueFd events_;
  std::unique_ptr<ChildSlots> slots_;  // how far each child has come
};

struct LauncherOptions {
  // The fork server's name in ps.
  std::string process_name = "quiesce";
  // The fork server's; above the guests', so that a node can be started while
  // guests of others keep the cores busy. 0: SCHED_OTHER.
  int fifo_priority = 0;
  // How long a node may take to build its file system.
  absl::Duration start_timeout = absl::Seconds(20);
};

// The way to new nodes. Start() it on the main thread, before any other
// thread exists: PR_SET_PDEATHSIG fires when the *thread* that forked ends.
// Destroy it after all its nodes.
class Launcher {
 public:
  static absl::StatusOr<std::unique_ptr<Launcher>> Start(
      const LauncherOptions& options = {});
  ~Launcher();
  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;

  // Starts a node; may be called from any thread, several at once. The lock
  // is held only while the node's PID 1 is cloned; file systems are built in
  // parallel. Errors: InvalidArgument for a spec that cannot be met (names
  // the path and the remedy), ResourceExhausted, Unavailable when the fork
  // server is gone.
  absl::StatusOr<std::unique_ptr<NodeProcessTree>> StartNode(
      const NodeSpec& spec);

  pid_t fork_server_pid() const { return fork_server_pid_; }

 private:
  Launcher() = default;

  LauncherOptions options_;
  pid_t fork_server_pid_ = -1;
  UniqueFd fork_server_pidfd_;
  // Many shards, one fork server: a request and its answer belong together.
  absl::Mutex mutex_;
  UniqueFd channel_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_LAUNCHER_H_
