#include "supervisor/fabric/fabric.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

namespace quiesce {
namespace {

// Three unanswered solicitations, one a second: how long a sender waits before
// it learns that a neighbour does not answer (neigh: mcast_solicit, retrans).
constexpr Nanos kSolicitation = 3 * kSecond;

constexpr uint64_t Icmp(int type, int code) { return type << 8 | code; }

uint64_t HostUnreachable(bool v4) {
  return v4 ? Icmp(ICMP_DEST_UNREACH, ICMP_HOST_UNREACH)
            : Icmp(ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH);
}

uint64_t TimeExceeded(bool v4) {
  return v4 ? Icmp(ICMP_TIME_EXCEEDED, ICMP_EXC_TTL)
            : Icmp(ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT);
}

// What a router answers for a route that leads nowhere (ip_error,
// ip6_pkt_discard).
uint64_t OfRouteError(int error, bool v4) {
  switch (error) {
    case EINVAL:  // blackhole
      return 0;
    case EACCES:
      return v4 ? Icmp(ICMP_DEST_UNREACH, ICMP_PKT_FILTERED)
                : Icmp(ICMPV6_DEST_UNREACH, ICMPV6_ADM_PROHIBITED);
    case EHOSTUNREACH:
      return HostUnreachable(v4);
    default:
      return v4 ? Icmp(ICMP_DEST_UNREACH, ICMP_NET_UNREACH)
                : Icmp(ICMPV6_DEST_UNREACH, ICMPV6_NOROUTE);
  }
}

// Nobody answers on the link: the sender's neighbour entry fails.
void Unanswered(bool v4, Fabric::Arrival* arrival) {
  arrival->icmp = HostUnreachable(v4);
  arrival->latency += kSolicitation;
}

bool IsUp(const Stack& stack, int ifindex) {
  const Link* link = stack.FindLink(ifindex);
  return link != nullptr && (link->flags() & IFF_UP);
}

}  // namespace

void Fabric::Connect(Port a, Port b, Nanos latency) {
  cables_[{a.node, a.ifindex}] = Cable{b, latency, false};
  cables_[{b.node, b.ifindex}] = Cable{a, latency, false};
}

void Fabric::SetCut(Port end, bool cut) {
  auto near = cables_.find({end.node, end.ifindex});
  if (near == cables_.end()) return;
  near->second.cut = cut;
  const Port far = near->second.far;
  cables_[{far.node, far.ifindex}].cut = cut;
}

Port Fabric::FarEnd(Port end) const {
  const auto cable = cables_.find({end.node, end.ifindex});
  return cable == cables_.end() ? Port{} : cable->second.far;
}

Fabric::Journey Fabric::Begin(Message message) const {
  Journey journey;
  journey.at = message.from;
  journey.arrival.ttl = message.ttl;
  journey.message = std::move(message);
  return journey;
}

void Fabric::Forward(const RouteResult& route, const IpAddress& destination,
                     Journey* journey) const {
  Arrival& arrival = journey->arrival;
  arrival.reporter = journey->at;
  journey->stage = Journey::Stage::kReport;
  if (!route.ok()) {
    arrival.icmp = OfRouteError(route.error, destination.v4());
    return;
  }
  if (route.type == RTN_LOCAL) {
    arrival.node = journey->at;
    journey->stage = Journey::Stage::kDone;
    return;
  }
  const auto cable = cables_.find({journey->at, route.oif});
  if (cable != cables_.end() && cable->second.cut) return;  // nobody notices
  const Port far = cable == cables_.end() ? Port{} : cable->second.far;
  if (far.node == kNoNode ||
      (stacks_[far.node] == nullptr && !elsewhere_[far.node])) {
    Unanswered(destination.v4(), &arrival);
    return;
  }
  journey->stage = Journey::Stage::kInput;
  journey->at = far.node;
  journey->port = far.ifindex;
  journey->neighbour = route.gateway.valid() ? route.gateway : destination;
}

void Fabric::Advance(Journey* journey) const {
  const Message& message = journey->message;
  Arrival& arrival = journey->arrival;
  Flow flow;
  flow.dst = message.destination.address;
  flow.src = message.source.address;
  flow.tos = message.tos;
  flow.protocol = message.protocol;
  flow.sport = message.source.port;
  flow.dport = message.destination.port;
  while (journey->stage != Journey::Stage::kDone) {
    const Stack* stack = stacks_[journey->at];
    if (stack == nullptr) return;
    switch (journey->stage) {
      case Journey::Stage::kOutput:
        flow.oif = message.oif != 0 ? message.oif : message.destination.scope;
        flow.mark = message.mark;
        Forward(stack->ResolveOutput(flow), flow.dst, journey);
        break;
      case Journey::Stage::kInput: {
        if (!IsUp(*stack, journey->port) ||
            !stack->IsLocal(journey->neighbour, journey->port)) {
          Unanswered(flow.dst.v4(), &arrival);
          journey->stage = Journey::Stage::kReport;
          journey->at = arrival.reporter;
          break;
        }
        arrival.latency += cables_.at({journey->at, journey->port}).latency;
        arrival.iif = journey->port;
        flow.oif = 0;
        flow.mark = 0;
        flow.iif = journey->port;
        const RouteResult route = stack->ResolveInput(flow, journey->port);
        if (route.ok() && route.type != RTN_LOCAL && arrival.ttl-- <= 1) {
          arrival.reporter = journey->at;
          arrival.icmp = TimeExceeded(flow.dst.v4());
          journey->stage = Journey::Stage::kReport;
          break;
        }
        Forward(route, flow.dst, journey);
        break;
      }
      case Journey::Stage::kReport:
        journey->message.reporter =
            stack->SelectSource(message.source.address, arrival.iif);
        journey->stage = Journey::Stage::kDone;
        break;
      case Journey::Stage::kDone:
        break;
    }
  }
}

Message Fabric::Finish(Journey journey, Nanos now) {
  const Arrival& arrival = journey.arrival;
  Message message = std::move(journey.message);
  message.arrival = SaturatingAdd(now, arrival.latency);
  if (arrival.node != kNoNode) {
    message.to = arrival.node;
    message.iif = arrival.iif;
    message.ttl = arrival.ttl;
  } else {
    message.about = std::exchange(message.kind, MessageKind::kIcmpError);
    message.to = message.from;
    message.value = arrival.icmp;
  }
  return message;
}

Fabric::Arrival Fabric::Walk(const Message& message) const {
  Journey journey = Begin(message);
  Advance(&journey);
  return journey.arrival;
}

std::vector<Message> Fabric::Route(std::vector<Message> sent, Nanos now) const {
  std::sort(sent.begin(), sent.end(), DeliveredBefore);
  std::vector<Message> result;
  result.reserve(sent.size());
  for (Message& message : sent) {
    if (stacks_[message.from] == nullptr) continue;  // it has just been stopped
    Journey journey = Begin(std::move(message));
    Advance(&journey);
    result.push_back(Finish(std::move(journey), now));
  }
  return result;
}

bool DeliveredBefore(const Message& a, const Message& b) {
  return std::tie(a.from, a.session, a.from_opener, a.opener, a.sequence) <
         std::tie(b.from, b.session, b.from_opener, b.opener, b.sequence);
}

}  // namespace quiesce
