// The supervisor. A table of contents: each line is a stage.
#include <sys/stat.h>

#include <iostream>
#include <memory>

#include "supervisor/flags.h"
#include "supervisor/network_run.h"
#include "supervisor/one_program.h"
#include "supervisor/plan/image_plan.h"
#include "topo/flaps.h"
#include "topo/image.h"
#include "topo/spec.h"

namespace quiesce {
namespace {

int Complain(const absl::Status& status, ExitCode code) {
  std::cerr << "quiesce: " << status.message() << "\n";
  return code;
}

// --image of one program: "host", a directory, or an image by name or path.
absl::StatusOr<std::string> ProgramRootfs(const std::string& image) {
  struct stat info;
  if (image == "host" ||
      (stat(image.c_str(), &info) == 0 && S_ISDIR(info.st_mode))) {
    return image;
  }
  absl::StatusOr<proto::Image> loaded = LoadImage(image, ImageSearchPath());
  if (!loaded.ok()) return loaded.status();
  return RootfsOf(*loaded);
}

int Main(int argc, char** argv) {
  absl::StatusOr<CommandLine> line = ParseCommandLine(argc, argv);
  if (!line.ok()) return Complain(line.status(), kExitUsage);
  if (line->mode == CommandLine::Mode::kTopologyHelp) {
    std::cout << TopologySpecHelp();
    return 0;
  }

  const bool one_program = line->mode == CommandLine::Mode::kOneProgram;
  std::unique_ptr<TraceWriter> trace;
  if (!line->trace.empty()) {
    absl::StatusOr<std::unique_ptr<TraceWriter>> opened = TraceWriter::Open(
        line->trace, one_program ? TraceWriter::Order::kAsFinished
                                 : TraceWriter::Order::kByNode);
    if (!opened.ok()) return Complain(opened.status(), kExitUsage);
    trace = std::move(*opened);
  }
  if (one_program) {
    line->program.trace = trace.get();
    absl::StatusOr<std::string> rootfs = ProgramRootfs(line->program.rootfs);
    if (!rootfs.ok()) return Complain(rootfs.status(), kExitLacking);
    line->program.rootfs = *rootfs;
    absl::StatusOr<int> status = RunOneProgram(line->program);
    if (!status.ok()) return Complain(status.status(), kExitLacking);
    return *status;
  }

  absl::StatusOr<Topology> topology =
      ParseTopologySpec(line->topo, line->image);
  if (topology.ok() && !line->flaps.empty()) {
    topology = WithFlaps(*topology, line->flaps);
  }
  if (!topology.ok()) return Complain(topology.status(), kExitUsage);
  if (line->mode == CommandLine::Mode::kDumpTopology) {
    std::cout << topology->DumpTextproto();
    return 0;
  }
  line->network.emulation.trace = trace.get();
  return RunNetwork(*topology, line->network);
}

}  // namespace
}  // namespace quiesce

int main(int argc, char** argv) { return quiesce::Main(argc, argv); }
