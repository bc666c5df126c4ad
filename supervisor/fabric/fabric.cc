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
  const Link* link = stack.FindLink(message.oif);
  if (link != nullptr) message.mac = link->mac;
  const Port device = {message.from, message.oif};
  journey.message = std::move(message);
  Leave(stack, device, {}, 0, &journey);
  Spread(&journey, journeys);
}

void Fabric::AskNext(Port before, Journey* journey) const {
  const Port out = journey->out;
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
  journey->cut |= cut;
  if (!journey->branches.empty()) {
    Branch branch = std::move(journey->branches.front());
    journey->branches.erase(journey->branches.begin());
    journey->out = branch.out;
    journey->tags = std::move(branch.tags);
    journey->way = branch.latency;
    AskNext(journey->out, journey);
    return;
  }
  Arrival& arrival = journey->arrival;
  journey->stage = Journey::Stage::kReport;
  journey->at = arrival.reporter;
  if (journey->cut) return;
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
  journey->out = {journey->at, route.oif};
  journey->neighbour = route.gateway.valid() ? route.gateway : destination;
  journey->way = 0;
  journey->cut = false;
  const Link* link = stacks_[journey->at]->FindLink(route.oif);
  if (link != nullptr) {
    if (journey->message.kind == MessageKind::kDatagram) {
      journey->message.mac = link->mac;
    }
    if (link->layer2()) {  // through it, or nowhere
      Leave(*stacks_[journey->at], journey->out, {}, 0, journey);
    }
  }
  AskNext(journey->out, journey);
}

void Fabric::Input(const Stack& stack, Flow* flow, Journey* journey,
                   std::vector<Journey>* copies) const {
  const Port port = {journey->at, journey->port};
  Arrival& arrival = journey->arrival;
  const Nanos latency =
      journey->way + segments_[FindPlug(port)->segment].latency;
  Devices devices;
  Take(stack, port, std::move(journey->tags), latency, journey, &devices);
  journey->tags.clear();
  if (!journey->neighbour.valid()) {
    const auto takes = [&](int device) {
      return stack.Tapped(device) ||
             (journey->message.kind != MessageKind::kFrame &&
              stack.Hears(device, flow->dst));
    };
    const auto wants = [&](int device) {
      if (takes(device)) return true;
      const std::vector<int> riders = stack.Riders(device);
      return std::any_of(riders.begin(), riders.end(), takes);
    };
    Spread(journey, copies);
    journey->stage = Journey::Stage::kDone;
    arrival.latency += latency;
    for (int device : devices) {
      if (!wants(device)) continue;
      if (arrival.node != kNoNode) copies->push_back(*journey);
      arrival.node = port.node;
      arrival.iif = device;
    }
    return;
  }
  const auto owner =
      std::find_if(devices.begin(), devices.end(), [&](int device) {
        return IsUp(stack, device) && stack.IsLocal(journey->neighbour, device);
      });
  if (owner == devices.end()) {
    AskNext(port, journey);
    return;
  }
  journey->branches.clear();
  journey->bridges.clear();
  arrival.latency += latency;
  arrival.iif = *owner;
  flow->oif = 0;
  flow->mark = 0;
  flow->iif = arrival.iif;
  const RouteResult route = stack.ResolveInput(*flow, arrival.iif);
  if (route.ok() && route.type != RTN_LOCAL && arrival.ttl-- <= 1) {
    arrival.reporter = port.node;
    arrival.icmp = TimeExceeded(flow->dst.v4());
    journey->stage = Journey::Stage::kReport;
    return;
  }
  Forward(route, flow->dst, journey);
}

void Fabric::Advance(Journey* journey, std::vector<Journey>* copies) const {
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
        Input(*stack, &flow, journey, copies);
        break;
      case Journey::Stage::kReport: {
        // net/ipv4/icmp.c:icmp_route_lookup: the address of the way back.
        Flow back;
        back.dst = message.source.address;
        // The VRF that it came in by, if any (icmp.c:icmp_route_lookup).
        if (const Link* vrf = stack->VrfOf(journey->arrival.iif)) {
          back.oif = vrf->ifindex;
        }
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
  Journey journey = std::move(journeys.front());
  Advance(&journey, &journeys);
  return journey.arrival;
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
    for (size_t i = 0; i < journeys.size(); ++i) {
      Journey journey = std::move(journeys[i]);
      Advance(&journey, &journeys);
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
