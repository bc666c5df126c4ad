#include "notifier/kernel/poll_sets.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "notifier/base/epoll_wait.h"

namespace quiesce {
namespace {

// As many of a set's files are looked at as may be ready at once without being
// polled: such as have been closed by one of several processes.
constexpr int kMostReady = 32;

constexpr uint16_t kUnasked = POLLERR | POLLHUP;

bool Same(absl::Span<const pollfd> a, absl::Span<const pollfd> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const pollfd& x, const pollfd& y) {
                      return x.fd == y.fd && x.events == y.events;
                    });
}

}  // namespace

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

void PollSets::Changed(pid_t process, int number) {
  for (auto& [thread, set] : sets_) {
    if (set.process == process && set.members.erase(number) > 0) {
      set.covered.reset();
    }
  }
}

uint64_t PollSets::TableOf(pid_t process) {
  if (!followed_) return 0;
  uint64_t& table = tables_[process];
  if (table == 0) table = ++last_table_;
  return table;
}

bool PollSets::Add(Set& set, const pollfd& entry, Duplicate duplicate) {
  const UniqueFd file = duplicate(entry.fd);
  if (!file.valid()) return false;
  Member& member = set.members[entry.fd];
  member.serial = ++set.last_serial;
  member.events |= static_cast<uint16_t>(entry.events);
  epoll_event event{};
  event.events = member.events;
  event.data.u64 =
      uint64_t{member.serial} << 32 | static_cast<uint32_t>(entry.fd);
  const int epoll = set.epoll.get();
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, file.get(), &event) == 0) return true;
  // Our duplicate of before had the same number.
  if (errno == EEXIST &&
      epoll_ctl(epoll, EPOLL_CTL_MOD, file.get(), &event) == 0) {
    return true;
  }
  set.members.erase(entry.fd);
  return false;
}

bool PollSets::Cover(Set& set, absl::Span<const pollfd> polled,
                     Duplicate duplicate) {
  if (set.covered.has_value() && Same(set.polled, polled)) return *set.covered;
  set.polled.assign(polled.begin(), polled.end());
  set.covered = true;
  for (auto& [number, member] : set.members) member.asked = 0;
  for (const pollfd& entry : polled) {
    if (entry.fd < 0) continue;
    const auto asked = static_cast<uint16_t>(entry.events);
    const auto found = set.members.find(entry.fd);
    const bool there =
        found != set.members.end() && (asked & ~found->second.events) == 0;
    if (!there && !Add(set, entry, duplicate)) {
      set.covered = false;
      return false;
    }
    set.members[entry.fd].asked |= asked | kUnasked;
  }
  return true;
}

std::optional<bool> PollSets::AnyReady(pid_t thread, pid_t process,
                                       absl::Span<const pollfd> polled,
                                       Duplicate duplicate) {
  if (!followed_) return std::nullopt;
  Set& set = sets_[thread];
  const uint64_t table = TableOf(process);
  if (set.process != process || set.table != table) {
    set = Set();
    set.process = process;
    set.table = table;
  }
  if (set.refused) return std::nullopt;
  if (!set.epoll.valid()) {
    set.epoll.Keep(UniqueFd(epoll_create1(EPOLL_CLOEXEC)));
    set.refused = !set.epoll.valid();
    if (set.refused) return std::nullopt;
  }
  if (!Cover(set, polled, duplicate)) return std::nullopt;
  epoll_event events[kMostReady];
  int count;
  do {
    count = EpollWait(set.epoll.get(), events, kMostReady, 0);
  } while (count < 0 && errno == EINTR);
  for (int i = 0; i < count; ++i) {
    const uint64_t tag = events[i].data.u64;
    const auto found = set.members.find(static_cast<int>(tag));
    if (found != set.members.end() && found->second.serial == tag >> 32 &&
        (events[i].events & found->second.asked) != 0) {
      return true;
    }
  }
  if (count < kMostReady) return false;
  set = Set();  // too many that nobody asks for
  return std::nullopt;
}

}  // namespace quiesce
