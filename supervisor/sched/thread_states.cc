#include "supervisor/sched/thread_states.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "notifier/base/nanos.h"
#include "supervisor/sched/cpu_account.h"
#include "supervisor/sched/thread_files.h"
#include "supervisor/sched/watchdog.h"

namespace quiesce {
namespace {

absl::string_view FirstWord(absl::string_view text) {
  return text.substr(0, text.find_first_of(" \n"));
}

// The state letter of proc_pid_stat(5); 0 if the thread is gone.
char StateOf(int directory, pid_t thread) {
  char text[256];
  // "pid (comm) S ..."; comm may hold anything, parentheses included.
  const char* end = std::strrchr(
      ReadText(directory, absl::StrCat(thread, "/stat"), text), ')');
  return end == nullptr ? 0 : end[2];
}

// The number of the call that a thread sleeps in, as proc_pid_syscall(5) shows
// it; -1 if it has ended. None while it is on a core or waits for one, whatever
// its state letter says: wait4() reaps children in state S, and may lose its
// core meanwhile (kernel/exit.c:__do_wait, kernel/sched/core.c:
// wait_task_inactive).
std::optional<int> CallSleptIn(int directory, pid_t thread) {
  char text[24];
  int number;
  if (!absl::SimpleAtoi(FirstWord(ReadText(
                            directory, absl::StrCat(thread, "/syscall"), text)),
                        &number)) {
    return std::nullopt;
  }
  return number;
}

// Whether a thread in state D waits for the child that it has vforked, rather
// than for a device.
bool WaitsForChild(int directory, pid_t thread) {
  const std::optional<int> number = CallSleptIn(directory, thread);
  return number == SYS_vfork || number == SYS_clone || number == SYS_clone3;
}

// How long the thread has been on a core, in ns (Documentation/scheduler/
// sched-stats, the first number); 0 where there is none to read.
uint64_t TimeUsed(int directory, pid_t thread) {
  char text[96];
  return std::strtoull(
      ReadText(directory, absl::StrCat(thread, "/schedstat"), text), nullptr,
      10);
}

void SetPriority(pid_t thread, int priority) {
  sched_param parameters{};
  parameters.sched_priority = priority;
  sched_setscheduler(thread, SCHED_FIFO, &parameters);  // it may be gone
}

}  // namespace

Rest ThreadStates::Look(const std::vector<pid_t>& processes,
                        bool strict_priority,
                        absl::FunctionRef<bool(pid_t)> parked) {
  if (strict_priority) return LookOnce(processes, nullptr, parked);
  // Guests run on other cores while we look. One may wake another that was
  // already looked at and go to sleep before its own turn; so nobody may have
  // run between the first look and the second.
  Runs first, second;
  Rest rest = LookOnce(processes, &first, parked);
  if (rest == Rest::kAsleep) rest = LookOnce(processes, &second, parked);
  return rest == Rest::kAsleep && first != second ? Rest::kRuns : rest;
}

Rest ThreadStates::LookOnce(const std::vector<pid_t>& processes, Runs* runs,
                            absl::FunctionRef<bool(pid_t)> parked) {
  Rest rest = Rest::kAsleep;
  for (const pid_t process : processes) {
    Threads& threads = threads_[process];
    Nanos used = 0;
    if (runs == nullptr && behind_.empty()) {
      used = ProcessCpu(process);
      if (used > 0 && used == threads.asleep_since) continue;
    }
    UniqueFd opened;
    const int directory = List(process, &threads, &opened);
    if (directory < 0) {
      threads_.erase(process);
      continue;
    }
    for (Thread& entry : threads.threads) {
      const pid_t thread = entry.tid;
      uint64_t times_run = 0;
      if (runs == nullptr) {
        // Elsewhere than on our core a signal may be waking it up.
        if (parked(thread)) continue;
        times_run = TimesRun(directory, &entry);
        if (times_run != 0 && times_run == entry.asleep_since &&
            behind_.empty()) {
          continue;
        }
      }
      const char state = StateOf(directory, thread);
      if (state == 'R') {
        if (!behind_.contains(thread)) return Rest::kRuns;
        if (rest == Rest::kAsleep) rest = Rest::kSpins;
      }
      // Ending, or gone and perhaps another one in its place. Whom its end
      // wakes may not run yet (kernel/exit.c:release_task).
      if (state == 'X' || state == 0) {
        threads.links = 0;
        return Rest::kRuns;
      }
      const bool device = state == 'D' && !WaitsForChild(directory, thread);
      if (device) {
        rest = Rest::kWaitsForDevice;
        used = 0;
      }
      if (runs == nullptr) {
        entry.asleep_since = device || state == 'R' ? 0 : times_run;
        continue;
      }
      if (!CallSleptIn(directory, thread).has_value()) return Rest::kRuns;
      runs->emplace_back(thread, TimesRun(directory, &entry));
    }
    threads.asleep_since = used;
  }
  return rest;
}

void ThreadStates::PutSpinnersBehind(const std::vector<pid_t>& processes) {
  absl::flat_hash_map<pid_t, uint64_t> used;
  for (const pid_t process : processes) {
    Threads& threads = threads_[process];
    UniqueFd opened;
    const int directory = List(process, &threads, &opened);
    if (directory < 0) continue;
    for (const Thread& entry : threads.threads) {
      const pid_t thread = entry.tid;
      if (StateOf(directory, thread) != 'R') continue;
      used[thread] = TimeUsed(directory, thread);
      const auto before = used_.find(thread);
      if (before == used_.end() ||
          used[thread] < before->second + kMillisecond) {
        continue;
      }
      if (behind_.insert(thread).second) SetPriority(thread, kBehindPriority);
    }
  }
  used_ = std::move(used);
}

void ThreadStates::PutNobodyBehind() {
  for (const pid_t thread : behind_) SetPriority(thread, kGuestPriority);
  behind_.clear();
  used_.clear();
}

int ThreadStates::List(pid_t process, Threads* threads, UniqueFd* opened) {
  int directory = threads->directory.get();
  if (directory < 0) {
    opened->Reset(open(absl::StrCat("/proc/", process, "/task").c_str(),
                       O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    directory = opened->get();
    *opened = threads->directory.Keep(std::move(*opened));
  }
  struct stat info;
  if (fstat(directory, &info) != 0) return -1;
  if (info.st_nlink == threads->links) return directory;
  std::vector<Thread> found;
  DIR* entries = opendir(absl::StrCat("/proc/", process, "/task").c_str());
  if (entries == nullptr) return -1;
  while (const dirent* entry = readdir(entries)) {
    if (entry->d_name[0] == '.') continue;
    found.emplace_back(std::atoi(entry->d_name));
  }
  threads->threads = std::move(found);
  closedir(entries);
  threads->links = info.st_nlink;
  return directory;
}

// The third number of Documentation/scheduler/sched-stats: how often it has
// been put on a core (kernel/sched/stats.h:sched_info_arrive).
uint64_t ThreadStates::TimesRun(int directory, Thread* thread) {
  UniqueFd opened;
  int file = thread->runs_file.get();
  if (file < 0) {
    opened.Reset(openat(directory,
                        absl::StrCat(thread->tid, "/schedstat").c_str(),
                        O_RDONLY | O_CLOEXEC));
    file = opened.get();
  }
  char text[96];
  const ssize_t size = pread(file, text, sizeof(text) - 1, 0);
  text[size > 0 ? size : 0] = '\0';
  if (opened.valid()) thread->runs_file.Keep(std::move(opened));
  return TimesRunIn(text);
}

}  // namespace quiesce
