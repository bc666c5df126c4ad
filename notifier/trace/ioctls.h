// Requests of ioctl on sockets, and what their argument points to.
#ifndef QUIESCE_NOTIFIER_TRACE_IOCTLS_H_
#define QUIESCE_NOTIFIER_TRACE_IOCTLS_H_

#include <cstdint>
#include <string>

#include "notifier/call/guest_access.h"

namespace quiesce {

std::string FormatIoctl(uint32_t request);

// The argument as it is in memory now. `answered`: the call has succeeded, so
// what it fills in can be shown.
std::string FormatIoctlArg(uint32_t request, GuestAddr argument, bool answered,
                           GuestMemory& memory);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_IOCTLS_H_
