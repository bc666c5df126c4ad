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

namespace {

void BranchToProto(const Fabric::Branch& branch, proto::Branch* words) {
  words->set_node(branch.out.node);
  words->set_ifindex(branch.out.ifindex);
  words->mutable_tag()->Assign(branch.tags.begin(), branch.tags.end());
  words->set_latency(branch.latency);
}

Fabric::Branch BranchFromProto(const proto::Branch& words) {
  Fabric::Branch branch;
  branch.out = {words.node(), words.ifindex()};
  branch.tags.assign(words.tag().begin(), words.tag().end());
  branch.latency = words.latency();
  return branch;
}

}  // namespace

void JourneyToProto(const Fabric::Journey& journey, proto::Journey* words) {
  MessageToProto(journey.message, words->mutable_message());
  words->set_stage(static_cast<proto::Journey::Stage>(journey.stage));
  words->set_at(journey.at);
  words->set_port(journey.port);
  words->set_neighbour(AddressToProto(journey.neighbour));
  words->set_out(journey.out.ifindex);
  words->set_out_node(journey.out.node);
  words->mutable_tag()->Assign(journey.tags.begin(), journey.tags.end());
  words->set_way(journey.way);
  words->set_cut(journey.cut);
  for (const Fabric::Branch& branch : journey.branches) {
    BranchToProto(branch, words->add_branch());
  }
  for (const Port& bridge : journey.bridges) {
    BranchToProto({bridge, {}, 0}, words->add_bridge());
  }
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
  journey.out = {words.out_node(), words.out()};
  journey.tags.assign(words.tag().begin(), words.tag().end());
  journey.way = words.way();
  journey.cut = words.cut();
  for (const proto::Branch& branch : words.branch()) {
    journey.branches.push_back(BranchFromProto(branch));
  }
  for (const proto::Branch& bridge : words.bridge()) {
    journey.bridges.push_back(BranchFromProto(bridge).out);
  }
  journey.arrival.node = words.node();
  journey.arrival.iif = words.iif();
  journey.arrival.ttl = words.ttl();
  journey.arrival.latency = words.latency();
  journey.arrival.icmp = words.icmp();
  journey.arrival.reporter = words.reporter();
  return journey;
}

}  // namespace quiesce
