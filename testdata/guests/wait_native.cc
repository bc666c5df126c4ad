// Waits without a timeout, most of which the kernel itself answers: whoever
// ends them sleeps first, so on a virtual clock the clock must move while they
// last. And the timeouts of what is seldom used.
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"
#include "testdata/guests/waits.h"

using namespace guest;

namespace {

void Sleep() {
  const timespec time = Spec(kShort);
  OK(nanosleep(&time, nullptr));
}

// Runs `wait`, which must last until another thread has slept and run `wake`.
void LastsUntil(const std::function<void()>& wake,
                const std::function<void()>& wait) {
  TakesAtLeast(kShort, [&] {
    std::thread waker([&] {
      Sleep();
      wake();
    });
    wait();
    waker.join();
  });
}

// The same with another process.
void LastsUntilAProcess(const std::function<void()>& wake,
                        const std::function<void()>& wait) {
  TakesAtLeast(kShort, [&] {
    const pid_t child = OK(fork());
    if (child == 0) {
      Sleep();
      wake();
      _exit(0);
    }
    wait();
    OK(waitpid(child, nullptr, 0));
  });
}

void ReadOne(int fd) {
  char byte;
  EQ(OK(read(fd, &byte, 1)), 1);
}

void WriteOne(int fd) { EQ(OK(write(fd, "x", 1)), 1); }

// A namespace of the case's own, where that is allowed: what is System V's
// would outlive a case that hangs.
int WithOwnIpc(int key) {
  unshare(CLONE_NEWIPC);
  return key;
}

// Of System V's, gone with the case.
struct Semaphore {
  Semaphore() : id(OK(semget(WithOwnIpc(IPC_PRIVATE), 1, 0600))) {}
  ~Semaphore() { semctl(id, 0, IPC_RMID); }
  long Add(short by, const timespec* timeout = nullptr) {
    sembuf operation = {0, by, 0};
    return semtimedop(id, &operation, 1, timeout);
  }
  const int id;
};

struct Queue {
  Queue() : id(OK(msgget(IPC_PRIVATE, 0600))) {}
  ~Queue() { msgctl(id, IPC_RMID, nullptr); }
  const int id;
};

struct MessageQueue {
  MessageQueue() {
    const std::string name = "/guest." + std::to_string(WithOwnIpc(getpid()));
    mq_attr attributes = {};
    attributes.mq_maxmsg = 1;
    attributes.mq_msgsize = 8;
    id = OK(mq_open(name.c_str(), O_RDWR | O_CREAT, 0600, &attributes));
    mq_unlink(name.c_str());
  }
  int id;
};

}  // namespace

CASE(PipeRead) {
  Pipe pipe;
  LastsUntil([&] { WriteOne(pipe.write_end); },
             [&] { ReadOne(pipe.read_end); });
}

CASE(PipeReadFromProcess) {
  Pipe pipe;
  LastsUntilAProcess([&] { WriteOne(pipe.write_end); },
                     [&] { ReadOne(pipe.read_end); });
}

CASE(PipeWrite) {
  Pipe pipe;
  std::string full(OK(fcntl(pipe.write_end, F_GETPIPE_SZ)), 'x');
  EQ(OK(write(pipe.write_end, full.data(), full.size())),
     static_cast<ssize_t>(full.size()));
  LastsUntil([&] { OK(read(pipe.read_end, full.data(), full.size())); },
             [&] { WriteOne(pipe.write_end); });
}

CASE(UnixReceiveFromProcess) {
  int ends[2];
  OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  LastsUntilAProcess([&] { WriteOne(ends[1]); },
                     [&] {
                       char byte;
                       EQ(OK(recv(ends[0], &byte, 1, 0)), 1);
                     });
}

CASE(UnixAccept) {
  const std::string path = FreshPath("socket");
  sockaddr_un address = {AF_UNIX, {}};
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const auto* name = reinterpret_cast<sockaddr*>(&address);
  const int listener = OK(socket(AF_UNIX, SOCK_STREAM, 0));
  OK(bind(listener, name, sizeof(address)));
  OK(listen(listener, 1));
  LastsUntilAProcess(
      [&] {
        OK(connect(OK(socket(AF_UNIX, SOCK_STREAM, 0)), name, sizeof(address)));
      },
      [&] { OK(accept(listener, nullptr, nullptr)); });
  unlink(path.c_str());
}

CASE(TcpRead) {
  const Pair pair = Connected();
  LastsUntil([&] { SendAll(pair.server, "x"); }, [&] { ReadOne(pair.client); });
}

CASE(TcpReadFromProcess) {
  const Pair pair = Connected();
  LastsUntilAProcess([&] { SendAll(pair.server, "x"); },
                     [&] { ReadOne(pair.client); });
}

CASE(TcpAccept) {
  const int listener = Listener();
  const Address address = LocalOf(listener);
  LastsUntil([&] { OK(ConnectTo(Tcp(), address)); },
             [&] { OK(accept(listener, nullptr, nullptr)); });
}

CASE(TcpConnect) {
  const Pending pending = Connecting();
  OK(close(pending.fd));
  const Address address = LocalOf(pending.listener);
  const int fd = Tcp();
  LastsUntil([&] { OK(accept(pending.listener, nullptr, nullptr)); },
             [&] { OK(ConnectTo(fd, address)); });
}

CASE(UdpReceive) {
  const int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  const Address address = LocalOf(fd);
  LastsUntil(
      [&] {
        const int from = OK(socket(AF_INET, SOCK_DGRAM, 0));
        OK(ConnectTo(from, address));
        OK(send(from, "x", 1, 0));
      },
      [&] {
        char byte;
        EQ(OK(recv(fd, &byte, 1, 0)), 1);
      });
}

CASE(EventFdRead) {
  const int fd = OK(eventfd(0, 0));
  uint64_t value = 1;
  LastsUntil([&] { OK(write(fd, &value, 8)); },
             [&] { EQ(OK(read(fd, &value, 8)), 8); });
}

CASE(InotifyRead) {
  const std::string path = FreshPath("watched");
  OK(close(OK(open(path.c_str(), O_CREAT | O_WRONLY, 0600))));
  const int fd = OK(inotify_init1(0));
  OK(inotify_add_watch(fd, path.c_str(), IN_DELETE_SELF | IN_ATTRIB));
  LastsUntilAProcess([&] { OK(unlink(path.c_str())); },
                     [&] {
                       char event[sizeof(inotify_event) + 256];
                       TRUE(OK(read(fd, event, sizeof(event))) > 0);
                     });
}

CASE(OpenOfAFifo) {
  const std::string path = FreshPath("fifo");
  OK(mkfifo(path.c_str(), 0600));
  LastsUntilAProcess([&] { OK(open(path.c_str(), O_WRONLY)); },
                     [&] { OK(open(path.c_str(), O_RDONLY)); });
  unlink(path.c_str());
}

CASE(FileLock) {
  const std::string path = FreshPath("lock");
  const int held = OK(open(path.c_str(), O_RDWR | O_CREAT, 0600));
  const int other = OK(open(path.c_str(), O_RDWR));
  unlink(path.c_str());
  OK(flock(held, LOCK_EX));
  LastsUntil([&] { OK(flock(held, LOCK_UN)); },
             [&] { OK(flock(other, LOCK_EX)); });
}

CASE(RecordLock) {
  const std::string path = FreshPath("record");
  const int fd = OK(open(path.c_str(), O_RDWR | O_CREAT, 0600));
  unlink(path.c_str());
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  Pipe locked;
  TakesAtLeast(kShort, [&] {
    const pid_t child = OK(fork());
    if (child == 0) {
      OK(fcntl(fd, F_SETLK, &lock));
      WriteOne(locked.write_end);
      Sleep();
      _exit(0);  // which unlocks
    }
    ReadOne(locked.read_end);
    OK(fcntl(fd, F_SETLKW, &lock));
    OK(waitpid(child, nullptr, 0));
  });
}

CASE(SemaphoreWait) {
  sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  LastsUntil([&] { sem_post(&semaphore); }, [&] { OK(sem_wait(&semaphore)); });
}

CASE(ConditionVariable) {
  std::mutex mutex;
  std::condition_variable condition;
  bool ready = false;
  LastsUntil(
      [&] {
        std::lock_guard<std::mutex> lock(mutex);
        ready = true;
        condition.notify_one();
      },
      [&] {
        std::unique_lock<std::mutex> lock(mutex);
        condition.wait(lock, [&] { return ready; });
      });
}

CASE(Mutex) {
  std::mutex mutex;
  Pipe locked;
  TakesAtLeast(kShort, [&] {
    std::thread holder([&] {
      std::lock_guard<std::mutex> lock(mutex);
      WriteOne(locked.write_end);
      Sleep();
    });
    ReadOne(locked.read_end);
    mutex.lock();
    mutex.unlock();
    holder.join();
  });
}

CASE(Barrier) {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, 2);
  LastsUntil([&] { pthread_barrier_wait(&barrier); },
             [&] { pthread_barrier_wait(&barrier); });
}

CASE(ThreadJoin) {
  TakesAtLeast(kShort, [] { std::thread(Sleep).join(); });
}

CASE(Wait4) {
  LastsUntilAProcess([] {}, [] {});
}

CASE(Waitid) {
  TakesAtLeast(kShort, [] {
    const pid_t child = OK(fork());
    if (child == 0) {
      Sleep();
      _exit(7);
    }
    siginfo_t info;
    OK(waitid(P_PID, child, &info, WEXITED));
    EQ(info.si_status, 7);
  });
}

CASE(WaitForAStop) {
  TakesAtLeast(kShort, [] {
    const pid_t child = OK(fork());
    if (child == 0) {
      Sleep();
      raise(SIGSTOP);
      _exit(0);
    }
    int status;
    OK(waitpid(child, &status, WUNTRACED));
    TRUE(WIFSTOPPED(status));
    OK(kill(child, SIGCONT));
    OK(waitpid(child, &status, 0));
  });
}

CASE(PollOfAProcess) {
  TakesAtLeast(kShort, [] {
    const pid_t child = OK(fork());
    if (child == 0) {
      Sleep();
      _exit(0);
    }
    pollfd entry = {static_cast<int>(OK(syscall(SYS_pidfd_open, child, 0))),
                    POLLIN, 0};
    EQ(OK(poll(&entry, 1, -1)), 1);
    OK(waitpid(child, nullptr, 0));
  });
}

CASE(Vfork) {
  // The parent stands still until the child has another program or has ended.
  TakesAtLeast(kShort, [] {
    const pid_t child = OK(vfork());
    if (child == 0) {
      const timespec time = {0, kShort};
      syscall(SYS_nanosleep, &time, nullptr);
      _exit(0);
    }
    OK(waitpid(child, nullptr, 0));
  });
}

CASE(Pause) {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  OK(sigaction(SIGUSR1, &action, nullptr));
  const pthread_t self = pthread_self();
  LastsUntil([&] { pthread_kill(self, SIGUSR1); },
             [] { ERRNO(pause(), EINTR); });
}

CASE(Sigwaitinfo) {
  const sigset_t set = Block(SIGUSR1);
  const pid_t self = getpid();
  LastsUntilAProcess([&] { OK(kill(self, SIGUSR1)); },
                     [&] { EQ(OK(sigwaitinfo(&set, nullptr)), SIGUSR1); });
}

CASE(SignalFdRead) {
  const sigset_t set = Block(SIGUSR1);
  const int fd = OK(signalfd(-1, &set, 0));
  const pid_t self = getpid();
  LastsUntilAProcess([&] { OK(kill(self, SIGUSR1)); },
                     [&] {
                       signalfd_siginfo info;
                       EQ(OK(read(fd, &info, sizeof(info))), sizeof(info));
                     });
}

CASE(PollForEver) {
  Pipe pipe;
  LastsUntilAProcess([&] { WriteOne(pipe.write_end); },
                     [&] {
                       pollfd entry = {pipe.read_end, POLLIN, 0};
                       EQ(OK(poll(&entry, 1, -1)), 1);
                     });
}

CASE(SelectForEver) {
  Pipe pipe;
  LastsUntil(
      [&] { WriteOne(pipe.write_end); },
      [&] {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(pipe.read_end, &set);
        EQ(OK(select(pipe.read_end + 1, &set, nullptr, nullptr, nullptr)), 1);
      });
}

CASE(EpollForEver) {
  Pipe pipe;
  const int epoll = OK(epoll_create1(0));
  epoll_event event = {EPOLLIN, {}};
  OK(epoll_ctl(epoll, EPOLL_CTL_ADD, pipe.read_end, &event));
  LastsUntil([&] { WriteOne(pipe.write_end); },
             [&] { EQ(OK(epoll_wait(epoll, &event, 1, -1)), 1); });
}

CASE(SemaphoreOperation) {
  Semaphore semaphore;
  LastsUntilAProcess([&] { OK(semaphore.Add(1)); },
                     [&] { OK(semaphore.Add(-1)); });
}

CASE(SemaphoreOperationTimeout) {
  Semaphore semaphore;
  const timespec timeout = Spec(kShort);
  TakesAtLeast(kShort, [&] { ERRNO(semaphore.Add(-1, &timeout), EAGAIN); });
}

CASE(SemaphoreOperationInTime) {
  Semaphore semaphore;
  const timespec timeout = Spec(kLong);
  IsWoken([&] {
    LastsUntilAProcess([&] { OK(semaphore.Add(1)); },
                       [&] { OK(semaphore.Add(-1, &timeout)); });
  });
}

CASE(QueueReceive) {
  Queue queue;
  struct {
    long type = 1;
    char text[8] = {};
  } message;
  LastsUntilAProcess([&] { OK(msgsnd(queue.id, &message, 1, 0)); },
                     [&] { EQ(OK(msgrcv(queue.id, &message, 8, 0, 0)), 1); });
}

CASE(MessageQueueReceive) {
  MessageQueue queue;
  char text[8];
  LastsUntilAProcess(
      [&] { OK(mq_send(queue.id, "x", 1, 0)); },
      [&] { EQ(OK(mq_receive(queue.id, text, 8, nullptr)), 1); });
}

CASE(MessageQueueTimeouts) {
  MessageQueue queue;
  char text[8];
  const int64_t until = Now(CLOCK_REALTIME) + kShort;
  timespec time = Spec(until);
  ERRNO(mq_timedreceive(queue.id, text, 8, nullptr, &time), ETIMEDOUT);
  TRUE(Now(CLOCK_REALTIME) >= until);
  OK(mq_send(queue.id, "x", 1, 0));
  time = Spec(Now(CLOCK_REALTIME) + kShort);
  TakesAtLeast(kShort - kMillisecond, [&] {
    ERRNO(mq_timedsend(queue.id, "y", 1, 0, &time), ETIMEDOUT);
  });
}

CASE(MessageQueueInTime) {
  MessageQueue queue;
  char text[8];
  IsWoken([&] {
    const timespec time = Spec(Now(CLOCK_REALTIME) + kLong);
    LastsUntilAProcess(
        [&] { OK(mq_send(queue.id, "x", 1, 0)); },
        [&] { EQ(OK(mq_timedreceive(queue.id, text, 8, nullptr, &time)), 1); });
  });
}

CASE(PriorityInheritanceTimeout) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  EQ(pthread_mutex_lock(&mutex), 0);
  std::thread waiter([&] {
    const int64_t until = Now(CLOCK_REALTIME) + kShort;
    const timespec time = Spec(until);
    EQ(pthread_mutex_timedlock(&mutex, &time), ETIMEDOUT);
    TRUE(Now(CLOCK_REALTIME) >= until);
  });
  waiter.join();
}

CASE(FutexVectorTimeout) {
  uint32_t word = 1;
  struct {
    uint64_t value = 1;
    uint64_t address;
    uint32_t flags = 2;  // FUTEX_32
    uint32_t reserved = 0;
  } waiter;
  waiter.address = reinterpret_cast<uint64_t>(&word);
  const int64_t until = Now() + kShort;
  const timespec time = Spec(until);
  constexpr int kFutexWaitv = 449;
  const long result =
      syscall(kFutexWaitv, &waiter, 1, 0, &time, CLOCK_MONOTONIC);
  if (result < 0 && errno == ENOSYS) SKIP("no futex_waitv");
  ERRNO(result, ETIMEDOUT);
  TRUE(Now() >= until);
}

CASE(NoRings) {
  // What goes through a ring is seen by no filter.
  char parameters[120] = {};
  const long ring = syscall(SYS_io_uring_setup, 1, parameters);
  if (ring >= 0) SKIP("there are rings");
  TRUE(errno == ENOSYS || errno == EPERM);
}
