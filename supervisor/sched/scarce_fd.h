// A descriptor that is kept open to save time. There may be one for each thread
// of each node, and descriptors are limited, so only a share of them goes to
// these: beyond it they stay empty, and the file is opened each time.
#ifndef QUIESCE_SUPERVISOR_SCHED_SCARCE_FD_H_
#define QUIESCE_SUPERVISOR_SCHED_SCARCE_FD_H_

#include <sys/resource.h>

#include <atomic>
#include <utility>

#include "notifier/base/unique_fd.h"

namespace quiesce {

class ScarceFd {
 public:
  ScarceFd() = default;
  ScarceFd(ScarceFd&& other) noexcept : fd_(std::move(other.fd_)) {}
  ScarceFd& operator=(ScarceFd&& other) noexcept {
    if (this != &other) {
      Drop();
      fd_ = std::move(other.fd_);
    }
    return *this;
  }
  ~ScarceFd() { Drop(); }

  bool valid() const { return fd_.valid(); }
  int get() const { return fd_.get(); }
  // Keeps the file if there is room for it.
  void Keep(UniqueFd fd) {
    Drop();
    if (!fd.valid()) return;
    if (kept_.fetch_add(1, std::memory_order_relaxed) >= Limit()) {
      kept_.fetch_sub(1, std::memory_order_relaxed);
      return;
    }
    fd_ = std::move(fd);
  }

 private:
  static constexpr rlim_t kShare = 10;  // one descriptor in so many

  static int Limit() {
    static const int limit = [] {
      rlimit files{};
      getrlimit(RLIMIT_NOFILE, &files);
      return static_cast<int>(files.rlim_cur / kShare);
    }();
    return limit;
  }
  void Drop() {
    if (!fd_.valid()) return;
    fd_.Reset(-1);
    kept_.fetch_sub(1, std::memory_order_relaxed);
  }

  static inline std::atomic<int> kept_ = 0;
  UniqueFd fd_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_SCARCE_FD_H_
