// Socket options that are not a number, as far as sockets of all kinds share
// them: timeouts, devices, filters, multicast memberships.
#ifndef QUIESCE_NOTIFIER_SOCKOPT_OPTION_SHAPES_H_
#define QUIESCE_NOTIFIER_SOCKOPT_OPTION_SHAPES_H_

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/base/nanos.h"
#include "notifier/call/call.h"
#include "notifier/call/outcome.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/net/stack.h"
#include "notifier/sockopt/option_table.h"

namespace quiesce {

// getsockopt's way to return a struct into `*value` of the guest's size.
template <typename T>
void PutStruct(const T& from, std::string* value) {
  std::string bytes(reinterpret_cast<const char*>(&from), sizeof(from));
  bytes.resize(std::min(bytes.size(), value->size()));
  *value = std::move(bytes);
}

inline constexpr int kTxRehash = 74;  // SO_TXREHASH, of TCP only

// SO_RCVTIMEO, SO_SNDTIMEO (net/core/sock.c:sock_set_timeout): 0, EINVAL or
// EDOM. A timeout of 0 is none; a negative one ends at once (1 ns here).
int ParseTimeout(absl::string_view value, Nanos* timeout);
void PutTimeout(Nanos timeout, std::string* value);

// SO_BINDTODEVICE and SO_BINDTOIFINDEX. 0, ENODEV, EINVAL, or EPERM where a
// binding exists and CAP_NET_RAW is missing (sock_bindtoindex_locked).
int ParseDevice(Call& call, const Stack& stack, int name,
                absl::string_view value, int current, int* device);
Outcome GetDevice(const Stack& stack, int device, std::string* value);

// The other SOL_SOCKET options: filters, credentials. `filtered`: whether the
// socket has a filter.
Outcome SetFilterOption(NodeKernel& kernel, int name, absl::string_view value,
                        bool* filtered);
// Outcome::Park() where the option is none of these.
Outcome GetFilterOption(int name, std::string* value);

// What a number has to be beyond what the table says: an interface that is
// there. 0 or an errno.
int CheckNumber(const Stack& stack, int level, int name,
                absl::string_view value);

// Says what an option that has just been set does not do here, if anything.
void ConfessOption(NodeKernel& kernel, const OptionValues& options, int level,
                   int name);

// IPPROTO_IP and IPPROTO_IPV6 options with structs, for sockets to which they
// make no difference. Only sizes are checked. TCP may not join groups.
Outcome SetShapedOption(int level, int name, absl::string_view value);
// `mtu` of the path of a connected socket, else 0.
Outcome GetShapedOption(int level, int name, std::string* value, int mtu);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SOCKOPT_OPTION_SHAPES_H_
