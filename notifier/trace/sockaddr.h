// Socket addresses as strace writes them.
#ifndef QUIESCE_NOTIFIER_TRACE_SOCKADDR_H_
#define QUIESCE_NOTIFIER_TRACE_SOCKADDR_H_

#include <cstring>
#include <string>

#include "absl/strings/string_view.h"

namespace quiesce {

// `bytes`: the address as the guest gave it; too short a one is shown as far as
// it goes.
std::string FormatSockAddr(absl::string_view bytes);

// AF_UNSPEC (0) if there are not even the bytes for it.
int FamilyOf(absl::string_view bytes);

std::string FormatInAddr(const void* address);
std::string FormatIn6Addr(const void* address);

// The first bytes of `bytes` as a T, zeros behind them if they are fewer.
template <typename T>
T ValueOf(absl::string_view bytes) {
  T value{};
  const absl::string_view begin = bytes.substr(0, sizeof(T));
  if (!begin.empty()) std::memcpy(&value, begin.data(), begin.size());
  return value;
}

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_SOCKADDR_H_
