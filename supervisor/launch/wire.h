// How supervisor, fork server and node inits talk: one message is some bytes
// and some descriptors on a SOCK_SEQPACKET socket, so it arrives whole or not
// at all. Both ends are the same binary, forked: no versions, no byte order.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_WIRE_H_
#define QUIESCE_SUPERVISOR_LAUNCH_WIRE_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// Puts plain values and strings behind one another.
class WireWriter {
 public:
  template <typename T>
  void Value(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  void String(absl::string_view text) {
    Value(static_cast<uint64_t>(text.size()));
    bytes_.append(text.data(), text.size());
  }
  // A count, then `item(element)` for each.
  template <typename C, typename F>
  void List(const C& items, F item) {
    Value(static_cast<uint64_t>(items.size()));
    for (const auto& element : items) item(element);
  }
  void Strings(const std::vector<std::string>& items) {
    List(items, [&](const std::string& s) { String(s); });
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Takes them out in the same order. Reading past the end gives zeroes and
// makes ok() false.
class WireReader {
 public:
  explicit WireReader(absl::string_view bytes) : rest_(bytes) {}

  template <typename T>
  T Value() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    if (rest_.size() < sizeof(T)) {
      ok_ = false;
      rest_ = {};
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
    return value;
  }
  std::string String() {
    uint64_t size = Value<uint64_t>();
    if (size > rest_.size()) {
      ok_ = false;
      size = 0;
    }
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }
  template <typename F>
  void List(F item) {
    for (uint64_t left = Value<uint64_t>(); left > 0 && ok_; --left) item();
  }
  std::vector<std::string> Strings() {
    std::vector<std::string> items;
    List([&] { items.push_back(String()); });
    return items;
  }
  bool ok() const { return ok_; }

 private:
  absl::string_view rest_;
  bool ok_ = true;
};

struct WireMessage {
  std::string bytes;
  std::vector<UniqueFd> fds;
};

// Sends one message; large ones travel in a memfd. Blocks while the socket is
// full. Unavailable when the other end is closed. At most 200 descriptors,
// which stay the caller's.
absl::Status SendMessage(int socket, absl::string_view bytes,
                         absl::Span<const int> fds = {});

// Waits for one message, at most `timeout_ms` (-1: for ever). Unavailable
// when the other end is closed, DeadlineExceeded. Descriptors arrive with
// O_CLOEXEC.
absl::StatusOr<WireMessage> ReceiveMessage(int socket, int timeout_ms = -1);

// A Status as the first thing in a message, and back.
void PutStatus(const absl::Status& status, WireWriter& out);
absl::Status TakeStatus(WireReader& in);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_WIRE_H_
