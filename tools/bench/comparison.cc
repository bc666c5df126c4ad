#include "tools/bench/comparison.h"

#include "absl/strings/str_format.h"

namespace quiesce {
namespace {

double ConvergeWall(const Measurement& run) {
  for (const auto& [name, seconds] : run.phases) {
    if (name == "converge") return seconds;
  }
  return 0;
}

double RoutersCpu(const Measurement& run) {
  return run.routers_cpu_seconds - run.routers_start_cpu_seconds;
}

std::string Change(const char* what, double without, double with) {
  return absl::StrFormat("%s %.2f s for %.2f (%.2fx, %+.2f s)", what, with,
                         without, without > 0 ? with / without : 0,
                         with - without);
}

}  // namespace

std::string ComparisonLine(const std::string& flags, const Measurement& without,
                           const Measurement& with) {
  return absl::StrFormat(
      "  with %s: from start-up to convergence %s, %s, %s\n", flags,
      Change("wall", ConvergeWall(without), ConvergeWall(with)),
      Change("routers' CPU", RoutersCpu(without), RoutersCpu(with)),
      Change("supervisor's", without.runtime_converge_cpu_seconds,
             with.runtime_converge_cpu_seconds));
}

}  // namespace quiesce
