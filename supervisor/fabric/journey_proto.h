// Journeys in the form in which they leave the process (proto/exchange.proto).
#ifndef QUIESCE_SUPERVISOR_FABRIC_JOURNEY_PROTO_H_
#define QUIESCE_SUPERVISOR_FABRIC_JOURNEY_PROTO_H_

#include "absl/status/statusor.h"
#include "proto/exchange.pb.h"
#include "supervisor/fabric/fabric.h"

namespace quiesce {

void JourneyToProto(const Fabric::Journey& journey, proto::Journey* words);

// InvalidArgument where a field has a value that no journey of ours has.
absl::StatusOr<Fabric::Journey> JourneyFromProto(const proto::Journey& words);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_FABRIC_JOURNEY_PROTO_H_
