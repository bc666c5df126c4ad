// What a guest's call points to, as the guest has copied it itself when it went
// to sleep to wait for the answer (call_copies.h): the first bytes behind its
// arguments.
#ifndef QUIESCE_NOTIFIER_GUEST_COPIED_MEMORY_H_
#define QUIESCE_NOTIFIER_GUEST_COPIED_MEMORY_H_

#include <cstddef>
#include <cstdint>

namespace quiesce {

constexpr int kCopiedArguments = 6;
constexpr size_t kCopiedBytes = 256;

// As the program writes it. Guests that run meanwhile may write another one in
// its place: what is taken from it counts if `serial` is the same afterwards.
struct CallCopy {
  uint64_t serial;  // of what was copied to this place
  uint64_t tid;     // in the initial pid namespace
  uint64_t number;
  uint64_t args[kCopiedArguments];
  uint64_t readable[kCopiedArguments];  // bytes that could be read: all or none
  char bytes[kCopiedArguments][kCopiedBytes];
};

// The part of one that is still what it was when it was found.
class CopiedMemory {
 public:
  CopiedMemory() = default;
  explicit CopiedMemory(const CallCopy* copy)
      : copy_(copy), serial_(copy == nullptr ? 0 : Serial()) {}

  // Whether `size` bytes from address `from` on were copied; then they are in
  // `to`.
  bool Read(uint64_t from, void* to, size_t size) const;
  // How many bytes there are from `from` on, up to `most`, copied to `to`.
  size_t ReadSome(uint64_t from, void* to, size_t most) const;

 private:
  uint64_t Serial() const {
    return __atomic_load_n(&copy_->serial, __ATOMIC_ACQUIRE);
  }

  const CallCopy* copy_ = nullptr;
  uint64_t serial_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_GUEST_COPIED_MEMORY_H_
