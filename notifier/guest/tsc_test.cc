// Code that reads the time stamp counter is found in this very program, and
// redirected in it.
#include "notifier/guest/tsc.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "gtest/gtest.h"
#include "notifier/base/unique_fd.h"

// As Go's runtime.cputicks() is compiled: two ways to read the counter, the
// second of which jumps back behind the first; INT3 between functions.
asm(R"(
  .text
  .balign 32, 0xcc
  .globl tsc_by_rdtscp
tsc_by_rdtscp:
  rdtscp
done:
  shl $32, %rdx
  add %rdx, %rax
  ret
  .globl tsc_by_rdtsc
tsc_by_rdtsc:
  mfence
  lfence
  rdtsc
  jmp done
  .fill 24, 1, 0xcc
  .balign 32, 0xcc
)");
extern "C" uint64_t tsc_by_rdtscp();
extern "C" uint64_t tsc_by_rdtsc();

namespace quiesce {
namespace {

uint64_t clock_page = 0;
uint64_t* counter = &clock_page;

TEST(Tsc, IsFoundAndRedirected) {
  UniqueFd file(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const TscSites& sites = TscSitesOf(file.get());
  ASSERT_GE(sites.sites.size(), 2);
  EXPECT_EQ(&sites, &TscSitesOf(file.get())) << "it was read again";

  const uint64_t before = tsc_by_rdtsc();
  EXPECT_GE(tsc_by_rdtscp(), before);
  const uint64_t loaded = getauxval(AT_ENTRY) - sites.entry;
  UniqueFd memory(open("/proc/self/mem", O_RDWR | O_CLOEXEC));
  for (const CodePiece& piece :
       RedirectTsc(sites, loaded, reinterpret_cast<uint64_t>(&counter))) {
    ASSERT_EQ(
        pwrite(memory.get(), piece.bytes.data(), piece.bytes.size(), piece.at),
        static_cast<ssize_t>(piece.bytes.size()));
  }
  for (const uint64_t nanos :
       {uint64_t{0}, uint64_t{7}, uint64_t{0x1234'5678'9abc'def0},
        uint64_t{0xffff'ffff}, ~uint64_t{0}}) {
    *const_cast<volatile uint64_t*>(&clock_page) = nanos;
    EXPECT_EQ(tsc_by_rdtscp(), nanos);
    EXPECT_EQ(tsc_by_rdtsc(), nanos);
  }
}

// One segment of code, from the file's beginning.
std::string Elf(const std::string& code, uint64_t filesz_more = 0) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_machine = EM_X86_64;
  header.e_phoff = sizeof(header);
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_flags = PF_R | PF_X;
  segment.p_vaddr = 0x400000;
  segment.p_filesz =
      sizeof(header) + sizeof(segment) + code.size() + filesz_more;
  segment.p_memsz = segment.p_filesz;
  return std::string(reinterpret_cast<char*>(&header), sizeof(header)) +
         std::string(reinterpret_cast<char*>(&segment), sizeof(segment)) + code;
}

const std::string kRead("\x0f\x31\x48\xc1\xe2\x20", 6);

TEST(Tsc, EachNeedsPaddingOfItsOwn) {
  EXPECT_EQ(FindTscSites(Elf(kRead)).sites.size(), 0);
  EXPECT_EQ(FindTscSites(Elf(kRead + "\xcc\xcc\xcc\xcc")).sites.size(), 0);
  const std::string padding(5, '\xcc');
  EXPECT_EQ(FindTscSites(Elf(kRead + padding)).sites.size(), 1);
  EXPECT_EQ(FindTscSites(Elf(kRead + kRead + padding)).sites.size(), 1);
  EXPECT_EQ(FindTscSites(Elf(padding + kRead + kRead + padding)).sites.size(),
            2);
}

TEST(Tsc, PaddingOutOfReachIsNoUse) {
  const std::string padding(5, '\xcc');
  const auto found = [&](size_t before, size_t after) {
    return FindTscSites(Elf((before > 0 ? padding : "") +
                            std::string(before, '\x90') + kRead +
                            std::string(after, '\x90') +
                            (after > 0 ? padding : "")))
        .sites.size();
  };
  // The short jump counts from behind its own two bytes, -128 to 127.
  EXPECT_EQ(found(121, 0), 1);
  EXPECT_EQ(found(122, 0), 0);
  EXPECT_EQ(found(0, 123), 1);
  EXPECT_EQ(found(0, 124), 0);
}

TEST(Tsc, TheLastPageMustHaveRoom) {
  const std::string padding(5, '\xcc');
  const size_t head = Elf("").size() + kRead.size() + padding.size();
  const auto fill = [&](size_t size) {
    return FindTscSites(Elf(kRead + padding + std::string(size - head, '\x90')))
        .sites.size();
  };
  EXPECT_EQ(fill(4096 - 32), 1);
  EXPECT_EQ(fill(4096 - 31), 0);
  EXPECT_EQ(fill(4096), 0);
}

TEST(Tsc, DamagedFilesHaveNone) {
  const std::string whole = Elf(kRead + std::string(5, '\xcc'));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(FindTscSites(whole.substr(0, size)).sites.size(), 0) << size;
  }
  std::string other = whole;
  other[EI_MAG0] = 'x';
  EXPECT_EQ(FindTscSites(other).sites.size(), 0);
  EXPECT_EQ(FindTscSites("#!/bin/sh\n").sites.size(), 0);
}

}  // namespace
}  // namespace quiesce
