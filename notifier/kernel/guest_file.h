// The file behind the descriptor that a call is about: duplicated when it is
// first asked for, which many calls on a socket never do.
#ifndef QUIESCE_NOTIFIER_KERNEL_GUEST_FILE_H_
#define QUIESCE_NOTIFIER_KERNEL_GUEST_FILE_H_

#include <fcntl.h>
#include <sys/socket.h>

#include <utility>

#include "notifier/base/unique_fd.h"
#include "notifier/call/call.h"

namespace quiesce {

class GuestFile {
 public:
  GuestFile() = default;
  // `call` outlives this.
  GuestFile(Call* call, int number) : call_(call), number_(number) {}
  // There is a duplicate already.
  explicit GuestFile(UniqueFd duplicate) : duplicate_(std::move(duplicate)) {}

  // A descriptor of ours, good as long as this lives; -1 if the guest has
  // closed its own meanwhile, or none is left for us.
  int get() const {
    if (!duplicate_.valid() && call_ != nullptr) {
      ErrnoOr<UniqueFd> made = call_->files->Duplicate(number_);
      if (made.ok()) duplicate_ = std::move(*made);
    }
    return duplicate_.get();
  }
  bool nonblocking() const {  // O_NONBLOCK
    return (fcntl(get(), F_GETFL) & O_NONBLOCK) != 0;
  }
  // Whether a call with these flags of send(2) or recv(2) must not wait.
  bool MustNotWait(int flags) const {
    return (flags & MSG_DONTWAIT) != 0 || nonblocking();
  }

 private:
  Call* call_ = nullptr;
  int number_ = -1;
  mutable UniqueFd duplicate_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_GUEST_FILE_H_
