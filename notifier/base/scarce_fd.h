// A descriptor that is kept open to save time. There may be one for each thread
// of each node, and descriptors are limited, so only those that nothing else
// will need go to these: beyond that they stay empty, and the file is opened
// each time.
//
// Belongs to one thread; how many are kept is counted for the whole process, as
// its limit is.
#ifndef QUIESCE_NOTIFIER_BASE_SCARCE_FD_H_
#define QUIESCE_NOTIFIER_BASE_SCARCE_FD_H_

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
  // Keeps the file if there is room for it; gives it back if there is not.
  UniqueFd Keep(UniqueFd fd) {
    Drop();
    if (!fd.valid()) return fd;
    if (kept_.fetch_add(1, std::memory_order_relaxed) >=
        limit_.load(std::memory_order_relaxed)) {
      kept_.fetch_sub(1, std::memory_order_relaxed);
      return fd;
    }
    fd_ = std::move(fd);
    return UniqueFd();
  }

  // How many may be kept from now on. To begin with a tenth of the limit.
  static void Allow(int count) {
    limit_.store(count, std::memory_order_relaxed);
  }
  // How many are kept now.
  static int kept() { return kept_.load(std::memory_order_relaxed); }

 private:
  static constexpr rlim_t kShare = 10;  // one descriptor in so many

  static int Share() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    return static_cast<int>(files.rlim_cur / kShare);
  }
  void Drop() {
    if (!fd_.valid()) return;
    fd_.Reset(-1);
    kept_.fetch_sub(1, std::memory_order_relaxed);
  }

  static inline std::atomic<int> kept_ = 0;
  static inline std::atomic<int> limit_ = Share();
  UniqueFd fd_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BASE_SCARCE_FD_H_
