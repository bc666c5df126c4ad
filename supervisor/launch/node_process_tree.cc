// The supervisor's side of one node: requests to its PID 1, and the hand-over
// of a child's seccomp listener (the other half is in child.cc).
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "supervisor/launch/child.h"
#include "supervisor/launch/child_slots.h"
#include "supervisor/launch/launch_filter.h"
#include "supervisor/launch/launcher.h"
#include "supervisor/launch/pidfd.h"
#include "supervisor/launch/spec_wire.h"
#include "supervisor/launch/stdio.h"
#include "supervisor/launch/wire.h"

namespace quiesce {
namespace {

constexpr absl::Duration kSpawnTimeout = absl::Seconds(10);

// POLLIN or POLLHUP within the deadline?
bool WaitReadable(int fd, absl::Time deadline) {
  for (;;) {
    int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    pollfd waiting{fd, POLLIN, 0};
    int ready = poll(&waiting, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

// What an errno of a stage means to the person who wrote the spec.
absl::Status StageError(ChildStage stage, int error, const ProcessSpec& spec) {
  const std::string& program = spec.argv[0];
  std::string why = strerror(error);
  if (stage == ChildStage::kProgram || stage == ChildStage::kExec) {
    switch (error) {
      case ENOENT:
        return absl::NotFoundError(absl::StrCat(
            program, ": ", why,
            stage == ChildStage::kExec
                ? ": its ELF interpreter or script interpreter is missing in "
                  "the root file system"
                : ": not in the root file system; check the path or add the "
                  "package to the image"));
      case EACCES:
        return absl::PermissionDeniedError(absl::StrCat(
            program, ": ", why, ": user ", spec.user,
            " may not execute it; check its mode and its directories'"));
      case ENOEXEC:
        return absl::InvalidArgumentError(
            absl::StrCat(program, ": ", why,
                         ": neither an x86-64 ELF file nor a script "
                         "with #!"));
    }
  }
  std::string text =
      absl::StrCat(program, ": ", ChildStageName(stage), ": ", why);
  switch (stage) {
    case ChildStage::kDirectory:
      absl::StrAppend(&text, ": ", spec.cwd);
      break;
    case ChildStage::kSchedule:
      absl::StrAppend(&text, ": realtime priority ", spec.fifo_priority,
                      " on cpu ", spec.cpu, " is not to be had");
      break;
    case ChildStage::kFilter:
      absl::StrAppend(&text, ": filter of ", spec.filter.size(),
                      " instructions; EBUSY: a listener is there already");
      break;
    default:
      break;
  }
  return absl::ErrnoToStatus(error, text);
}

absl::Status InContext(const absl::Status& status, const std::string& node,
                       const std::string& process) {
  return absl::Status(status.code(),
                      absl::StrCat("node ", node, ", process ", process, ": ",
                                   status.message()));
}

}  // namespace

NodeProcessTree::NodeProcessTree() = default;

NodeProcessTree::~NodeProcessTree() {
  if (init_pidfd_.valid()) (void)KillAndWait();
}

void NodeProcessTree::Kill() {
  // Without a PID namespace the end of the control socket is what counts: the
  // node init then kills its descendants one by one.
  control_.Reset();
  events_.Reset();
  if (has_pid_namespace_) {
    syscall(SYS_pidfd_send_signal, init_pidfd_.get(), SIGKILL, nullptr, 0);
  }
}

absl::Status NodeProcessTree::KillAndWait(absl::Duration timeout) {
  Kill();
  if (WaitForEnd(init_pidfd_.get(), timeout)) return absl::OkStatus();
  return absl::DeadlineExceededError(
      absl::StrCat("node ", name_, " (pid ", init_pid_,
                   ") does not end; a process of it hangs in the kernel"));
}

absl::Status NodeProcessTree::TakeListener(const ProcessSpec& spec, int slot,
                                           int pipe_read_end,
                                           SpawnedProcess& process) {
  absl::Time deadline = absl::Now() + kSpawnTimeout;
  const ChildSlot& shared = slots_->slot(slot);
  auto failed = [&]() -> absl::Status {
    ChildStage stage = shared.stage.load();
    if (int error = shared.error.load(); error != 0) {
      return StageError(stage, error, spec);
    }
    return absl::UnavailableError(
        absl::StrCat(spec.argv[0], " was killed before execve(), while ",
                     ChildStageName(stage)));
  };
  // End-of-file: the child has a filter, has become its program, or is dead.
  if (!WaitReadable(pipe_read_end, deadline)) {
    return absl::DeadlineExceededError(
        absl::StrCat(spec.argv[0], " hangs before execve(), while ",
                     ChildStageName(shared.stage.load())));
  }
  ChildStage stage = shared.stage.load();
  if (spec.filter.empty()) {
    bool good = stage == (spec.wait_before_exec ? ChildStage::kWaiting
                                                : ChildStage::kExec) &&
                shared.error.load() == 0;
    return good ? absl::OkStatus() : failed();
  }
  if (stage != ChildStage::kListening) return failed();
  auto listener = FetchDescriptor(process.pidfd.get(), shared.listener.load());
  if (!listener.ok()) return failed();
  SetSyncWakeUp(listener->get());

  // The child's handshake call; everything else is for the listener's owner.
  seccomp_notif_sizes sizes = {};
  if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) {
    return ErrnoStatus("SECCOMP_GET_NOTIF_SIZES");
  }
  for (;;) {
    pollfd waiting{listener->get(), POLLIN, 0};
    int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    int ready = poll(&waiting, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return absl::DeadlineExceededError("no handshake");
    if (!(waiting.revents & POLLIN)) return failed();
    std::vector<uint64_t> request(sizes.seccomp_notif / 8 + 1);
    auto* notification = reinterpret_cast<seccomp_notif*>(request.data());
    if (ioctl(listener->get(), SECCOMP_IOCTL_NOTIF_RECV, notification) != 0) {
      continue;  // a signal took it back; it comes again
    }
    if (notification->data.nr != kHandshakeCall) {
      return absl::InternalError("a call before the handshake");
    }
    std::vector<uint64_t> reply(sizes.seccomp_notif_resp / 8 + 1);
    auto* response = reinterpret_cast<seccomp_notif_resp*>(reply.data());
    response->id = notification->id;
    if (ioctl(listener->get(), SECCOMP_IOCTL_NOTIF_SEND, response) == 0) break;
  }
  process.listener = std::move(listener).value();
  return absl::OkStatus();
}

absl::StatusOr<SpawnedProcess> NodeProcessTree::Spawn(const ProcessSpec& spec) {
  auto context = [&](const absl::Status& status) {
    return InContext(status, name_, spec.name);
  };
  if (spec.argv.empty()) {
    return context(absl::InvalidArgumentError("argv is empty"));
  }
  if (!control_.valid()) {
    return context(absl::UnavailableError("the node has been killed"));
  }
  std::vector<UniqueFd> opened;
  std::vector<int> fds;
  const StdioSpec* stdio[] = {&spec.stdin_from, &spec.stdout_to,
                              &spec.stderr_to};
  for (const StdioSpec* s : stdio) {
    if (s->kind == StdioSpec::Kind::kFd) fds.push_back(s->fd);
    if (s->kind == StdioSpec::Kind::kFile) {
      auto file = OpenStdio(*s, s == stdio[0]);
      if (!file.ok()) return context(file.status());
      fds.push_back(file->get());
      opened.push_back(std::move(file).value());
    }
  }
  for (const auto& [fd, target] : spec.inherit_fds) {
    if (target < 3) {
      return context(absl::InvalidArgumentError(
          "inherit_fds takes numbers from 3 on; use stdin_from and so on"));
    }
    fds.push_back(fd);
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return context(ErrnoStatus("pipe"));
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  fds.push_back(write_end.get());

  auto slot = slots_->Take();
  if (!slot.ok()) return context(slot.status());
  auto give_up = [&](const absl::Status& status) {
    slots_->Free(*slot);
    return context(status);
  };
  WireWriter request;
  request.Value(NodeRequest::kSpawn);
  request.Value(*slot);
  PutProcessSpec(spec, request);
  absl::Status sent = SendMessage(control_.get(), request.bytes(), fds);
  if (!sent.ok()) return give_up(sent);
  write_end.Reset();
  auto answer = ReceiveMessage(
      control_.get(),
      static_cast<int>(absl::ToInt64Milliseconds(kSpawnTimeout)));
  if (!answer.ok()) {
    // An answer that came later would be taken for the next request's.
    if (absl::IsDeadlineExceeded(answer.status())) Kill();
    return give_up(answer.status());
  }
  WireReader in(answer->bytes);
  absl::Status done = TakeStatus(in);
  if (!done.ok()) return give_up(done);

  SpawnedProcess process;
  process.name = spec.name;
  process.node_pid = in.Value<pid_t>();
  if (answer->fds.size() != 1) return give_up(absl::InternalError("no pidfd"));
  process.pidfd = std::move(answer->fds[0]);
  SpawnRecord& record = slots_->records[process.node_pid];
  record = {*slot, spec.name, spec.argv[0], -1, false};
  absl::Status ready = TakeListener(spec, *slot, read_end.get(), process);
  if (ready.ok()) {
    // A process that has already ended keeps -1.
    process.pid = PidOfPidfd(process.pidfd.get()).value_or(-1);
    record.pid = process.pid;
    return process;
  }
  record.failed = true;  // the slot is freed when its exit is read
  syscall(SYS_pidfd_send_signal, process.pidfd.get(), SIGKILL, nullptr, 0);
  return context(ready);
}

absl::Status NodeProcessTree::Adopt(const ProcessSpec& spec,
                                    const SpawnedProcess& process) {
  if (!control_.valid()) {
    return absl::UnavailableError("the node has been killed");
  }
  ASSIGN_OR_RETURN(const int slot, slots_->Take());
  WireWriter request;
  request.Value(NodeRequest::kAdopt);
  request.Value(slot);
  request.Value(process.node_pid);
  RETURN_IF_ERROR(SendMessage(control_.get(), request.bytes()));
  slots_->records[process.node_pid] = {slot, spec.name, spec.argv[0],
                                       process.pid, false};
  auto answer = ReceiveMessage(
      control_.get(),
      static_cast<int>(absl::ToInt64Milliseconds(kSpawnTimeout)));
  return answer.status();
}

absl::StatusOr<std::optional<ExitReport>> NodeProcessTree::ReadExit() {
  for (;;) {
    if (!events_.valid()) {
      return absl::UnavailableError(
          absl::StrCat("node ", name_, " has been killed"));
    }
    WireExit exit;
    ssize_t size = recv(events_.get(), &exit, sizeof(exit), MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return std::optional<ExitReport>();
    }
    if (size != sizeof(exit)) {
      return absl::UnavailableError(absl::StrCat(
          "node ", name_, ": its PID 1 (", init_pid_,
          ") is gone, and everything in it; killed from outside?"));
    }
    ExitReport report;
    report.node_pid = exit.node_pid;
    report.wait_status = exit.wait_status;
    report.usage = exit.usage;
    auto it = slots_->records.find(exit.node_pid);
    if (exit.spawned && it != slots_->records.end()) {
      SpawnRecord record = it->second;
      slots_->records.erase(it);
      const ChildSlot& slot = slots_->slot(record.slot);
      ChildStage stage = slot.stage.load();
      int error = slot.error.load();
      slots_->Free(record.slot);
      if (record.failed) continue;
      report.spawned = true;
      report.name = record.name;
      report.pid = record.pid;
      if (error != 0) {
        ProcessSpec spec;
        spec.argv = {record.program};
        spec.user = "of the process";
        report.launch_error =
            InContext(StageError(stage, error, spec), name_, record.name);
      }
    }
    return std::optional<ExitReport>(std::move(report));
  }
}

std::string DescribeWaitStatus(int wait_status) {
  if (WIFEXITED(wait_status)) {
    return absl::StrCat("exit status ", WEXITSTATUS(wait_status));
  }
  if (WIFSIGNALED(wait_status)) {
    const char* name = sigabbrev_np(WTERMSIG(wait_status));
    return absl::StrCat("killed by ",
                        name != nullptr
                            ? absl::StrCat("SIG", name)
                            : absl::StrCat("signal ", WTERMSIG(wait_status)),
                        WCOREDUMP(wait_status) ? " (core dumped)" : "");
  }
  return absl::StrCat("wait status ", wait_status);
}

}  // namespace quiesce
