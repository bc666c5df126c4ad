#include "notifier/net/inet4.h"

#include <errno.h>

#include <utility>

#include "notifier/net/fib4.h"

namespace quiesce {
namespace {

constexpr uint32_t kIpv6OnlyFlags =
    IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_DADFAILED | IFA_F_HOMEADDRESS |
    IFA_F_TENTATIVE | IFA_F_MANAGETEMPADDR | IFA_F_STABLE_PRIVACY;

bool SameNetwork(const Address& a, const Address& b) {
  return a.local.length == b.local.length &&
         a.destination().Masked(a.local.length) ==
             b.destination().Masked(a.local.length);
}

}  // namespace

NetResult Inet4::Add(Stack& stack, Address address, int nlm_flags) {
  const Link* link = stack.FindLink(address.ifindex);
  if (address.local.length > 32) {
    return NetResult::Error(EINVAL, "ipv4: Invalid prefix length");
  }
  if (link == nullptr) {
    return NetResult::Error(ENODEV, "ipv4: Device not found");
  }
  if (address.label.empty()) address.label = link->name;
  if (address.valid_seconds == 0 ||
      address.preferred_seconds > address.valid_seconds) {
    return NetResult::Error(EINVAL, "ipv4: address lifetime invalid");
  }
  address.flags &= ~(IFA_F_SECONDARY | kIpv6OnlyFlags);
  if (address.peer == address.local.address) address.peer = IpAddress();
  // devinet.c:set_ifa_lifetime
  address.flags &= ~(IFA_F_PERMANENT | IFA_F_DEPRECATED);
  if (address.valid_seconds == kForever) address.flags |= IFA_F_PERMANENT;
  if (address.preferred_seconds == 0) address.flags |= IFA_F_DEPRECATED;

  std::vector<Address>& list = stack.v4_.addresses[address.ifindex];
  for (Address& existing : list) {
    if (!SameNetwork(existing, address) ||
        existing.local.address != address.local.address) {
      continue;
    }
    if ((nlm_flags & NLM_F_EXCL) || !(nlm_flags & NLM_F_REPLACE)) {
      return NetResult::Error(EEXIST, "ipv4: Address already assigned");
    }
    if (existing.route_priority != address.route_priority) {
      const uint32_t old = existing.route_priority;
      existing.route_priority = address.route_priority;
      Fib4::ChangePriority(stack, existing, old);
    }
    existing.flags = (existing.flags & ~(IFA_F_PERMANENT | IFA_F_DEPRECATED)) |
                     (address.flags & (IFA_F_PERMANENT | IFA_F_DEPRECATED));
    existing.valid_seconds = address.valid_seconds;
    existing.preferred_seconds = address.preferred_seconds;
    existing.protocol = address.protocol;
    const Address shown = existing;
    stack.NotifyAddress(NetEvent::kNew, shown);
    return NetResult::Ok();
  }

  // Primaries first, wider scopes before narrower ones; a second address of
  // the same network is a secondary, at the end.
  size_t last_primary = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    if (!list[i].secondary() && address.scope <= list[i].scope) {
      last_primary = i + 1;
    }
    if (!SameNetwork(list[i], address)) continue;
    if (list[i].scope != address.scope) {
      return NetResult::Error(EINVAL, "ipv4: Invalid scope value");
    }
    address.flags |= IFA_F_SECONDARY;
  }
  const size_t at = address.secondary() ? list.size() : last_primary;
  list.insert(list.begin() + at, address);
  stack.NotifyAddress(NetEvent::kNew, address);
  Fib4::AddAddress(stack, address);
  return NetResult::Ok();
}

NetResult Inet4::Delete(Stack& stack, const Address& address) {
  if (stack.FindLink(address.ifindex) == nullptr) {
    return NetResult::Error(ENODEV, "ipv4: Device not found");
  }
  const auto& list = stack.v4_.addresses[address.ifindex];
  for (size_t i = 0; i < list.size(); ++i) {
    const Address& candidate = list[i];
    // An invalid local address or label matches any, as absent attributes do.
    if (address.local.address.valid() && !address.local.address.is_any() &&
        candidate.local.address != address.local.address) {
      continue;
    }
    if (!address.label.empty() && candidate.label != address.label) continue;
    if (address.peer.valid() &&
        (candidate.local.length != address.local.length ||
         candidate.destination().Masked(address.local.length) !=
             address.peer.Masked(address.local.length))) {
      continue;
    }
    DeleteAt(stack, address.ifindex, i);
    return NetResult::Ok();
  }
  return NetResult::Error(EADDRNOTAVAIL, "ipv4: Address not found");
}

// devinet.c:__inet_del_ifa. With promote_secondaries=0, the default, the
// secondaries of a deleted primary are deleted before it.
void Inet4::DeleteAt(Stack& stack, int ifindex, size_t index) {
  std::vector<Address>& list = stack.v4_.addresses[ifindex];
  const Address gone = list[index];
  if (!gone.secondary()) {
    for (size_t i = index + 1; i < list.size();) {
      if (!list[i].secondary() || !SameNetwork(list[i], gone)) {
        ++i;
        continue;
      }
      const Address secondary = list[i];
      list.erase(list.begin() + i);
      stack.NotifyAddress(NetEvent::kDelete, secondary);
      Fib4::DeleteAddress(stack, secondary);
    }
  }
  list.erase(list.begin() + index);
  stack.NotifyAddress(NetEvent::kDelete, gone);
  Fib4::DeleteAddress(stack, gone);
}

void Inet4::LinkUp(Stack& stack, const Link& link) {
  if (link.loopback() && stack.Addresses(link.ifindex, AF_INET).empty()) {
    Address address;
    address.ifindex = link.ifindex;
    address.local = {IpAddress::V4(INADDR_LOOPBACK), 8};
    address.label = link.name;
    address.scope = RT_SCOPE_HOST;
    Add(stack, address, NLM_F_CREATE | NLM_F_EXCL);
    return;
  }
  const std::vector<Address> list = stack.Addresses(link.ifindex, AF_INET);
  for (const Address& address : list) Fib4::AddAddress(stack, address);
}

void Inet4::LinkGone(Stack& stack, const Link& link) {
  while (!stack.Addresses(link.ifindex, AF_INET).empty()) {
    DeleteAt(stack, link.ifindex, 0);
  }
}

}  // namespace quiesce
