// Moving bytes between a socket and the pieces of memory a guest's msghdr
// names.
#ifndef QUIESCE_NOTIFIER_KERNEL_GUEST_MESSAGE_H_
#define QUIESCE_NOTIFIER_KERNEL_GUEST_MESSAGE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/call/call.h"
#include "notifier/kernel/socket.h"

namespace quiesce {

// The sum of the pieces.
uint64_t TotalSize(const GuestMessage& message);

// Reads up to `limit` bytes, from the first on. 0 or an errno.
int Gather(Call& call, const GuestMessage& message, uint64_t limit,
           std::string* bytes);

// Writes `bytes` into the pieces, as far as they reach. 0 or an errno.
int Scatter(Call& call, const GuestMessage& message, absl::string_view bytes);

// Writes the source's address as far as it fits and notes its size.
int PutName(Call& call, GuestMessage& message, const SockAddr& name);

// Writes ancillary data, whole control messages only; sets MSG_CTRUNC in
// message.out_flags where one did not fit (net/core/scm.c:put_cmsg).
int PutControl(Call& call, GuestMessage& message, absl::string_view control);

// Appends one control message, padded, to `control`.
void AppendControl(int level, int type, const void* data, size_t size,
                   std::string* control);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_GUEST_MESSAGE_H_
