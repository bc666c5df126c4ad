// One network of the oracle's: run under the supervisor, then on the real
// kernel, and compared at each convergence.
#ifndef QUIESCE_TOOLS_ORACLE_CASE_H_
#define QUIESCE_TOOLS_ORACLE_CASE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/oracle/verdict.h"
#include "topo/topology.h"

namespace quiesce {

struct CaseOptions {
  std::string spec;
  std::string image;
  std::string out;  // directory, made if need be
  int runs = 1;     // on the real kernel
  // As long as there is a difference: it may have outcomes not seen yet.
  int max_runs = 1;
  // Ours is known to the kernel's runs, which converge when they are like it,
  // or when they have had time enough.
  bool until = false;
  double patience = 60;  // seconds; with `until`
  double quiet = 6;      // seconds; of the kernel's runs
  double unnoticed = 10;
  // Earlier results to compare instead of running.
  std::vector<std::string> kernel;
  std::string ours;
};

class Case {
 public:
  Case(const Topology& topology, const CaseOptions& options);

  // Ours, once for each convergence, each time a little further.
  absl::Status RunOurs();
  // The kernel's runs, and what comes of it: a verdict for each convergence.
  absl::StatusOr<std::vector<Verdict>> RunKernel();

  const CaseOptions& options() const { return options_; }

 private:
  // A run's results at each convergence.
  using AllResults = std::vector<Results>;

  absl::StatusOr<AllResults> ReadAll(const std::string& directory) const;
  absl::Status Run(const std::string& program,
                   const std::vector<std::string>& flags,
                   const std::string& directory) const;
  absl::StatusOr<AllResults> OneKernelRun(int number) const;
  std::vector<Verdict> JudgeAll(const std::vector<AllResults>& kernel) const;

  const Topology topology_;
  const CaseOptions options_;
  const int convergences_;
  AllResults ours_;
};

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_ORACLE_CASE_H_
