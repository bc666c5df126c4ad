// Memory that holds zeroes, while its owner waits: it stays what it is, of
// whatever kind it is. Whether it takes room is another matter.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <thread>
#include <utility>

#include "testdata/guests/harness.h"
#include "testdata/guests/waits.h"

using namespace guest;

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kSize = 2 << 20;
// Bytes of the memory that are no zeroes.
constexpr size_t kPlaces[] = {5 * kPage + 77, 90 * kPage, 120 * kPage - 1,
                              kSize - 1};

char* Map(int flags, int fd = -1) {
  void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, flags, fd, 0);
  TRUE(memory != MAP_FAILED);
  return static_cast<char*>(memory);
}

// Fills memory with zeroes, nearly. Takes some CPU time.
void Fill(char* memory, size_t size = kSize) {
  for (int i = 0; i < 5; ++i) {
    std::memset(memory, 0, size);
    asm volatile("" : : "r"(memory) : "memory");
  }
  for (const size_t place : kPlaces) {
    if (place < size) memory[place] = '\x80';
  }
}

void CheckFilled(const char* memory, size_t size = kSize) {
  size_t places = 0;
  for (size_t i = 0; i < size; ++i) {
    if (memory[i] == 0) continue;
    EQ(static_cast<unsigned char>(memory[i]), 0x80);
    bool right = false;
    for (const size_t place : kPlaces) right |= place == i;
    TRUE(right);
    ++places;
  }
  size_t wanted = 0;
  for (const size_t place : kPlaces) wanted += place < size;
  EQ(places, wanted);
}

void Wait() {
  const timespec time = Spec(kShort);
  TakesAtLeast(kShort, [&] { OK(nanosleep(&time, nullptr)); });
}

// Pages that the process has, without those of files (proc(5), statm).
long OwnPages() {
  FILE* const file = std::fopen("/proc/self/statm", "re");
  TRUE(file != nullptr);
  long all, resident, shared;
  EQ(std::fscanf(file, "%ld %ld %ld", &all, &resident, &shared), 3);
  std::fclose(file);
  return resident - shared;
}

CASE(ZeroesTakeMemory) {
  char* const memory = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  const long before = OwnPages();
  Fill(memory);
  Wait();
  TRUE(OwnPages() - before >= static_cast<long>(kSize / kPage / 2));
}

CASE(Mapped) {
  char* const memory = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  for (int i = 0; i < 4; ++i) {
    Fill(memory);
    Wait();
    CheckFilled(memory);
  }
}

CASE(Heap) {
  char* const end = static_cast<char*>(sbrk(kSize));
  TRUE(end != reinterpret_cast<char*>(-1));
  Fill(end);
  Wait();
  CheckFilled(end);
}

CASE(Stack) {
  constexpr size_t kPart = 1 << 20;
  char memory[kPart];
  Fill(memory, kPart);
  Wait();
  CheckFilled(memory, kPart);
}

CASE(StackOfAThread) {
  std::thread thread([] {
    constexpr size_t kPart = 1 << 20;
    char memory[kPart];
    Fill(memory, kPart);
    Wait();
    CheckFilled(memory, kPart);
  });
  thread.join();
}

CASE(Shared) {
  char* const memory = Map(MAP_SHARED | MAP_ANONYMOUS);
  Fill(memory);
  const pid_t child = OK(fork());
  if (child == 0) {
    Wait();
    CheckFilled(memory);
    memory[0] = 1;
    _exit(0);
  }
  OK(waitpid(child, nullptr, 0));
  EQ(std::exchange(memory[0], '\0'), 1);
  CheckFilled(memory);
}

// What was written over a file's pages is the process's own.
CASE(OverAFile) {
  const int file = OK(memfd_create("file", 0));
  for (size_t at = 0; at < kSize; at += kPage) {
    EQ(OK(pwrite(file, "not zero", 8, at)), 8);
  }
  char* const memory = Map(MAP_PRIVATE, file);
  EQ(memory[0], 'n');
  Fill(memory);
  Wait();
  CheckFilled(memory);
}

CASE(Locked) {
  char* const memory = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  if (mlock(memory, kSize) != 0) Skip("memory may not be locked");
  Fill(memory);
  Wait();
  CheckFilled(memory);
}

CASE(NotReadable) {
  char* const memory = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  Fill(memory);
  OK(mprotect(memory, kSize, PROT_NONE));
  char* const guard = memory + kSize / 2;
  OK(mprotect(guard, kPage, PROT_READ));
  Wait();
  OK(mprotect(memory, kSize, PROT_READ));
  CheckFilled(memory);
}

CASE(ReadOnly) {
  char* const memory = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  Fill(memory);
  OK(mprotect(memory, kSize, PROT_READ));
  Wait();
  CheckFilled(memory);
}

CASE(CopiedByFork) {
  char* const memory = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  Fill(memory);
  const pid_t child = OK(fork());
  if (child == 0) {
    Fill(memory);
    Wait();
    CheckFilled(memory);
    std::memset(memory, 1, kSize);
    Wait();
    _exit(0);
  }
  int status;
  OK(waitpid(child, &status, 0));
  EQ(status, 0);
  CheckFilled(memory);
}

// Registers of the thread that waits, those of floating point among them.
CASE(Registers) {
  char* const memory = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  Fill(memory);
  const timespec time = Spec(kShort);
  register long b asm("rbx") = 0x1111;
  register long r12 asm("r12") = 0x2222;
  register long r13 asm("r13") = 0x3333;
  register long r10 asm("r10") = 0x4444;
  register long r8 asm("r8") = 0x5555;
  register long r9 asm("r9") = 0x6666;
  register double x asm("xmm7") = 1.5;
  long result = SYS_nanosleep;
  asm volatile("syscall"
               : "+a"(result), "+r"(b), "+r"(r12), "+r"(r13), "+r"(r10),
                 "+r"(r8), "+r"(r9), "+x"(x)
               : "D"(&time), "S"(nullptr), "d"(0)
               : "rcx", "r11", "memory");
  // Calls may change these registers.
  const long after[] = {result, b, r12, r13, r10, r8, r9};
  const double x_after = x;
  const long wanted[] = {0, 0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666};
  for (size_t i = 0; i < std::size(wanted); ++i) EQ(after[i], wanted[i]);
  TRUE(x_after == 1.5);
  CheckFilled(memory);
}

// Whoever waits for another one's word, with memory of both.
CASE(WokenByThreadThatWaited) {
  char* const memory = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  WokenByThread([&](int fd) {
    Fill(memory);
    PollIn(fd);
    CheckFilled(memory);
  });
  Pipe pipe;
  std::thread writer([&] {
    Wait();
    Fill(memory);
    OK(write(pipe.write_end, "x", 1));
  });
  IsWoken([&] { PollIn(pipe.read_end); });
  writer.join();
  CheckFilled(memory);
}

}  // namespace
