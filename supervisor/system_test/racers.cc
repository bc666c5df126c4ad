// Threads that race without any lock: each adds its number to a common log, in
// two steps with work between them, so that whoever is interrupted between the
// steps loses entries of others. Ten entries make a burst; after each burst a
// thread blocks, in a way that depends on its number and the burst's. Prints
// the log, burst by burst, and how many entries are lost. With the argument
// "calls" a thread makes a system call between the steps.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace {

constexpr int kRacers = 6;
constexpr int kBursts = 60;
constexpr int kBurst = 10;
constexpr int kEntries = kRacers * kBursts * kBurst;

volatile int g_size;
volatile char g_log[kEntries + 1];
int g_pipes[kRacers][2];  // a token for each racer

void Work() {
  for (volatile int i = 0; i < 5000;) i = i + 1;
}

bool g_calls = false;

void Enter(int racer) {
  const int at = g_size;
  sigset_t mask;
  if (g_calls) pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  Work();
  g_log[at] = static_cast<char>('a' + racer);
  g_size = at + 1;
}

void Block(int racer, int burst) {
  char token = 0;
  switch ((racer + burst) % 3) {
    case 0:
      usleep(1000 * (1 + racer % 2));
      break;
    case 1:  // wakes the next racer, or will have
      if (write(g_pipes[(racer + 1) % kRacers][1], &token, 1) != 1) abort();
      if (read(g_pipes[racer][0], &token, 1) != 1) abort();
      break;
    case 2:
      sched_yield();
      break;
  }
}

void Race(int racer) {
  for (int burst = 0; burst < kBursts; ++burst) {
    for (int i = 0; i < kBurst; ++i) Enter(racer);
    Block(racer, burst);
  }
}

}  // namespace

int main(int argc, char**) {
  g_calls = argc > 1;
  for (auto& each : g_pipes) {
    if (pipe(each) != 0) abort();
    // Enough tokens that nobody waits for ever for who has finished.
    for (int i = 0; i < 2; ++i) {
      if (write(each[1], "", 1) != 1) abort();
    }
  }
  std::vector<std::thread> racers;
  for (int racer = 0; racer < kRacers; ++racer) {
    racers.emplace_back(Race, racer);
  }
  for (std::thread& racer : racers) racer.join();
  for (int at = 0; at < g_size;) {
    int end = at;
    while (end < g_size && g_log[end] == g_log[at]) ++end;
    printf("%c %d\n", g_log[at], end - at);
    at = end;
  }
  printf("lost %d\n", kEntries - g_size);
  fflush(stdout);
  while (true) pause();
}
