// The table of intercepted system calls. It is the truth: the BPF filter, the
// dispatcher, the trace, the compatibility page and the tests derive from it.
#ifndef QUIESCE_NOTIFIER_SYSCALLS_TABLE_H_
#define QUIESCE_NOTIFIER_SYSCALLS_TABLE_H_

#include <array>
#include <cstdint>

#include "absl/types/span.h"
#include "notifier/call/call.h"
#include "notifier/call/outcome.h"

namespace quiesce {

// Why a call is intercepted. A filter is made for a set of reasons.
enum Reason : uint8_t {
  kMeaning = 1,  // it carries meaning: sockets, netlink, paths
  kTime = 2,     // it carries time: waits with a timeout, clocks, timers
  kStrict = 4,   // it could observe that bytes of the node itself move late
  kFiles = 8,    // it gives the number of a descriptor another meaning
  kHolds = 16,   // its thread may be held there
};

// In networks; PollSets need the last.
inline constexpr uint8_t kForNetworks = kMeaning | kTime | kFiles;

// Which calls of a number are intercepted: all tests hold (seccomp compares
// `arg & mask` as 64 bits). A default-constructed test always holds.
struct ArgTest {
  enum Op : uint8_t { kAlways, kEqual, kNotEqual } op = kAlways;
  uint8_t arg = 0;
  uint64_t mask = ~0ull;
  uint64_t value = 0;
};

struct FilterRule {
  uint8_t reason = 0;  // a Reason, or all of several; 0 ends the list
  std::array<ArgTest, 2> tests{};
};

// How an argument is printed by the trace.
enum class ArgKind : uint8_t {
  kNone,  // ends the list
  kInt,
  kUnsigned,
  kHex,
  kPointer,
  kFd,
  kDirFd,
  kPath,         // NUL-terminated string
  kBuffer,       // bytes, length in the next argument
  kBufferOut,    // the same, filled in by the call (length: the result)
  kIovec,        // array of struct iovec, count in the next argument
  kIovecOut,     // the same, filled in by the call (length: the result)
  kSockAddr,     // length in the next argument
  kSockAddrOut,  // length behind the next argument's pointer
  kSockLenPtr,
  kFamily,
  kSocketType,
  kProtocol,
  kSockLevel,
  kSockOption,      // level in the argument before
  kOptionValue,     // level and name two and one before, length after
  kOptionValueOut,  // length behind the pointer after
  kMsgFlags,
  kMsgHdr,
  kMsgHdrOut,
  kMMsgHdr,
  kMMsgHdrOut,
  kShutdownHow,
  kIoctl,
  kIoctlArg,
  kOpenFlags,
  kMode,
  kPollFds,  // count in the next argument
  kFdSet,
  kEpollEventsOut,
  kTimespec,
  kTimespecOut,
  kTimeval,
  kTimevalOut,
  kItimerval,
  kItimerspec,
  kMilliseconds,
  kSigset,
  kSignal,
  kClock,
  kTimerFlags,
  kFutexOp,
};

// How far an answer goes. The compatibility page prints it with the note; a
// partial one is confessed in the run's summary when it is used.
enum class Support : uint8_t { kFull, kPartial, kRefused };

using Handler = Outcome (*)(Call& call);

inline constexpr int kMostRules = 6;

struct SyscallRow {
  int number;
  const char* name;
  std::array<ArgKind, 6> args;
  Handler handler;
  std::array<FilterRule, kMostRules> rules;
  Support support;
  const char* note;
};

// Sorted by number, each number once (static_assert in table.cc).
absl::Span<const SyscallRow> SyscallTable();

// Null if the call is never intercepted.
const SyscallRow* FindSyscall(int number);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SYSCALLS_TABLE_H_
