#include "supervisor/sched/cpu_account.h"

#include <time.h>

namespace quiesce {

Nanos ProcessCpu(pid_t process) {
  // The CPU clock of another process, as clock_getcpuclockid(3) makes it.
  const clockid_t clock = (~static_cast<clockid_t>(process) << 3) | 2;
  timespec t;
  if (clock_gettime(clock, &t) != 0) return 0;
  return t.tv_sec * kSecond + t.tv_nsec;
}

void CpuAccount::Update(const std::vector<pid_t>& processes) {
  for (const pid_t process : processes) {
    const Nanos cpu = ProcessCpu(process);
    const auto [begin, is_new] =
        begin_.try_emplace(process, started_ ? 0 : cpu);
    if (cpu > begin->second) by_process_[process] = cpu - begin->second;
  }
  started_ = true;
  used_ = 0;
  for (const auto& [process, cpu] : by_process_) used_ += cpu;
}

pid_t CpuAccount::most() const {
  pid_t result = 0;
  Nanos most = 0;
  for (const auto& [process, cpu] : by_process_) {
    if (cpu <= most) continue;
    most = cpu;
    result = process;
  }
  return result;
}

}  // namespace quiesce
