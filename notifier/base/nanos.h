// Virtual time: nanoseconds since the emulation began. Whole numbers, so that
// it adds up the same everywhere.
#ifndef QUIESCE_NOTIFIER_BASE_NANOS_H_
#define QUIESCE_NOTIFIER_BASE_NANOS_H_

#include <cstdint>
#include <limits>

namespace quiesce {

using Nanos = int64_t;

constexpr Nanos kNever = std::numeric_limits<Nanos>::max();
constexpr Nanos kMicrosecond = 1'000;
constexpr Nanos kMillisecond = 1'000'000;
constexpr Nanos kSecond = 1'000'000'000;

// a + b for b >= 0 without passing kNever.
constexpr Nanos SaturatingAdd(Nanos a, Nanos b) {
  return a > kNever - b ? kNever : a + b;
}

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BASE_NANOS_H_
