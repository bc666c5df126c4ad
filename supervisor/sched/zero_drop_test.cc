#include "supervisor/sched/zero_drop.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kPages = 256;
constexpr size_t kSize = kPages * kPage;

// How many pages of the memory are there, as mincore(2) tells its owner.
int Present(char* memory) {
  std::vector<unsigned char> there(kPages);
  if (mincore(memory, kSize, there.data()) != 0) return -1;
  int count = 0;
  for (const unsigned char page : there) count += page & 1;
  return count;
}

uint64_t Bytes(const ZeroDrop& drop) {
  uint64_t sum = 0;
  for (const AddressRange& range : drop.dropped) sum += range.end - range.begin;
  return sum;
}

// A child with memory that it has filled, and that waits for a byte.
class Child {
 public:
  // The child runs `fill(memory)`, waits for a byte, says how many pages are
  // present, and ends with `check(memory)`.
  Child(std::function<void(char*)> fill, std::function<bool(char*)> check) {
    memory_ = static_cast<char*>(mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_EQ(pipe(to_) | pipe(from_), 0);
    pid_ = fork();
    if (pid_ != 0) return;
    fill(memory_);
    char byte = 'r';
    if (write(from_[1], &byte, 1) != 1) _exit(2);
    if (read(to_[0], &byte, 1) != 1) _exit(2);
    const int present = Present(memory_);
    if (write(from_[1], &present, sizeof(present)) < 0) _exit(2);
    _exit(check(memory_) ? 0 : 1);
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    munmap(memory_, kSize);
    for (const int fd : {to_[0], to_[1], from_[0], from_[1]}) close(fd);
  }

  pid_t pid() const { return pid_; }
  uint64_t memory() const { return reinterpret_cast<uint64_t>(memory_); }
  std::vector<AddressRange> Whole() const {
    return {{memory(), memory() + kSize}};
  }

  // Until it waits for its byte.
  void WaitUntilItWaits() const {
    char byte;
    ASSERT_EQ(read(from_[0], &byte, 1), 1);
    const std::string path = "/proc/" + std::to_string(pid_) + "/syscall";
    char text[8] = "";
    while (std::strncmp(text, "0 ", 2) != 0) {  // read(2), asleep
      FILE* const file = std::fopen(path.c_str(), "re");
      ASSERT_NE(file, nullptr);
      ASSERT_NE(std::fgets(text, sizeof(text), file), nullptr);
      std::fclose(file);
    }
  }
  int PagesWhenAwake() const {
    EXPECT_EQ(write(to_[1], "x", 1), 1);
    int present = -1;
    EXPECT_EQ(read(from_[0], &present, sizeof(present)), sizeof(present));
    return present;
  }
  int ExitStatus() const {
    int status = -1;
    waitpid(pid_, &status, 0);
    return status;
  }

 private:
  pid_t pid_;
  char* memory_;
  int to_[2];
  int from_[2];
};

void Clear(char* memory) {
  for (size_t i = 0; i < kSize; i += kPage) {
    *const_cast<volatile char*>(memory + i) = 0;
  }
}

bool IsClear(const char* memory) {
  return memory[0] == 0 && std::memcmp(memory, memory + 1, kSize - 1) == 0;
}

TEST(ZeroDropTest, ZeroesStayZeroes) {
  const Child child(Clear, IsClear);
  child.WaitUntilItWaits();
  const ZeroDrop drop = DropZeroes(child.pid(), child.Whole());
  EXPECT_TRUE(drop.disturbed);
  EXPECT_EQ(Bytes(drop), kSize);
  EXPECT_EQ(child.PagesWhenAwake(), 0);
  EXPECT_EQ(child.ExitStatus(), 0);
}

TEST(ZeroDropTest, OneBitKeepsItsPage) {
  // First and last byte of a page, the last of the memory, and a run of zeroes
  // that is too short.
  const std::vector<size_t> places = {100 * kPage, 104 * kPage - 1,
                                      107 * kPage + 2000, kSize - 1};
  const Child child(
      [&](char* memory) {
        Clear(memory);
        for (const size_t place : places) memory[place] = '\x80';
      },
      [&](char* memory) {
        for (const size_t place : places) {
          if (memory[place] != '\x80') return false;
          memory[place] = 0;
        }
        return IsClear(memory);
      });
  child.WaitUntilItWaits();
  // Pages 100, 101-102, 103, 104-106, 107 and 255 stay.
  EXPECT_EQ(Bytes(DropZeroes(child.pid(), child.Whole())), kSize - 9 * kPage);
  EXPECT_EQ(child.PagesWhenAwake(), 9);
  EXPECT_EQ(child.ExitStatus(), 0);
}

TEST(ZeroDropTest, OnlyWhatItIsTold) {
  const Child child(Clear, IsClear);
  child.WaitUntilItWaits();
  const std::vector<AddressRange> parts = {
      {child.memory() + 8 * kPage, child.memory() + 16 * kPage},
      {child.memory() + 20 * kPage, child.memory() + 30 * kPage}};
  EXPECT_EQ(Bytes(DropZeroes(child.pid(), parts)), 18 * kPage);
  EXPECT_EQ(child.PagesWhenAwake(), kPages - 18);
  EXPECT_EQ(child.ExitStatus(), 0);
}

TEST(ZeroDropTest, LockedMemoryStays) {
  const Child child(
      [](char* memory) {
        Clear(memory);
        if (mlock(memory, kSize) != 0) _exit(3);
      },
      IsClear);
  child.WaitUntilItWaits();
  EXPECT_EQ(Bytes(DropZeroes(child.pid(), child.Whole())), 0);
  EXPECT_EQ(child.PagesWhenAwake(), kPages);
  EXPECT_EQ(child.ExitStatus(), 0);
}

TEST(ZeroDropTest, LeavesNoMapping) {
  const auto maps = [](pid_t pid) {
    std::string text;
    FILE* const file =
        std::fopen(("/proc/" + std::to_string(pid) + "/maps").c_str(), "re");
    char line[512];
    while (std::fgets(line, sizeof(line), file) != nullptr) text += line;
    std::fclose(file);
    return text;
  };
  const Child child(Clear, IsClear);
  child.WaitUntilItWaits();
  const std::string before = maps(child.pid());
  DropZeroes(child.pid(), child.Whole());
  EXPECT_EQ(maps(child.pid()), before);
}

TEST(ZeroDropTest, SignalsAreAsTheyWere) {
  static int seen = 0;
  const Child child(
      [](char* memory) {
        Clear(memory);
        struct sigaction action {};
        action.sa_handler = [](int) { ++seen; };
        sigaction(SIGUSR1, &action, nullptr);  // no SA_RESTART
        signal(SIGTRAP, SIG_IGN);
        sigset_t blocked;
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGUSR2);
        sigprocmask(SIG_SETMASK, &blocked, nullptr);
      },
      [](char* memory) {
        sigset_t blocked;
        sigprocmask(SIG_SETMASK, nullptr, &blocked);
        struct sigaction trap;
        sigaction(SIGTRAP, nullptr, &trap);
        return IsClear(memory) && seen == 0 && sigismember(&blocked, SIGUSR2) &&
               !sigismember(&blocked, SIGUSR1) && trap.sa_handler == SIG_IGN;
      });
  child.WaitUntilItWaits();
  EXPECT_EQ(Bytes(DropZeroes(child.pid(), child.Whole())), kSize);
  EXPECT_EQ(child.PagesWhenAwake(), 0);
  EXPECT_EQ(child.ExitStatus(), 0);
}

// In the middle of a call that would not be made again: nothing happens to it.
TEST(ZeroDropTest, OtherCallsEndAsAfterAStop) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    pollfd fd{fds[0], POLLIN, 0};
    _exit(poll(&fd, 1, -1) == 1 && fd.revents == POLLIN ? 0 : 1);
  }
  const std::string path = "/proc/" + std::to_string(pid) + "/syscall";
  char text[8] = "";
  while (std::strncmp(text, "7 ", 2) != 0) {  // poll(2), asleep
    FILE* const file = std::fopen(path.c_str(), "re");
    ASSERT_NE(std::fgets(text, sizeof(text), file), nullptr);
    std::fclose(file);
  }
  const ZeroDrop drop = DropZeroes(pid, {{0x1000, 0x100000}});
  EXPECT_TRUE(drop.disturbed);
  EXPECT_EQ(Bytes(drop), 0);
  ASSERT_EQ(write(fds[1], "x", 1), 1);
  int status = -1;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  close(fds[0]);
  close(fds[1]);
}

TEST(ZeroDropTest, WhoIsTracedByAnotherIsLeft) {
  const Child child(
      [](char* memory) {
        Clear(memory);
        ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      },
      IsClear);
  child.WaitUntilItWaits();
  EXPECT_FALSE(DropZeroes(child.pid(), child.Whole()).disturbed);
  EXPECT_EQ(child.PagesWhenAwake(), kPages);
  EXPECT_EQ(child.ExitStatus(), 0);
}

TEST(ZeroDropTest, NobodyIsLeft) { EXPECT_FALSE(DropZeroes(-1, {}).disturbed); }

}  // namespace
}  // namespace quiesce
