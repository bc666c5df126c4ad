#include "notifier/sockopt/arp_ioctl.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/if_arp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>

#include <algorithm>
#include <string>
#include <utility>

namespace quiesce {
namespace {

// arp_state_to_flags().
int FlagsOf(uint16_t state) {
  constexpr uint16_t kValid = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE |
                              NUD_PROBE | NUD_STALE | NUD_DELAY;
  if (state & NUD_PERMANENT) return ATF_PERM | ATF_COM;
  return state & kValid ? ATF_COM : 0;
}

Outcome Get(Call& call, const Stack& stack, const Link& link,
            const IpAddress& address, arpreq request, GuestAddr argument) {
  const Neighbour* neighbour = stack.FindNeighbour(link.ifindex, address);
  if (neighbour == nullptr || (neighbour->state & NUD_NOARP)) {
    return Outcome::Fail(ENXIO);
  }
  const MacAddress mac = neighbour->mac.value_or(MacAddress{});
  memset(&request.arp_ha, 0, sizeof(request.arp_ha));
  request.arp_ha.sa_family = link.type;
  memcpy(request.arp_ha.sa_data, mac.data(), mac.size());
  request.arp_flags = FlagsOf(neighbour->state);
  memset(request.arp_dev, 0, sizeof(request.arp_dev));
  strncpy(request.arp_dev, link.name.c_str(), sizeof(request.arp_dev) - 1);
  if (int error = call.memory->WriteValue(argument, request)) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

// arp_req_set().
NetResult Set(Stack& stack, const Link& link, const IpAddress& address,
              const arpreq& request) {
  Neighbour neighbour;
  neighbour.ifindex = link.ifindex;
  neighbour.address = address;
  neighbour.state =
      request.arp_flags & ATF_PERM ? uint16_t{NUD_PERMANENT} : NUD_STALE;
  if (request.arp_flags & ATF_COM) {
    MacAddress mac;
    std::copy_n(request.arp_ha.sa_data, mac.size(), mac.begin());
    neighbour.mac = mac;
  }
  return stack.NewNeighbour(std::move(neighbour), NLM_F_CREATE | NLM_F_REPLACE);
}

}  // namespace

Outcome ArpIoctl(Call& call, Stack& stack, uint32_t request,
                 GuestAddr argument) {
  if (request != SIOCGARP && !call.Capable(CAP_NET_ADMIN)) {
    return Outcome::Fail(EPERM);
  }
  auto words = call.memory->ReadValue<arpreq>(argument);
  if (!words.ok()) return Outcome::Fail(words.error());
  if (words->arp_pa.sa_family != AF_INET) return Outcome::Fail(EPFNOSUPPORT);
  if (!(words->arp_flags & ATF_PUBL) &&
      (words->arp_flags & (ATF_NETMASK | ATF_DONTPUB))) {
    return Outcome::Fail(EINVAL);
  }
  sockaddr_in in;
  memcpy(&in, &words->arp_pa, sizeof(in));
  const IpAddress address = IpAddress::From(in.sin_addr);
  const std::string name(words->arp_dev,
                         strnlen(words->arp_dev, sizeof(words->arp_dev)));
  const Link* link = name.empty() ? nullptr : stack.FindLink(name);
  if (!name.empty() && link == nullptr) return Outcome::Fail(ENODEV);
  if (link != nullptr && (words->arp_flags & ATF_COM) &&
      words->arp_ha.sa_family != 0 && words->arp_ha.sa_family != link->type) {
    return Outcome::Fail(EINVAL);
  }
  if (request == SIOCGARP) {
    if (link == nullptr) return Outcome::Fail(ENODEV);
    return Get(call, stack, *link, address, *words, argument);
  }
  if (link == nullptr) {
    Flow flow;
    flow.dst = address;
    const RouteResult route = stack.ResolveOutput(flow);
    if (!route.ok()) return Outcome::Fail(route.error);
    link = stack.FindLink(route.oif);
    if (link == nullptr) return Outcome::Fail(EINVAL);
  }
  if (request == SIOCDARP &&
      stack.FindNeighbour(link->ifindex, address) == nullptr) {
    return Outcome::Fail(ENXIO);
  }
  const NetResult result = request == SIOCDARP
                               ? stack.DeleteNeighbour(link->ifindex, address)
                               : Set(stack, *link, address, *words);
  return result.ok() ? Outcome::Value(0) : Outcome::Fail(result.error);
}

}  // namespace quiesce
