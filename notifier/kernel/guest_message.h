// Moving bytes between a socket and the pieces of memory a guest's msghdr
// names.
#ifndef QUIESCE_NOTIFIER_KERNEL_GUEST_MESSAGE_H_
#define QUIESCE_NOTIFIER_KERNEL_GUEST_MESSAGE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "notifier/base/nanos.h"
#include "notifier/call/call.h"
#include "notifier/call/outcome.h"
#include "notifier/kernel/socket.h"

namespace quiesce {

// The sum of the pieces.
uint64_t TotalSize(const GuestMessage& message);

// Reads up to `limit` bytes, from the first on. 0 or an errno.
int Gather(Call& call, const GuestMessage& message, uint64_t limit,
           std::string* bytes);

// Writes `bytes` into the pieces, as far as they reach. 0 or an errno.
int Scatter(Call& call, const GuestMessage& message, absl::string_view bytes);

// Makes a packet the answer: its bytes as Scatter() does; its source's address
// as far as it fits, noting its whole size; ancillary data, whole control
// messages only, with MSG_CTRUNC in message.out_flags where one did not fit
// (net/core/scm.c:put_cmsg). It goes to message.outputs unless it is in many
// pieces. 0 or an errno.
int PutPacketInto(Call& call, GuestMessage& message, absl::string_view bytes,
                  const SockAddr& name, absl::string_view control);

// Writes message.outputs and `more`, of which there are few. 0 or an errno.
int WriteOutputs(Call& call, const GuestMessage& message,
                 absl::Span<const WritePiece> more = {});

// What becomes of a call that finds nothing to receive `now`: EAGAIN, or it
// waits, as long as SO_RCVTIMEO, `timeout` (0: for ever), lets it.
Outcome WaitToReceive(const Call& call, Nanos now, bool nonblocking,
                      Nanos timeout);

// Appends one control message, padded, to `control`.
void AppendControl(int level, int type, const void* data, size_t size,
                   std::string* control);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_GUEST_MESSAGE_H_
