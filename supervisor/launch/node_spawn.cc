#include "supervisor/launch/node_spawn.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "notifier/base/status_macros.h"
#include "supervisor/launch/launch_filter.h"
#include "supervisor/launch/passwd.h"

namespace quiesce {
namespace {

constexpr char kDefaultPath[] =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Where execvp() would find argv[0]; without a match NotFound.
absl::StatusOr<std::string> FindProgram(const std::string& program,
                                        const std::vector<std::string>& env) {
  if (absl::StrContains(program, "/")) return program;
  std::string path;
  for (const std::string& variable : env) {
    if (absl::StartsWith(variable, "PATH=")) path = variable.substr(5);
  }
  for (absl::string_view directory : absl::StrSplit(path, ':')) {
    std::string candidate =
        absl::StrCat(directory.empty() ? "." : directory, "/", program);
    struct stat info;
    if (stat(candidate.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
        (info.st_mode & 0111)) {
      return candidate;
    }
  }
  return absl::NotFoundError(
      absl::StrCat("no program ", program, " in PATH=", path,
                   ": give its full path, or install it in the image"));
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& s : strings) {
    pointers.push_back(const_cast<char*>(s.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

// Fills uid, gid and groups.
absl::Status FindIdentity(const ProcessSpec& process, ChildPlan& plan,
                          std::vector<gid_t>& groups) {
  plan.set_credentials = !process.keep_credentials;
  if (process.keep_credentials) return absl::OkStatus();
  UserDatabase users = UserDatabase::Load("");
  ASSIGN_OR_RETURN(UserDatabase::User user, users.FindUser(process.user));
  plan.uid = user.uid;
  plan.gid = user.gid;
  if (!process.group.empty()) {
    ASSIGN_OR_RETURN(plan.gid, users.FindGroup(process.group));
  }
  if (process.supplementary_groups.has_value()) {
    for (const std::string& name : *process.supplementary_groups) {
      ASSIGN_OR_RETURN(gid_t gid, users.FindGroup(name));
      groups.push_back(gid);
    }
  } else {
    groups = users.GroupsOf(process.user);
  }
  plan.groups = groups.data();
  plan.group_count = static_cast<int>(groups.size());
  plan.capabilities = process.capabilities.value_or(0);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SpawnedChild> SpawnChild(const ProcessSpec& process,
                                        std::vector<UniqueFd> fds,
                                        ChildSlot* slot) {
  if (process.argv.empty()) {
    return absl::InvalidArgumentError("argv is empty");
  }
  if (fds.empty()) return absl::InternalError("request without a pipe");
  ChildPlan plan;
  plan.slot = slot;
  plan.pipe = fds.back().get();

  std::vector<std::string> env = process.env;
  if (std::none_of(env.begin(), env.end(), [](const std::string& variable) {
        return absl::StartsWith(variable, "PATH=");
      })) {
    env.push_back(absl::StrCat("PATH=", kDefaultPath));
  }
  ASSIGN_OR_RETURN(std::string path, FindProgram(process.argv[0], env));
  std::vector<char*> argv_pointers = Pointers(process.argv);
  std::vector<char*> env_pointers = Pointers(env);
  plan.path = path.c_str();
  plan.argv = argv_pointers.data();
  plan.env = env_pointers.data();
  plan.cwd = process.cwd.c_str();

  UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.valid()) return ErrnoStatus("opening /dev/null in the node");
  std::vector<ChildPlan::Fd> places;
  auto place = [&](int index, int target) {
    int source = index < 0 ? null.get() : fds[index].get();
    places.push_back({source, target});
  };
  auto stdio = [&](const StdioSpec& s, int target) {
    place(s.kind == StdioSpec::Kind::kNull ? -1 : s.fd, target);
  };
  stdio(process.stdin_from, 0);
  stdio(process.stdout_to, 1);
  stdio(process.stderr_to, 2);
  for (const auto& [index, target] : process.inherit_fds) place(index, target);
  std::sort(places.begin(), places.end(),
            [](const auto& a, const auto& b) { return a.target < b.target; });
  plan.fds = places.data();
  plan.fd_count = static_cast<int>(places.size());
  plan.terminal = static_cast<int>(process.terminal);

  std::vector<gid_t> groups;
  RETURN_IF_ERROR(FindIdentity(process, plan, groups));

  std::vector<ChildPlan::Limit> limits;
  for (const auto& [resource, value] : process.rlimits) {
    limits.push_back({resource, value});
  }
  plan.limits = limits.data();
  plan.limit_count = static_cast<int>(limits.size());
  plan.cpu = process.cpu;
  plan.fifo_priority = process.fifo_priority;
  plan.personality = process.personality;
  plan.merge_memory = process.merge_memory;
  plan.umask =
      process.umask.has_value() ? static_cast<int>(*process.umask) : -1;

  plan.wait = process.wait_before_exec;
  std::vector<sock_filter> filter;
  if (!process.filter.empty()) {
    filter = LaunchFilter(process.filter);
    plan.filter = filter.data();
    plan.filter_length = static_cast<int>(filter.size());
  }

  slot->stage.store(ChildStage::kStarted);
  slot->error.store(0);
  slot->listener.store(-1);

  int pidfd = -1;
  clone_args arguments = {};
  arguments.flags = CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
  if (pid == 0) RunChild(plan);
  if (pid < 0) {
    return absl::ResourceExhaustedError(absl::StrCat(
        ErrnoStatus("making a process").message(),
        ": look at kernel.pid_max, pids cgroups and RLIMIT_NPROC"));
  }
  return SpawnedChild{static_cast<pid_t>(pid), UniqueFd(pidfd)};
}

}  // namespace quiesce
