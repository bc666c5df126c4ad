#include "notifier/netlink/link_kinds.h"

#include <errno.h>
#include <linux/if_link.h>

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

NetResult Make(const Stack& stack, const Attributes& attributes, Link* link) {
  const Attributes data =
      attributes.nested(IFLA_LINKINFO).nested(IFLA_INFO_DATA);
  if (link->kind == "dummy") return MakeDummy(link);
  if (link->kind == "bridge") return NetResult::Ok();
  if (link->kind == "vrf") return MakeVrf(data, link);
  if (link->kind == "macvlan") return MakeMacvlan(stack, attributes, link);
  return NetResult::Error(EOPNOTSUPP, "Unknown device type");
}

std::string FreeName(const Stack& stack, const std::string& kind) {
  for (int i = 0;; ++i) {
    std::string name = absl::StrCat(kind, i);
    if (stack.FindLink(name) == nullptr) return name;
  }
}

void FillData(const Link& link, MessageWriter& message) {
  if (link.kind == "macvlan") FillMacvlan(link, message);
  if (link.kind != "vrf") return;
  const size_t data = message.BeginNest(IFLA_INFO_DATA);
  message.U32(IFLA_VRF_TABLE, link.vrf_table);
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
  NetResult added =
      link.kind == "vrf"
          ? request.stack.AddVrf(link.name, link.vrf_table, &ifindex)
          : request.stack.AddLink(std::move(link), &ifindex);
  if (!added.ok()) return added;
  return request.stack.ChangeLink(ifindex, change);
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
