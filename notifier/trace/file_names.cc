#include "notifier/trace/file_names.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#include <bit>
#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"

#define NAMED(x) \
  { static_cast<uint64_t>(x), #x }

namespace quiesce {
namespace {

constexpr Name kOpenFlags[] = {
    NAMED(O_CREAT),
    NAMED(O_EXCL),
    NAMED(O_NOCTTY),
    NAMED(O_TRUNC),
    NAMED(O_APPEND),
    NAMED(O_NONBLOCK),
    NAMED(O_SYNC),
    NAMED(O_DSYNC),
    NAMED(O_ASYNC),
    NAMED(O_DIRECT),
    {0100000, "O_LARGEFILE"},
    NAMED(O_NOFOLLOW),
    NAMED(O_NOATIME),
    NAMED(O_CLOEXEC),
    NAMED(O_PATH),
    NAMED(O_TMPFILE),
    NAMED(O_DIRECTORY),
};

constexpr Name kAccess[] = {NAMED(O_RDONLY), NAMED(O_WRONLY), NAMED(O_RDWR),
                            NAMED(O_ACCMODE)};

constexpr Name kPollEvents[] = {
    NAMED(POLLIN),     NAMED(POLLPRI),    NAMED(POLLOUT),    NAMED(POLLERR),
    NAMED(POLLHUP),    NAMED(POLLNVAL),   NAMED(POLLRDNORM), NAMED(POLLRDBAND),
    NAMED(POLLWRNORM), NAMED(POLLWRBAND), NAMED(POLLMSG),    NAMED(POLLREMOVE),
    NAMED(POLLRDHUP),
};

constexpr Name kEpollEvents[] = {
    NAMED(EPOLLIN),     NAMED(EPOLLPRI),     NAMED(EPOLLOUT),
    NAMED(EPOLLERR),    NAMED(EPOLLHUP),     NAMED(EPOLLRDNORM),
    NAMED(EPOLLRDBAND), NAMED(EPOLLWRNORM),  NAMED(EPOLLWRBAND),
    NAMED(EPOLLMSG),    NAMED(EPOLLRDHUP),   NAMED(EPOLLEXCLUSIVE),
    NAMED(EPOLLWAKEUP), NAMED(EPOLLONESHOT), NAMED(EPOLLET),
};

constexpr Name kClocks[] = {
    NAMED(CLOCK_REALTIME),
    NAMED(CLOCK_MONOTONIC),
    NAMED(CLOCK_PROCESS_CPUTIME_ID),
    NAMED(CLOCK_THREAD_CPUTIME_ID),
    NAMED(CLOCK_MONOTONIC_RAW),
    NAMED(CLOCK_REALTIME_COARSE),
    NAMED(CLOCK_MONOTONIC_COARSE),
    NAMED(CLOCK_BOOTTIME),
    NAMED(CLOCK_REALTIME_ALARM),
    NAMED(CLOCK_BOOTTIME_ALARM),
    NAMED(CLOCK_TAI),
};

constexpr Name kTimerFlags[] = {NAMED(TIMER_ABSTIME),
                                {2, "TFD_TIMER_CANCEL_ON_SET"}};

constexpr Name kFutexOps[] = {
    NAMED(FUTEX_WAIT),
    NAMED(FUTEX_WAKE),
    NAMED(FUTEX_FD),
    NAMED(FUTEX_REQUEUE),
    NAMED(FUTEX_CMP_REQUEUE),
    NAMED(FUTEX_WAKE_OP),
    NAMED(FUTEX_LOCK_PI),
    NAMED(FUTEX_UNLOCK_PI),
    NAMED(FUTEX_TRYLOCK_PI),
    NAMED(FUTEX_WAIT_BITSET),
    NAMED(FUTEX_WAKE_BITSET),
    NAMED(FUTEX_WAIT_REQUEUE_PI),
    NAMED(FUTEX_CMP_REQUEUE_PI),
    NAMED(FUTEX_LOCK_PI2),
};

}  // namespace

std::string FormatOpenFlags(int flags) {
  std::string text = FormatEnum(kAccess, flags & O_ACCMODE, "O_???");
  const uint32_t rest = static_cast<uint32_t>(flags) & ~uint32_t{O_ACCMODE};
  if (rest != 0) absl::StrAppend(&text, "|", FormatFlags(kOpenFlags, rest));
  return text;
}

std::string FormatPollEvents(uint16_t events) {
  return FormatFlags(kPollEvents, events);
}

std::string FormatEpollEvents(uint32_t events) {
  return FormatFlags(kEpollEvents, events);
}

std::string FormatClock(int clock) {
  return FormatEnum(kClocks, static_cast<uint32_t>(clock), "CLOCK_???");
}

std::string FormatTimerFlags(int flags) {
  return FormatFlags(kTimerFlags, static_cast<uint32_t>(flags));
}

std::string FormatFutexOp(int op) {
  std::string text = FormatEnum(kFutexOps, op & FUTEX_CMD_MASK, "FUTEX_???");
  if (op & FUTEX_PRIVATE_FLAG) absl::StrAppend(&text, "_PRIVATE");
  if (op & FUTEX_CLOCK_REALTIME) {
    absl::StrAppend(&text, "|FUTEX_CLOCK_REALTIME");
  }
  return text;
}

std::string FormatSignal(int signal) {
  const char* name = sigabbrev_np(signal);
  if (name != nullptr) return absl::StrCat("SIG", name);
  if (signal >= 32 && signal <= 64) {
    return absl::StrCat("SIGRT_", signal - 32);
  }
  return absl::StrCat(signal);
}

std::string FormatSignals(uint64_t set) {
  const bool inverted = std::popcount(set) > 32;
  if (inverted) set = ~set;
  std::string text = inverted ? "~[" : "[";
  for (int signal = 1; signal <= 64; ++signal) {
    if (!(set >> (signal - 1) & 1)) continue;
    if (text.back() != '[') text += ' ';
    const char* name = sigabbrev_np(signal);
    if (name != nullptr) {
      absl::StrAppend(&text, name);
    } else {
      absl::StrAppend(&text, "RT_", signal - 32);
    }
  }
  return text + "]";
}

}  // namespace quiesce
