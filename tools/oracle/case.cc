#include "tools/oracle/case.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "tools/kernel_runtime/event_schedule.h"
#include "tools/kernel_runtime/kernel_run.h"
#include "tools/kernel_runtime/run_program.h"

namespace quiesce {

Case::Case(const Topology& topology, const CaseOptions& options)
    : topology_(topology),
      options_(options),
      convergences_(Convergences(topology)) {}

absl::StatusOr<Case::AllResults> Case::ReadAll(
    const std::string& directory) const {
  AllResults all;
  for (int n = 1; n <= convergences_; ++n) {
    ASSIGN_OR_RETURN(Results one, ReadResults(ConvergenceDirectory(
                                      directory, n, convergences_)));
    all.push_back(std::move(one));
  }
  return all;
}

absl::Status Case::Run(const std::string& program,
                       const std::vector<std::string>& flags,
                       const std::string& directory) const {
  ASSIGN_OR_RETURN(std::string path, SiblingProgram(program));
  std::vector<std::string> argv = {path, absl::StrCat("--topo=", options_.spec),
                                   absl::StrCat("--image=", options_.image),
                                   absl::StrCat("--out=", directory)};
  argv.insert(argv.end(), flags.begin(), flags.end());
  ASSIGN_OR_RETURN(ProgramRun run, RunProgram(argv, directory + ".log"));
  printf("%s ... %.1f s\n", directory.c_str(), absl::ToDoubleSeconds(run.wall));
  fflush(stdout);
  // 1: some pair is not reachable, as where daemons only keep a RIB. Whether it
  // should be, the FIBs tell.
  if (run.exit_code == 0 || run.exit_code == 1) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(program, " ended with ", run.exit_code, ":\n", run.tail));
}

absl::Status Case::RunOurs() {
  std::string directory = options_.ours;
  if (directory.empty()) {
    if (mkdir(options_.out.c_str(), 0755) != 0 && errno != EEXIST) {
      return ErrnoStatus(options_.out);
    }
    directory = options_.out + "/ours";
    for (int n = 1; n <= convergences_; ++n) {
      RETURN_IF_ERROR(Run("supervisor/supervisor",
                          {absl::StrCat("--convergences=", n)},
                          ConvergenceDirectory(directory, n, convergences_)));
    }
  }
  ASSIGN_OR_RETURN(ours_, ReadAll(directory));
  return absl::OkStatus();
}

absl::StatusOr<Case::AllResults> Case::OneKernelRun(int number) const {
  const std::string directory = absl::StrCat(options_.out, "/kernel-", number);
  std::vector<std::string> flags = {
      absl::StrCat("--quiet=", options_.quiet),
      absl::StrCat("--unnoticed=", options_.unnoticed)};
  if (options_.until) {
    flags.push_back(absl::StrCat("--until=", options_.out, "/ours"));
    flags.push_back(absl::StrCat("--patience=", options_.patience));
  }
  RETURN_IF_ERROR(Run("tools/kernel_runtime/kernel_runtime", flags, directory));
  return ReadAll(directory);
}

std::vector<Verdict> Case::JudgeAll(
    const std::vector<AllResults>& kernel) const {
  std::vector<Verdict> verdicts;
  for (int n = 0; n < convergences_; ++n) {
    std::vector<Results> runs;
    for (const AllResults& run : kernel) runs.push_back(run[n]);
    Verdict& verdict = verdicts.emplace_back(Judge(topology_, runs, ours_[n]));
    verdict.spec = options_.spec;
    if (convergences_ > 1) {
      absl::StrAppend(&verdict.spec, " (convergence ", n + 1, ")");
    }
    verdict.image = options_.image;
  }
  return verdicts;
}

absl::StatusOr<std::vector<Verdict>> Case::RunKernel() {
  std::vector<AllResults> kernel;
  for (const std::string& directory : options_.kernel) {
    ASSIGN_OR_RETURN(AllResults one, ReadAll(directory));
    kernel.push_back(std::move(one));
  }
  std::vector<Verdict> verdicts;
  const auto enough = [&](int least, int most) {
    const int runs = kernel.size();
    if (runs < least) return false;
    verdicts = JudgeAll(kernel);
    return runs >= most || AllSame(verdicts);
  };
  const bool given = !options_.kernel.empty();
  while (!enough(given ? 1 : options_.runs, given ? 1 : options_.max_runs)) {
    ASSIGN_OR_RETURN(AllResults one, OneKernelRun(kernel.size() + 1));
    kernel.push_back(std::move(one));
  }
  if (given) return verdicts;
  std::ofstream json(options_.out + "/oracle.json");
  json << ToJson(verdicts);
  if (!json.flush()) return ErrnoStatus(options_.out + "/oracle.json");
  return verdicts;
}

}  // namespace quiesce
