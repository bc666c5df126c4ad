// Socket options that hold a number: one row each. What an option does beyond
// being remembered is its socket's business; everything else (sizes, defaults,
// bounds, who may set it) is here.
//
// Sources: net/core/sock.c:sk_setsockopt, net/ipv4/ip_sockglue.c:
// do_ip_setsockopt, net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt,
// net/ipv4/tcp.c:do_tcp_setsockopt of Linux 6.x.
#ifndef QUIESCE_NOTIFIER_SOCKOPT_OPTION_TABLE_H_
#define QUIESCE_NOTIFIER_SOCKOPT_OPTION_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "notifier/call/call.h"

namespace quiesce {

// What happens to a value outside [min, max].
enum class OutOfRange : uint8_t {
  kError,  // EINVAL
  kClamp,
  kBool,  // any value becomes 0 or 1
};

// Which sockets have it.
enum SocketKind : uint8_t {
  kOnTcp = 1,
  kOnUdp = 2,
  kOnRaw = 4,
  kOnAll = 7,
  kOnDatagram = 6,
  // RFC 3828: what UDP has, and more.
  kOnUdpLite = 8 | kOnUdp,
};

enum class Access : uint8_t { kReadWrite, kReadOnly, kWriteOnly };

struct OptionRow {
  int level;
  int name;
  const char* label;
  uint8_t kinds;  // SocketKind
  int initial;
  int min, max;
  OutOfRange rule;
  Access access = Access::kReadWrite;
  int capability = -1;         // needed to set a value other than 0
  int refusal = 0;             // errno without it; of one that is read only
  const char* note = nullptr;  // what it does not do here
};

absl::Span<const OptionRow> OptionTable();
// Null if there is no such option with a number for a value.
const OptionRow* FindOption(int level, int name, SocketKind kind);

// Whether some kind of socket has it.
bool IsKnownOption(int level, int name);

// The numbers of one socket.
class OptionValues {
 public:
  explicit OptionValues(SocketKind kind) : kind_(kind) {}

  int Get(int level, int name) const;
  void Put(int level, int name, int value);  // no checks

  // setsockopt(2) of a row: 0 or an errno; -1 where no row knows the option.
  // `capable` may be null only in tests.
  int Set(Call* call, int level, int name, absl::string_view value);
  // getsockopt(2): as above; `value` comes with the guest's size and leaves
  // with the bytes. IPPROTO_IP answers one byte where fewer than four were
  // asked for and the value fits.
  int Read(int level, int name, std::string* value) const;

  SocketKind kind() const { return kind_; }

 private:
  struct Stored {
    int level;
    int name;
    int value;
  };
  SocketKind kind_;
  std::vector<Stored> stored_;  // those that were ever set
};

// getsockopt's way to return an int into `*value` of the guest's size.
void PutInt(int number, std::string* value);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SOCKOPT_OPTION_TABLE_H_
