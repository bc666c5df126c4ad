// Multicast groups, and who on a link a datagram to many is for.
// net/ipv4/igmp.c:ip_check_mc_rcu, net/ipv6/mcast.c:ipv6_chk_mcast_addr,
// net/ipv6/addrconf.c for the groups that every host or router is in.
#include <linux/netconf.h>

#include <cstring>

#include "notifier/net/fib4.h"
#include "notifier/net/stack.h"

namespace quiesce {
namespace {

bool Is(const IpAddress& address, const char* text) {
  return address == *IpAddress::Parse(text);
}

// RFC 4291, 2.7.1: ff02::1:ff00:0/104 and the last three bytes.
bool IsSolicitedNodeOf(const IpAddress& group, const IpAddress& own) {
  static constexpr uint8_t kPrefix[13] = {0xff, 0x02, 0, 0, 0, 0,   0,
                                          0,    0,    0, 0, 1, 0xff};
  return std::memcmp(group.bytes(), kPrefix, sizeof(kPrefix)) == 0 &&
         std::memcmp(group.bytes() + 13, own.bytes() + 13, 3) == 0;
}

}  // namespace

void Stack::JoinGroup(int ifindex, const IpAddress& group) {
  if (++groups_[{ifindex, group}] > 1) return;
  for (StackObserver* o : observers_) {
    o->OnGroup(NetEvent::kNew, ifindex, group);
  }
}

void Stack::LeaveGroup(int ifindex, const IpAddress& group) {
  const auto joined = groups_.find({ifindex, group});
  if (joined == groups_.end() || --joined->second > 0) return;
  groups_.erase(joined);
  for (StackObserver* o : observers_) {
    o->OnGroup(NetEvent::kDelete, ifindex, group);
  }
}

std::vector<IpAddress> Stack::Groups(int ifindex) const {
  std::vector<IpAddress> result;
  for (const auto& [key, sockets] : groups_) {
    if (key.first == ifindex) result.push_back(key.second);
  }
  return result;
}

void Stack::Tap(int ifindex) { ++taps_[ifindex]; }

void Stack::Untap(int ifindex) {
  const auto tap = taps_.find(ifindex);
  if (tap != taps_.end() && --tap->second == 0) taps_.erase(tap);
}

bool Stack::Tapped(int ifindex) const {
  if (taps_.empty()) return false;
  const Link* link = FindLink(ifindex);
  return link != nullptr && link->up() &&
         (taps_.contains(0) || taps_.contains(ifindex));
}

bool Stack::IsBroadcast(const IpAddress& address) const {
  if (!address.v4()) return false;
  if (address.v4_host_order() == INADDR_BROADCAST) return true;
  const auto in = [&](uint32_t table) {
    return Fib4::AddressType(*this, address, table) == RTN_BROADCAST;
  };
  if (in(RT_TABLE_LOCAL)) return true;
  if (!had_vrf_) return false;
  return std::any_of(links_.begin(), links_.end(), [&](const auto& link) {
    return link.second.kind == "vrf" && in(link.second.vrf_table);
  });
}

bool Stack::Hears(int ifindex, const IpAddress& destination) const {
  const Link* link = FindLink(ifindex);
  if (link == nullptr || !link->up()) return false;
  if (!destination.is_multicast()) return IsBroadcast(destination);
  if (groups_.contains({ifindex, destination})) return true;
  if (destination.v4()) return Is(destination, "224.0.0.1");
  if (Is(destination, "ff01::1") || Is(destination, "ff02::1")) return true;
  if (Is(destination, "ff01::2") || Is(destination, "ff02::2") ||
      Is(destination, "ff05::2")) {
    return netconf(AF_INET6, ifindex).forwarding ||
           netconf(AF_INET6, NETCONFA_IFINDEX_ALL).forwarding;
  }
  for (const Address& own : Addresses(ifindex, AF_INET6)) {
    if (IsSolicitedNodeOf(destination, own.local.address)) return true;
  }
  return false;
}

}  // namespace quiesce
