// The guest's fault, as a value: an errno, or what was asked for.
#ifndef QUIESCE_NOTIFIER_BASE_ERRNO_OR_H_
#define QUIESCE_NOTIFIER_BASE_ERRNO_OR_H_

#include <cerrno>
#include <utility>
#include <variant>

namespace quiesce {

// A Linux error number, never 0. Explicit, so that a plain int is not one.
struct Errno {
  explicit Errno(int number) : value(number) {}
  int value;
  bool operator==(const Errno&) const = default;
};

// A T or an Errno. Like absl::StatusOr, for faults that go to the guest.
template <typename T>
class ErrnoOr {
 public:
  ErrnoOr(Errno error) : content_(error) {}              // NOLINT
  ErrnoOr(T value) : content_(std::move(value)) {}       // NOLINT

  bool ok() const { return std::holds_alternative<T>(content_); }
  // 0 where there is a value.
  int error() const {
    return ok() ? 0 : std::get<Errno>(content_).value;
  }
  T& operator*() { return std::get<T>(content_); }
  const T& operator*() const { return std::get<T>(content_); }
  T* operator->() { return &std::get<T>(content_); }
  const T* operator->() const { return &std::get<T>(content_); }

 private:
  std::variant<Errno, T> content_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BASE_ERRNO_OR_H_
