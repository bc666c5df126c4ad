// struct msghdr and what hangs on it.
#ifndef QUIESCE_NOTIFIER_TRACE_MESSAGES_H_
#define QUIESCE_NOTIFIER_TRACE_MESSAGES_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/call/guest_access.h"

namespace quiesce {

// Words for a datagram of netlink messages.
using NetlinkDescriber = std::string (*)(absl::string_view datagram);

// `bytes` that went from or to `family`: as netlink messages where they are
// some, else quoted. `size`: how many there were in all.
std::string FormatPayload(int family, absl::string_view bytes, uint64_t size,
                          NetlinkDescriber netlink);

// `count` pieces of memory, of which the first `size` bytes count.
std::string FormatIovec(GuestAddr pieces, uint64_t count, uint64_t size,
                        int family, GuestMemory& memory,
                        NetlinkDescriber netlink);

// A message to be sent. What cannot be read is shown as its address.
std::string FormatMessageSent(GuestAddr message, GuestMemory& memory,
                              NetlinkDescriber netlink);

// A message received; `size` bytes of payload came.
std::string FormatMessageReceived(GuestAddr message, uint64_t size,
                                  GuestMemory& memory,
                                  NetlinkDescriber netlink);

// The first `count` of an array of struct mmsghdr.
std::string FormatMessagesSent(GuestAddr messages, uint32_t count,
                               GuestMemory& memory, NetlinkDescriber netlink);
std::string FormatMessagesReceived(GuestAddr messages, uint32_t count,
                                   GuestMemory& memory,
                                   NetlinkDescriber netlink);

// "[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS,
// cmsg_data=[5]}]"
std::string FormatControl(absl::string_view control);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_MESSAGES_H_
