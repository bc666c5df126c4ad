// The names that opening, waiting and timers use.
#ifndef QUIESCE_NOTIFIER_TRACE_FILE_NAMES_H_
#define QUIESCE_NOTIFIER_TRACE_FILE_NAMES_H_

#include <cstdint>
#include <string>

#include "notifier/trace/names.h"

namespace quiesce {

std::string FormatOpenFlags(int flags);
std::string FormatPollEvents(uint16_t events);
std::string FormatEpollEvents(uint32_t events);
std::string FormatClock(int clock);
std::string FormatTimerFlags(int flags);
std::string FormatFutexOp(int op);
// "SIGTERM"; 0 and what is none as numbers.
std::string FormatSignal(int signal);
// "[INT TERM]", "~[KILL]" where most are set.
std::string FormatSignals(uint64_t set);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_FILE_NAMES_H_
