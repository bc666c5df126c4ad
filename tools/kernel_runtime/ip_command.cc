#include "tools/kernel_runtime/ip_command.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "notifier/base/status_macros.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {
namespace {

// Files in memory, so that neither side can block the other.
absl::StatusOr<UniqueFd> MemoryFile(absl::string_view content) {
  UniqueFd fd(memfd_create("ip", MFD_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("memfd_create");
  while (!content.empty()) {
    ssize_t n = write(fd.get(), content.data(), content.size());
    if (n <= 0) return ErrnoStatus("write to a memfd");
    content.remove_prefix(n);
  }
  if (lseek(fd.get(), 0, SEEK_SET) != 0) return ErrnoStatus("lseek");
  return fd;
}

std::string ContentOf(int fd) {
  std::string content(lseek(fd, 0, SEEK_END), '\0');
  ssize_t n = pread(fd, content.data(), content.size(), 0);
  content.resize(n > 0 ? n : 0);
  return content;
}

}  // namespace

absl::StatusOr<std::string> RunIp(int netns,
                                  const std::vector<std::string>& args,
                                  const std::string& input) {
  ASSIGN_OR_RETURN(UniqueFd in, MemoryFile(input));
  ASSIGN_OR_RETURN(UniqueFd out, MemoryFile(""));
  ASSIGN_OR_RETURN(UniqueFd err, MemoryFile(""));
  std::vector<char*> argv;
  argv.push_back(const_cast<char*>("ip"));
  for (const std::string& arg : args) {
    argv.push_back(const_cast<char*>(arg.c_str()));
  }
  argv.push_back(nullptr);
  pid_t pid = fork();
  if (pid < 0) return ErrnoStatus("fork for ip");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setns(netns, CLONE_NEWNET) != 0) _exit(126);
    dup2(in.get(), 0);
    dup2(out.get(), 1);
    dup2(err.get(), 2);
    execv("/sbin/ip", argv.data());
    _exit(127);
  }
  int status;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return ErrnoStatus("waitpid of ip");
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    return absl::NotFoundError("/sbin/ip cannot be run: install iproute2");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return absl::InternalError(absl::StrCat("ip ", absl::StrJoin(args, " "),
                                            ": ", ContentOf(err.get())));
  }
  return ContentOf(out.get());
}

absl::Status RunIpBatch(int netns, const std::string& batch) {
  if (batch.empty()) return absl::OkStatus();
  return RunIp(netns, {"-batch", "-"}, batch).status();
}

}  // namespace quiesce
