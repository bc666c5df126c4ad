// What the guests that test signals share: calls that a signal finds blocked.
#ifndef QUIESCE_TESTDATA_GUESTS_INTERRUPT_H_
#define QUIESCE_TESTDATA_GUESTS_INTERRUPT_H_

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "testdata/guests/harness.h"

namespace guest {

inline sem_t handled;
inline std::atomic<int> handler_runs = 0;

// Handles SIGUSR1, with these flags of sigaction(2).
inline void Install(int flags) {
  sem_init(&handled, 0, 0);
  struct sigaction action = {};
  action.sa_handler = [](int) {
    ++handler_runs;
    sem_post(&handled);
  };
  action.sa_flags = flags;
  OK(sigaction(SIGUSR1, &action, nullptr));
}

// Runs `call` on this thread while another one, once it is `ready`, signals it
// until it has come back: whenever the call begins, a signal finds it blocked.
// Signals come one at a time, each after the last one's handler.
inline void Interrupted(
    const std::function<void()>& call,
    const std::function<bool()>& ready = [] { return true; }, int flags = 0) {
  Install(flags);
  pthread_t target = pthread_self();
  std::atomic<bool> back = false;
  std::thread sender([&] {
    while (!ready()) sched_yield();
    while (!back) {
      pthread_kill(target, SIGUSR1);
      sem_wait(&handled);
      // A call that is made again gets as far as waiting, or comes back.
      usleep(1000);
    }
  });
  call();
  back = true;
  sender.join();
  TRUE(handler_runs > 0);
}

// The same for a call that is not made again even where SA_RESTART asks for it.
inline void InterruptedAllTheSame(const std::function<void()>& call) {
  Interrupted(
      call, [] { return true; }, SA_RESTART);
}

// Runs `call`, which must not notice: three signals with SA_RESTART, then
// `finish`, which lets it end.
inline void Restarted(const std::function<void()>& call,
                      const std::function<void()>& finish) {
  Install(SA_RESTART);
  pthread_t target = pthread_self();
  std::thread sender([&] {
    for (int i = 0; i < 3; ++i) {
      pthread_kill(target, SIGUSR1);
      sem_wait(&handled);
    }
    finish();
  });
  call();
  sender.join();
  EQ(handler_runs, 3);
}

}  // namespace guest

#endif  // QUIESCE_TESTDATA_GUESTS_INTERRUPT_H_
