// Signals against every way to wait, with SA_RESTART and without (signal(7)):
// what ends with EINTR all the same, and what is made again and ends as if
// there had been no signal.
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/interrupt.h"
#include "testdata/guests/sockets.h"
#include "testdata/guests/waits.h"

using namespace guest;

namespace {

// A call that blocks, as long as nobody helps.
using Blocked = std::function<long()>;

int Epoll() { return OK(epoll_create1(0)); }

long Futex(uint32_t* word, int operation, const timespec* timeout) {
  return syscall(SYS_futex, word, operation, 0, timeout, nullptr, ~0u);
}

// A thing of System V's, which would outlive us.
std::shared_ptr<int> Removed(int id, void (*remove)(int)) {
  return {new int(id), [remove](int* id) {
            remove(*id);
            delete id;
          }};
}

// A socket on which receiving and sending give up after long.
int WithTimeouts(int fd) {
  timeval timeout = {30, 0};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    OK(setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof(timeout)));
  }
  return fd;
}

}  // namespace

// These end with EINTR whatever the handler's flags.
#define NEVER_RESTARTED(name, ...)                        \
  CASE(name##Interrupted) {                               \
    const Blocked call = __VA_ARGS__();                   \
    Interrupted([&] { ERRNO(call(), EINTR); });           \
  }                                                       \
  CASE(name##NotRestarted) {                              \
    const Blocked call = __VA_ARGS__();                   \
    InterruptedAllTheSame([&] { ERRNO(call(), EINTR); }); \
  }

NEVER_RESTARTED(Poll, [] {
  return [entry = pollfd{Pipe().read_end, POLLIN, 0}]() mutable {
    return poll(&entry, 1, -1);
  };
})
NEVER_RESTARTED(PollTimed, [] {
  return [entry = pollfd{Pipe().read_end, POLLIN, 0}]() mutable {
    return poll(&entry, 1, 30'000);
  };
})
NEVER_RESTARTED(Ppoll, [] {
  return [] { return ppoll(nullptr, 0, nullptr, nullptr); };
})
NEVER_RESTARTED(PpollTimed, [] {
  return [] {
    const timespec timeout = Spec(kLong);
    return ppoll(nullptr, 0, &timeout, nullptr);
  };
})
NEVER_RESTARTED(Select, [] {
  return [] { return select(0, nullptr, nullptr, nullptr, nullptr); };
})
NEVER_RESTARTED(SelectTimed, [] {
  return [] {
    timeval timeout = {30, 0};
    return select(0, nullptr, nullptr, nullptr, &timeout);
  };
})
NEVER_RESTARTED(Pselect, [] {
  return [] { return pselect(0, nullptr, nullptr, nullptr, nullptr, nullptr); };
})
NEVER_RESTARTED(PselectTimed, [] {
  return [] {
    const timespec timeout = Spec(kLong);
    return pselect(0, nullptr, nullptr, nullptr, &timeout, nullptr);
  };
})
NEVER_RESTARTED(EpollWait, [] {
  return [epoll = Epoll()] {
    epoll_event event;
    return epoll_wait(epoll, &event, 1, -1);
  };
})
NEVER_RESTARTED(EpollWaitTimed, [] {
  return [epoll = Epoll()] {
    epoll_event event;
    return epoll_wait(epoll, &event, 1, 30'000);
  };
})
NEVER_RESTARTED(EpollPwaitTimed, [] {
  return [epoll = Epoll()] {
    epoll_event event;
    return epoll_pwait(epoll, &event, 1, 30'000, nullptr);
  };
})
NEVER_RESTARTED(EpollPwait2Timed, [] {
  return [epoll = Epoll()] {
    epoll_event event;
    const timespec timeout = Spec(kLong);
    return syscall(SYS_epoll_pwait2, epoll, &event, 1, &timeout, nullptr, 8);
  };
})
NEVER_RESTARTED(Nanosleep, [] {
  return [] {
    const timespec time = Spec(kLong);
    return nanosleep(&time, nullptr);
  };
})
NEVER_RESTARTED(ClockNanosleep, [] {
  return [] {
    const timespec time = Spec(kLong);
    return syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &time, nullptr);
  };
})
NEVER_RESTARTED(ClockNanosleepAbsolute, [] {
  return [until = Spec(Now() + kLong)] {
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &until,
                   nullptr);
  };
})
NEVER_RESTARTED(Pause, [] { return [] { return pause(); }; })
NEVER_RESTARTED(Sigsuspend, [] {
  return [] {
    sigset_t none;
    sigemptyset(&none);
    return sigsuspend(&none);
  };
})
NEVER_RESTARTED(Sigtimedwait, [] {
  return [set = Block(SIGUSR2)] {
    const timespec timeout = Spec(kLong);
    return sigtimedwait(&set, nullptr, &timeout);
  };
})
NEVER_RESTARTED(Sigwaitinfo, [] {
  return [set = Block(SIGUSR2)] { return sigwaitinfo(&set, nullptr); };
})
NEVER_RESTARTED(FutexTimed, [] {
  return [] {
    uint32_t word = 0;
    const timespec timeout = Spec(kLong);
    return Futex(&word, FUTEX_WAIT_PRIVATE, &timeout);
  };
})
NEVER_RESTARTED(FutexAbsolute, [] {
  return [until = Spec(Now() + kLong)] {
    uint32_t word = 0;
    return Futex(&word, FUTEX_WAIT_BITSET_PRIVATE, &until);
  };
})
NEVER_RESTARTED(AcceptTimed, [] {
  return
      [fd = WithTimeouts(Listener())] { return accept(fd, nullptr, nullptr); };
})
NEVER_RESTARTED(ReceiveTimed, [] {
  return [fd = WithTimeouts(Connected().client)] {
    char byte;
    return recv(fd, &byte, 1, 0);
  };
})
NEVER_RESTARTED(SendTimed, [] {
  const int fd = WithTimeouts(Connected().client);
  FillUp(fd);
  return [fd] { return send(fd, "x", 1, 0); };
})
NEVER_RESTARTED(ReceiveDatagramTimed, [] {
  return [fd = WithTimeouts(OK(socket(AF_INET, SOCK_DGRAM, 0)))] {
    char byte;
    return recv(fd, &byte, 1, 0);
  };
})
NEVER_RESTARTED(SemaphoreOperation, [] {
  const auto set = Removed(OK(semget(IPC_PRIVATE, 1, 0600)),
                           [](int id) { semctl(id, 0, IPC_RMID); });
  return [set] {
    sembuf down = {0, -1, 0};
    return semop(*set, &down, 1);
  };
})
NEVER_RESTARTED(ReceiveFromQueue, [] {
  const auto queue = Removed(OK(msgget(IPC_PRIVATE, 0600)),
                             [](int id) { msgctl(id, IPC_RMID, nullptr); });
  return [queue] {
    struct {
      long type;
      char text[8];
    } message;
    return msgrcv(*queue, &message, sizeof(message.text), 0, 0);
  };
})

// These end with EINTR without SA_RESTART, and are made again with it.
namespace {

struct Restartable {
  Blocked call;
  std::function<void()> finish;
  long result;
};

}  // namespace

#define RESTARTED(name, ...)                                           \
  CASE(name##Interrupted) {                                            \
    const Restartable wait = __VA_ARGS__();                            \
    Interrupted([&] { ERRNO(wait.call(), EINTR); });                   \
  }                                                                    \
  CASE(name##Restarted) {                                              \
    const Restartable wait = __VA_ARGS__();                            \
    Restarted([&] { EQ(OK(wait.call()), wait.result); }, wait.finish); \
  }

namespace {

// A read of `fd` into eight bytes that gives `result`, once `write_end` has
// been written to.
Restartable Read(int fd, int write_end, long result) {
  return {[fd] {
            char bytes[8];
            return read(fd, bytes, sizeof(bytes));
          },
          [write_end, result] { OK(write(write_end, "12345678", result)); },
          result};
}

// A wait for a child, which ends when its standard input does.
struct Child {
  Child() {
    Pipe pipe;
    pid = OK(fork());
    if (pid == 0) {
      close(pipe.write_end);
      char byte;
      (void)!read(pipe.read_end, &byte, 1);
      _exit(0);
    }
    close(pipe.read_end);
    end = pipe.write_end;
  }
  pid_t pid;
  int end;
};

}  // namespace

RESTARTED(PipeRead, [] {
  const Pipe pipe;
  return Read(pipe.read_end, pipe.write_end, 1);
})
RESTARTED(EventFdRead, [] {
  const int fd = OK(eventfd(0, 0));
  return Read(fd, fd, 8);
})
RESTARTED(UnixRead, [] {
  int ends[2];
  OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  return Read(ends[0], ends[1], 3);
})
RESTARTED(TcpRead, [] {
  const Pair pair = Connected();
  return Read(pair.client, pair.server, 3);
})
RESTARTED(TimerFdRead, [] {
  const int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));
  itimerspec when = {{}, Spec(kLong)};
  OK(timerfd_settime(fd, 0, &when, nullptr));
  return Restartable{[fd] {
                       uint64_t count;
                       return read(fd, &count, 8);
                     },
                     [fd] {
                       itimerspec soon = {{}, Spec(kMillisecond)};
                       OK(timerfd_settime(fd, 0, &soon, nullptr));
                     },
                     8};
})
RESTARTED(PipeWrite, [] {
  const Pipe pipe;
  const int size = OK(fcntl(pipe.write_end, F_GETPIPE_SZ));
  std::string full(size, 'x');
  EQ(OK(write(pipe.write_end, full.data(), size)), size);
  return Restartable{[pipe] { return write(pipe.write_end, "y", 1); },
                     [pipe, full]() mutable {
                       OK(read(pipe.read_end, full.data(), full.size()));
                     },
                     1};
})
RESTARTED(ReceiveMessage, [] {
  const Pair pair = Connected();
  return Restartable{[pair] {
                       char byte;
                       iovec piece = {&byte, 1};
                       msghdr message = {};
                       message.msg_iov = &piece;
                       message.msg_iovlen = 1;
                       return recvmsg(pair.client, &message, 0);
                     },
                     [pair] { SendAll(pair.server, "x"); }, 1};
})
RESTARTED(ReceiveDatagram, [] {
  const int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  return Restartable{[fd] {
                       char byte;
                       return recv(fd, &byte, 1, 0);
                     },
                     [to = LocalOf(fd)] {
                       const int from = OK(socket(AF_INET, SOCK_DGRAM, 0));
                       OK(ConnectTo(from, to));
                       OK(send(from, "x", 1, 0));
                     },
                     1};
})
RESTARTED(Wait4, [] {
  const Child child;
  return Restartable{[child] { return waitpid(child.pid, nullptr, 0); },
                     [child] { OK(close(child.end)); }, child.pid};
})
RESTARTED(Waitid, [] {
  const Child child;
  return Restartable{[child] {
                       siginfo_t info;
                       return waitid(P_PID, child.pid, &info, WEXITED);
                     },
                     [child] { OK(close(child.end)); }, 0};
})
RESTARTED(FutexUntimed, [] {
  static uint32_t word;
  word = 0;
  return Restartable{
      [] {
        const long result = Futex(&word, FUTEX_WAIT_PRIVATE, nullptr);
        return result < 0 && errno == EAGAIN ? 0 : result;  // already woken
      },
      [] {
        word = 1;
        syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
      },
      0};
})
RESTARTED(FileLock, [] {
  const std::string path = FreshPath("lock");
  const int held = OK(open(path.c_str(), O_RDWR | O_CREAT, 0600));
  const int other = OK(open(path.c_str(), O_RDWR));
  unlink(path.c_str());
  OK(flock(held, LOCK_EX));
  return Restartable{[other] { return flock(other, LOCK_EX); },
                     [held] { OK(flock(held, LOCK_UN)); }, 0};
})
RESTARTED(OpenOfAFifo, [] {
  const std::string path = FreshPath("fifo");
  OK(mkfifo(path.c_str(), 0600));
  return Restartable{[path] {
                       const int fd = open(path.c_str(), O_RDONLY);
                       if (fd < 0) return -1;
                       close(fd);
                       unlink(path.c_str());
                       return 0;
                     },
                     [path] { OK(open(path.c_str(), O_WRONLY)); }, 0};
})
