#include "tools/bench/memory_sampler.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <algorithm>

#include "absl/time/clock.h"
#include "supervisor/report/usage.h"

namespace quiesce {
namespace {

constexpr int kShareOfTime = 50;
// Above the guests (supervisor/launch).
constexpr int kPriority = 20;
constexpr absl::Duration kPatience = absl::Milliseconds(20);

absl::Duration OwnCpu() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return absl::DurationFromTimespec(now);
}

double KernelMib(const KernelMemoryUsage& usage) {
  return (usage.slab_kib + usage.page_tables_kib + usage.stacks_kib +
          usage.percpu_kib) /
         1024.0;
}

}  // namespace

MemoryOverTime OverTime(absl::Span<const MemorySample> samples,
                        double seconds) {
  MemoryOverTime result;
  double weight = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const MemorySample& sample = samples[i];
    if (sample.seconds > seconds) break;
    const MemoryNow& now = sample.memory;
    result.peak.user_mib = std::max(result.peak.user_mib, now.user_mib);
    result.peak.kernel_mib = std::max(result.peak.kernel_mib, now.kernel_mib);
    const double until = i + 1 < samples.size()
                             ? std::min(seconds, samples[i + 1].seconds)
                             : seconds;
    const double span = until - sample.seconds;
    result.mean.user_mib += span * now.user_mib;
    result.mean.kernel_mib += span * now.kernel_mib;
    weight += span;
  }
  if (weight > 0) {
    result.mean.user_mib /= weight;
    result.mean.kernel_mib /= weight;
  } else {
    result.mean = result.peak;
  }
  return result;
}

MemorySampler::MemorySampler(Look look, absl::Duration interval)
    : look_(std::move(look)),
      interval_(interval),
      begin_(absl::Now()),
      thread_([this] { Run(); }) {}

MemorySampler::~MemorySampler() { Finish(); }

MemorySamples MemorySampler::Finish() {
  done_ = true;
  if (thread_.joinable()) thread_.join();
  return std::move(result_);
}

// Returns how long it took.
absl::Duration MemorySampler::LookOnce() {
  const absl::Time before = absl::Now();
  const absl::StatusOr<MemoryNow> memory = look_();
  if (memory.ok()) {
    result_.samples.push_back(
        {absl::ToDoubleSeconds(before - begin_), *memory});
  }
  return absl::Now() - before;
}

void MemorySampler::Run() {
  const sched_param param = {.sched_priority = kPriority};
  // Without it there are fewer samples.
  (void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
  while (!done_) {
    const absl::Duration cost = LookOnce();
    const absl::Time next =
        absl::Now() + std::max(interval_, cost * kShareOfTime);
    while (!done_ && absl::Now() < next) {
      absl::SleepFor(std::min(kPatience, next - absl::Now()));
    }
  }
  LookOnce();
  result_.cpu_seconds = absl::ToDoubleSeconds(OwnCpu());
}

MemorySampler::Look MemoryOfTree(pid_t root) {
  return [root, before = KernelMib(
                    KernelMemoryNow())]() -> absl::StatusOr<MemoryNow> {
    const TreeUsage usage = UsageOf({root}, WithMemory::kYes);
    if (usage.processes == 0) return absl::NotFoundError("it has ended");
    return MemoryNow{usage.memory.pss_kib / 1024.0,
                     KernelMib(KernelMemoryNow()) - before};
  };
}

}  // namespace quiesce
