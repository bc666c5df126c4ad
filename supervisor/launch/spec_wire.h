// NodeSpec and ProcessSpec as wire messages.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_SPEC_WIRE_H_
#define QUIESCE_SUPERVISOR_LAUNCH_SPEC_WIRE_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "supervisor/launch/spec.h"
#include "supervisor/launch/wire.h"

namespace quiesce {

// What the first byte of a request to a node init says. Requests to the fork
// server are all NodeSpecs.
enum class NodeRequest : uint8_t { kSpawn = 1, kAdopt };

void PutNodeSpec(const NodeSpec& spec, WireWriter& out);
NodeSpec TakeNodeSpec(WireReader& in);

// Descriptors do not travel in the bytes: where the spec names one, the
// decoded spec has its index among the message's descriptors.
void PutProcessSpec(const ProcessSpec& spec, WireWriter& out);
ProcessSpec TakeProcessSpec(WireReader& in);

// One exit, as the node init reports it on the events socket.
struct WireExit {
  pid_t node_pid;
  bool spawned;  // by request; else an orphan
  int wait_status;
  rusage usage;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_SPEC_WIRE_H_
