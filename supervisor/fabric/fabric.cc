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

Fabric::Arrival Fabric::Walk(const Message& message) const {
  const bool v4 = message.destination.address.v4();
  Flow flow;
  flow.dst = message.destination.address;
  flow.src = message.source.address;
  flow.oif = message.oif != 0 ? message.oif : message.destination.scope;
  flow.mark = message.mark;
  flow.tos = message.tos;
  flow.protocol = message.protocol;
  flow.sport = message.source.port;
  flow.dport = message.destination.port;

  Arrival arrival;
  arrival.reporter = message.from;
  NodeId node = message.from;
  uint8_t ttl = message.ttl;
  RouteResult route = stacks_[node]->ResolveOutput(flow);
  while (true) {
    arrival.reporter = node;
    if (!route.ok()) {
      arrival.icmp = OfRouteError(route.error, v4);
      return arrival;
    }
    if (route.type == RTN_LOCAL) {
      arrival.node = node;
      arrival.ttl = ttl;
      return arrival;
    }
    const auto cable = cables_.find({node, route.oif});
    const IpAddress neighbour =
        route.gateway.valid() ? route.gateway : flow.dst;
    const auto unanswered = [&] {
      arrival.icmp = HostUnreachable(v4);
      arrival.latency += kSolicitation;
      return arrival;
    };
    if (cable == cables_.end()) return unanswered();
    if (cable->second.cut) return arrival;  // nobody notices
    const Port far = cable->second.far;
    if (stacks_[far.node] == nullptr) return unanswered();
    const Stack& next = *stacks_[far.node];
    if (!IsUp(next, far.ifindex) || !next.IsLocal(neighbour, far.ifindex)) {
      return unanswered();
    }
    arrival.latency += cable->second.latency;
    node = far.node;
    arrival.iif = far.ifindex;
    flow.oif = 0;
    flow.mark = 0;
    flow.iif = far.ifindex;
    route = next.ResolveInput(flow, far.ifindex);
    if (route.ok() && route.type != RTN_LOCAL) {
      if (ttl <= 1) {
        arrival.reporter = node;
        arrival.icmp = TimeExceeded(v4);
        return arrival;
      }
      --ttl;
    }
  }
}

std::vector<Message> Fabric::Route(std::vector<Message> sent, Nanos now) const {
  std::sort(sent.begin(), sent.end(), DeliveredBefore);
  std::vector<Message> result;
  result.reserve(sent.size());
  for (Message& message : sent) {
    if (stacks_[message.from] == nullptr) continue;  // it has just been stopped
    const Arrival arrival = Walk(message);
    message.arrival = SaturatingAdd(now, arrival.latency);
    if (arrival.node != kNoNode) {
      message.to = arrival.node;
      message.iif = arrival.iif;
      message.ttl = arrival.ttl;
    } else {
      message.about = std::exchange(message.kind, MessageKind::kIcmpError);
      message.to = message.from;
      message.value = arrival.icmp;
      message.reporter = stacks_[arrival.reporter]->SelectSource(
          message.source.address, arrival.iif);
    }
    result.push_back(std::move(message));
  }
  return result;
}

bool DeliveredBefore(const Message& a, const Message& b) {
  return std::tie(a.from, a.session, a.from_opener, a.opener, a.sequence) <
         std::tie(b.from, b.session, b.from_opener, b.opener, b.sequence);
}

}  // namespace quiesce
