#include "supervisor/fabric/journey_proto.h"

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "supervisor/fabric/message_proto.h"

namespace quiesce {

using Stage = Fabric::Journey::Stage;
static_assert(static_cast<int>(Stage::kOutput) == proto::Journey::OUTPUT);
static_assert(static_cast<int>(Stage::kInput) == proto::Journey::INPUT);
static_assert(static_cast<int>(Stage::kReport) == proto::Journey::REPORT);
static_assert(static_cast<int>(Stage::kDone) == proto::Journey::DONE);

void JourneyToProto(const Fabric::Journey& journey, proto::Journey* words) {
  MessageToProto(journey.message, words->mutable_message());
  words->set_stage(static_cast<proto::Journey::Stage>(journey.stage));
  words->set_at(journey.at);
  words->set_port(journey.port);
  words->set_neighbour(AddressToProto(journey.neighbour));
  words->set_out(journey.out);
  words->set_node(journey.arrival.node);
  words->set_iif(journey.arrival.iif);
  words->set_ttl(journey.arrival.ttl);
  words->set_latency(journey.arrival.latency);
  words->set_icmp(journey.arrival.icmp);
  words->set_reporter(journey.arrival.reporter);
}

absl::StatusOr<Fabric::Journey> JourneyFromProto(const proto::Journey& words) {
  if (!proto::Journey::Stage_IsValid(words.stage())) {
    return absl::InvalidArgumentError(
        absl::StrCat("a journey in stage ", static_cast<int>(words.stage())));
  }
  Fabric::Journey journey;
  ASSIGN_OR_RETURN(journey.message, MessageFromProto(words.message()));
  journey.stage = static_cast<Stage>(words.stage());
  journey.at = words.at();
  journey.port = words.port();
  ASSIGN_OR_RETURN(journey.neighbour, AddressFromProto(words.neighbour()));
  journey.out = words.out();
  journey.arrival.node = words.node();
  journey.arrival.iif = words.iif();
  journey.arrival.ttl = words.ttl();
  journey.arrival.latency = words.latency();
  journey.arrival.icmp = words.icmp();
  journey.arrival.reporter = words.reporter();
  return journey;
}

}  // namespace quiesce
