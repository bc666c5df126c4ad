// Signals that are blocked, let through by a wait's mask, read from a
// descriptor; processes killed and stopped inside calls.
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <thread>

#include "testdata/guests/harness.h"
#include "testdata/guests/interrupt.h"
#include "testdata/guests/sockets.h"

using namespace guest;

CASE(PpollUnblocksAtomically) {
  // A signal that is pending and blocked is delivered inside ppoll.
  Install(0);
  sigset_t blocked, empty;
  sigemptyset(&empty);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  OK(sigprocmask(SIG_BLOCK, &blocked, nullptr));
  OK(raise(SIGUSR1));
  EQ(handler_runs, 0);
  pollfd entry = {Connected().client, POLLIN, 0};
  timespec timeout = {30, 0};
  ERRNO(ppoll(&entry, 1, &timeout, &empty), EINTR);
  EQ(handler_runs, 1);
  sigset_t now;
  OK(sigprocmask(SIG_BLOCK, nullptr, &now));
  EQ(sigismember(&now, SIGUSR1), 1);
}

CASE(PselectUnblocksAtomically) {
  Install(0);
  sigset_t blocked, empty;
  sigemptyset(&empty);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  OK(sigprocmask(SIG_BLOCK, &blocked, nullptr));
  OK(raise(SIGUSR1));
  timespec timeout = {30, 0};
  ERRNO(pselect(0, nullptr, nullptr, nullptr, &timeout, &empty), EINTR);
  EQ(handler_runs, 1);
}

CASE(EpollPwaitUnblocksAtomically) {
  Install(0);
  sigset_t blocked, empty;
  sigemptyset(&empty);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  OK(sigprocmask(SIG_BLOCK, &blocked, nullptr));
  OK(raise(SIGUSR1));
  epoll_event event;
  ERRNO(epoll_pwait(OK(epoll_create1(0)), &event, 1, 30'000, &empty), EINTR);
  EQ(handler_runs, 1);
}

CASE(PpollMaskHoldsSignalsBack) {
  // Blocked by the mask, delivered after: the poll runs to its timeout.
  Install(0);
  sigset_t all;
  sigfillset(&all);
  OK(raise(SIGUSR1));
  EQ(handler_runs, 1);
  pthread_t target = pthread_self();
  std::thread sender([&] { pthread_kill(target, SIGUSR1); });
  sender.join();
  timespec timeout = {0, 20'000'000};
  int before = handler_runs;
  EQ(OK(ppoll(nullptr, 0, &timeout, &all)), 0);
  EQ(before, 2);
}

CASE(HandlerUsesSockets) {
  // A handler that runs while a call is blocked makes calls of its own.
  static Pair pair = Connected();
  struct sigaction action = {};
  action.sa_handler = [](int) {
    (void)!send(pair.server, "s", 1, 0);
    close(socket(AF_INET, SOCK_STREAM, 0));
  };
  action.sa_flags = SA_RESTART;
  OK(sigaction(SIGUSR1, &action, nullptr));
  pthread_t target = pthread_self();
  std::thread sender([&] { pthread_kill(target, SIGUSR1); });
  EQ(ReadExactly(pair.client, 1), "s");
  sender.join();
}

CASE(SignalFdInPoll) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  OK(sigprocmask(SIG_BLOCK, &set, nullptr));
  int fd = OK(signalfd(-1, &set, 0));
  EQ(PollNow(fd, POLLIN), 0);
  OK(raise(SIGUSR2));
  EQ(PollNow(fd, POLLIN), POLLIN);
  signalfd_siginfo info;
  EQ(OK(read(fd, &info, sizeof(info))), sizeof(info));
  EQ(info.ssi_signo, SIGUSR2);
}

namespace {

// A signalfd for `signal`, which is blocked.
int SignalFd(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  OK(pthread_sigmask(SIG_BLOCK, &set, nullptr));
  return OK(signalfd(-1, &set, 0));
}

void TakeSignal(int fd, int signal) {
  signalfd_siginfo info;
  EQ(OK(read(fd, &info, sizeof(info))), sizeof(info));
  EQ(info.ssi_signo, static_cast<uint32_t>(signal));
}

void WaitFor(int fd) {
  pollfd entry = {fd, POLLIN, 0};
  EQ(OK(poll(&entry, 1, 30'000)), 1);
  EQ(entry.revents, POLLIN);
}

}  // namespace

CASE(SignalFdInTimedPoll) {
  int fd = SignalFd(SIGUSR2);
  pollfd entry = {fd, POLLIN, 0};
  EQ(OK(poll(&entry, 1, 20)), 0);
  OK(raise(SIGUSR2));
  WaitFor(fd);
  TakeSignal(fd, SIGUSR2);
  EQ(OK(poll(&entry, 1, 20)), 0);
}

CASE(SignalFdOfAChild) {
  int fd = SignalFd(SIGCHLD);
  pid_t child = OK(fork());
  if (child == 0) {
    poll(nullptr, 0, 20);
    _exit(0);
  }
  WaitFor(fd);
  TakeSignal(fd, SIGCHLD);
  OK(waitpid(child, nullptr, 0));
}

CASE(SignalFdInEpoll) {
  int fd = SignalFd(SIGUSR2);
  int set = OK(epoll_create1(0));
  epoll_event event = {EPOLLIN, {}};
  event.data.u64 = 77;
  OK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
  EQ(OK(epoll_wait(set, &event, 1, 20)), 0);
  pthread_t target = pthread_self();
  std::thread sender([&] {
    poll(nullptr, 0, 20);
    pthread_kill(target, SIGUSR2);
  });
  for (int i = 0; i < 2; ++i) {
    event = {};
    EQ(OK(epoll_wait(set, &event, 1, 30'000)), 1);
    EQ(event.events, uint32_t{EPOLLIN});
    EQ(event.data.u64, 77u);
  }
  sender.join();
  TakeSignal(fd, SIGUSR2);
  EQ(OK(epoll_wait(set, &event, 1, 20)), 0);
}

CASE(SignalFdBesideASocket) {
  Pair pair = Connected();
  int fd = SignalFd(SIGUSR2);
  OK(raise(SIGUSR2));
  SendAll(pair.client, "x");
  PollFor(pair.server, POLLIN);
  pollfd entries[] = {{pair.server, POLLIN, 0}, {fd, POLLIN, 0}};
  EQ(OK(poll(entries, 2, 30'000)), 2);
  EQ(entries[0].revents, POLLIN);
  EQ(entries[1].revents, POLLIN);
}

CASE(SignalFdOfOtherSignals) {
  int fd = SignalFd(SIGUSR2);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  OK(pthread_sigmask(SIG_BLOCK, &set, nullptr));
  OK(raise(SIGUSR1));
  pollfd entry = {fd, POLLIN, 0};
  EQ(OK(poll(&entry, 1, 20)), 0);
}

CASE(SignalFdOfATimer) {
  int fd = SignalFd(SIGALRM);
  itimerval soon = {};
  soon.it_value.tv_usec = 20'000;
  OK(setitimer(ITIMER_REAL, &soon, nullptr));
  WaitFor(fd);
  TakeSignal(fd, SIGALRM);
}

CASE(ChildSignalWakesPoll) {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  OK(sigaction(SIGCHLD, &action, nullptr));
  sigset_t blocked, empty;
  sigemptyset(&empty);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  OK(sigprocmask(SIG_BLOCK, &blocked, nullptr));
  pid_t child = OK(fork());
  if (child == 0) _exit(3);
  timespec timeout = {30, 0};
  ERRNO(ppoll(nullptr, 0, &timeout, &empty), EINTR);
  int status;
  EQ(OK(waitpid(child, &status, 0)), child);
  EQ(WEXITSTATUS(status), 3);
}

CASE(KillBlockedInAccept) {
  int listener = Listener();
  pid_t child = OK(fork());
  if (child == 0) {
    accept(listener, nullptr, nullptr);
    _exit(0);
  }
  OK(kill(child, SIGKILL));
  int status;
  OK(waitpid(child, &status, 0));
  TRUE(WIFSIGNALED(status));
  // The listener is not harmed.
  OK(ConnectTo(Tcp(), LocalOf(listener)));
  OK(accept(listener, nullptr, nullptr));
}

CASE(TerminateBlockedInConnect) {
  Pending pending = Connecting();
  pid_t child = OK(fork());
  if (child == 0) {
    ConnectTo(Tcp(), LocalOf(pending.listener));
    _exit(0);
  }
  OK(kill(child, SIGTERM));
  int status;
  OK(waitpid(child, &status, 0));
  EQ(WTERMSIG(status), SIGTERM);
}

CASE(StoppedAndContinuedInRead) {
  Pair pair = Connected();
  pid_t child = OK(fork());
  if (child == 0) {
    SendAll(pair.client, ReadExactly(pair.client, 1));
    _exit(0);
  }
  int status;
  OK(kill(child, SIGSTOP));
  EQ(OK(waitpid(child, &status, WUNTRACED)), child);
  TRUE(WIFSTOPPED(status));
  SendAll(pair.server, "c");
  OK(kill(child, SIGCONT));
  EQ(ReadExactly(pair.server, 1), "c");
  OK(waitpid(child, &status, 0));
  EQ(WEXITSTATUS(status), 0);
}
