// For tests: this process as its own guest. A call is formatted, really made,
// and formatted again.
#ifndef QUIESCE_NOTIFIER_TRACE_OWN_CALL_H_
#define QUIESCE_NOTIFIER_TRACE_OWN_CALL_H_

#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "notifier/call/call.h"
#include "notifier/call/guest_access.h"

namespace quiesce {

class OwnMemory : public GuestMemory {
 public:
  int Read(GuestAddr from, void* to, size_t size) override {
    iovec local = {to, size}, remote = {Pointer(from), size};
    const ssize_t n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
    return n == static_cast<ssize_t>(size) ? 0 : EFAULT;
  }
  int Write(GuestAddr to, const void* from, size_t size) override {
    iovec local = {const_cast<void*>(from), size}, remote = {Pointer(to), size};
    const ssize_t n = process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
    return n == static_cast<ssize_t>(size) ? 0 : EFAULT;
  }
  ErrnoOr<std::string> ReadString(GuestAddr from, size_t max) override {
    std::string text;
    for (char c; text.size() < max; text += c) {
      if (Read(from + text.size(), &c, 1) != 0) return Errno(EFAULT);
      if (c == '\0') return text;
    }
    return Errno(ENAMETOOLONG);
  }

 private:
  static void* Pointer(GuestAddr address) {
    return reinterpret_cast<void*>(static_cast<uintptr_t>(address));
  }
};

class OwnCall : public Call {
 public:
  OwnCall(int syscall_number, std::array<uint64_t, 6> arguments) {
    number = syscall_number;
    args = arguments;
    memory = &memory_;
  }
  bool Capable(int) override { return true; }

 private:
  OwnMemory memory_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_OWN_CALL_H_
