#include "notifier/syscalls/table.h"

#include <asm/prctl.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>

#include "notifier/syscalls/path_calls.h"
#include "notifier/syscalls/process_calls.h"
#include "notifier/syscalls/socket_calls.h"
#include "notifier/syscalls/time_calls.h"
#include "notifier/syscalls/wait_calls.h"

namespace quiesce {
namespace {

using enum ArgKind;
using enum Support;

// What the kernel takes from an int argument: the upper half of the register
// is whatever the caller had there.
constexpr uint64_t kIntMask = 0xffffffff;
constexpr uint64_t kMinusOne = 0xffffffff;  // of an int

constexpr ArgTest Given(uint8_t arg) {  // a pointer that is not NULL
  return {ArgTest::kNotEqual, arg, ~0ull, 0};
}
constexpr ArgTest IntIs(uint8_t arg, uint64_t value, uint64_t mask = kIntMask) {
  return {ArgTest::kEqual, arg, mask, value};
}
constexpr ArgTest IntIsNot(uint8_t arg, uint64_t value) {
  return {ArgTest::kNotEqual, arg, kIntMask, value};
}

using Rules = std::array<FilterRule, 4>;

constexpr Rules kMeans{{{kMeaning}}};
constexpr Rules kTimes{{{kTime}}};
constexpr Rules kStrictly{{{kStrict}}};

// A wait that ends by itself at some time, given by pointer or in milliseconds
// (0 does not wait, -1 waits for ever).
constexpr Rules WaitUntil(uint8_t pointer) {
  return {{{kTime, {Given(pointer)}}, {kStrict}}};
}
constexpr Rules WaitMilliseconds(uint8_t arg) {
  return {{{kTime, {IntIsNot(arg, 0), IntIsNot(arg, kMinusOne)}}, {kStrict}}};
}
// Without an address a stream's bytes move natively.
constexpr Rules Addressed(uint8_t pointer) {
  return {{{kMeaning, {Given(pointer)}}, {kStrict}}};
}
constexpr Rules FutexWait() {
  constexpr uint64_t kCommand = FUTEX_CMD_MASK & 0x7f;
  return {{{kTime, {IntIs(1, FUTEX_WAIT, kCommand), Given(3)}},
           {kTime, {IntIs(1, FUTEX_WAIT_BITSET, kCommand), Given(3)}}}};
}
constexpr Rules SocketIoctl() {
  return {{{kMeaning, {IntIs(1, 0x8900, 0xff00)}},  // SIOC*
           {kStrict, {IntIs(1, FIONREAD)}},
           {kStrict, {IntIs(1, TIOCOUTQ)}}}};
}

// Threads are no processes. (What clone3 wants is not in a register.)
constexpr Rules NewProcess() {
  return {{{kTime, {IntIs(0, 0, CLONE_THREAD)}}}};
}

constexpr const char* kSignals =
    "run natively; waits look for signals from then on";
constexpr const char* kNewProcess =
    "run natively; the node's processes are looked for from then on";
constexpr const char* kFlushes =
    "run natively, after bytes the node has sent to itself have moved";
constexpr const char* kWaits = "waits with a timeout end in virtual time";
constexpr const char* kVirtualClock = "virtual time";
constexpr const char* kNotScheduled =
    "recorded and answered, not executed: scheduling is the emulator's";

// clang-format off: it wants a line for each field.
constexpr SyscallRow kTable[] = {
    {SYS_read, "read", {kFd, kBufferOut, kUnsigned},
     SysFlushThenNative, kStrictly, kFull, kFlushes},
    {SYS_write, "write", {kFd, kBuffer, kUnsigned},
     SysFlushThenNative, kStrictly, kFull, kFlushes},
    {SYS_open, "open", {kPath, kOpenFlags, kMode},
     SysOpen, kMeans, kPartial,
     "virtual files are known by absolute path; the rest is native"},
    {SYS_poll, "poll", {kPollFds, kUnsigned, kMilliseconds},
     SysPoll, WaitMilliseconds(2), kFull, kWaits},
    {SYS_brk, "brk", {kPointer},
     SysFirstOfImage, {{{kMeaning, {ArgTest{ArgTest::kEqual, 0, ~0ull, 0}}}}},
     kFull, "the first call of a new program; run natively"},
    {SYS_ioctl, "ioctl", {kFd, kIoctl, kIoctlArg},
     SysIoctl, SocketIoctl(), kPartial,
     "SIOC* of sockets; what is not known fails as on Linux (ENOTTY)"},
    {SYS_readv, "readv", {kFd, kIovecOut, kUnsigned},
     SysFlushThenNative, kStrictly, kFull, kFlushes},
    {SYS_writev, "writev", {kFd, kIovec, kUnsigned},
     SysFlushThenNative, kStrictly, kFull, kFlushes},
    {SYS_select, "select", {kInt, kFdSet, kFdSet, kFdSet, kTimeval},
     SysSelect, WaitUntil(4), kFull, kWaits},
    {SYS_nanosleep, "nanosleep", {kTimespec, kTimespecOut},
     SysNanosleep, kTimes, kFull, kWaits},
    {SYS_getitimer, "getitimer", {kInt, kPointer},
     SysGetitimer, kTimes, kFull, kVirtualClock},
    {SYS_alarm, "alarm", {kUnsigned},
     SysAlarm, kTimes, kFull, kVirtualClock},
    {SYS_setitimer, "setitimer", {kInt, kItimerval, kPointer},
     SysSetitimer, kTimes, kFull, kVirtualClock},
    {SYS_sendfile, "sendfile", {kFd, kFd, kPointer, kUnsigned},
     SysFlushThenNative, kStrictly, kFull, kFlushes},
    {SYS_socket, "socket", {kFamily, kSocketType, kProtocol},
     SysSocket, kMeans, kFull, ""},
    {SYS_connect, "connect", {kFd, kSockAddr, kUnsigned},
     SysConnect, kMeans, kFull, ""},
    {SYS_accept, "accept", {kFd, kSockAddrOut, kSockLenPtr},
     SysAccept, kMeans, kFull, ""},
    {SYS_sendto, "sendto",
     {kFd, kBuffer, kUnsigned, kMsgFlags, kSockAddr, kUnsigned},
     SysSendto, Addressed(4), kFull, "without an address: native"},
    {SYS_recvfrom, "recvfrom",
     {kFd, kBufferOut, kUnsigned, kMsgFlags, kSockAddrOut, kSockLenPtr},
     SysRecvfrom, Addressed(4), kFull, "without an address: native"},
    {SYS_sendmsg, "sendmsg", {kFd, kMsgHdr, kMsgFlags},
     SysSendmsg, kMeans, kFull, ""},
    {SYS_recvmsg, "recvmsg", {kFd, kMsgHdrOut, kMsgFlags},
     SysRecvmsg, kMeans, kFull, ""},
    {SYS_shutdown, "shutdown", {kFd, kShutdownHow},
     SysShutdown, kMeans, kFull, ""},
    {SYS_bind, "bind", {kFd, kSockAddr, kUnsigned},
     SysBind, kMeans, kFull, ""},
    {SYS_listen, "listen", {kFd, kInt},
     SysListen, kMeans, kFull, ""},
    {SYS_getsockname, "getsockname", {kFd, kSockAddrOut, kSockLenPtr},
     SysGetsockname, kMeans, kFull, ""},
    {SYS_getpeername, "getpeername", {kFd, kSockAddrOut, kSockLenPtr},
     SysGetpeername, kMeans, kFull, ""},
    {SYS_setsockopt, "setsockopt",
     {kFd, kSockLevel, kSockOption, kOptionValue, kUnsigned},
     SysSetsockopt, kMeans, kPartial,
     "options that mean nothing without packets are kept and given back"},
    {SYS_getsockopt, "getsockopt",
     {kFd, kSockLevel, kSockOption, kOptionValueOut, kSockLenPtr},
     SysGetsockopt, kMeans, kPartial,
     "options that mean nothing without packets are kept and given back"},
    {SYS_clone, "clone", {kHex, kPointer, kPointer, kPointer, kPointer},
     SysNewProcess, NewProcess(), kFull, kNewProcess},
    {SYS_fork, "fork", {},
     SysNewProcess, kTimes, kFull, kNewProcess},
    {SYS_vfork, "vfork", {},
     SysNewProcess, kTimes, kFull, kNewProcess},
    {SYS_kill, "kill", {kInt, kSignal},
     SysKill, kTimes, kFull, kSignals},
    {SYS_gettimeofday, "gettimeofday", {kTimevalOut, kPointer},
     SysGettimeofday, kTimes, kFull, kVirtualClock},
    {SYS_getrusage, "getrusage", {kInt, kPointer},
     SysGetrusage, kTimes, kPartial,
     "CPU time is a thousandth of the time that has passed; the rest is 0"},
    {SYS_sysinfo, "sysinfo", {kPointer},
     SysSysinfo, kTimes, kPartial,
     "uptime is virtual; memory and load are constants"},
    {SYS_times, "times", {kPointer},
     SysTimes, kTimes, kPartial,
     "CPU time is a thousandth of the time that has passed; the rest is 0"},
    {SYS_rt_sigtimedwait, "rt_sigtimedwait",
     {kSigset, kPointer, kTimespec, kUnsigned},
     SysRtSigtimedwait, {{{kTime, {Given(2)}}}}, kFull, kWaits},
    {SYS_rt_sigqueueinfo, "rt_sigqueueinfo", {kInt, kSignal, kPointer},
     SysKill, kTimes, kFull, kSignals},
    {SYS_sched_setparam, "sched_setparam", {kInt, kPointer},
     SysSchedSetparam, kMeans, kPartial, kNotScheduled},
    {SYS_sched_setscheduler, "sched_setscheduler", {kInt, kInt, kPointer},
     SysSchedSetscheduler, kMeans, kPartial, kNotScheduled},
    {SYS_arch_prctl, "arch_prctl", {kHex, kPointer},
     SysFirstOfImage, {{{kMeaning, {IntIs(0, ARCH_SET_FS)}}}}, kFull,
     "the first call of a new static program; run natively"},
    {SYS_tkill, "tkill", {kInt, kSignal},
     SysKill, kTimes, kFull, kSignals},
    {SYS_time, "time", {kPointer},
     SysTime, kTimes, kFull, kVirtualClock},
    {SYS_futex, "futex",
     {kPointer, kFutexOp, kUnsigned, kTimespec, kPointer, kHex},
     SysFutex, FutexWait(), kFull,
     "waits with a timeout end in virtual time; the rest is native"},
    {SYS_sched_setaffinity, "sched_setaffinity", {kInt, kUnsigned, kPointer},
     SysSchedSetaffinity, kMeans, kPartial, kNotScheduled},
    {SYS_timer_create, "timer_create", {kClock, kPointer, kPointer},
     SysTimerCreate, kTimes, kFull, kVirtualClock},
    {SYS_timer_settime, "timer_settime",
     {kInt, kTimerFlags, kItimerspec, kPointer},
     SysTimerSettime, kTimes, kFull, kVirtualClock},
    {SYS_timer_gettime, "timer_gettime", {kInt, kPointer},
     SysTimerGettime, kTimes, kFull, kVirtualClock},
    {SYS_timer_getoverrun, "timer_getoverrun", {kInt},
     SysTimerGetoverrun, kTimes, kFull, kVirtualClock},
    {SYS_timer_delete, "timer_delete", {kInt},
     SysTimerDelete, kTimes, kFull, kVirtualClock},
    {SYS_clock_gettime, "clock_gettime", {kClock, kTimespecOut},
     SysClockGettime, kTimes, kFull, kVirtualClock},
    {SYS_clock_nanosleep, "clock_nanosleep",
     {kClock, kTimerFlags, kTimespec, kTimespecOut},
     SysClockNanosleep, kTimes, kFull, kWaits},
    {SYS_epoll_wait, "epoll_wait", {kFd, kEpollEventsOut, kInt, kMilliseconds},
     SysEpollWait, WaitMilliseconds(3), kFull, kWaits},
    {SYS_tgkill, "tgkill", {kInt, kInt, kSignal},
     SysKill, kTimes, kFull, kSignals},
    {SYS_openat, "openat", {kDirFd, kPath, kOpenFlags, kMode},
     SysOpenat, kMeans, kPartial,
     "virtual files are known by absolute path; the rest is native"},
    {SYS_pselect6, "pselect6",
     {kInt, kFdSet, kFdSet, kFdSet, kTimespec, kPointer},
     SysPselect6, WaitUntil(4), kFull, kWaits},
    {SYS_ppoll, "ppoll", {kPollFds, kUnsigned, kTimespec, kSigset, kUnsigned},
     SysPpoll, WaitUntil(2), kFull, kWaits},
    {SYS_splice, "splice", {kFd, kPointer, kFd, kPointer, kUnsigned, kHex},
     SysFlushThenNative, kStrictly, kFull, kFlushes},
    {SYS_epoll_pwait, "epoll_pwait",
     {kFd, kEpollEventsOut, kInt, kMilliseconds, kSigset, kUnsigned},
     SysEpollPwait, WaitMilliseconds(3), kFull, kWaits},
    {SYS_timerfd_create, "timerfd_create", {kClock, kHex},
     SysTimerfdCreate, kTimes, kFull, kVirtualClock},
    {SYS_timerfd_settime, "timerfd_settime",
     {kFd, kTimerFlags, kItimerspec, kPointer},
     SysTimerfdSettime, kTimes, kFull, kVirtualClock},
    {SYS_timerfd_gettime, "timerfd_gettime", {kFd, kPointer},
     SysTimerfdGettime, kTimes, kFull, kVirtualClock},
    {SYS_accept4, "accept4", {kFd, kSockAddrOut, kSockLenPtr, kSocketType},
     SysAccept4, kMeans, kFull, ""},
    {SYS_rt_tgsigqueueinfo, "rt_tgsigqueueinfo", {kInt, kInt, kSignal, kPointer},
     SysKill, kTimes, kFull, kSignals},
    {SYS_recvmmsg, "recvmmsg",
     {kFd, kMMsgHdrOut, kUnsigned, kMsgFlags, kTimespec},
     SysRecvmmsg, kMeans, kFull, ""},
    {SYS_sendmmsg, "sendmmsg", {kFd, kMMsgHdr, kUnsigned, kMsgFlags},
     SysSendmmsg, kMeans, kFull, ""},
    {SYS_sched_setattr, "sched_setattr", {kInt, kPointer, kHex},
     SysSchedSetattr, kMeans, kPartial, kNotScheduled},
    {SYS_getrandom, "getrandom", {kBufferOut, kUnsigned, kHex},
     SysGetrandom, kTimes, kFull, "the node's own seeded sequence"},
    {SYS_pidfd_send_signal, "pidfd_send_signal", {kFd, kSignal, kPointer, kHex},
     SysKill, kTimes, kFull, kSignals},
    {SYS_io_uring_setup, "io_uring_setup", {kUnsigned, kPointer},
     SysRefuse, kMeans, kRefused,
     "ENOSYS: calls made through a ring are seen by no filter"},
    {SYS_clone3, "clone3", {kPointer, kUnsigned},
     SysNewProcess, kTimes, kFull, kNewProcess},
    {SYS_openat2, "openat2", {kDirFd, kPath, kPointer, kUnsigned},
     SysOpenat2, kMeans, kPartial,
     "virtual files are known by absolute path; the rest is native"},
    {SYS_epoll_pwait2, "epoll_pwait2",
     {kFd, kEpollEventsOut, kInt, kTimespec, kSigset, kUnsigned},
     SysEpollPwait2, WaitUntil(3), kFull, kWaits},
};
// clang-format on

constexpr bool Sorted() {
  for (size_t i = 1; i < std::size(kTable); ++i) {
    if (kTable[i - 1].number >= kTable[i].number) return false;
  }
  return true;
}
static_assert(Sorted(), "sort the table by number, each number once");

}  // namespace

absl::Span<const SyscallRow> SyscallTable() { return kTable; }

const SyscallRow* FindSyscall(int number) {
  const SyscallRow* row =
      std::lower_bound(std::begin(kTable), std::end(kTable), number,
                       [](const SyscallRow& r, int n) { return r.number < n; });
  return row != std::end(kTable) && row->number == number ? row : nullptr;
}

}  // namespace quiesce
