// Times and timers in guest memory.
#ifndef QUIESCE_NOTIFIER_TRACE_TIMES_H_
#define QUIESCE_NOTIFIER_TRACE_TIMES_H_

#include <string>

#include "notifier/call/guest_access.h"

namespace quiesce {

// What cannot be read is shown as its address; NULL as "NULL".
std::string FormatPointer(GuestAddr address);
std::string FormatTimespec(GuestAddr address, GuestMemory& memory);
std::string FormatTimeval(GuestAddr address, GuestMemory& memory);
std::string FormatItimerspec(GuestAddr address, GuestMemory& memory);
std::string FormatItimerval(GuestAddr address, GuestMemory& memory);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_TIMES_H_
