// Runs one node of a recorded run (--record=DIR) once more, alone:
//
//   bazel run //tools:replay -- [--out=DIR] NODE DIR
//
// and compares what it sends, message by message, with what it sent then; 0:
// the same. With --print nothing is run: what the node was given and what it
// sent is printed, a line of JSON for each step.
#include <gflags/gflags.h>
#include <google/protobuf/util/json_util.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "supervisor/record/recording_dir.h"
#include "supervisor/record/replay_run.h"

DEFINE_string(out, "quiesce-replay", "directory for what the node prints");
DEFINE_bool(print, false, "print the recording and run nothing");
DEFINE_bool(realtime, true,
            "run guests at realtime priority, as when it was recorded");

namespace google {
// How gflags ends the program; it exports this without declaring it.
extern void (*gflags_exitfunc)(int);
}  // namespace google

namespace quiesce {
namespace {

enum ExitCode {
  kSame = 0,
  kDiffers = 1,
  kUsage = 2,
  kLacking = 4,
  kInternal = 6,
};

ExitCode CodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return kUsage;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kResourceExhausted:
      return kLacking;
    default:
      return kInternal;
  }
}

int Complain(const absl::Status& status) {
  std::cerr << "replay: " << status.message() << "\n";
  return CodeOf(status);
}

int Print(const ReplayOptions& options) {
  const auto steps = ReadSteps(options.recording, options.node);
  if (!steps.ok()) return Complain(steps.status());
  for (const proto::NodeStep& step : *steps) {
    std::string line;
    const auto status =
        google::protobuf::util::MessageToJsonString(step, &line);
    if (!status.ok()) {
      return Complain(absl::InternalError(status.ToString()));
    }
    std::cout << line << "\n";
  }
  return kSame;
}

// The first core that we may use.
int FirstCore() {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof(allowed), &allowed);
  int cpu = 0;
  while (cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &allowed)) ++cpu;
  return cpu;
}

int Main(int argc, char** argv) {
  gflags::SetUsageMessage("[--out=DIR] NODE DIR");
  google::gflags_exitfunc = +[](int) { std::exit(kUsage); };
  gflags::ParseCommandLineNonHelpFlags(&argc, &argv, true);
  google::gflags_exitfunc = +[](int) { std::exit(0); };
  gflags::HandleCommandLineHelpFlags();
  if (argc != 3) {
    std::cerr << "usage: replay [--out=DIR] [--print] NODE DIR\n";
    return kUsage;
  }
  // `bazel run` starts us elsewhere; the user stands here.
  if (const char* directory = std::getenv("BUILD_WORKING_DIRECTORY")) {
    if (chdir(directory) != 0) return kInternal;
  }
  ReplayOptions options;
  options.node = argv[1];
  options.recording = argv[2];
  options.out = FLAGS_out;
  options.realtime = FLAGS_realtime;
  options.cpu = FirstCore();
  if (FLAGS_print) return Print(options);

  const absl::StatusOr<ReplayReport> report = RunReplay(options);
  if (!report.ok()) return Complain(report.status());
  if (!report->difference.empty()) {
    std::cout << "node " << options.node << " differs in " << report->difference
              << "\n";
    return kDiffers;
  }
  std::cout << "node " << options.node << ": the same in " << report->steps
            << " steps, " << report->inputs << " messages in, "
            << report->outputs << " out\n";
  return kSame;
}

}  // namespace
}  // namespace quiesce

int main(int argc, char** argv) { return quiesce::Main(argc, argv); }
