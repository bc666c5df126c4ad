// Runs a command inside a node of a held network:
//
//   bazel run //tools:exec -- [--out=DIR] NODE COMMAND [ARGS...]
//
// Its standard input, output and error are ours, its exit status too.
#include <gflags/gflags.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "supervisor/hold_protocol.h"

DEFINE_string(out, "quiesce-out", "the held network's --out directory");

int main(int argc, char** argv) {
  gflags::SetUsageMessage("[--out=DIR] NODE COMMAND [ARGS...]");
  // What follows the node belongs to the command, flags included.
  int node_at = 1;
  while (node_at < argc && argv[node_at][0] == '-') ++node_at;
  int own = node_at;
  char** own_argv = argv;
  gflags::ParseCommandLineFlags(&own, &own_argv, false);
  if (node_at + 1 >= argc) {
    std::cerr << "usage: exec [--out=DIR] NODE COMMAND [ARGS...]\n";
    return 2;
  }
  // `bazel run` starts us elsewhere; the user stands here.
  if (const char* directory = std::getenv("BUILD_WORKING_DIRECTORY")) {
    if (chdir(directory) != 0) return 6;
  }
  const std::string path = FLAGS_out + "/" + quiesce::kControlSocket;
  absl::StatusOr<quiesce::UniqueFd> control = quiesce::ConnectControl(path);
  if (!control.ok()) {
    std::cerr << "exec: " << control.status().message()
              << "; is a network held (--hold) with this --out?\n";
    return 4;
  }
  const int stdio[3] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  const absl::Status sent = quiesce::SendPacket(
      control->get(),
      quiesce::EncodeRequest(argv[node_at], std::vector<std::string>(
                                                argv + node_at + 1,
                                                argv + argc)),
      stdio, 3);
  if (!sent.ok()) {
    std::cerr << "exec: " << sent.message() << "\n";
    return 4;
  }
  char answer[4096];
  const ssize_t size = recv(control->get(), answer, sizeof(answer), 0);
  if (size <= 0) {
    std::cerr << "exec: the network ended\n";
    return 5;
  }
  const std::string text(answer + 1, size - 1);
  if (answer[0] == quiesce::kExited) return std::atoi(text.c_str());
  std::cerr << "exec: " << text << "\n";
  return 2;
}
