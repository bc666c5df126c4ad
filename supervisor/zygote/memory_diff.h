// Where the memory of a template depends on what only its node knows.
//
// Two templates are told different things (host name, random bytes) and are
// stopped at the same call. If their memories differ only where these very
// bytes stand, a copy in which the node's own bytes are put there has the
// memory that its own start would have made. Anything else that differs is a
// dependence that cannot be undone, and the template is not used: what a
// program derives from its host name (a hash, a length) shows in this way.
//
// Of AT_RANDOM the C library makes the guards of stacks and pointers, in every
// program: it clears the lowest byte of the first half, and mixes code pointers
// that it keeps with the second half, by exclusive or and rotation (glibc,
// sysdeps/unix/sysv/linux/x86_64/pointer_guard.h). What is left of these on
// stacks, overwritten in part, gets about in structures with holes.
//
// Pure.
#ifndef QUIESCE_SUPERVISOR_ZYGOTE_MEMORY_DIFF_H_
#define QUIESCE_SUPERVISOR_ZYGOTE_MEMORY_DIFF_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quiesce {

// Something that each node is told differently, as two templates were told it;
// but for texts both alike long.
struct ToldTwice {
  enum class Kind {
    kBytes,     // no byte the same in both
    kText,      // neither; with a NUL at the end, written over what the
                // shorter one, the second, leaves standing
    kAtRandom,  // so is it; its halves stand at multiples of 8, or what is left
                // of them
    kNumber,    // 8 bytes, which stand at multiples of 8
  };
  std::string first;
  std::string second;
  Kind kind = Kind::kBytes;
};

struct MemoryPatch {
  uint64_t address = 0;
  int told = 0;     // index of what was told
  size_t from = 0;  // which of its bytes
  size_t size = 0;
  // Half a pointer that was mixed in the first template, and which one.
  uint32_t mixed = 0;
  enum class Half { kNone, kLow, kHigh } half = Half::kNone;
  std::string below;  // what a text is written over
};

// A piece of private memory, of both.
struct MemoryPair {
  uint64_t address = 0;
  absl::string_view first;
  absl::string_view second;
};

// Appends what has to be patched. FailedPrecondition where the memories differ
// otherwise: says where.
absl::Status CompareMemory(const MemoryPair& memory,
                           const std::vector<ToldTwice>& told,
                           std::vector<MemoryPatch>* patches);

// The bytes for a copy whose node is told `own` instead of told[patch.told].
std::string PatchBytes(const MemoryPatch& patch, const ToldTwice& told,
                       absl::string_view own);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_ZYGOTE_MEMORY_DIFF_H_
