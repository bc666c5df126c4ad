#include "notifier/net/multicast_routing.h"

#include <errno.h>
#include <linux/netconf.h>
#include <netinet/in.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "notifier/net/stack.h"

namespace quiesce {

int MulticastRouting::Start(uint32_t id, uint64_t owner) {
  Table& routing = table(id);
  if (routing.owner != 0) return EADDRINUSE;
  routing.owner = owner;
  Count(NETCONFA_IFINDEX_ALL, 1);
  return 0;
}

// ipmr.c:mrtsock_destruct.
int MulticastRouting::Stop(uint32_t id, uint64_t owner) {
  Table& routing = table(id);
  if (owner == 0 || routing.owner != owner) return EACCES;
  Count(NETCONFA_IFINDEX_ALL, -1);
  routing.owner = 0;
  Flush(id, /*interfaces=*/true, /*routes=*/true);
  return 0;
}

void MulticastRouting::Count(int ifindex, int step) {
  Netconf netconf = stack_->netconf(family_, ifindex);
  netconf.mc_forwarding += step;
  stack_->SetNetconf(family_, ifindex, netconf);
  Link* link = stack_->MutableLink(ifindex);
  if (link != nullptr) link->all_multi += step;
}

// ipmr.c:vif_add, ip6mr.c:mif6_add.
int MulticastRouting::AddInterface(uint32_t id, int number,
                                   MulticastInterface interface) {
  Table& routing = table(id);
  if (number >= kMaxInterfaces) return ENFILE;
  if (routing.interfaces.contains(number)) return EADDRINUSE;
  if (interface.registers) {
    for (const auto& [other, known] : routing.interfaces) {
      if (known.registers) return EADDRINUSE;
    }
    constexpr uint32_t kRegisterOverhead = 8;
    const bool v4 = family_ == AF_INET;
    Link link;  // ipmr.c:reg_vif_setup
    link.name =
        absl::StrCat(v4 ? "pimreg" : "pim6reg",
                     id == kDefaultTable ? std::string() : absl::StrCat(id));
    link.type = ARPHRD_PIMREG;
    link.admin_flags = IFF_NOARP | IFF_UP;
    link.mtu = 1500 - (v4 ? 20 : 40) - kRegisterOverhead;
    link.min_mtu = link.max_mtu = 0;
    link.reports_carrier = false;
    const NetResult added =
        stack_->AddLink(std::move(link), &interface.ifindex);
    if (!added.ok()) return ENOBUFS;
  } else if (stack_->FindLink(interface.ifindex) == nullptr) {
    return EADDRNOTAVAIL;
  }
  routing.interfaces[number] = interface;
  Count(interface.ifindex, 1);
  return 0;
}

int MulticastRouting::DeleteInterface(uint32_t id, int number) {
  Table& routing = table(id);
  const auto it = routing.interfaces.find(number);
  if (it == routing.interfaces.end()) return EADDRNOTAVAIL;
  const MulticastInterface gone = it->second;
  Forget(id, it);
  if (gone.registers) stack_->DeleteLink(gone.ifindex);
  return 0;
}

void MulticastRouting::Forget(uint32_t id,
                              std::map<int, MulticastInterface>::iterator it) {
  const int ifindex = it->second.ifindex;
  table(id).interfaces.erase(it);
  Count(ifindex, -1);
}

int MulticastRouting::AddRoute(MulticastRoute route) {
  if (route.parent >= kMaxInterfaces) return ENFILE;
  if (!route.group.is_any() && !route.group.is_multicast()) return EINVAL;
  MulticastRoute& kept = table(route.table).routes[{route.group, route.source}];
  kept = std::move(route);
  stack_->NotifyMulticastRoute(NetEvent::kNew, kept);
  return 0;
}

int MulticastRouting::DeleteRoute(uint32_t id, const IpAddress& source,
                                  const IpAddress& group) {
  Table& routing = table(id);
  const auto it = routing.routes.find({group, source});
  if (it == routing.routes.end()) return ENOENT;
  const MulticastRoute gone = it->second;
  routing.routes.erase(it);
  stack_->NotifyMulticastRoute(NetEvent::kDelete, gone);
  return 0;
}

// ipmr.c:mroute_clean_tables: devices go when all interfaces have.
void MulticastRouting::Flush(uint32_t id, bool interfaces, bool routes) {
  Table& routing = table(id);
  if (interfaces) {
    std::vector<int> devices;
    while (!routing.interfaces.empty()) {
      const auto it = routing.interfaces.begin();
      if (it->second.registers) devices.push_back(it->second.ifindex);
      Forget(id, it);
    }
    for (const int device : devices) stack_->DeleteLink(device);
  }
  if (!routes) return;
  while (!routing.routes.empty()) {
    const auto [group, source] = routing.routes.begin()->first;
    DeleteRoute(id, source, group);
  }
}

void MulticastRouting::SocketGone(uint64_t owner) {
  for (auto& [id, routing] : tables_) {
    if (routing.owner == owner) Stop(id, owner);
  }
}

void MulticastRouting::DeviceGone(int ifindex) {
  for (auto& [id, routing] : tables_) {
    for (auto it = routing.interfaces.begin();
         it != routing.interfaces.end();) {
      const auto one = it++;
      if (one->second.ifindex == ifindex) Forget(id, one);
    }
  }
}

}  // namespace quiesce
