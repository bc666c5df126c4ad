// The command line, checked and turned into values.
#ifndef QUIESCE_SUPERVISOR_FLAGS_H_
#define QUIESCE_SUPERVISOR_FLAGS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "notifier/trace/trace_writer.h"
#include "supervisor/network_run.h"
#include "supervisor/one_program.h"

namespace quiesce {

struct CommandLine {
  enum class Mode { kNetwork, kDumpTopology, kTopologyHelp, kOneProgram };
  Mode mode = Mode::kNetwork;
  std::string topo;   // the --topo specification
  std::string flaps;  // the --flaps specification; may be empty
  std::string image;  // the default image
  std::string trace;  // file name, "-", or empty
  NetworkOptions network;
  OneProgramOptions program;
};

// Takes argv apart. InvalidArgument, one mistake a line. Changes to the
// directory in which the user stands (`bazel run` starts us elsewhere).
absl::StatusOr<CommandLine> ParseCommandLine(int argc, char** argv);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_FLAGS_H_
