#include "notifier/trace/times.h"

#include <sys/time.h>
#include <time.h>

#include "absl/strings/str_cat.h"

namespace quiesce {
namespace {

std::string Text(const timespec& t) {
  return absl::StrCat("{tv_sec=", t.tv_sec, ", tv_nsec=", t.tv_nsec, "}");
}

std::string Text(const timeval& t) {
  return absl::StrCat("{tv_sec=", t.tv_sec, ", tv_usec=", t.tv_usec, "}");
}

std::string Text(const itimerspec& t) {
  return absl::StrCat("{it_interval=", Text(t.it_interval),
                      ", it_value=", Text(t.it_value), "}");
}

std::string Text(const itimerval& t) {
  return absl::StrCat("{it_interval=", Text(t.it_interval),
                      ", it_value=", Text(t.it_value), "}");
}

template <typename T>
std::string Format(GuestAddr address, GuestMemory& memory) {
  if (address == GuestAddr::kNull) return "NULL";
  ErrnoOr<T> value = memory.ReadValue<T>(address);
  return value.ok() ? Text(*value) : FormatPointer(address);
}

}  // namespace

std::string FormatPointer(GuestAddr address) {
  if (address == GuestAddr::kNull) return "NULL";
  return absl::StrCat("0x", absl::Hex(static_cast<uint64_t>(address)));
}

std::string FormatTimespec(GuestAddr address, GuestMemory& memory) {
  return Format<timespec>(address, memory);
}

std::string FormatTimeval(GuestAddr address, GuestMemory& memory) {
  return Format<timeval>(address, memory);
}

std::string FormatItimerspec(GuestAddr address, GuestMemory& memory) {
  return Format<itimerspec>(address, memory);
}

std::string FormatItimerval(GuestAddr address, GuestMemory& memory) {
  return Format<itimerval>(address, memory);
}

}  // namespace quiesce
