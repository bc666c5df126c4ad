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

bool IsUp(const Stack& stack, int ifindex) {
  const Link* link = stack.FindLink(ifindex);
  return link != nullptr && (link->flags() & IFF_UP);
}

}  // namespace

void Fabric::Connect(std::vector<Port> ends, Nanos latency) {
  for (const Port& end : ends) {
    plugs_[{end.node, end.ifindex}] = Plug{segments_.size(), false};
  }
  segments_.push_back({std::move(ends), latency});
}

void Fabric::SetCut(Port end, bool cut) {
  const auto plug = plugs_.find({end.node, end.ifindex});
  if (plug == plugs_.end()) return;
  plug->second.cut = cut;
  const Port far = FarEnd(end);
  if (far.node != kNoNode) plugs_[{far.node, far.ifindex}].cut = cut;
}

bool Fabric::IsCut(Port end) const {
  const Plug* plug = FindPlug(end);
  return plug == nullptr || plug->cut;
}

Port Fabric::FarEnd(Port end) const {
  const Plug* plug = FindPlug(end);
  if (plug == nullptr) return Port{};
  const std::vector<Port>& ends = segments_[plug->segment].ends;
  if (ends.size() != 2) return Port{};
  return ends[0] == end ? ends[1] : ends[0];
}

const Fabric::Plug* Fabric::FindPlug(Port end) const {
  const auto plug = plugs_.find({end.node, end.ifindex});
  return plug == plugs_.end() ? nullptr : &plug->second;
}

bool Fabric::Runs(Port end) const {
  return stacks_[end.node] != nullptr || elsewhere_[end.node];
}

void Fabric::Begin(Message message, std::vector<Journey>* journeys) const {
  Journey journey;
  journey.at = message.from;
  journey.arrival.ttl = message.ttl;
  const Stack& stack = *stacks_[message.from];
  const IpAddress& to = message.destination.address;
  const bool to_many = message.kind == MessageKind::kFrame ||
                       (message.kind == MessageKind::kDatagram &&
                        (to.is_multicast() || stack.IsBroadcast(to)));
  if (!to_many) {
    journey.message = std::move(message);
    journeys->push_back(std::move(journey));
    return;
  }
  const Port out = {message.from, stack.Beneath(message.oif)};
  const Plug* plug = FindPlug(out);
  if (plug == nullptr || plug->cut) return;
  const Link* link = stack.FindLink(message.oif);
  if (link != nullptr) message.mac = link->mac;
  journey.stage = Journey::Stage::kInput;
  for (const Port& end : segments_[plug->segment].ends) {
    if (end == out || FindPlug(end)->cut || !Runs(end)) continue;
    Journey& copy = journeys->emplace_back(journey);
    copy.message = message;
    copy.at = end.node;
    copy.port = end.ifindex;
  }
}

void Fabric::AskNext(Port before, Journey* journey) const {
  Arrival& arrival = journey->arrival;
  const Port out = {arrival.reporter, journey->out};
  const Plug* plug = FindPlug(out);
  const std::vector<Port> none;
  const std::vector<Port>& ends =
      plug == nullptr ? none : segments_[plug->segment].ends;
  bool cut = plug != nullptr && plug->cut;
  auto next = ends.begin();
  if (before != out) next = std::find(ends.begin(), ends.end(), before) + 1;
  for (; next != ends.end() && !cut; ++next) {
    if (*next == out || FindPlug(*next)->cut || !Runs(*next)) continue;
    journey->stage = Journey::Stage::kInput;
    journey->at = next->node;
    journey->port = next->ifindex;
    return;
  }
  // If a cable is cut, nobody notices: the neighbour may be there. Else nobody
  // answers, and the sender's neighbour entry fails.
  for (const Port& end : ends) cut |= FindPlug(end)->cut;
  journey->stage = Journey::Stage::kReport;
  journey->at = arrival.reporter;
  if (cut) return;
  arrival.icmp = HostUnreachable(journey->message.destination.address.v4());
  arrival.latency += kSolicitation;
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
  const int out = stacks_[journey->at]->Beneath(route.oif);
  journey->out = out;
  if (journey->message.kind == MessageKind::kDatagram) {
    const Link* link = stacks_[journey->at]->FindLink(route.oif);
    if (link != nullptr) journey->message.mac = link->mac;
  }
  journey->neighbour = route.gateway.valid() ? route.gateway : destination;
  AskNext({journey->at, out}, journey);
}

void Fabric::Input(const Stack& stack, Flow* flow, Journey* journey) const {
  const Port port = {journey->at, journey->port};
  Arrival& arrival = journey->arrival;
  const Nanos latency = segments_[FindPlug(port)->segment].latency;
  if (!journey->neighbour.valid()) {
    journey->stage = Journey::Stage::kDone;
    const auto takes = [&](int ifindex) {
      return stack.Tapped(ifindex) ||
             (journey->message.kind != MessageKind::kFrame &&
              stack.Hears(ifindex, flow->dst));
    };
    if (!takes(port.ifindex)) {
      const std::vector<int> riders = stack.Riders(port.ifindex);
      if (std::none_of(riders.begin(), riders.end(), takes)) return;
    }
    arrival.node = port.node;
    arrival.iif = port.ifindex;
    arrival.latency += latency;
    return;
  }
  if (!IsUp(stack, port.ifindex) ||
      !stack.IsLocal(journey->neighbour, port.ifindex)) {
    AskNext(port, journey);
    return;
  }
  arrival.latency += latency;
  arrival.iif = port.ifindex;
  flow->oif = 0;
  flow->mark = 0;
  flow->iif = port.ifindex;
  const RouteResult route = stack.ResolveInput(*flow, port.ifindex);
  if (route.ok() && route.type != RTN_LOCAL && arrival.ttl-- <= 1) {
    arrival.reporter = port.node;
    arrival.icmp = TimeExceeded(flow->dst.v4());
    journey->stage = Journey::Stage::kReport;
    return;
  }
  Forward(route, flow->dst, journey);
}

void Fabric::Advance(Journey* journey) const {
  const Message& message = journey->message;
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
      case Journey::Stage::kInput:
        Input(*stack, &flow, journey);
        break;
      case Journey::Stage::kReport: {
        // net/ipv4/icmp.c:icmp_route_lookup: the address of the way back.
        Flow back;
        back.dst = message.source.address;
        const RouteResult route = stack->ResolveOutput(back);
        journey->message.reporter =
            route.ok() ? route.source
                       : stack->SelectSource(back.dst, journey->arrival.iif);
        journey->stage = Journey::Stage::kDone;
        break;
      }
      case Journey::Stage::kDone:
        break;
    }
  }
}

std::optional<Message> Fabric::Finish(Journey journey, Nanos now) {
  const Arrival& arrival = journey.arrival;
  Message message = std::move(journey.message);
  message.arrival = SaturatingAdd(now, arrival.latency);
  if (arrival.node != kNoNode) {
    message.to = arrival.node;
    message.iif = arrival.iif;
    message.ttl = arrival.ttl;
    // Link-local addresses belong to the link, which is another interface's
    // number here (net/ipv6/tcp_ipv6.c:tcp_v6_init_req).
    for (Endpoint* end : {&message.source, &message.destination}) {
      if (end->scope != 0) end->scope = arrival.iif;
    }
    return message;
  }
  // Errors about errors are not sent (RFC 1122, 3.2.2).
  const bool error = message.kind == MessageKind::kIcmpError;
  if (error || (IsPacket(message.kind) && arrival.icmp == 0)) {
    return std::nullopt;
  }
  message.about = std::exchange(message.kind, MessageKind::kIcmpError);
  message.to = message.from;
  message.value = arrival.icmp;
  return message;
}

Fabric::Arrival Fabric::Walk(const Message& message) const {
  std::vector<Journey> journeys;
  Begin(message, &journeys);
  if (journeys.empty()) return {};
  Advance(&journeys.front());
  return journeys.front().arrival;
}

std::vector<Message> Fabric::Route(std::vector<Message> sent, Nanos now) const {
  std::sort(sent.begin(), sent.end(), DeliveredBefore);
  std::vector<Message> result;
  result.reserve(sent.size());
  std::vector<Journey> journeys;
  for (Message& message : sent) {
    if (stacks_[message.from] == nullptr) continue;  // it has just been stopped
    journeys.clear();
    Begin(std::move(message), &journeys);
    for (Journey& journey : journeys) {
      Advance(&journey);
      if (auto arrived = Finish(std::move(journey), now)) {
        result.push_back(std::move(*arrived));
      }
    }
  }
  return result;
}

bool DeliveredBefore(const Message& a, const Message& b) {
  return std::tie(a.from, a.session, a.from_opener, a.opener, a.sequence,
                  a.protocol, a.to) < std::tie(b.from, b.session, b.from_opener,
                                               b.opener, b.sequence, b.protocol,
                                               b.to);
}

}  // namespace quiesce
