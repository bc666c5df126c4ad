#include "tools/bench/bench_run.h"

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "tools/bench/event_counter.h"
#include "tools/bench/memory_group.h"
#include "tools/bench/memory_sampler.h"
#include "tools/kernel_runtime/run_program.h"
#include "topo/read_file.h"

namespace quiesce {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(50);

absl::StatusOr<Measurement> ReadTiming(const BenchRun& run) {
  ASSIGN_OR_RETURN(std::string timing,
                   ReadFile(run.directory + "/timing.json"));
  if (run.runtime == Runtime::kKernel) return ParseKernelTiming(timing);
  ASSIGN_OR_RETURN(std::string summary,
                   ReadFile(run.directory + "/summary.json"));
  return ParseSupervisorTiming(timing, summary);
}

}  // namespace

absl::StatusOr<Measurement> Measure(const BenchRun& run) {
  ASSIGN_OR_RETURN(std::string program,
                   SiblingProgram(run.runtime == Runtime::kKernel
                                      ? "tools/kernel_runtime/kernel_runtime"
                                      : "supervisor/supervisor"));
  std::vector<std::string> argv = {program,
                                   absl::StrCat("--topo=", run.topology),
                                   absl::StrCat("--image=", run.image),
                                   absl::StrCat("--out=", run.directory)};
  argv.insert(argv.end(), run.flags.begin(), run.flags.end());

  std::optional<MemoryGroup> group;
  if (!run.memory_by_pss) {
    if (auto made = MemoryGroup::Create(); made.ok()) {
      group.emplace(*std::move(made));
    }
  }
  std::unique_ptr<MemorySampler> sampler;
  ProgramSurroundings surroundings;
  if (group.has_value()) surroundings.group = group->procs();
  surroundings.started = [&](pid_t pid) {
    sampler = std::make_unique<MemorySampler>(
        group.has_value() ? [&] { return group->Read(); } : MemoryOfTree(pid),
        kInterval);
  };
  const absl::StatusOr<EventCounter> misses = EventCounter::CacheMisses();
  ASSIGN_OR_RETURN(const ProgramRun ran,
                   RunProgram(argv, run.directory + ".log", surroundings));
  const MemorySamples memory = sampler->Finish();
  if (ran.exit_code != 0) {
    return absl::InternalError(
        absl::StrCat("exit code ", ran.exit_code, ": ", ran.tail));
  }
  ASSIGN_OR_RETURN(Measurement result, ReadTiming(run));
  AddMemory(memory, /*with_files=*/!group.has_value(), &result);
  if (misses.ok()) {
    ASSIGN_OR_RETURN(const uint64_t count, misses->Read());
    result.cache_misses = count;
  }
  return result;
}

}  // namespace quiesce
