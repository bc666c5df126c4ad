// UniqueFd owns a file descriptor; a plain int borrows one.
#ifndef QUIESCE_NOTIFIER_BASE_UNIQUE_FD_H_
#define QUIESCE_NOTIFIER_BASE_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace quiesce {

// Closes its descriptor when it goes. -1 means it owns none.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    Reset(other.Release());
    return *this;
  }
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

  // Gives the descriptor up to the caller.
  [[nodiscard]] int Release() { return std::exchange(fd_, -1); }

  void Reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BASE_UNIQUE_FD_H_
