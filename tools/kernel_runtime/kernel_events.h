// What a topology's events do on the real kernel (proto/topology.proto).
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_EVENTS_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_EVENTS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "proto/topology.pb.h"
#include "tools/kernel_runtime/kernel_network.h"

namespace quiesce {

// Lets one happen. A node that starts is ready on return, or `patience` has
// passed: DeadlineExceeded.
absl::Status Happen(const proto::Event& event, absl::Duration patience,
                    KernelNetwork* network);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_EVENTS_H_
