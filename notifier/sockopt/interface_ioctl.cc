#include "notifier/sockopt/interface_ioctl.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "notifier/sockopt/arp_ioctl.h"

namespace quiesce {
namespace {

Outcome Reply(Call& call, GuestAddr argument, const ifreq& request) {
  if (int error = call.memory->WriteValue(argument, request)) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

void PutAddress(sockaddr* where, const IpAddress& address) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  if (address.v4()) in.sin_addr = address.in4();
  memcpy(where, &in, sizeof(in));
}

// dev_ifconf(): one entry per IPv4 address.
Outcome InterfaceList(Call& call, const Stack& stack, GuestAddr argument) {
  auto request = call.memory->ReadValue<ifconf>(argument);
  if (!request.ok()) return Outcome::Fail(request.error());
  std::vector<ifreq> entries;
  for (const auto& [ifindex, link] : stack.links()) {
    for (const Address& address : stack.Addresses(ifindex, AF_INET)) {
      ifreq entry{};
      const std::string& name =
          address.label.empty() ? link.name : address.label;
      strncpy(entry.ifr_name, name.c_str(), IFNAMSIZ - 1);
      PutAddress(&entry.ifr_addr, address.local.address);
      entries.push_back(entry);
    }
  }
  int total = static_cast<int>(entries.size() * sizeof(ifreq));
  if (request->ifc_buf != nullptr) {
    int fit = request->ifc_len / static_cast<int>(sizeof(ifreq)) *
              static_cast<int>(sizeof(ifreq));
    total = std::min(total, std::max(0, fit));
    auto buffer =
        static_cast<GuestAddr>(reinterpret_cast<uint64_t>(request->ifc_buf));
    if (int error = call.memory->Write(buffer, entries.data(), total)) {
      return Outcome::Fail(error);
    }
  }
  request->ifc_len = total;
  if (int error = call.memory->WriteValue(argument, *request)) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

// The first address with that label, or the first of the link.
const Address* AddressOf(const Stack& stack, const Link& link,
                         const std::string& label) {
  const auto& addresses = stack.Addresses(link.ifindex, AF_INET);
  for (const Address& address : addresses) {
    if (address.label == label) return &address;
  }
  return nullptr;
}

// net/ethtool/ioctl.c:ethtool_get_settings, of a link as fast as
// drivers/net/veth.c:veth_get_link_ksettings says. Other commands: like a
// driver that has no such operation.
Outcome Ethtool(Call& call, const Link* link, GuestAddr argument) {
  const auto command = call.memory->ReadValue<uint32_t>(argument);
  if (!command.ok()) return Outcome::Fail(command.error());
  if (link == nullptr) return Outcome::Fail(ENODEV);
  // macvlan_ethtool_get_link_ksettings asks the link below.
  const bool cable =
      link->type == ARPHRD_ETHER &&
      (link->kind.empty() || link->kind == "veth" || link->kind == "macvlan");
  if (*command != ETHTOOL_GSET || !cable) return Outcome::Fail(EOPNOTSUPP);
  ethtool_cmd settings{};
  settings.cmd = ETHTOOL_GSET;
  ethtool_cmd_speed_set(&settings, SPEED_10000);
  settings.duplex = DUPLEX_FULL;
  settings.port = PORT_TP;
  settings.autoneg = AUTONEG_DISABLE;
  if (int error = call.memory->WriteValue(argument, settings)) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

Outcome SetInterface(Call& call, NodeKernel& kernel, uint32_t request,
                     const Link& link, const ifreq& ifr) {
  if (!call.Capable(CAP_NET_ADMIN)) return Outcome::Fail(EPERM);
  LinkChange change;
  NetResult result = NetResult::Ok();
  switch (request) {
    case SIOCSIFFLAGS: {
      constexpr uint32_t kMine = IFF_UP | IFF_PROMISC | IFF_ALLMULTI |
                                 IFF_NOARP | IFF_MULTICAST | IFF_DEBUG;
      change.flags = static_cast<uint16_t>(ifr.ifr_flags) & kMine;
      change.flags_mask = kMine;
      result = kernel.stack().ChangeLink(link.ifindex, change);
      break;
    }
    case SIOCSIFMTU:
      change.mtu = ifr.ifr_mtu;
      result = kernel.stack().ChangeLink(link.ifindex, change);
      break;
    case SIOCSIFTXQLEN:
      change.tx_queue_len = ifr.ifr_qlen;
      result = kernel.stack().ChangeLink(link.ifindex, change);
      break;
    case SIOCSIFNAME:
      change.name =
          std::string(ifr.ifr_newname, strnlen(ifr.ifr_newname, IFNAMSIZ));
      result = kernel.stack().ChangeLink(link.ifindex, change);
      break;
    case SIOCSIFADDR: {
      sockaddr_in in;
      memcpy(&in, &ifr.ifr_addr, sizeof(in));
      IpAddress address = IpAddress::From(in.sin_addr);
      uint32_t host = address.v4_host_order();
      // inet_abc_len(): the classes of old.
      int length = address.is_any()    ? 0
                   : host < 0x80000000 ? 8
                   : host < 0xc0000000 ? 16
                                       : 24;
      result = kernel.stack().AddAddress(link.ifindex, {address, length});
      break;
    }
    default:
      kernel.Confess("an ioctl that sets an interface is refused");
      return Outcome::Fail(EOPNOTSUPP);
  }
  return result.ok() ? Outcome::Value(0) : Outcome::Fail(result.error);
}

}  // namespace

Outcome WriteInt(Call& call, GuestAddr argument, int value) {
  if (int error = call.memory->WriteValue(argument, value)) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

Outcome InterfaceIoctl(Call& call, NodeKernel& kernel, uint32_t request,
                       GuestAddr argument) {
  if ((request >> 8 & 0xff) != 0x89) {
    // TTY requests on a socket are ENOTTY; the rest is the file's business.
    return Outcome::Native();
  }
  switch (request) {
    case FIOSETOWN:
    case SIOCSPGRP:
    case FIOGETOWN:
    case SIOCGPGRP:
      return Outcome::Native();
    default:
      break;
  }
  const Stack& stack = kernel.stack();
  if (request == SIOCGARP || request == SIOCSARP || request == SIOCDARP) {
    return ArpIoctl(call, kernel.stack(), request, argument);
  }
  if (request == SIOCGIFCONF) return InterfaceList(call, stack, argument);
  auto ifr = call.memory->ReadValue<ifreq>(argument);
  if (!ifr.ok()) return Outcome::Fail(ifr.error());
  if (request == SIOCGIFNAME) {
    const Link* link = stack.FindLink(ifr->ifr_ifindex);
    if (link == nullptr) return Outcome::Fail(ENODEV);
    memset(ifr->ifr_name, 0, IFNAMSIZ);
    strncpy(ifr->ifr_name, link->name.c_str(), IFNAMSIZ - 1);
    return Reply(call, argument, *ifr);
  }
  std::string label(ifr->ifr_name, strnlen(ifr->ifr_name, IFNAMSIZ));
  // "eth0:1" names the address labelled so on eth0.
  std::string name = label.substr(0, label.find(':'));
  const Link* link = stack.FindLink(name);
  switch (request) {
    case SIOCSIFFLAGS:
    case SIOCSIFMTU:
    case SIOCSIFTXQLEN:
    case SIOCSIFNAME:
    case SIOCSIFADDR:
    case SIOCSIFNETMASK:
    case SIOCSIFBRDADDR:
    case SIOCSIFDSTADDR:
    case SIOCSIFHWADDR:
    case SIOCSIFMETRIC:
      if (link == nullptr) return Outcome::Fail(ENODEV);
      return SetInterface(call, kernel, request, *link, *ifr);
    default:
      break;
  }
  const Address* address =
      link == nullptr ? nullptr : AddressOf(stack, *link, label);
  switch (request) {
    case SIOCGIFFLAGS:
    case SIOCGIFMTU:
    case SIOCGIFINDEX:
    case SIOCGIFHWADDR:
    case SIOCGIFMETRIC:
    case SIOCGIFTXQLEN:
    case SIOCGIFMAP:
    case SIOCGIFADDR:
    case SIOCGIFNETMASK:
    case SIOCGIFBRDADDR:
    case SIOCGIFDSTADDR:
      if (link == nullptr) return Outcome::Fail(ENODEV);
      break;
    case SIOCETHTOOL:
      return Ethtool(
          call, link,
          static_cast<GuestAddr>(reinterpret_cast<uint64_t>(ifr->ifr_data)));
    case SIOCGIFVLAN:
      return Outcome::Fail(ENOPKG);
    default:
      kernel.Confess(absl::StrCat("ioctl 0x", absl::Hex(request),
                                  " is refused on sockets"));
      return Outcome::Fail(ENOTTY);
  }
  switch (request) {
    case SIOCGIFFLAGS:
      ifr->ifr_flags = static_cast<short>(link->flags());
      break;
    case SIOCGIFMTU:
      ifr->ifr_mtu = link->mtu;
      break;
    case SIOCGIFINDEX:
      ifr->ifr_ifindex = link->ifindex;
      break;
    case SIOCGIFMETRIC:
      ifr->ifr_metric = 0;
      break;
    case SIOCGIFTXQLEN:
      ifr->ifr_qlen = link->tx_queue_len;
      break;
    case SIOCGIFMAP:
      memset(&ifr->ifr_map, 0, sizeof(ifr->ifr_map));
      break;
    case SIOCGIFHWADDR:
      memset(&ifr->ifr_hwaddr, 0, sizeof(ifr->ifr_hwaddr));
      ifr->ifr_hwaddr.sa_family = link->type;
      memcpy(ifr->ifr_hwaddr.sa_data, link->mac.data(), link->mac.size());
      break;
    default: {
      if (address == nullptr) return Outcome::Fail(EADDRNOTAVAIL);
      IpAddress answer = address->local.address;
      if (request == SIOCGIFNETMASK) {
        answer = IpAddress::V4(0xffffffff).Masked(address->local.length);
      } else if (request == SIOCGIFBRDADDR) {
        answer = address->broadcast;
      } else if (request == SIOCGIFDSTADDR) {
        answer = address->destination();
      }
      PutAddress(&ifr->ifr_addr, answer);
      break;
    }
  }
  return Reply(call, argument, *ifr);
}

}  // namespace quiesce
