// What a node costs before its daemons do anything: time to start and stop,
// memory of its PID 1 and of the kernel. Run by hand, on a quiet machine:
//   bazel-bin/supervisor/launch/node_cost ROOTFS readonly|overlay NODES
//   [CMD...]
// With a command, each node runs it to its end, so that what its files cost
// the node (inodes and directory entries of an overlay) is in the figures.
#include <poll.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "supervisor/launch/launcher.h"

namespace quiesce {
namespace {

// "Slab: 1234 kB" -> KiB by name.
std::map<std::string, long> ReadKib(const std::string& path) {
  std::map<std::string, long> values;
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line)) {
    std::vector<std::string> parts =
        absl::StrSplit(line, absl::ByAnyChar(": "), absl::SkipEmpty());
    if (parts.size() >= 2) values[parts[0]] = atol(parts[1].c_str());
  }
  return values;
}

int Main(int argc, char** argv) {
  if (argc < 4) {
    fprintf(stderr,
            "usage: node_cost ROOTFS readonly|overlay NODES [CMD...]\n");
    return 2;
  }
  int count = atoi(argv[3]);
  auto launcher = Launcher::Start();
  if (!launcher.ok()) abort();
  auto before = ReadKib("/proc/meminfo");
  std::vector<std::unique_ptr<NodeProcessTree>> nodes;
  absl::Time start = absl::Now();
  for (int i = 0; i < count; ++i) {
    NodeSpec spec;
    spec.name = absl::StrCat("n", i);
    spec.rootfs = argv[1];
    spec.root_mode = std::string(argv[2]) == "overlay" ? RootMode::kOverlay
                                                       : RootMode::kReadOnly;
    spec.files = {{"/run/x", "x"}, {"/etc/hostname", spec.name}};
    auto node = (*launcher)->StartNode(spec);
    if (!node.ok()) {
      fprintf(stderr, "%s\n", node.status().ToString().c_str());
      return 1;
    }
    nodes.push_back(std::move(node).value());
  }
  absl::Time up = absl::Now();
  absl::Duration running;
  if (argc > 4) {
    for (auto& node : nodes) {
      ProcessSpec spec;
      spec.name = "cmd";
      spec.argv.assign(argv + 4, argv + argc);
      auto process = node->Spawn(spec);
      if (!process.ok()) {
        fprintf(stderr, "%s\n", process.status().ToString().c_str());
        return 1;
      }
      pollfd waiting{node->events_fd(), POLLIN, 0};
      poll(&waiting, 1, -1);
      (void)node->ReadExit();
    }
    running = absl::Now() - up;
  }
  auto after = ReadKib("/proc/meminfo");
  auto init = ReadKib(
      absl::StrCat("/proc/", nodes.back()->init_pid(), "/smaps_rollup"));
  absl::Time stopping = absl::Now();
  for (auto& node : nodes) node->Kill();
  nodes.clear();
  absl::Time down = absl::Now();
  auto per_node = [&](absl::Duration d) {
    return absl::ToDoubleMilliseconds(d) / count;
  };
  printf("%d nodes, per node: start %.2f ms, command %.2f ms, stop %.2f ms\n",
         count, per_node(up - start), per_node(running),
         per_node(down - stopping));
  printf("PID 1: private %ld KiB, PSS %ld KiB\n",
         init["Private_Dirty"] + init["Private_Clean"], init["Pss"]);
  for (const char* name :
       {"Slab", "KernelStack", "PageTables", "Percpu", "Shmem", "AnonPages"}) {
    printf("%-12s %7.1f KiB\n", name,
           static_cast<double>(after[name] - before[name]) / count);
  }
  printf("%-12s %7.1f KiB\n", "MemFree",
         static_cast<double>(before["MemFree"] - after["MemFree"]) / count);
  return 0;
}

}  // namespace
}  // namespace quiesce

int main(int argc, char** argv) { return quiesce::Main(argc, argv); }
