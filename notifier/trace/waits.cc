#include "notifier/trace/waits.h"

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "notifier/trace/file_names.h"
#include "notifier/trace/times.h"

namespace quiesce {
namespace {

constexpr uint32_t kShown = 32;
constexpr int kMostFds = 65536;

}  // namespace

std::string FormatPollRequest(GuestAddr fds, uint32_t count,
                              GuestMemory& memory) {
  if (fds == GuestAddr::kNull) return "NULL";
  std::string text = "[";
  for (uint32_t i = 0; i < count; ++i) {
    if (i == kShown) return text + ", ...]";
    ErrnoOr<pollfd> fd = memory.ReadValue<pollfd>(fds + i * sizeof(pollfd));
    if (!fd.ok()) return FormatPointer(fds);
    absl::StrAppend(&text, i == 0 ? "" : ", ", "{fd=", fd->fd);
    if (fd->fd >= 0) {
      absl::StrAppend(&text, ", events=",
                      FormatPollEvents(static_cast<uint16_t>(fd->events)));
    }
    text += "}";
  }
  return text + "]";
}

std::string FormatPollAnswer(GuestAddr fds, uint32_t count,
                             GuestMemory& memory) {
  std::string text;
  uint32_t shown = 0;
  for (uint32_t i = 0; i < count; ++i) {
    ErrnoOr<pollfd> fd = memory.ReadValue<pollfd>(fds + i * sizeof(pollfd));
    if (!fd.ok()) break;
    if (fd->fd < 0 || fd->revents == 0) continue;
    if (shown++ == kShown) return text + ", ...";
    absl::StrAppend(&text, text.empty() ? "" : ", ", "{fd=", fd->fd,
                    ", revents=",
                    FormatPollEvents(static_cast<uint16_t>(fd->revents)), "}");
  }
  return text;
}

std::string FormatFdSet(GuestAddr set, int limit, GuestMemory& memory) {
  if (set == GuestAddr::kNull) return "NULL";
  limit = std::clamp(limit, 0, kMostFds);
  std::vector<uint64_t> words((limit + 63) / 64);
  if (memory.Read(set, words.data(), words.size() * sizeof(uint64_t)) != 0) {
    return FormatPointer(set);
  }
  std::string text = "[";
  for (int fd = 0; fd < limit; ++fd) {
    if (words[fd / 64] >> (fd % 64) & 1) {
      absl::StrAppend(&text, text.size() == 1 ? "" : " ", fd);
    }
  }
  return text + "]";
}

std::string FormatEpollEventList(GuestAddr events, int64_t count,
                                 GuestMemory& memory) {
  std::string text = "[";
  for (int64_t i = 0; i < count; ++i) {
    if (i == kShown) return text + ", ...]";
    ErrnoOr<epoll_event> event =
        memory.ReadValue<epoll_event>(events + i * sizeof(epoll_event));
    if (!event.ok()) return FormatPointer(events);
    absl::StrAppend(&text, i == 0 ? "" : ", ",
                    "{events=", FormatEpollEvents(event->events), ", data=0x",
                    absl::Hex(static_cast<uint64_t>(event->data.u64)), "}");
  }
  return text + "]";
}

}  // namespace quiesce
