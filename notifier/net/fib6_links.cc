// What addresses and links do to the IPv6 tables: the kernel's own routes,
// net/ipv6/route.c:fib6_ifdown and its relatives.
#include <utility>

#include "notifier/net/fib6.h"

namespace quiesce {

void Fib6::Add(Stack& stack, Route route) {
  Route* inserted = nullptr;
  RouteTable* table = stack.MutableTable(AF_INET6, route.table);
  route.destination = route.destination.Network();
  RouteList* list = table->Find(route.destination);
  size_t at = 0;
  int shown = NLM_F_CREATE | NLM_F_EXCL;
  if (list != nullptr) {
    for (; at < list->size() && (*list)[at]->priority <= route.priority; ++at) {
      if ((*list)[at]->priority == route.priority) shown = NLM_F_CREATE;
      if ((*list)[at]->priority == route.priority &&
          LeadsTheSameWay(*(*list)[at], route.hops.front(), 0)) {
        return;
      }
    }
  }
  inserted = table->Insert(std::make_unique<Route>(std::move(route)), at);
  stack.NotifyRoute(NetEvent::kNew, *inserted, shown);
}

void Fib6::Remove(Stack& stack, const IpPrefix& prefix, uint32_t table_id,
                  uint8_t type, int ifindex, uint32_t priority) {
  RouteTable* table = stack.MutableTable(AF_INET6, table_id);
  RouteList* list = table->Find(prefix.Network());
  if (list == nullptr) return;
  for (const auto& route : *list) {
    if (route->type != type || route->priority != priority ||
        route->protocol != RTPROT_KERNEL || route->hops.empty() ||
        route->hops.front().oif != ifindex) {
      continue;
    }
    auto gone = table->Remove(route.get());
    stack.NotifyRoute(NetEvent::kDelete, *gone, 0);
    return;
  }
}

// ip6_fib.c:fib6_clean_all walks every table; route.c:fib6_ifdown.
void Fib6::DeviceDown(Stack& stack, int ifindex, bool unregister) {
  for (const RouteTable* seen : stack.Tables(AF_INET6)) {
    RouteTable* table = stack.MutableTable(AF_INET6, seen->id());
    for (const Route* one : table->Sorted()) {
      Route* route = const_cast<Route*>(one);
      if (route->nexthop_id != 0) continue;
      size_t dead = 0;
      bool uses = false;
      for (const Hop& hop : route->hops) {
        uses |= hop.oif == ifindex;
        if (hop.oif == ifindex || (hop.flags & RTNH_F_DEAD)) ++dead;
      }
      if (!uses) continue;
      if (unregister || dead == route->hops.size()) {
        const auto gone = table->Remove(route);
        for (const Hop& hop : gone->hops) {  // each sibling by itself
          Route one = *gone;
          one.hops.assign(1, hop);
          stack.NotifyRoute(NetEvent::kDelete, one, 0);
        }
        continue;
      }
      for (Hop& hop : route->hops) {
        if (hop.oif == ifindex) hop.flags |= RTNH_F_DEAD | RTNH_F_LINKDOWN;
      }
    }
  }
  stack.Changed();
}

void Fib6::CarrierLost(Stack& stack, int ifindex) {
  for (auto& [id, table] : stack.v6_.tables) {
    for (const Route* seen : table->Sorted()) {
      if (DeliversHere(*seen)) continue;
      for (Hop& hop : const_cast<Route*>(seen)->hops) {
        if (hop.oif == ifindex) hop.flags |= RTNH_F_LINKDOWN;
      }
    }
  }
  stack.Changed();
}

void Fib6::DeviceUp(Stack& stack, int ifindex, uint32_t flags) {
  for (auto& [id, table] : stack.v6_.tables) {
    for (const Route* seen : table->Sorted()) {
      for (Hop& hop : const_cast<Route*>(seen)->hops) {
        if (hop.oif == ifindex) hop.flags &= ~flags;
      }
    }
  }
  stack.Changed();
}

void Fib6::NexthopGone(Stack& stack, uint32_t id) {
  for (const RouteTable* seen : stack.Tables(AF_INET6)) {
    RouteTable* table = stack.MutableTable(AF_INET6, seen->id());
    for (const Route* route : table->Sorted()) {
      if (route->nexthop_id != id) continue;
      auto gone = table->Remove(route);
      stack.NotifyRoute(NetEvent::kDelete, *gone, 0);
    }
  }
}

void Fib6::SourceGone(Stack& stack, const IpAddress& address, int ifindex) {
  for (auto& [id, table] : stack.v6_.tables) {
    for (const Route* seen : table->Sorted()) {
      Route* route = const_cast<Route*>(seen);
      if (route->preferred_source != address) continue;
      if (address.is_link_local() && !route->hops.empty() &&
          route->hops.front().oif != ifindex) {
        continue;
      }
      route->preferred_source = IpAddress();
    }
  }
  stack.Changed();
}

}  // namespace quiesce
