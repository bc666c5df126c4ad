#include "notifier/trace/call_formatter.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "notifier/trace/bytes.h"
#include "notifier/trace/file_names.h"
#include "notifier/trace/ioctls.h"
#include "notifier/trace/sockaddr.h"
#include "notifier/trace/socket_names.h"
#include "notifier/trace/socket_options.h"
#include "notifier/trace/times.h"
#include "notifier/trace/waits.h"

namespace quiesce {
namespace {

constexpr uint64_t kMostName = sizeof(sockaddr_storage);
constexpr uint64_t kMostOption = 1024;
constexpr size_t kMostPath = 4096;
// Of a buffer that may hold netlink messages.
constexpr uint64_t kMostBuffer = 65536;

// False where memory cannot be read.
bool ReadBytes(GuestAddr from, uint64_t size, GuestMemory& memory,
               std::string* bytes) {
  bytes->assign(size, '\0');
  return size == 0 || memory.Read(from, bytes->data(), size) == 0;
}

// Filled in by the call; everything else is shown as it was before.
bool ComesOut(ArgKind kind) {
  switch (kind) {
    case ArgKind::kBufferOut:
    case ArgKind::kIovecOut:
    case ArgKind::kSockAddrOut:
    case ArgKind::kSockLenPtr:
    case ArgKind::kOptionValueOut:
    case ArgKind::kMsgHdrOut:
    case ArgKind::kMMsgHdrOut:
    case ArgKind::kIoctlArg:
    case ArgKind::kEpollEventsOut:
    case ArgKind::kTimespecOut:
    case ArgKind::kTimevalOut:
      return true;
    default:
      return false;
  }
}

}  // namespace

CallFormatter::CallFormatter(const SyscallRow& row, const Call& call,
                             NetlinkDescriber netlink)
    : row_(&row), netlink_(netlink), args_(call.args) {
  GuestMemory& memory = *call.memory;
  for (int i = 0; i < 6 && Kind(i) != ArgKind::kNone; ++i) {
    if (Kind(i) == ArgKind::kSockLenPtr) {
      ErrnoOr<uint32_t> room = memory.ReadValue<uint32_t>(Addr(i));
      has_room_ = room.ok();
      if (has_room_) room_ = *room;
    }
    // An ioctl may be of either direction.
    in_[i] = Kind(i) == ArgKind::kIoctlArg
                 ? FormatIoctlArg(static_cast<uint32_t>(args_[i - 1]), Addr(i),
                                  false, memory)
                 : In(i, memory);
  }
}

std::string CallFormatter::In(int i, GuestMemory& memory) const {
  const uint64_t arg = args_[i];
  const auto length = [&] {
    return i + 1 < 6 ? static_cast<uint32_t>(args_[i + 1]) : 0;
  };
  std::string bytes;
  switch (Kind(i)) {
    case ArgKind::kNone:
      return "";
    case ArgKind::kInt:
    case ArgKind::kFd:
    case ArgKind::kMilliseconds:
      return absl::StrCat(Int(i));
    case ArgKind::kUnsigned:
      return absl::StrCat(arg);
    case ArgKind::kHex:
      return arg == 0 ? "0" : absl::StrCat("0x", absl::Hex(arg));
    case ArgKind::kPointer:
      return FormatPointer(Addr(i));
    case ArgKind::kDirFd:
      return Int(i) == AT_FDCWD ? "AT_FDCWD" : absl::StrCat(Int(i));
    case ArgKind::kPath: {
      ErrnoOr<std::string> path = memory.ReadString(Addr(i), kMostPath);
      // All of it: a path is no use without its end.
      return path.ok() ? absl::StrCat("\"", *path, "\"")
                       : FormatPointer(Addr(i));
    }
    case ArgKind::kBuffer: {
      if (Addr(i) == GuestAddr::kNull) return "NULL";
      // The destination tells whether it is netlink.
      int family = AF_UNSPEC;
      for (int j = i + 1; j < 5; ++j) {
        if (Kind(j) != ArgKind::kSockAddr) continue;
        ErrnoOr<sa_family_t> found = memory.ReadValue<sa_family_t>(Addr(j));
        if (found.ok()) family = *found;
      }
      const uint64_t size = args_[i + 1];
      const uint64_t most = family == AF_NETLINK ? kMostBuffer : kShownBytes;
      if (!ReadBytes(Addr(i), std::min(size, most), memory, &bytes)) {
        return FormatPointer(Addr(i));
      }
      return FormatPayload(family, bytes, size, netlink_);
    }
    case ArgKind::kIovec:
      return FormatIovec(Addr(i), args_[i + 1], ~uint64_t{0}, AF_UNSPEC, memory,
                         nullptr);
    case ArgKind::kSockAddr:
      if (Addr(i) == GuestAddr::kNull) return "NULL";
      if (length() > kMostName ||
          !ReadBytes(Addr(i), length(), memory, &bytes)) {
        return FormatPointer(Addr(i));
      }
      return FormatSockAddr(bytes);
    case ArgKind::kFamily:
      return FormatEnum(AddressFamilies(), static_cast<uint32_t>(arg),
                        "AF_???");
    case ArgKind::kSocketType:
      return FormatSocketType(Int(i));
    case ArgKind::kProtocol:
      return FormatProtocol(Int(0), Int(i));
    case ArgKind::kSockLevel:
      return FormatSockLevel(Int(i));
    case ArgKind::kSockOption:
      return FormatSockOption(Int(i - 1), Int(i));
    case ArgKind::kOptionValue:
      if (Addr(i) == GuestAddr::kNull) return "NULL";
      if (!ReadBytes(Addr(i), std::min<uint64_t>(length(), kMostOption), memory,
                     &bytes)) {
        return FormatPointer(Addr(i));
      }
      return FormatOptionValue(Int(i - 2), Int(i - 1), bytes);
    case ArgKind::kMsgFlags:
      return FormatFlags(MessageFlags(), static_cast<uint32_t>(arg));
    case ArgKind::kMsgHdr:
      return FormatMessageSent(Addr(i), memory, netlink_);
    case ArgKind::kMMsgHdr:
      return FormatMessagesSent(Addr(i), length(), memory, netlink_);
    case ArgKind::kShutdownHow:
      return FormatShutdownHow(Int(i));
    case ArgKind::kIoctl:
      return FormatIoctl(static_cast<uint32_t>(arg));
    case ArgKind::kOpenFlags:
      return FormatOpenFlags(Int(i));
    case ArgKind::kMode:
      return absl::StrFormat("0%03o", static_cast<uint32_t>(arg) & 07777);
    case ArgKind::kPollFds:
      return FormatPollRequest(Addr(i), length(), memory);
    case ArgKind::kFdSet:
      return FormatFdSet(Addr(i), Int(0), memory);
    case ArgKind::kTimespec:
      return FormatTimespec(Addr(i), memory);
    case ArgKind::kTimeval:
      return FormatTimeval(Addr(i), memory);
    case ArgKind::kItimerval:
      return FormatItimerval(Addr(i), memory);
    case ArgKind::kItimerspec:
      return FormatItimerspec(Addr(i), memory);
    case ArgKind::kSigset: {
      if (Addr(i) == GuestAddr::kNull) return "NULL";
      ErrnoOr<uint64_t> set = memory.ReadValue<uint64_t>(Addr(i));
      return set.ok() ? FormatSignals(*set) : FormatPointer(Addr(i));
    }
    case ArgKind::kSignal:
      return FormatSignal(Int(i));
    case ArgKind::kClock:
      return FormatClock(Int(i));
    case ArgKind::kTimerFlags:
      return FormatTimerFlags(Int(i));
    case ArgKind::kFutexOp:
      return FormatFutexOp(Int(i));
    case ArgKind::kSockLenPtr:
      return has_room_ ? absl::StrCat("[", room_, "]") : FormatPointer(Addr(i));
    case ArgKind::kBufferOut:
    case ArgKind::kIovecOut:
    case ArgKind::kSockAddrOut:
    case ArgKind::kOptionValueOut:
    case ArgKind::kMsgHdrOut:
    case ArgKind::kMMsgHdrOut:
    case ArgKind::kIoctlArg:
    case ArgKind::kEpollEventsOut:
    case ArgKind::kTimespecOut:
    case ArgKind::kTimevalOut:
      return FormatPointer(Addr(i));
  }
  return FormatPointer(Addr(i));
}

std::string CallFormatter::Out(int i, const CallResult& result,
                               GuestMemory& memory) const {
  if (Addr(i) == GuestAddr::kNull) return in_[i];
  std::string bytes;
  // What a value-result length says now; no more than the guest had room for.
  const auto length = [&]() -> uint32_t {
    ErrnoOr<uint32_t> now = memory.ReadValue<uint32_t>(Addr(i + 1));
    return now.ok() ? std::min(*now, room_) : 0;
  };
  switch (Kind(i)) {
    case ArgKind::kBufferOut: {
      const uint64_t came = std::max<int64_t>(result.value, 0);
      const uint64_t there = std::min(came, args_[i + 1]);
      int family = AF_UNSPEC;
      for (int j = i + 1; j < 5; ++j) {
        if (Kind(j) != ArgKind::kSockAddrOut || args_[j] == 0) continue;
        ErrnoOr<sa_family_t> found = memory.ReadValue<sa_family_t>(Addr(j));
        if (found.ok()) family = *found;
      }
      const uint64_t most = family == AF_NETLINK ? kMostBuffer : kShownBytes;
      if (!ReadBytes(Addr(i), std::min(there, most), memory, &bytes)) break;
      return FormatPayload(family, bytes, there, netlink_);
    }
    case ArgKind::kIovecOut:
      return FormatIovec(Addr(i), args_[i + 1],
                         std::max<int64_t>(result.value, 0), AF_UNSPEC, memory,
                         nullptr);
    case ArgKind::kSockAddrOut:
      if (!ReadBytes(Addr(i), std::min<uint64_t>(length(), kMostName), memory,
                     &bytes)) {
        break;
      }
      return FormatSockAddr(bytes);
    case ArgKind::kSockLenPtr: {
      ErrnoOr<uint32_t> now = memory.ReadValue<uint32_t>(Addr(i));
      if (!now.ok() || *now == room_) return in_[i];
      return absl::StrCat("[", room_, " => ", *now, "]");
    }
    case ArgKind::kOptionValueOut:
      if (!ReadBytes(Addr(i), std::min<uint64_t>(length(), kMostOption), memory,
                     &bytes)) {
        break;
      }
      return FormatOptionValue(Int(i - 2), Int(i - 1), bytes);
    case ArgKind::kMsgHdrOut:
      return FormatMessageReceived(Addr(i), result.value, memory, netlink_);
    case ArgKind::kMMsgHdrOut:
      return FormatMessagesReceived(
          Addr(i), static_cast<uint32_t>(result.value), memory, netlink_);
    case ArgKind::kIoctlArg:
      return FormatIoctlArg(static_cast<uint32_t>(args_[i - 1]), Addr(i), true,
                            memory);
    case ArgKind::kEpollEventsOut:
      return FormatEpollEventList(Addr(i), result.value, memory);
    case ArgKind::kTimespecOut:
      // What is left of a sleep is told to the interrupted only.
      if (row_->args[0] == ArgKind::kTimespec || i == 3) return in_[i];
      return FormatTimespec(Addr(i), memory);
    case ArgKind::kTimevalOut:
      return FormatTimeval(Addr(i), memory);
    default:
      break;
  }
  return in_[i];
}

std::string CallFormatter::Remark(const CallResult& result,
                                  GuestMemory& memory) const {
  std::string text;
  bool waits = false;
  for (int i = 0; i < 6; ++i) {
    if (Kind(i) == ArgKind::kPollFds) {
      waits = true;
      text = FormatPollAnswer(Addr(i), static_cast<uint32_t>(args_[i + 1]),
                              memory);
      if (!text.empty()) text = absl::StrCat("[", text, "]");
    }
    if (Kind(i) == ArgKind::kFdSet) {
      waits = true;
      constexpr const char* kSets[] = {"", "in ", "out ", "except "};
      if (result.value == 0 || Addr(i) == GuestAddr::kNull) continue;
      const std::string set = FormatFdSet(Addr(i), Int(0), memory);
      if (set == "[]") continue;
      absl::StrAppend(&text, text.empty() ? "" : ", ", kSets[i], set);
    }
    waits = waits || Kind(i) == ArgKind::kEpollEventsOut;
  }
  if (waits && result.value == 0) return " (Timeout)";
  return text.empty() ? "" : absl::StrCat(" (", text, ")");
}

void CallFormatter::ReadAnswer(const CallResult& result, GuestMemory& memory) {
  if (result.kind != CallResult::Kind::kValue) return;
  for (int i = 0; i < 6 && Kind(i) != ArgKind::kNone; ++i) {
    if (ComesOut(Kind(i))) out_[i] = Out(i, result, memory);
  }
  remark_ = Remark(result, memory);
}

std::string CallFormatter::Line(const CallResult& result) const {
  const bool answered = result.kind == CallResult::Kind::kValue;
  std::string text = absl::StrCat(row_->name, "(");
  for (int i = 0; i < 6 && Kind(i) != ArgKind::kNone; ++i) {
    // The mode says something only where a file may be made.
    if (Kind(i) == ArgKind::kMode &&
        !(Int(i - 1) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))) {
      break;
    }
    absl::StrAppend(&text, i == 0 ? "" : ", ",
                    answered && !out_[i].empty() ? out_[i] : in_[i]);
  }
  text += ") = ";
  switch (result.kind) {
    case CallResult::Kind::kValue:
      absl::StrAppend(&text, result.value, remark_);
      break;
    case CallResult::Kind::kError:
      absl::StrAppend(&text, "-1 ", FormatErrno(result.error));
      break;
    case CallResult::Kind::kNative:
      text += "native";
      break;
    case CallResult::Kind::kGone:
      text += "? (the caller is gone)";
      break;
  }
  return text;
}

}  // namespace quiesce
