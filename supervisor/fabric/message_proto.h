// Messages between our form and the one in which they leave the process
// (proto/message.proto).
#ifndef QUIESCE_SUPERVISOR_FABRIC_MESSAGE_PROTO_H_
#define QUIESCE_SUPERVISOR_FABRIC_MESSAGE_PROTO_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "notifier/kernel/message.h"
#include "proto/message.pb.h"

namespace quiesce {

void MessageToProto(const Message& message, proto::Message* words);
void EndpointToProto(const Endpoint& endpoint, proto::Endpoint* words);
std::string AddressToProto(const IpAddress& address);

// InvalidArgument where a field has a value that no message of ours has.
absl::StatusOr<Message> MessageFromProto(const proto::Message& words);
absl::StatusOr<IpAddress> AddressFromProto(const std::string& bytes);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_FABRIC_MESSAGE_PROTO_H_
