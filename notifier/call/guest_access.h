// The seam at the guest: its memory and its descriptors. Behind it every
// handler is tested with a fake.
#ifndef QUIESCE_NOTIFIER_CALL_GUEST_ACCESS_H_
#define QUIESCE_NOTIFIER_CALL_GUEST_ACCESS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "absl/types/span.h"
#include "notifier/base/errno_or.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// A pointer of the guest's. It cannot be dereferenced here.
enum class GuestAddr : uint64_t { kNull = 0 };

inline GuestAddr operator+(GuestAddr a, uint64_t offset) {
  return static_cast<GuestAddr>(static_cast<uint64_t>(a) + offset);
}

// A range to read from the guest, and where to.
struct ReadPiece {
  GuestAddr from;
  void* to;
  size_t size;
};
// A range to write to the guest, and what.
struct WritePiece {
  GuestAddr to;
  const void* from;
  size_t size;
};

// The memory of the thread that made the call. Errors: EFAULT where any byte of
// the range is not mapped that way (all or nothing for reads; a write may have
// begun, as copy_to_user may), ESRCH where the thread is gone.
class GuestMemory {
 public:
  virtual ~GuestMemory() = default;
  // 0 or an errno.
  virtual int Read(GuestAddr from, void* to, size_t size) = 0;
  virtual int Write(GuestAddr to, const void* from, size_t size) = 0;
  // The same for a few ranges, one after the other; where they can be had
  // together they cost little more than one. At most kMostPieces.
  static constexpr size_t kMostPieces = 8;
  virtual int ReadAll(absl::Span<const ReadPiece> pieces) {
    for (const ReadPiece& piece : pieces) {
      if (int error = Read(piece.from, piece.to, piece.size)) return error;
    }
    return 0;
  }
  virtual int WriteAll(absl::Span<const WritePiece> pieces) {
    for (const WritePiece& piece : pieces) {
      if (int error = Write(piece.to, piece.from, piece.size)) return error;
    }
    return 0;
  }
  // How many bytes from `from` on are known without a look at the guest, up to
  // `most`, copied to `to`.
  virtual size_t Known(GuestAddr from, void* to, size_t most) {
    (void)from, (void)to, (void)most;
    return 0;
  }
  // Up to `max` bytes before the NUL; ENAMETOOLONG if there is none by then.
  virtual ErrnoOr<std::string> ReadString(GuestAddr from, size_t max) = 0;

  template <typename T>
  ErrnoOr<T> ReadValue(GuestAddr from) {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    if (int error = Read(from, &value, sizeof(T))) return Errno(error);
    return value;
  }
  template <typename T>
  int WriteValue(GuestAddr to, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    return Write(to, &value, sizeof(T));
  }
};

// The descriptor table of the thread that made the call, as the kernel has it
// now. A duplicate shares the guest's open file: it is made for one question
// and closed at once (a kept one would hide hang-ups), and nothing that may
// block is done with it.
class GuestFiles {
 public:
  virtual ~GuestFiles() = default;
  // EBADF, ESRCH (the thread is gone) or EMFILE (ours).
  virtual ErrnoOr<UniqueFd> Duplicate(int guest_fd) = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_CALL_GUEST_ACCESS_H_
