// One system call as strace writes it, every argument decoded by its kind.
#ifndef QUIESCE_NOTIFIER_TRACE_CALL_FORMATTER_H_
#define QUIESCE_NOTIFIER_TRACE_CALL_FORMATTER_H_

#include <array>
#include <cstdint>
#include <string>

#include "notifier/call/call.h"
#include "notifier/call/guest_access.h"
#include "notifier/syscalls/table.h"
#include "notifier/trace/messages.h"

namespace quiesce {

// How a call ended. A native one goes on in the kernel: neither its result nor
// what it fills in is known here.
struct CallResult {
  enum class Kind { kValue, kError, kNative, kGone };
  Kind kind = Kind::kNative;
  int64_t value = 0;  // kValue: what is returned (a new descriptor, too)
  int error = 0;      // kError
};

// Arguments that go in are read when the call begins, since the call may
// overwrite them; those that come out when it has ended:
//
//   CallFormatter formatter(row, call);       // at the notification
//   ...
//   formatter.ReadAnswer(result, memory);     // the answer is in memory
//   ... the guest is answered, and runs on ...
//   line = formatter.Line(result);
//
// Finish() is the last two in one, before the guest is answered.
//
// Memory that cannot be read shows as its address: the formatter has no errors.
// `row` outlives it.
class CallFormatter {
 public:
  CallFormatter(const SyscallRow& row, const Call& call,
                NetlinkDescriber netlink = nullptr);

  // Where the result is a new descriptor its number need not be known yet.
  void ReadAnswer(const CallResult& result, GuestMemory& memory);

  // `connect(7, {sa_family=AF_INET, ...}, 16) = -1 EINPROGRESS (Operation now
  // in progress)`. What comes out is shown if it was read.
  std::string Line(const CallResult& result) const;

  std::string Finish(const CallResult& result, GuestMemory& memory) {
    ReadAnswer(result, memory);
    return Line(result);
  }

 private:
  // What `index` looks like before the call; empty for what comes out of it.
  std::string In(int index, GuestMemory& memory) const;
  // What `index` looks like after the call.
  std::string Out(int index, const CallResult& result,
                  GuestMemory& memory) const;
  // Behind the result, in parentheses; mostly nothing.
  std::string Remark(const CallResult& result, GuestMemory& memory) const;

  ArgKind Kind(int index) const {
    return index < 6 ? row_->args[index] : ArgKind::kNone;
  }
  int Int(int index) const { return static_cast<int32_t>(args_[index]); }
  GuestAddr Addr(int index) const {
    return static_cast<GuestAddr>(args_[index]);
  }

  const SyscallRow* row_;
  NetlinkDescriber netlink_;
  std::array<uint64_t, 6> args_;
  std::array<std::string, 6> in_;
  std::array<std::string, 6> out_;  // empty: as in_
  std::string remark_;
  uint32_t room_ = 0;  // behind the kSockLenPtr, before the call
  bool has_room_ = false;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_CALL_FORMATTER_H_
