// What processes cost, from outside and without cgroups: CPU time and
// proportional memory of a process tree, from /proc.
//
// A process that exits while it is looked at counts as nothing from there on;
// its CPU time appears in its parent's reaped children.
#ifndef QUIESCE_SUPERVISOR_REPORT_USAGE_H_
#define QUIESCE_SUPERVISOR_REPORT_USAGE_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace quiesce {

struct CpuUsage {
  absl::Duration own;     // the process, its exited threads included
  absl::Duration reaped;  // descendants that were waited for
  absl::Duration system;  // of both, in the kernel; in ticks of 10 ms
  absl::Duration total() const { return own + reaped; }
};

struct MemoryUsage {
  uint64_t rss_kib = 0;
  uint64_t pss_kib = 0;      // a page shared by n processes counts 1/n
  uint64_t private_kib = 0;  // clean and dirty, in no other process
  uint64_t file_kib = 0;     // of pss_kib, mapped files
};

// What processes of one name cost.
struct NamedUsage {
  int processes = 0;
  absl::Duration cpu;
  int descriptors = 0;
  MemoryUsage memory;
};

struct TreeUsage {
  int processes = 0;
  int threads = 0;  // of all processes
  absl::Duration cpu;
  absl::Duration system;  // of that, in the kernel; in ticks of 10 ms a process
  int descriptors = 0;    // open ones of all processes
  int64_t switches = 0;   // how often a living thread was put on a core
  MemoryUsage memory;
  std::map<std::string, NamedUsage> by_name;  // as /proc/PID/comm says
};

// Memory of the kernel's own, of the whole machine (Documentation/filesystems/
// proc.rst).
struct KernelMemoryUsage {
  int64_t slab_kib = 0;  // SUnreclaim
  int64_t page_tables_kib = 0;
  int64_t stacks_kib = 0;
  int64_t percpu_kib = 0;
};
KernelMemoryUsage ParseMeminfo(absl::string_view text);
KernelMemoryUsage KernelMemoryNow();

enum class WithMemory { kNo, kYes };  // and with descriptors

// `roots` and all their living descendants in this PID namespace; the roots
// must not be descendants of each other. Reading PSS walks page tables (about
// a millisecond for 30 MiB): not for every progress line.
TreeUsage UsageOf(absl::Span<const pid_t> roots, WithMemory with_memory);

// One process. NotFound when it is gone.
// The process's own CPU clock (kernel/time/posix-cpu-timers.c) has nanoseconds;
// reaped children only /proc/PID/stat's ticks of 10 ms.
absl::StatusOr<CpuUsage> CpuOf(pid_t pid);
absl::StatusOr<MemoryUsage> MemoryOf(pid_t pid);
// How often its living threads were put on a core, from /proc/PID/task/TID/
// schedstat (Documentation/scheduler/sched-stats, the third number); their
// number is added to `threads`, if not null.
int64_t SwitchesOf(pid_t pid, int* threads = nullptr);

// How many descriptors the process has open; 0 when it is gone.
int DescriptorsOf(pid_t pid);

// cutime + cstime of the text of /proc/PID/stat; the command in it may hold
// blanks and brackets.
absl::StatusOr<absl::Duration> ParseReapedTime(absl::string_view stat,
                                               int64_t ticks_per_second);
// stime + cstime of the same.
absl::StatusOr<absl::Duration> ParseSystemTime(absl::string_view stat,
                                               int64_t ticks_per_second);
absl::StatusOr<MemoryUsage> ParseSmapsRollup(absl::string_view text);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_USAGE_H_
