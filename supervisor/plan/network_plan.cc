#include "supervisor/plan/network_plan.h"

#include <linux/rtnetlink.h>

#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/base/status_macros.h"
#include "notifier/bpf/filter.h"
#include "notifier/syscalls/table.h"
#include "supervisor/plan/image_needs.h"
#include "supervisor/plan/image_plan.h"
#include "topo/image.h"
#include "topo/render.h"

namespace quiesce {
namespace {

absl::Status Check(const NetResult& result, const TopologyNode& node,
                   absl::string_view what) {
  if (result.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("node ", node.name, ": ", what, ": ",
                   std::strerror(result.error), " ", result.message));
}

absl::Status AddRoute(const TopologyNode& node, const TopologyRoute& wanted,
                      Stack& stack) {
  Route route;
  route.destination = wanted.prefix;
  route.table = RT_TABLE_MAIN;
  route.protocol = RTPROT_STATIC;
  route.type = wanted.kind == TopologyRoute::Kind::kBlackhole ? RTN_BLACKHOLE
                                                              : RTN_UNICAST;
  Hop hop;
  if (wanted.kind == TopologyRoute::Kind::kVia) {
    hop.gateway = wanted.via;
    route.hops.push_back(hop);
  } else if (wanted.kind == TopologyRoute::Kind::kInterface) {
    const Link* link = stack.FindLink(wanted.interface);
    if (link == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(
          "node ", node.name, ": no interface ", wanted.interface));
    }
    hop.oif = link->ifindex;
    route.scope = RT_SCOPE_LINK;
    route.hops.push_back(hop);
  }
  return Check(stack.NewRoute(route, NLM_F_CREATE | NLM_F_EXCL), node,
               absl::StrCat("route ", wanted.prefix.ToString()));
}

Restart RestartOf(proto::Restart restart) {
  switch (restart) {
    case proto::ON_FAILURE:
      return Restart::kOnFailure;
    case proto::ALWAYS:
      return Restart::kAlways;
    case proto::ONCE:
      return Restart::kOnce;
    default:
      return Restart::kNever;
  }
}

// What /sys/class/net shows of an interface, as far as daemons read it.
void AddSysFiles(const TopologyInterface& interface, NodeSpec* spec) {
  const bool loopback = interface.ifindex == 1;
  const std::string base = absl::StrCat("class/net/", interface.name, "/");
  const auto add = [&](absl::string_view name, absl::string_view value) {
    spec->sys_files.push_back(
        {absl::StrCat(base, name), absl::StrCat(value, "\n")});
  };
  add("address", interface.mac.ToString());
  add("mtu", absl::StrCat(loopback ? 65536 : interface.mtu));
  add("ifindex", absl::StrCat(interface.ifindex));
  add("operstate", loopback ? "unknown" : "up");
  add("carrier", "1");
  add("flags", loopback ? "0x9" : "0x1003");
  add("type", loopback ? "772" : "1");
  add("speed", loopback ? "-1" : "10000");
}

}  // namespace

namespace {

constexpr char kBridge[] = "br0";

NetResult AddDevice(const TopologyNode& node,
                    const TopologyInterface& interface, Stack& stack) {
  Link link;
  link.ifindex = interface.ifindex;
  link.name = interface.name;
  link.mac = interface.mac.bytes;
  link.mtu = interface.mtu;
  int ifindex = interface.ifindex;
  if (interface.vlan != 0) {
    link.vlan_id = static_cast<uint16_t>(interface.vlan);
    link.lower = node.interfaces[interface.over].ifindex;
    return stack.AddVlan(std::move(link), &ifindex);
  }
  if (!interface.macvlan.empty()) {
    link.kind = "macvlan";
    link.lower = stack.FindLink(interface.macvlan)->ifindex;
  }
  if (node.bridge && interface.name == kBridge) {
    link.own_mac = true;
    return stack.AddBridge(std::move(link), &ifindex);
  }
  return stack.AddLink(std::move(link), &ifindex);
}

// The bridge of a switch, and its ports.
NetResult Bridge(const TopologyNode& node, Stack& stack) {
  int ifindex = 0;
  if (stack.FindLink(kBridge) == nullptr) {
    Link link;
    link.name = kBridge;
    link.mac = MadeUpMac(absl::StrCat(node.name, " ", kBridge));
    NetResult added = stack.AddBridge(std::move(link), &ifindex);
    if (!added.ok()) return added;
  }
  ifindex = stack.FindLink(kBridge)->ifindex;
  stack.SetUp(ifindex);
  LinkChange enslave;
  enslave.master = ifindex;
  for (const TopologyInterface& interface : node.interfaces) {
    if (interface.link < 0) continue;
    NetResult changed = stack.ChangeLink(interface.ifindex, enslave);
    if (!changed.ok()) return changed;
  }
  return NetResult::Ok();
}

}  // namespace

absl::Status BuildStack(const TopologyNode& node, bool install_routes,
                        Stack& stack) {
  constexpr int kLoopback = 1;
  // A router forwards; the images of routers would set this at boot.
  stack.SetForwarding(AF_INET, true);
  stack.SetForwarding(AF_INET6, true);
  stack.set_hash_seed(node.index);
  RETURN_IF_ERROR(Check(stack.SetUp(kLoopback), node, "lo"));
  const auto add_addresses = [&](int ifindex, const std::string& name,
                                 const std::vector<IpPrefix>& addresses) {
    for (const IpPrefix& address : addresses) {
      RETURN_IF_ERROR(Check(stack.AddAddress(ifindex, address), node,
                            absl::StrCat(name, ": ", address.ToString())));
    }
    return absl::OkStatus();
  };
  for (const TopologyInterface& interface : node.interfaces) {
    int ifindex = kLoopback;
    if (interface.ifindex != kLoopback) {
      RETURN_IF_ERROR(
          Check(AddDevice(node, interface, stack), node, interface.name));
      ifindex = interface.ifindex;
      RETURN_IF_ERROR(Check(stack.SetUp(ifindex), node, interface.name));
    }
    if (!interface.vrf.empty()) continue;
    RETURN_IF_ERROR(
        add_addresses(ifindex, interface.name, interface.addresses));
  }
  for (const TopologyVrf& vrf : node.vrfs) {
    int ifindex = 0;
    RETURN_IF_ERROR(
        Check(stack.AddVrf(vrf.name, vrf.table, &ifindex), node, vrf.name));
    RETURN_IF_ERROR(Check(stack.SetUp(ifindex), node, vrf.name));
    RETURN_IF_ERROR(add_addresses(ifindex, vrf.name, vrf.addresses));
  }
  // Whatever enters a VRF loses its IPv6 addresses.
  for (const TopologyInterface& interface : node.interfaces) {
    if (interface.vrf.empty()) continue;
    LinkChange enslave;
    enslave.master = stack.FindLink(interface.vrf)->ifindex;
    RETURN_IF_ERROR(Check(stack.ChangeLink(interface.ifindex, enslave), node,
                          absl::StrCat(interface.name, ": ", interface.vrf)));
    RETURN_IF_ERROR(
        add_addresses(interface.ifindex, interface.name, interface.addresses));
  }
  if (node.bridge) RETURN_IF_ERROR(Check(Bridge(node, stack), node, kBridge));
  if (!install_routes) return absl::OkStatus();
  for (const TopologyRoute& route : node.routes) {
    RETURN_IF_ERROR(AddRoute(node, route, stack));
  }
  for (const IpAddress& gateway : node.default_gateways) {
    TopologyRoute route;
    route.prefix = {IpAddress::Any(gateway.family()), 0};
    route.kind = TopologyRoute::Kind::kVia;
    route.via = gateway;
    RETURN_IF_ERROR(AddRoute(node, route, stack));
  }
  return absl::OkStatus();
}

absl::Status CheckImages(const Topology& topology) {
  std::set<std::string> seen;
  std::vector<std::string> mistakes, missing;
  for (const TopologyNode& node : topology.nodes()) {
    if (!seen.insert(node.image).second) continue;
    const absl::StatusOr<proto::Image> image =
        LoadImage(node.image, ImageSearchPath());
    if (!image.ok()) {
      mistakes.push_back(absl::StrCat("node ", node.name, ": ",
                                      std::string(image.status().message())));
      continue;
    }
    if (absl::Status needs = CheckNeeds(*image); !needs.ok()) {
      mistakes.push_back(std::string(needs.message()));
    }
    if (auto rootfs = RootfsOf(*image); !rootfs.ok()) {
      missing.push_back(std::string(rootfs.status().message()));
    }
  }
  if (!mistakes.empty()) {
    return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrJoin(missing, "\n"));
}

absl::StatusOr<NetworkPlan> PlanNetwork(
    const Topology& topology, uint64_t seed, bool hold_threads,
    const std::function<absl::StatusOr<std::string>(const std::string& node)>&
        node_directory) {
  NetworkPlan plan;
  std::map<std::string, proto::Image> images;
  std::map<std::string, std::string> rootfs;
  for (const TopologyNode& node : topology.nodes()) {
    if (images.count(node.image)) continue;
    ASSIGN_OR_RETURN(proto::Image image,
                     LoadImage(node.image, ImageSearchPath()));
    RETURN_IF_ERROR(CheckNeeds(image));
    ASSIGN_OR_RETURN(rootfs[node.image], RootfsOf(image));
    images[node.image] = std::move(image);
  }
  const uint8_t holds = hold_threads ? kHolds | kStrict : 0;
  ASSIGN_OR_RETURN(const std::vector<sock_filter> filter,
                   BuildFilter(SyscallTable(), kForNetworks | holds));
  ASSIGN_OR_RETURN(const std::vector<sock_filter> strict_filter,
                   BuildFilter(SyscallTable(), kForNetworks | kStrict | holds));
  std::set<std::string> names;
  for (const TopologyNode& node : topology.nodes()) {
    const proto::Image& image = images[node.image];
    names.insert(image.name());
    plan.control.push_back(ControlOf(image));
    NodePlan& node_plan = plan.nodes.emplace_back();
    node_plan.spec.name = node.name;
    ASSIGN_OR_RETURN(const std::string directory, node_directory(node.name));
    if (directory.empty()) continue;
    ASSIGN_OR_RETURN(const std::vector<RenderedFile> files,
                     RenderNode(topology, node, image));
    // The configuration as run, for whoever reads the results.
    for (const RenderedFile& file : files) {
      std::ofstream(directory + file.path.substr(file.path.rfind('/')))
          << file.content;
    }
    ASSIGN_OR_RETURN(
        ImagePlan planned,
        PlanImage(node.name, image, rootfs[node.image], files, directory));
    node_plan.spec = std::move(planned.spec);
    for (const TopologyInterface& interface : node.interfaces) {
      AddSysFiles(interface, &node_plan.spec);
    }
    for (size_t i = 0; i < node.vrfs.size(); ++i) {
      TopologyInterface device;
      device.name = node.vrfs[i].name;
      device.ifindex = static_cast<int>(node.interfaces.size() + 1 + i);
      device.mtu = 65575;
      AddSysFiles(device, &node_plan.spec);
    }
    node_plan.seed = seed * 1'000'003 + node.index;
    const bool install_routes = !HasRouteDaemon(image);
    node_plan.build_stack = [node, install_routes](Stack& stack) {
      return BuildStack(node, install_routes, stack);
    };
    for (PlannedProcess& process : planned.processes) {
      process.spec.filter = process.polls_busily ? strict_filter : filter;
      node_plan.processes.push_back({std::move(process.spec),
                                     std::move(process.ready_path),
                                     RestartOf(process.restart)});
    }
  }
  plan.images.assign(names.begin(), names.end());
  for (const TopologyLink& link : topology.links()) {
    const auto port = [&](const TopologyEnd& end) {
      return Port{end.node,
                  topology.node(end.node).interfaces[end.interface].ifindex};
    };
    CablePlan& cable = plan.cables.emplace_back();
    cable.latency = absl::ToInt64Nanoseconds(link.latency);
    for (const TopologyEnd& end : link.Ends()) cable.ends.push_back(port(end));
  }
  return plan;
}

}  // namespace quiesce
