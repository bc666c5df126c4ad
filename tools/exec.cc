// Runs a command inside a node of a held network, or lets something happen to
// the network:
//
//   bazel run //tools:exec -- [--out=DIR] NODE COMMAND [ARGS...]
//   bazel run //tools:exec -- [--out=DIR] --event='node_stop: "r2"'
//
// The command's standard input, output and error are ours, its exit status too.
// An event prints what has come of it; the exit status is that of a run.
#include <gflags/gflags.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/hold_protocol.h"

DEFINE_string(out, "quiesce-out", "the held network's --out directory");

DEFINE_string(event, "",
              "what happens, in the words of proto/topology.proto: "
              "link_down { node: \"r1\" interface: \"eth1\" }");

int main(int argc, char** argv) {
  gflags::SetUsageMessage(
      "[--out=DIR] NODE COMMAND [ARGS...], or [--out=DIR] --event=EVENT");
  // What follows the node belongs to the command, flags included.
  int node_at = 1;
  while (node_at < argc && argv[node_at][0] == '-') ++node_at;
  int own = node_at;
  char** own_argv = argv;
  gflags::ParseCommandLineFlags(&own, &own_argv, false);
  std::vector<std::string> words(argv + node_at, argv + argc);
  if (FLAGS_event.empty() ? words.size() < 2 : !words.empty()) {
    std::cerr << "usage: exec [--out=DIR] NODE COMMAND [ARGS...]\n"
              << "   or: exec [--out=DIR] --event=EVENT\n";
    return 2;
  }
  if (!FLAGS_event.empty()) words = {"", FLAGS_event};
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
      quiesce::EncodeRequest(words[0], {words.begin() + 1, words.end()}), stdio,
      3);
  if (!sent.ok()) {
    std::cerr << "exec: " << sent.message() << "\n";
    return 4;
  }
  char kind = quiesce::kSays;
  std::string text;
  while (kind == quiesce::kSays) {
    std::cout << std::exchange(text, "") << std::flush;
    char answer[quiesce::kLongestAnswer];
    const ssize_t size = recv(control->get(), answer, sizeof(answer), 0);
    if (size <= 0) {
      std::cerr << "exec: the network ended\n";
      return 5;
    }
    kind = answer[0];
    text.assign(answer + 1, size - 1);
  }
  if (kind == quiesce::kExited) return std::atoi(text.c_str());
  std::cerr << "exec: " << text << "\n";
  return 2;
}
