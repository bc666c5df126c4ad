#include "supervisor/interrupt.h"

#include <signal.h>
#include <unistd.h>

namespace quiesce {
namespace {

constexpr int kExitInterrupted = 130;

// A signal handler can reach nothing else.
std::atomic<bool> g_interrupted{false};

void OnSignal(int) {
  if (g_interrupted.exchange(true)) _exit(kExitInterrupted);
}

}  // namespace

const std::atomic<bool>* CatchInterrupts() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);
  return &g_interrupted;
}

}  // namespace quiesce
