#include "supervisor/sched/node_step.h"

#include <sys/socket.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "supervisor/fabric/fabric.h"
#include "supervisor/fabric/message_proto.h"
#include "supervisor/sched/message_log.h"

namespace quiesce {
namespace {

std::string DescribeOutput(const proto::Output& output) {
  Endpoint to;
  const std::string& address = output.destination().address();
  if (address.size() == 4 || address.size() == 16) {
    to.address = IpAddress::FromBytes(address.size() == 4 ? AF_INET : AF_INET6,
                                      address.data());
  }
  to.port = output.destination().port();
  to.scope = output.destination().scope();
  return absl::StrCat(MessageKindName(static_cast<MessageKind>(output.kind())),
                      " to ", to.ToString(), " (session ", output.opener(), ":",
                      output.session(), ", sequence ", output.sequence(), ", ",
                      output.bytes(), " bytes, hash ",
                      absl::Hex(output.hash(), absl::kZeroPad16), ")");
}

std::string DescribeTimer(const proto::NodeStep& step) {
  if (!step.has_next_timer()) return "never";
  return absl::StrCat("at ", step.next_timer(), " ns");
}

std::string Differs(absl::string_view what, absl::string_view recorded,
                    absl::string_view replayed) {
  return absl::StrCat(what, "\n  recorded: ", recorded,
                      "\n  replayed: ", replayed);
}

std::string DescribeClock(const proto::ClockStep& step) {
  return absl::StrCat(step.step(), " ns after ", step.calls(), " calls");
}

// The first place where two lists differ.
template <typename List, typename Describe>
std::string FirstDifference(absl::string_view what, const List& recorded,
                            const List& replayed, Describe describe) {
  const int most = std::max(recorded.size(), replayed.size());
  for (int i = 0; i < most; ++i) {
    const std::string a = i < recorded.size() ? describe(recorded[i]) : "none";
    const std::string b = i < replayed.size() ? describe(replayed[i]) : "none";
    if (a != b) return Differs(absl::StrCat(what, " ", i + 1), a, b);
  }
  return "";
}

}  // namespace

uint64_t HashMessage(const Message& message) {
  uint64_t hash = HashBytes(message.payload);
  for (const uint64_t value :
       {static_cast<uint64_t>(message.kind),
        static_cast<uint64_t>(message.protocol),
        HashBytes(message.source.ToString()),
        HashBytes(message.destination.ToString()), message.session,
        static_cast<uint64_t>(message.opener),
        static_cast<uint64_t>(message.from_opener), message.sequence,
        static_cast<uint64_t>(message.ttl), static_cast<uint64_t>(message.tos),
        static_cast<uint64_t>(message.mark), static_cast<uint64_t>(message.oif),
        message.value, HashBytes(message.auth)}) {
    hash = Mix(hash, value);
  }
  return hash;
}

void AddOutputs(absl::Span<const Message> sent, proto::NodeStep* step) {
  std::vector<const Message*> order;
  for (const Message& message : sent) order.push_back(&message);
  std::stable_sort(order.begin(), order.end(),
                   [](const Message* a, const Message* b) {
                     return DeliveredBefore(*a, *b);
                   });
  for (const Message* message : order) {
    proto::Output* output = step->add_output();
    output->set_kind(static_cast<proto::Message::Kind>(message->kind));
    EndpointToProto(message->destination, output->mutable_destination());
    output->set_opener(message->opener);
    output->set_session(message->session);
    output->set_sequence(message->sequence);
    output->set_bytes(message->payload.size());
    output->set_hash(HashMessage(*message));
  }
}

std::string DescribeStep(const proto::NodeStep& step) {
  switch (step.what_case()) {
    case proto::NodeStep::kStart:
      return "start";
    case proto::NodeStep::kActivate:
      return absl::StrCat("activation with ", step.activate().input_size(),
                          " messages");
    case proto::NodeStep::kCarrier:
      return absl::StrCat("carrier of interface ", step.carrier().ifindex(),
                          step.carrier().up() ? " up" : " down");
    case proto::NodeStep::kInterface:
      return absl::StrCat("interface ", step.interface().ifindex(),
                          step.interface().up() ? " up" : " down");
    case proto::NodeStep::kAddress:
      return absl::StrCat("address ", step.address().address(),
                          step.address().there() ? " on" : " off",
                          " interface ", step.address().ifindex());
    case proto::NodeStep::kQuestions:
      return "questions about its RIB";
    case proto::NodeStep::kSignal:
      return absl::StrCat("signal ", step.signal().number(), " to ",
                          step.signal().process());
    case proto::NodeStep::kRestart:
      return absl::StrCat("restart of ", step.restart());
    case proto::NodeStep::kStop:
      return "stop";
    case proto::NodeStep::WHAT_NOT_SET:
      break;
  }
  return "nothing";
}

std::string DescribeDifference(const proto::NodeStep& recorded,
                               const proto::NodeStep& replayed) {
  std::string difference = FirstDifference("message", recorded.output(),
                                           replayed.output(), DescribeOutput);
  if (difference.empty()) {
    difference = FirstDifference("step of the clock", recorded.clock_step(),
                                 replayed.clock_step(), DescribeClock);
  }
  if (!difference.empty()) return difference;
  if (recorded.fib_changes() != replayed.fib_changes()) {
    return Differs("changes of the forwarding table",
                   absl::StrCat(recorded.fib_changes()),
                   absl::StrCat(replayed.fib_changes()));
  }
  if (DescribeTimer(recorded) != DescribeTimer(replayed)) {
    return Differs("next timer", DescribeTimer(recorded),
                   DescribeTimer(replayed));
  }
  return "";
}

}  // namespace quiesce
