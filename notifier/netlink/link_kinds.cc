#include "notifier/netlink/link_kinds.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_vlan.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/netlink/macvlan.h"

namespace quiesce {
namespace {

// drivers/net/dummy.c:dummy_setup.
NetResult MakeDummy(Link* link) {
  link->admin_flags = IFF_BROADCAST | IFF_NOARP;
  link->reports_carrier = false;
  link->min_mtu = link->max_mtu = 0;
  return NetResult::Ok();
}

// drivers/net/vrf.c:vrf_newlink.
NetResult MakeVrf(const Attributes& data, Link* link) {
  if (!data.has(IFLA_VRF_TABLE)) {
    return NetResult::Error(EINVAL, "VRF table id is missing");
  }
  link->vrf_table = data.u32(IFLA_VRF_TABLE);
  if (link->vrf_table == RT_TABLE_UNSPEC) {
    return NetResult::Error(EINVAL, "Invalid VRF table id");
  }
  return NetResult::Ok();
}

// net/8021q/vlan_netlink.c:vlan_validate, vlan_newlink.
NetResult MakeVlan(const Attributes& attributes, const Attributes& data,
                   Link* link) {
  if (data.all().empty()) {
    return NetResult::Error(EINVAL, "VLAN properties not specified");
  }
  if (data.has(IFLA_VLAN_PROTOCOL) &&
      ntohs(data.u16(IFLA_VLAN_PROTOCOL)) != ETH_P_8021Q) {
    return NetResult::Error(EPROTONOSUPPORT, "Invalid VLAN protocol");
  }
  constexpr uint16_t kMask = 0xfff;  // VLAN_VID_MASK
  if (data.has(IFLA_VLAN_ID) && data.u16(IFLA_VLAN_ID) >= kMask) {
    return NetResult::Error(ERANGE, "Invalid VLAN id");
  }
  if (!data.has(IFLA_VLAN_ID)) {
    return NetResult::Error(EINVAL, "VLAN id not specified");
  }
  if (!attributes.has(IFLA_LINK)) {
    return NetResult::Error(EINVAL, "link not specified");
  }
  link->vlan_id = data.u16(IFLA_VLAN_ID);
  link->lower = attributes.u32(IFLA_LINK);
  return NetResult::Ok();
}

NetResult Make(const Stack& stack, const Attributes& attributes, Link* link) {
  const Attributes data =
      attributes.nested(IFLA_LINKINFO).nested(IFLA_INFO_DATA);
  if (link->kind == "dummy") return MakeDummy(link);
  if (link->kind == "bridge") return NetResult::Ok();
  if (link->kind == "vrf") return MakeVrf(data, link);
  if (link->kind == "vlan") return MakeVlan(attributes, data, link);
  if (link->kind == "macvlan") return MakeMacvlan(stack, attributes, link);
  return NetResult::Error(EOPNOTSUPP, "Unknown device type");
}

NetResult Add(Stack& stack, Link link, int* ifindex) {
  if (link.kind == "vrf") {
    return stack.AddVrf(link.name, link.vrf_table, ifindex);
  }
  if (link.kind == "vlan") return stack.AddVlan(std::move(link), ifindex);
  if (link.kind == "bridge") return stack.AddBridge(std::move(link), ifindex);
  return stack.AddLink(std::move(link), ifindex);
}

std::string FreeName(const Stack& stack, const std::string& kind) {
  for (int i = 0;; ++i) {
    std::string name = absl::StrCat(kind, i);
    if (stack.FindLink(name) == nullptr) return name;
  }
}

// vrf.c:vrf_fillinfo, vlan_netlink.c:vlan_fill_info and, of what a bridge has,
// br_netlink.c:br_fill_info's settings that are as they are here.
void FillData(const Link& link, MessageWriter& message) {
  if (link.kind == "macvlan") return FillMacvlan(link, message);
  if (link.kind != "vrf" && link.kind != "vlan" && link.kind != "bridge")
    return;
  const size_t data = message.BeginNest(IFLA_INFO_DATA);
  if (link.kind == "vrf") {
    message.U32(IFLA_VRF_TABLE, link.vrf_table);
  } else if (link.kind == "vlan") {
    message.U16(IFLA_VLAN_PROTOCOL, htons(ETH_P_8021Q));
    message.U16(IFLA_VLAN_ID, link.vlan_id);
    const ifla_vlan_flags flags = {VLAN_FLAG_REORDER_HDR, ~0u};
    message.Put(IFLA_VLAN_FLAGS, &flags, sizeof(flags));
  } else if (link.kind == "bridge") {
    message.U32(IFLA_BR_STP_STATE, 0);
    message.U16(IFLA_BR_PRIORITY, 32768);
    message.U8(IFLA_BR_VLAN_FILTERING, 0);
  }
  message.EndNest(data);
}

}  // namespace

NetResult CreateLink(const Request& request, const ifinfomsg& header,
                     const Attributes& attributes, LinkChange change) {
  Link link;
  link.kind = attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND);
  link.ifindex = header.ifi_index;
  link.name = attributes.text(IFLA_IFNAME);
  NetResult made = Make(request.stack, attributes, &link);
  if (!made.ok()) return made;
  if (link.name.empty()) link.name = FreeName(request.stack, link.kind);
  link.mac = MadeUpMac(link.name);
  change.name.reset();
  int ifindex = link.ifindex;
  NetResult added = Add(request.stack, std::move(link), &ifindex);
  if (!added.ok()) return added;
  NetResult changed = request.stack.ChangeLink(ifindex, change);
  // rtnl_newlink_create leaves nothing behind.
  if (!changed.ok()) request.stack.DeleteLink(ifindex);
  return changed;
}

void FillLinkInfo(const Stack& stack, const Link& link,
                  MessageWriter& message) {
  const Link* master = stack.FindLink(link.master);
  if (link.kind.empty() && master == nullptr) return;
  const size_t info = message.BeginNest(IFLA_LINKINFO);
  if (!link.kind.empty()) {
    message.Text(IFLA_INFO_KIND, link.kind);
    FillData(link, message);
  }
  if (master != nullptr) {
    message.Text(IFLA_INFO_SLAVE_KIND, master->kind);
    if (master->kind == "vrf") {
      const size_t data = message.BeginNest(IFLA_INFO_SLAVE_DATA);
      message.U32(IFLA_VRF_PORT_TABLE, master->vrf_table);
      message.EndNest(data);
    }
  }
  message.EndNest(info);
}

}  // namespace quiesce
