// A program that starts slowly: it fills a table, asks its kernel for all that
// a program may ask for before it knows what it is to do, and leaves all kinds
// of state behind in the kernel. Then it reads its node's own file, prints
// everything that it can see of itself, and goes to sleep.
//   starter FILE [hash|thread|forks]: what it derives from its host name, too;
//   with a thread from the beginning; nothing of all this, but a child in nodes
//   whose names end with a 3
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr size_t kWords = 512 << 10;  // 4 MiB

uint32_t Hash(const char* text) {
  uint32_t hash = 5381;
  for (; *text != '\0'; ++text) hash = hash * 33 + *text;
  return hash;
}

void* Sleep(void*) {
  for (;;) pause();
}

int handled = 0;
void OnSignal(int) { ++handled; }

void PrintDescriptors() {
  for (int number = 0; number < 32; ++number) {
    const int flags = fcntl(number, F_GETFD);
    if (flags < 0) continue;
    struct stat info;
    fstat(number, &info);
    printf("descriptor %d: %o flags %d %o at %ld\n", number,
           info.st_mode & S_IFMT, flags, fcntl(number, F_GETFL) & O_ACCMODE,
           static_cast<long>(lseek(number, 0, SEEK_CUR)));
  }
}

void PrintStatus() {
  FILE* status = fopen("/proc/self/status", "r");
  char line[256];
  while (fgets(line, sizeof(line), status) != nullptr) {
    static const char* const kWanted[] = {
        "Name:",   "Umask:",  "Tgid:",   "PPid:",       "Uid:",
        "Gid:",    "Groups:", "NSpid:",  "NSsid:",      "Threads:",
        "SigBlk:", "SigIgn:", "SigCgt:", "CapInh:",     "CapPrm:",
        "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:"};
    for (const char* wanted : kWanted) {
      if (strncmp(line, wanted, strlen(wanted)) == 0) fputs(line, stdout);
    }
  }
  fclose(status);
}

}  // namespace

int main(int argc, char** argv) {
  const char* way = argc > 2 ? argv[2] : "";
  if (strcmp(way, "forks") == 0) {
    (void)open(argv[1], O_RDONLY);
    utsname own;
    uname(&own);
    if (own.nodename[strlen(own.nodename) - 1] == '3') fork();
    for (;;) pause();
  }
  auto* table = static_cast<uint64_t*>(malloc(kWords * sizeof(uint64_t)));
  for (size_t i = 0; i < kWords; ++i) table[i] = i * 0x9e3779b97f4a7c15;

  utsname* name = new utsname;
  uname(name);
  char* copied = strdup(name->nodename);
  uint64_t random = 0;
  (void)!getrandom(&random, sizeof(random), 0);
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const uint32_t hash = strcmp(way, "hash") == 0 ? Hash(copied) : 0;
  pthread_t thread;
  if (strcmp(way, "thread") == 0) {
    pthread_create(&thread, nullptr, Sleep, nullptr);
  }

  // Opened and closed below what stays open.
  const int passwd = open("/bin/starter", O_RDONLY);
  char begin[16];
  (void)!read(passwd, begin, 10);
  int ends[2];
  (void)!pipe2(ends, O_CLOEXEC | O_NONBLOCK);
  (void)!write(ends[1], "in the pipe", 11);
  const int program = open("/bin/starter", O_RDONLY | O_CLOEXEC);
  (void)!read(program, begin, 16);
  close(passwd);
  mkdir("/tmp/made", 0750);
  const int made = open("/tmp/made/file", O_RDWR | O_CREAT, 0640);
  dprintf(made, "pid %d\n", getpid());
  const int root = open("/", O_RDONLY | O_DIRECTORY);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  dup(1);
  umask(027);
  signal(SIGUSR1, OnSignal);
  signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  printf("to be seen later, ");  // in a buffer of its own
  thread_local int local = 0;
  local = getpid();

  FILE* file = fopen(argv[1], "r");  // its node's own
  char text[64] = "";
  if (file == nullptr || fgets(text, sizeof(text), file) == nullptr) return 1;
  printf("read %s", text);
  uint64_t sum = 0;
  for (size_t i = 0; i < kWords; ++i) sum += table[i];
  printf("sum %016lx at %p, break %p\n", sum, static_cast<void*>(table),
         sbrk(0));
  utsname again;
  uname(&again);
  printf("host %s, copied %s, now %s, hash %u\n", name->nodename, copied,
         again.nodename, hash);
  printf("random %016lx\n", random);
  timespec later;
  clock_gettime(CLOCK_REALTIME, &later);
  printf("time %ld.%09ld and %ld.%09ld\n", now.tv_sec, now.tv_nsec,
         later.tv_sec, later.tv_nsec);
  printf("pid %d %d parent %d session %d thread %ld\n", local, getpid(),
         getppid(), getsid(0), syscall(SYS_gettid));
  char bytes[32] = "";
  (void)!read(ends[0], bytes, sizeof(bytes) - 1);
  printf("pipe %s\n", bytes);
  lseek(made, 0, SEEK_SET);
  memset(bytes, 0, sizeof(bytes));
  (void)!read(made, bytes, sizeof(bytes) - 1);
  printf("made %s", bytes);
  epoll_event event{EPOLLIN, {}};
  printf("epoll %d, root %d\n",
         epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event),
         openat(root, "tmp/made/file", O_RDONLY) > 0);
  raise(SIGUSR1);
  printf("handled %d\n", handled);
  PrintDescriptors();
  PrintStatus();
  fflush(stdout);
  for (;;) pause();
}
