// What poll, select and epoll wait for and find.
#ifndef QUIESCE_NOTIFIER_TRACE_WAITS_H_
#define QUIESCE_NOTIFIER_TRACE_WAITS_H_

#include <cstdint>
#include <string>

#include "notifier/call/guest_access.h"

namespace quiesce {

// "[{fd=3, events=POLLIN}]"
std::string FormatPollRequest(GuestAddr fds, uint32_t count,
                              GuestMemory& memory);
// "{fd=3, revents=POLLIN}" for each descriptor with anything to tell.
std::string FormatPollAnswer(GuestAddr fds, uint32_t count,
                             GuestMemory& memory);
// "[3 5]"; `limit` is select's first argument.
std::string FormatFdSet(GuestAddr set, int limit, GuestMemory& memory);
// "[{events=EPOLLIN, data=0x5}]"
std::string FormatEpollEventList(GuestAddr events, int64_t count,
                                 GuestMemory& memory);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_WAITS_H_
