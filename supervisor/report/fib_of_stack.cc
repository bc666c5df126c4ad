#include "supervisor/report/fib_of_stack.h"

#include <linux/rtnetlink.h>

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/report/rule_text.h"

namespace quiesce {
namespace {

std::string VrfName(const std::map<uint32_t, std::string>& vrfs,
                    uint32_t table) {
  if (table == RT_TABLE_MAIN || table == RT_TABLE_LOCAL) return "default";
  auto it = vrfs.find(table);
  return it != vrfs.end() ? it->second : absl::StrCat("table ", table);
}

void AddRoute(const Stack& stack, const Route& route, std::string vrf,
              NodeFib* fib) {
  std::optional<RouteType> type = RouteTypeOf(route.type);
  if (!type.has_value()) return;
  const IpAddress& network = route.destination.address;
  if (network.is_multicast() || network.is_link_local()) return;
  // The local table also holds broadcasts and multicast.
  if (route.table == RT_TABLE_LOCAL && *type != RouteType::kLocal) return;
  FibEntry entry;
  entry.vrf = std::move(vrf);
  entry.network = route.destination;
  entry.protocol = route.protocol;
  entry.metric = route.priority;
  entry.type = *type;
  if (route.nexthop_id != 0) {
    const NexthopObject* object = stack.FindNexthop(route.nexthop_id);
    if (object != nullptr && object->blackhole) {
      entry.type = RouteType::kBlackhole;
    }
  }
  if (entry.type == RouteType::kUnicast) {
    for (const Hop& hop : stack.HopsOf(route)) {
      if (!hop.usable()) continue;
      const Link* link = stack.FindLink(hop.oif);
      entry.next_hops.push_back(
          {hop.gateway, link == nullptr ? "" : link->name, hop.weight});
    }
    // A route none of whose ways can be used is as good as absent: the lookup
    // passes it over (net/ipv4/fib_trie.c:fib_table_lookup).
    if (entry.next_hops.empty()) return;
  }
  fib->Add(entry);
}

}  // namespace

NodeFib FibOfStack(std::string node, const Stack& stack) {
  NodeFib fib(std::move(node));
  std::map<uint32_t, std::string> vrfs;
  for (const auto& [ifindex, link] : stack.links()) {
    if (link.vrf_table != 0) vrfs[link.vrf_table] = link.name;
    for (int family : {AF_INET, AF_INET6}) {
      for (const Address& address : stack.Addresses(ifindex, family)) {
        fib.AddAddress(link.name, address.local);
      }
    }
  }
  for (int family : {AF_INET, AF_INET6}) {
    for (const RouteTable* table : stack.Tables(family)) {
      for (const Route* route : table->Sorted()) {
        AddRoute(stack, *route, VrfName(vrfs, table->id()), &fib);
      }
    }
  }
  for (int family : {AF_INET, AF_INET6}) {
    for (const Rule& rule : stack.rules(family)) {
      fib.AddRule({family, rule.priority, RuleText(stack, rule)});
    }
  }
  fib.Finish();
  return fib;
}

}  // namespace quiesce
