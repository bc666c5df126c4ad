// What a run occupies of the host's memory at one moment, told in one of two
// ways.
#ifndef QUIESCE_TOOLS_BENCH_MEMORY_NOW_H_
#define QUIESCE_TOOLS_BENCH_MEMORY_NOW_H_

namespace quiesce {

struct MemoryNow {
  // Of processes: anonymous pages and what they have in tmpfs, each page once.
  // By /proc (see MemoryOfTree) also their part of mapped files, and no tmpfs
  // that nobody maps.
  double user_mib = 0;
  // The kernel's own for them: slab, page tables, stacks.
  double kernel_mib = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_MEMORY_NOW_H_
