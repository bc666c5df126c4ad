#include "tools/kernel_runtime/wiring.h"

#include "absl/strings/str_cat.h"

namespace quiesce {
namespace {

void AppendEnd(const TopologyInterface& interface, int pid, std::string* out) {
  absl::StrAppend(out, " name ", interface.name, " index ", interface.ifindex,
                  " address ", interface.mac.ToString(), " mtu ", interface.mtu,
                  " netns ", pid);
}

const TopologyInterface& InterfaceAt(const Topology& topology,
                                     const TopologyEnd& end) {
  return topology.node(end.node).interfaces[end.interface];
}

// Permanent entries on `here` for all that `there` answers to.
void AppendNeighbours(const TopologyInterface& here,
                      const TopologyInterface& there, std::string* out) {
  bool v6 = false;
  auto append = [&](const IpAddress& address) {
    absl::StrAppend(out, "neigh replace ", address.ToString(), " lladdr ",
                    there.mac.ToString(), " nud permanent dev ", here.name,
                    "\n");
  };
  for (const IpPrefix& address : there.addresses) {
    v6 = v6 || address.address.v6();
    append(address.address);
  }
  if (v6) append(LinkLocalOf(there.mac));
}

// The default gateways and static routes of a node without a routing daemon.
void AppendRoutes(const TopologyNode& node, std::string* out) {
  for (const IpAddress& gateway : node.default_gateways) {
    absl::StrAppend(out, "route add ", gateway.v6() ? "::/0" : "0.0.0.0/0",
                    " via ", gateway.ToString(), "\n");
  }
  for (const TopologyRoute& route : node.routes) {
    absl::StrAppend(out, "route add ");
    std::string prefix = route.prefix.ToString();
    switch (route.kind) {
      case TopologyRoute::Kind::kVia:
        absl::StrAppend(out, prefix, " via ", route.via.ToString());
        break;
      case TopologyRoute::Kind::kInterface:
        absl::StrAppend(out, prefix, " dev ", route.interface);
        break;
      case TopologyRoute::Kind::kBlackhole:
        absl::StrAppend(out, "blackhole ", prefix);
        break;
    }
    absl::StrAppend(out, "\n");
  }
}

}  // namespace

IpAddress LinkLocalOf(const HardwareAddress& mac) {
  const auto& b = mac.bytes;
  uint8_t address[16] = {0xfe, 0x80, 0,
                         0,    0,    0,
                         0,    0,    static_cast<uint8_t>(b[0] ^ 2),
                         b[1], b[2], 0xff,
                         0xfe, b[3], b[4],
                         b[5]};
  return IpAddress::FromBytes(AF_INET6, address);
}

bool UsesIpv6(const Topology& topology) {
  for (const TopologyNode& node : topology.nodes()) {
    for (const TopologyInterface& interface : node.interfaces) {
      for (const IpPrefix& address : interface.addresses) {
        if (address.address.v6()) return true;
      }
    }
  }
  return false;
}

std::vector<bool> BridgedLinks(const Topology& topology) {
  std::vector<bool> bridged;
  for (const TopologyLink& link : topology.links()) {
    bridged.push_back(link.lan());
  }
  auto touch = [&](int node, const TopologyInterface& interface) {
    if (node >= 0 && interface.link >= 0) bridged[interface.link] = true;
  };
  auto touch_end = [&](const proto::LinkEnd& end) {
    const int node = topology.FindNode(end.node());
    touch(node, *topology.node(node).FindInterface(end.interface()));
  };
  auto touch_node = [&](const std::string& name) {
    const int node = topology.FindNode(name);
    for (const TopologyInterface& interface : topology.node(node).interfaces) {
      touch(node, interface);
    }
  };
  for (const proto::Event& event : topology.events()) {
    if (event.has_link_down()) touch_end(event.link_down());
    if (event.has_link_up()) touch_end(event.link_up());
    if (event.has_node_start()) touch_node(event.node_start());
    if (event.has_node_stop()) touch_node(event.node_stop());
  }
  return bridged;
}

std::string BridgeName(const TopologyLink& link) {
  return absl::StrCat("lan", link.index);
}

std::string PortName(const TopologyLink& link, int end) {
  return absl::StrCat(BridgeName(link), ".", end);
}

std::string LinkBatch(const Topology& topology, const std::vector<int>& pids) {
  std::string out;
  const std::vector<bool> bridged = BridgedLinks(topology);
  for (const TopologyLink& link : topology.links()) {
    if (bridged[link.index]) {
      const std::string bridge = BridgeName(link);
      absl::StrAppend(&out, "link add ", bridge,
                      " type bridge mcast_snooping 0\nlink set ", bridge,
                      " up\n");
      continue;
    }
    absl::StrAppend(&out, "link add");
    AppendEnd(InterfaceAt(topology, link.a), pids[link.a.node], &out);
    absl::StrAppend(&out, " type veth peer");
    AppendEnd(InterfaceAt(topology, link.b), pids[link.b.node], &out);
    absl::StrAppend(&out, "\n");
  }
  for (size_t node = 0; node < pids.size(); ++node) {
    if (pids[node] != 0) {
      absl::StrAppend(&out, PortBatch(topology, node, pids[node]));
    }
  }
  return out;
}

std::string PortBatch(const Topology& topology, int node, int pid) {
  std::string out;
  const std::vector<bool> bridged = BridgedLinks(topology);
  for (const TopologyLink& link : topology.links()) {
    if (!bridged[link.index]) continue;
    const std::vector<TopologyEnd> ends = link.Ends();
    for (size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].node != node) continue;
      const TopologyInterface& interface = InterfaceAt(topology, ends[i]);
      const std::string port = PortName(link, i);
      absl::StrAppend(&out, "link add name ", port, " mtu ", interface.mtu,
                      " type veth peer");
      AppendEnd(interface, pid, &out);
      absl::StrAppend(&out, "\nlink set ", port, " master ", BridgeName(link),
                      " up\n");
    }
  }
  return out;
}

std::string NodeBatch(const Topology& topology, int number,
                      bool kernel_routes) {
  const TopologyNode& node = topology.node(number);
  std::string out = "link set lo up\n";
  std::string neighbours;
  int last = static_cast<int>(node.interfaces.size());
  for (const TopologyVrf& vrf : node.vrfs) {
    absl::StrAppend(&out, "link add name ", vrf.name, " index ", ++last,
                    " type vrf table ", vrf.table, "\nlink set ", vrf.name,
                    " up\n");
    for (const IpPrefix& address : vrf.addresses) {
      absl::StrAppend(&out, "addr add ", address.ToString(), " dev ", vrf.name,
                      "\n");
    }
  }
  for (int i = 0; i < node.interfaces.size(); ++i) {
    const TopologyInterface& interface = node.interfaces[i];
    bool lo = i == 0;
    // An interface without a cable is there, up, and leads nowhere.
    if (!interface.macvlan.empty()) {
      absl::StrAppend(&out, "link add link ", interface.macvlan, " name ",
                      interface.name, " index ", interface.ifindex, " address ",
                      interface.mac.ToString(), " type macvlan mode bridge\n");
    } else if (interface.vlan != 0) {
      absl::StrAppend(&out, "link add link ",
                      node.interfaces[interface.over].name, " name ",
                      interface.name, " index ", interface.ifindex,
                      " type vlan id ", interface.vlan, "\n");
    } else if (!lo && interface.link < 0) {
      absl::StrAppend(&out, "link add");
      absl::StrAppend(
          &out, " name ", interface.name, " index ", interface.ifindex,
          " address ", interface.mac.ToString(), " mtu ", interface.mtu,
          " type ", node.bridge && interface.name == "br0" ? "bridge" : "dummy",
          "\n");
    }
    if (!interface.vrf.empty()) {
      absl::StrAppend(&out, "link set ", interface.name, " master ",
                      interface.vrf, "\n");
    }
    for (const IpPrefix& address : interface.addresses) {
      absl::StrAppend(&out, "addr add ", address.ToString(), " dev ",
                      interface.name, "\n");
    }
    if (lo) continue;
    absl::StrAppend(&out, "link set ", interface.name, " up\n");
    for (const TopologyEnd& peer : topology.Peers(number, i)) {
      AppendNeighbours(interface,
                       topology.node(peer.node).interfaces[peer.interface],
                       &neighbours);
    }
  }
  if (node.bridge) {
    if (node.FindInterface("br0") == nullptr) {
      absl::StrAppend(&out, "link add name br0 type bridge\n");
    }
    absl::StrAppend(&out, "link set br0 up\n");
    for (const TopologyInterface& interface : node.interfaces) {
      if (interface.link < 0) continue;
      absl::StrAppend(&out, "link set ", interface.name, " master br0\n");
    }
  }
  absl::StrAppend(&out, neighbours);
  if (kernel_routes) AppendRoutes(node, &out);
  return out;
}

}  // namespace quiesce
