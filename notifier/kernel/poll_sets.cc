#include "notifier/kernel/poll_sets.h"

#include <sys/epoll.h>

#include <cerrno>
#include <utility>

#include "notifier/base/unique_fd.h"

namespace quiesce {
namespace {

// Invalid if one of the files cannot be in such a set: it is none, or of a kind
// that is always ready.
UniqueFd NewSet(absl::Span<const pollfd> polled,
                absl::Span<const pollfd> duplicates) {
  UniqueFd set(epoll_create1(EPOLL_CLOEXEC));
  if (!set.valid()) return set;
  for (size_t i = 0; i < polled.size(); ++i) {
    if (polled[i].fd < 0) continue;
    epoll_event event{};
    event.events = static_cast<uint16_t>(polled[i].events);
    if (duplicates[i].fd < 0 ||
        epoll_ctl(set.get(), EPOLL_CTL_ADD, duplicates[i].fd, &event) != 0) {
      return UniqueFd();
    }
  }
  return set;
}

}  // namespace

bool PollSets::Set::Is(absl::Span<const pollfd> other,
                       uint64_t its_table) const {
  if (table != its_table || polled.size() != other.size()) return false;
  for (size_t i = 0; i < polled.size(); ++i) {
    if (polled[i].fd != other[i].fd || polled[i].events != other[i].events) {
      return false;
    }
  }
  return true;
}

void PollSets::Follow(bool follow) {
  follow = follow && !given_up_;
  if (followed_ == follow) return;
  followed_ = follow;
  sets_.clear();
}

void PollSets::GiveUp() {
  given_up_ = true;
  Follow(false);
}

uint64_t PollSets::TableOf(pid_t process) {
  if (!followed_) return 0;
  uint64_t& table = tables_[process];
  if (table == 0) table = ++last_table_;
  return table;
}

std::optional<bool> PollSets::AnyReady(pid_t thread, pid_t process,
                                       absl::Span<const pollfd> polled) {
  if (!followed_) return std::nullopt;
  const auto found = sets_.find(thread);
  if (found == sets_.end() || !found->second.epoll.valid() ||
      !found->second.Is(polled, TableOf(process))) {
    return std::nullopt;
  }
  epoll_event event;
  int ready;
  do {
    ready = epoll_wait(found->second.epoll.get(), &event, 1, 0);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

void PollSets::Learn(pid_t thread, pid_t process,
                     absl::Span<const pollfd> polled,
                     absl::Span<const pollfd> duplicates) {
  if (!followed_) return;
  Set& set = sets_[thread];
  const uint64_t table = TableOf(process);
  if (!set.Is(polled, table)) {
    set.polled.assign(polled.begin(), polled.end());
    set.table = table;
    set.hopeless = false;
    set.epoll = ScarceFd();
    return;
  }
  if (set.hopeless || set.epoll.valid()) return;
  set.epoll.Keep(NewSet(polled, duplicates));
  set.hopeless = !set.epoll.valid();
}

}  // namespace quiesce
