// A system call that Linux does not have, made by the code that replaces the
// vDSO's (notifier/guest/vdso.h) to map its node's clock page. Answered in
// virtual time only; else ENOSYS, as by Linux.
#ifndef QUIESCE_NOTIFIER_CALL_CLOCK_PAGE_CALL_H_
#define QUIESCE_NOTIFIER_CALL_CLOCK_PAGE_CALL_H_

namespace quiesce {

inline constexpr int kClockPageCall = 0x51c1;

// Its first argument.
enum ClockPageRequest : int {
  kGivePage = 0,      // returns a descriptor of the file
  kPageIsMapped = 1,  // at the address in the second argument, or an errno
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_CALL_CLOCK_PAGE_CALL_H_
