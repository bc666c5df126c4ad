// Programs that read the processor's time stamp counter.
//
// RDTSC and RDTSCP are no system calls, and trapping them (PR_SET_TSC) takes a
// debugger. Go's runtime seeds the scheduler's chance from the counter, so
// what a Go program does first would differ from run to run. Where a program
// file holds such an instruction in a form that nothing else can be, its
// process is made to jump to a few instructions that read the clock page
// instead (notifier/guest/vdso.h): the counter counts nanoseconds of
// CLOCK_MONOTONIC.
//
// The instruction has two bytes or three, room for a short jump. It leads to a
// near jump in the padding between two functions (INT3, as Go's linker leaves
// it), and that to the end of the program's last page of code, which no segment
// uses. An instruction with no padding near is left as it is, as are those in
// shared libraries: the dynamic linker's statistics, OpenSSL's entropy.
#ifndef QUIESCE_NOTIFIER_GUEST_TSC_H_
#define QUIESCE_NOTIFIER_GUEST_TSC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace quiesce {

// Addresses are the file's own: without the offset at which it was loaded.
struct TscSites {
  struct Site {
    uint64_t at;
    int size;      // 2: RDTSC, 3: RDTSCP
    uint64_t hop;  // five bytes of padding that a short jump from `at` reaches
    uint64_t stub;
  };
  std::vector<Site> sites;
  uint64_t entry = 0;  // of the program
};

// Where the x86-64 ELF file `elf` reads the counter; no sites if it is not one,
// or is damaged.
TscSites FindTscSites(absl::string_view elf);

// The sites in the file behind a descriptor, which is read once for all
// processes that run it. Any thread.
const TscSites& TscSitesOf(int file);

struct CodePiece {
  uint64_t at;
  std::string bytes;
};

// What to write over the code of a process: `loaded` is where the program's
// address 0 is; at `counter` the process has the address of what is read.
std::vector<CodePiece> RedirectTsc(const TscSites& sites, uint64_t loaded,
                                   uint64_t counter);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_GUEST_TSC_H_
