#include "tools/bench/event_counter.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "notifier/base/status_macros.h"

namespace quiesce {

absl::StatusOr<EventCounter> EventCounter::OfNextChild(uint32_t type,
                                                       uint64_t config) {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.type = type;
  attributes.config = config;
  attributes.disabled = 1;
  attributes.inherit = 1;
  attributes.enable_on_exec = 1;
  UniqueFd event(syscall(SYS_perf_event_open, &attributes, /*pid=*/0,
                         /*cpu=*/-1, /*group_fd=*/-1, PERF_FLAG_FD_CLOEXEC));
  if (!event.valid()) {
    return absl::NotFoundError(ErrnoStatus("perf_event_open").message());
  }
  return EventCounter(std::move(event));
}

absl::StatusOr<uint64_t> EventCounter::Read() const {
  uint64_t count = 0;
  if (read(event_.get(), &count, sizeof(count)) != sizeof(count)) {
    return ErrnoStatus("reading a counter");
  }
  return count;
}

}  // namespace quiesce
