#include "notifier/guest/copied_memory.h"

#include <algorithm>
#include <cstring>

namespace quiesce {

bool CopiedMemory::Read(uint64_t from, void* to, size_t size) const {
  if (copy_ == nullptr) return false;
  for (int i = 0; i < kCopiedArguments; ++i) {
    const uint64_t begin = copy_->args[i];
    const uint64_t offset = from - begin;
    if (from < begin || offset > copy_->readable[i] ||
        size > copy_->readable[i] - offset) {
      continue;
    }
    std::memcpy(to, copy_->bytes[i] + offset, size);
    return Serial() == serial_;
  }
  return false;
}

size_t CopiedMemory::ReadSome(uint64_t from, void* to, size_t most) const {
  if (copy_ == nullptr) return 0;
  for (int i = 0; i < kCopiedArguments; ++i) {
    const uint64_t offset = from - copy_->args[i];
    if (from < copy_->args[i] || offset >= copy_->readable[i]) continue;
    const size_t size = std::min<size_t>(most, copy_->readable[i] - offset);
    return Read(from, to, size) ? size : 0;
  }
  return 0;
}

}  // namespace quiesce
