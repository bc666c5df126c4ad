// One step of a node's recording (proto/recording.proto): what came out of the
// node, and where two answers to the same input differ.
#ifndef QUIESCE_SUPERVISOR_SCHED_NODE_STEP_H_
#define QUIESCE_SUPERVISOR_SCHED_NODE_STEP_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "notifier/base/nanos.h"
#include "notifier/kernel/message.h"
#include "proto/recording.pb.h"

namespace quiesce {

// Of everything that a node says in a message.
uint64_t HashMessage(const Message& message);

// Notes what the node sent, in the defined order (DeliveredBefore).
void AddOutputs(absl::Span<const Message> sent, proto::NodeStep* step);

// What the step was: "activation with 3 messages".
std::string DescribeStep(const proto::NodeStep& step);

// The first thing in which the answers differ; empty if they are the same. Only
// what came out is compared.
std::string DescribeDifference(const proto::NodeStep& recorded,
                               const proto::NodeStep& replayed);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_NODE_STEP_H_
