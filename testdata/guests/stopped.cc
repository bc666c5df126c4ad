// A process that is stopped (SIGSTOP) while it waits and continued (SIGCONT):
// no handler has run, so most waits go on with what is left of their timeout,
// and some fail with EINTR all the same (signal(7), "Interruption of system
// calls and library functions by stop signals").
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"
#include "testdata/guests/waits.h"

using namespace guest;

namespace {

constexpr int64_t kWait = 8 * kShort;

void Rest(int64_t nanos) {
  const timespec time = Spec(nanos);
  OK(nanosleep(&time, nullptr));
}

// Stops the process for so long.
void StopFor(pid_t child, int64_t nanos) {
  int status;
  OK(kill(child, SIGSTOP));
  EQ(OK(waitpid(child, &status, WUNTRACED)), child);
  TRUE(WIFSTOPPED(status));
  OK(close(Tcp()));  // a call that is answered meanwhile
  Rest(nanos);
  OK(kill(child, SIGCONT));
}

void EndsWell(pid_t child) {
  int status;
  EQ(OK(waitpid(child, &status, 0)), child);
  TRUE(WIFEXITED(status));
  EQ(WEXITSTATUS(status), 0);
}

// Runs `wait` in a process that is stopped meanwhile.
void Stopped(int64_t nanos, const std::function<void()>& wait) {
  const pid_t child = OK(fork());
  if (child == 0) {
    wait();
    _exit(0);
  }
  Rest(kShort);
  StopFor(child, nanos);
  EndsWell(child);
}

// `wait` must return 0 when its kWait are over, whether it was continued before
// or after.
void GoesOn(const std::function<long()>& wait) {
  for (const int64_t stop : {kShort, kWait}) {
    Stopped(stop, [&] { TakesAtLeast(kWait, [&] { EQ(OK(wait()), 0); }); });
  }
}

long Futex(const timespec* timeout) {
  uint32_t word = 0;
  const long result =
      syscall(SYS_futex, &word, FUTEX_WAIT, 0, timeout, nullptr, 0);
  return result == -1 && errno == ETIMEDOUT ? 0 : result;
}

}  // namespace

CASE(Poll) {
  GoesOn([] { return poll(nullptr, 0, kWait / kMillisecond); });
}

CASE(PollOfSocket) {
  GoesOn([] {
    pollfd entry = {OK(socket(AF_INET, SOCK_DGRAM, 0)), POLLIN, 0};
    return poll(&entry, 1, kWait / kMillisecond);
  });
}

CASE(Ppoll) {
  GoesOn([] {
    const timespec timeout = Spec(kWait);
    return ppoll(nullptr, 0, &timeout, nullptr);
  });
}

CASE(Select) {
  GoesOn([] {
    timeval timeout = {0, kWait / 1000};
    return select(0, nullptr, nullptr, nullptr, &timeout);
  });
}

CASE(Pselect) {
  GoesOn([] {
    const timespec timeout = Spec(kWait);
    return pselect(0, nullptr, nullptr, nullptr, &timeout, nullptr);
  });
}

CASE(Nanosleep) {
  GoesOn([] {
    const timespec time = Spec(kWait);
    return nanosleep(&time, nullptr);
  });
}

CASE(ClockNanosleep) {
  GoesOn([] {
    const timespec time = Spec(kWait);
    return clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
  });
}

CASE(FutexWait) {
  GoesOn([] {
    const timespec timeout = Spec(kWait);
    return Futex(&timeout);
  });
}

CASE(EpollWaitFails) {
  Stopped(kShort, [] {
    epoll_event event;
    ERRNO(epoll_wait(OK(epoll_create1(0)), &event, 1, kLong / kMillisecond),
          EINTR);
  });
}

CASE(SigtimedwaitFails) {
  Stopped(kShort, [] {
    const sigset_t set = Block(SIGUSR1);
    const timespec timeout = Spec(kLong);
    ERRNO(sigtimedwait(&set, nullptr, &timeout), EINTR);
  });
}

// A connection of which one end is stopped: what comes meanwhile is there when
// it goes on.
CASE(BytesWait) {
  const Pair pair = Connected();
  const pid_t child = OK(fork());
  if (child == 0) {
    char bytes[3] = {};
    EQ(OK(recv(pair.server, bytes, 3, MSG_WAITALL)), 3);
    EQ(std::string(bytes, 3), "abc");
    _exit(0);
  }
  Rest(kShort);
  OK(kill(child, SIGSTOP));
  int status;
  EQ(OK(waitpid(child, &status, WUNTRACED)), child);
  EQ(OK(send(pair.client, "abc", 3, 0)), 3);
  Rest(kShort);
  EQ(waitpid(child, &status, WNOHANG), 0);
  OK(kill(child, SIGCONT));
  EndsWell(child);
}
