#include "supervisor/launch/launcher.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "supervisor/launch/child.h"
#include "supervisor/launch/child_slots.h"
#include "supervisor/launch/fork_server.h"
#include "supervisor/launch/pidfd.h"
#include "supervisor/launch/spec_wire.h"
#include "supervisor/launch/wire.h"

namespace quiesce {
namespace {

struct SocketPair {
  UniqueFd ours, theirs;
};

absl::StatusOr<SocketPair> NewSocketPair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return ErrnoStatus("socketpair");
  }
  return SocketPair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

absl::Status WithNode(const absl::Status& status, const NodeSpec& spec) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("node ", spec.name, ": ", status.message()));
}

absl::Status CheckSpec(const NodeSpec& spec) {
  if (spec.name.empty()) return absl::InvalidArgumentError("node has no name");
  if (spec.host_transparent) return absl::OkStatus();
  if (!spec.net_namespace) {
    return absl::InvalidArgumentError(
        "only a host_transparent node can do without its own namespaces");
  }
  if (spec.rootfs == "host") return absl::OkStatus();
  struct stat info;
  if (stat(spec.rootfs.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("root file system ", spec.rootfs,
                     " is no directory: build it with tools/image, or name "
                     "an existing one"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Launcher>> Launcher::Start(
    const LauncherOptions& options) {
  ASSIGN_OR_RETURN(SocketPair pair, NewSocketPair());
  pid_t pid = fork();
  if (pid < 0) return ErrnoStatus("forking the fork server");
  if (pid == 0) {
    pair.ours.Reset();
    RunForkServer(std::move(pair.theirs), options.process_name,
                  options.fifo_priority);
  }
  std::unique_ptr<Launcher> launcher(new Launcher());
  launcher->options_ = options;
  launcher->fork_server_pid_ = pid;
  pair.theirs.Reset();  // else its death would not be our end-of-file
  auto hello = ReceiveMessage(pair.ours.get());
  {
    absl::MutexLock lock(&launcher->mutex_);
    launcher->channel_ = std::move(pair.ours);
  }
  RETURN_IF_ERROR(hello.status());
  WireReader in(hello->bytes);
  RETURN_IF_ERROR(TakeStatus(in));
  return launcher;
}

Launcher::~Launcher() {
  {
    absl::MutexLock lock(&mutex_);
    channel_.Reset();
  }
  while (waitpid(fork_server_pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

absl::StatusOr<std::unique_ptr<NodeProcessTree>> Launcher::StartNode(
    const NodeSpec& spec) {
  RETURN_IF_ERROR(WithNode(CheckSpec(spec), spec));
  std::unique_ptr<NodeProcessTree> tree(new NodeProcessTree());
  tree->name_ = spec.name;
  tree->has_pid_namespace_ = spec.pid_namespace;
  tree->pid_limit_ = spec.pid_limit;
  tree->rootfs_ = spec.host_transparent ? "host" : spec.rootfs;
  ASSIGN_OR_RETURN(SocketPair control, NewSocketPair());
  ASSIGN_OR_RETURN(SocketPair events, NewSocketPair());
  tree->control_ = std::move(control.ours);
  tree->events_ = std::move(events.ours);
  ASSIGN_OR_RETURN(tree->slots_, ChildSlots::Create());

  WireWriter request;
  PutNodeSpec(spec, request);
  const int fds[] = {control.theirs.get(), events.theirs.get(),
                     tree->slots_->memfd()};
  absl::StatusOr<WireMessage> answer;
  {
    absl::MutexLock lock(&mutex_);
    absl::Status sent = SendMessage(channel_.get(), request.bytes(), fds);
    answer = sent.ok() ? ReceiveMessage(channel_.get()) : sent;
  }
  if (!answer.ok()) {
    return absl::Status(answer.status().code(),
                        absl::StrCat("node ", spec.name, ": fork server: ",
                                     answer.status().message()));
  }
  // From here on only the node holds its ends: its death is our end-of-file.
  control.theirs.Reset();
  events.theirs.Reset();
  tree->slots_->CloseMemfd();
  WireReader in(answer->bytes);
  RETURN_IF_ERROR(WithNode(TakeStatus(in), spec));
  if (answer->fds.size() != 1) return absl::InternalError("no pidfd came");
  tree->init_pidfd_ = std::move(answer->fds[0]);
  ASSIGN_OR_RETURN(tree->init_pid_, PidOfPidfd(tree->init_pidfd_.get()));

  auto ready = ReceiveMessage(
      tree->control_.get(),
      static_cast<int>(absl::ToInt64Milliseconds(options_.start_timeout)));
  if (!ready.ok()) {
    return absl::Status(
        ready.status().code(),
        absl::StrCat("node ", spec.name, ": its PID 1 did not come up: ",
                     ready.status().message()));
  }
  WireReader verdict(ready->bytes);
  RETURN_IF_ERROR(WithNode(TakeStatus(verdict), spec));
  return tree;
}

}  // namespace quiesce
