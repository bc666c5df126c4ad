// A program that misbehaves in the way its argument names. Static, since it is
// alone in its root file system.
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

namespace {

[[noreturn]] void Idle() {
  while (true) pause();
}

[[noreturn]] void Crash() {
  fprintf(stderr, "about to crash\n");
  *reinterpret_cast<volatile int*>(8) = 1;
  abort();
}

[[noreturn]] void CrashLater() {
  sleep(2);
  fprintf(stderr, "time is up\n");
  abort();
}

[[noreturn]] void Spin() {
  printf("spinning\n");
  fflush(stdout);
  for (volatile uint64_t i = 0;; i = i + 1) {
  }
}

double Now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

// As some programs wait for a device: without sleeping.
void SpinUntilTheClockMoves() {
  const double begin = Now();
  while (Now() < begin + 3) {
  }
  printf("the clock has moved\n");
  fflush(stdout);
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Datagrams without end, to its own node and to whoever may own the address.
[[noreturn]] void FloodDatagrams() {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address = Loopback(9999);
  char data[1000] = {};
  while (true) {
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sendto(fd, data, sizeof(data), 0, reinterpret_cast<sockaddr*>(&address),
           sizeof(address));
    address.sin_addr.s_addr = htonl(0xac100001);  // 172.16.0.1
    sendto(fd, data, sizeof(data), 0, reinterpret_cast<sockaddr*>(&address),
           sizeof(address));
  }
}

// Writes into a connection whose other end never reads.
[[noreturn]] void FloodStream() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(7777);
  bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  listen(listener, 5);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int other = accept(listener, nullptr, nullptr);
  printf("accepted %d\n", other >= 0);
  fflush(stdout);
  static char data[65536];
  while (write(fd, data, sizeof(data)) > 0) {
  }
  Idle();
}

sockaddr_in Neighbour(uint16_t port) {
  sockaddr_in address = Loopback(port);
  address.sin_addr.s_addr = htonl(0xac100002);  // 172.16.0.2
  return address;
}

// More than any queue should take, to a neighbour.
[[noreturn]] void FloodNeighbour() {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const sockaddr_in address = Neighbour(9999);
  char data[8000] = {};
  for (int i = 0; i < 20000; ++i) {
    sendto(fd, data, sizeof(data), 0,
           reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
  printf("datagrams are out\n");
  fflush(stdout);
  Idle();
}

// Connects to a neighbour that wants no session with it, again and again.
[[noreturn]] void Connect() {
  const sockaddr_in address = Neighbour(179);
  signal(SIGPIPE, SIG_IGN);
  static char data[65536];
  while (true) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
                sizeof(address)) == 0) {
      while (write(fd, data, sizeof(data)) > 0) {
      }
    }
    close(fd);
  }
}

// Until no file can become longer and no file can be made.
[[noreturn]] void FillDisk() {
  static char data[65536];
  const int fd = open("/tmp/full", O_WRONLY | O_CREAT, 0600);
  while (write(fd, data, sizeof(data)) > 0) {
  }
  printf("a full disk: %s\n", strerror(errno));
  unlink("/tmp/full");
  close(fd);
  char name[32];
  int files = 0;
  do {
    snprintf(name, sizeof(name), "/tmp/f%d", ++files);
  } while (mknod(name, S_IFREG | 0600, 0) == 0);
  printf("no more files: %s\n", strerror(errno));
  fflush(stdout);
  Idle();
}

[[noreturn]] void OpenSockets(bool as_many_as_possible) {
  rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  if (as_many_as_possible) limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int count = 0;
  while (socket(AF_INET, count % 2 ? SOCK_STREAM : SOCK_DGRAM, 0) >= 0) {
    ++count;
  }
  printf("%s sockets: %s\n", count > 100 ? "many" : "few", strerror(errno));
  fflush(stdout);
  Idle();
}

[[noreturn]] void ForkBomb() {
  while (true) fork();
}

// Forks as often as it may, then rests.
[[noreturn]] void ManyChildren() {
  while (true) {
    const pid_t pid = fork();
    if (pid == 0) Idle();
    if (pid < 0) break;
  }
  printf("no more children: %s\n", strerror(errno));
  fflush(stdout);
  Idle();
}

[[noreturn]] void IgnoreSignals() {
  for (int number = 1; number < 65; ++number) signal(number, SIG_IGN);
  Idle();
}

// Every intercepted call and its neighbours with arguments that make no sense.
[[noreturn]] void Garbage() {
  // An accept() on what a call has made a listener must not wait.
  const int kept = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  std::mt19937_64 random(1);
  const auto word = [&]() -> long {
    switch (random() % 6) {
      case 0:
        return 0;
      case 1:
        return -1;
      case 2:
        return kept;
      case 3:
        return 0x7fff'ffff'f000 + random() % 4096;  // no memory there
      case 4:
        return 0xffff'8000'0000'0000 + random() % 4096;  // the kernel's
      default:
        return random() % 4096;
    }
  };
  constexpr int kCalls[] = {
      SYS_socket,
      SYS_connect,
      SYS_accept,
      SYS_sendto,
      SYS_recvfrom,
      SYS_sendmsg,
      SYS_recvmsg,
      SYS_shutdown,
      SYS_bind,
      SYS_listen,
      SYS_getsockname,
      SYS_getpeername,
      SYS_setsockopt,
      SYS_getsockopt,
      SYS_accept4,
      SYS_recvmmsg,
      SYS_sendmmsg,
      SYS_ioctl,
      SYS_timer_create,
      SYS_timer_settime,
      SYS_timer_gettime,
      SYS_timerfd_settime,
      SYS_timerfd_gettime,
      SYS_setitimer,
      SYS_getitimer,
      SYS_openat,
      SYS_open,
      SYS_clock_gettime,
      SYS_gettimeofday,
      SYS_sysinfo,
      SYS_times,
      SYS_sched_setscheduler,
      SYS_sched_setaffinity,
      SYS_epoll_wait,
      SYS_openat2,
      SYS_sched_setattr,
  };
  for (int round = 0; round < 200; ++round) {
    for (const int call : kCalls) {
      // Timed waits with garbage may wait for ever: those have no timeout here.
      syscall(call, word(), word(), word(), call == SYS_epoll_wait ? 0 : word(),
              word(), word());
    }
  }
  printf("garbage is over\n");
  fflush(stdout);
  Idle();
}

// Threads that come and go while others wait.
[[noreturn]] void Threads() {
  for (int round = 0; round < 50; ++round) {
    std::thread threads[8];
    for (std::thread& thread : threads) {
      thread = std::thread([] { usleep(1000); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  printf("threads are over\n");
  fflush(stdout);
  Idle();
}

// The main thread ends and stays a zombie as long as the other one lives.
[[noreturn]] void LeaveThread() {
  std::thread([] {
    usleep(1000);
    printf("the other one is here\n");
    fflush(stdout);
    Idle();
  }).detach();
  while (true) syscall(SYS_exit, 0);
}

// Prints without end.
[[noreturn]] void Chatter() {
  while (true) printf("and another thing\n");
}

[[noreturn]] void LongOutput() {
  for (int i = 0; i < 5'000'000; ++i) printf("and another thing\n");
  fflush(stdout);
  Idle();
}

}  // namespace

int main(int argc, char** argv) {
  const char* mode = argc > 1 ? argv[1] : "idle";
  const auto is = [&](const char* name) { return strcmp(mode, name) == 0; };
  if (is("crash")) Crash();
  if (is("crash_later")) CrashLater();
  if (is("spin")) Spin();
  if (is("spin_clock")) SpinUntilTheClockMoves();
  if (is("flood_datagrams")) FloodDatagrams();
  if (is("flood_stream")) FloodStream();
  if (is("flood_neighbour")) FloodNeighbour();
  if (is("connect")) Connect();
  if (is("fill_disk")) FillDisk();
  if (is("sockets")) OpenSockets(false);
  if (is("all_sockets")) OpenSockets(true);
  if (is("fork_bomb")) ForkBomb();
  if (is("children")) ManyChildren();
  if (is("ignore_signals")) IgnoreSignals();
  if (is("garbage")) Garbage();
  if (is("threads")) Threads();
  if (is("leave_thread")) LeaveThread();
  if (is("chatter")) Chatter();
  if (is("long_output")) LongOutput();
  if (is("exit")) {
    printf("nothing to do\n");
    return 3;
  }
  Idle();
}
