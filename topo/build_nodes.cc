// Names, images, interfaces and addresses.
#include <linux/rtnetlink.h>

#include <cctype>

#include "absl/strings/str_cat.h"
#include "topo/build_parts.h"

namespace quiesce::build {
namespace {

constexpr size_t kMaxNodeName = 63;       // a label of a host name, RFC 1123
constexpr size_t kMaxInterfaceName = 15;  // IFNAMSIZ - 1
constexpr int kMinMtu = 68;               // RFC 791
constexpr int kMaxMtu = 65535;
constexpr int kDefaultMtu = 1500;
constexpr int kLoopbackMtu = 65536;

bool IsNodeName(const std::string& name) {
  if (name.empty() || name.size() > kMaxNodeName || name[0] == '-' ||
      name[0] == '.') {
    return false;
  }
  for (unsigned char c : name) {
    if (!std::isalnum(c) && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

// Why an interface cannot have this address; "" if it can.
std::string AddressFault(const IpPrefix& prefix) {
  const IpAddress& address = prefix.address;
  if (address.is_any()) return "is the unspecified address";
  if (address.is_multicast()) return "is a multicast address";
  if (address.is_loopback())
    return "is a loopback address, which lo has anyway";
  if (prefix.length == 0) return "has no subnet; give it a length over 0";
  if (!address.v4() || prefix.length >= 31) return "";
  const uint32_t host = address.v4_host_order() & (~0u >> prefix.length);
  if (host == 0) return "is the address of the subnet itself";
  if (host == ~0u >> prefix.length) return "is the subnet's broadcast address";
  return "";
}

class NodeBuilder {
 public:
  NodeBuilder(Work* work, int index)
      : work_(*work),
        errors_(work->errors),
        words_(work->words.node(index)),
        place_(NodePlace(*work, index)) {
    node_.index = index;
  }

  void Run() {
    Name();
    Image();
    node_.role = words_.role();
    node_.interfaces.push_back(
        {.name = "lo", .ifindex = 1, .mac = {}, .mtu = kLoopbackMtu});
    work_.parts.nodes.push_back(std::move(node_));
    for (int i = 0; i < words_.vrf_size(); ++i) Vrf(i);
    for (int i = 0; i < words_.interface_size(); ++i) Interface(i);
    for (const TopologyVrf& vrf : node().vrfs) {
      if (node().FindInterface(vrf.name) == nullptr) continue;
      errors_.Add(place_, absl::StrCat("an interface and a VRF are both '",
                                       vrf.name, "'"));
    }
  }

 private:
  void Name() {
    node_.name = words_.name();
    if (!IsNodeName(words_.name())) {
      errors_.Add(place_.At("name"),
                  absl::StrCat("'", words_.name(),
                               "' is no name for a node; use 1 to 63 letters, "
                               "digits, '-', '_' or '.'"));
      return;
    }
    if (!work_.parts.node_by_name.emplace(words_.name(), node_.index).second) {
      errors_.Add(place_.At("name"),
                  "there is another node of this name; rename one");
    }
  }

  void Image() {
    node_.image = words_.image();
    node_.bridge = words_.bridge();
    if (node_.image.empty() && node_.bridge) node_.image = "host";
    if (node_.image.empty()) node_.image = work_.words.options().image();
    if (node_.image.empty()) node_.image = work_.options.default_image;
    if (node_.image.empty()) {
      errors_.Add(place_,
                  "has no image; write image: \"frr\" here, options { image: "
                  "\"frr\" } in the file, or --image=frr");
    }
  }

  // The node is in work_.parts from here on.
  TopologyNode& node() { return work_.parts.nodes.back(); }

  const TopologyVrf* FindVrf(absl::string_view name) {
    for (const TopologyVrf& vrf : node().vrfs) {
      if (vrf.name == name) return &vrf;
    }
    return nullptr;
  }

  void Vrf(int i) {
    const proto::Vrf& words = words_.vrf(i);
    const Place place = place_.Inside(
        "vrf", i,
        absl::StrCat("vrf ", words.name().empty() ? "?" : words.name()));
    if (!IsInterfaceName(words.name()) || words.name() == "lo" ||
        words.name() == "default" || FindVrf(words.name()) != nullptr) {
      errors_.Add(place.At("name"),
                  "a VRF needs a name of its own, of 1 to 15 characters "
                  "without '/', ':' and spaces, and not lo or default");
      return;
    }
    bool free = words.table() != 0 && (words.table() < RT_TABLE_DEFAULT ||
                                       words.table() > RT_TABLE_LOCAL);
    for (const TopologyVrf& other : node().vrfs) {
      free &= other.table != words.table();
    }
    if (!free) {
      errors_.Add(
          place.At("table"),
          "a VRF needs a table of its own, 1 or more and not 253 to 255");
      return;
    }
    TopologyVrf& vrf =
        node().vrfs.emplace_back(TopologyVrf{words.name(), words.table(), {}});
    for (int k = 0; k < words.address_size(); ++k) {
      Address(words.address(k), place.At("address", k), -1 - i, &vrf.addresses);
    }
  }

  void Interface(int i) {
    const proto::Interface& words = words_.interface(i);
    const Place place = place_.Inside(
        "interface", i,
        absl::StrCat("interface ", words.name().empty() ? "?" : words.name()));
    if (!IsInterfaceName(words.name())) {
      errors_.Add(place.At("name"),
                  "an interface needs a name of 1 to 15 characters without "
                  "'/', ':' and spaces");
      return;
    }
    int index = 0;
    if (words.name() != "lo") {
      if (node().FindInterface(words.name()) != nullptr) {
        errors_.Add(place.At("name"),
                    "the node has another interface of this name");
        return;
      }
      index = static_cast<int>(node().interfaces.size());
      node().interfaces.push_back({.name = words.name(), .ifindex = index + 1});
      Mtu(words, place, index);
      Mac(words, place, index);
      Macvlan(words, place, index);
      Vlan(words, place, index);
    }
    if (!words.vrf().empty()) {
      if (index == 0 || FindVrf(words.vrf()) == nullptr) {
        errors_.Add(place.At("vrf"),
                    index == 0 ? "lo cannot be in a VRF"
                               : absl::StrCat("the node has no vrf '",
                                              words.vrf(), "'; add one"));
      }
      node().interfaces[index].vrf = words.vrf();
    }
    for (int k = 0; k < words.address_size(); ++k) {
      Address(words.address(k), place.At("address", k), index,
              &node().interfaces[index].addresses);
    }
  }

  void Vlan(const proto::Interface& words, const Place& place, int index) {
    if (words.vlan() == 0 && words.over().empty()) return;
    TopologyInterface& interface = node().interfaces[index];
    for (int i = 1; i < index; ++i) {
      if (node().interfaces[i].name == words.over()) interface.over = i;
    }
    if (interface.over == 0) {
      errors_.Add(place.At("over"),
                  absl::StrCat("a VLAN device is over an interface that is "
                               "listed before it, which '",
                               words.over(), "' is not"));
    }
    if (words.vlan() < 1 || words.vlan() > 4094) {
      errors_.Add(place.At("vlan"), "a VLAN's id is 1 to 4094");
    }
    for (const TopologyInterface& other : node().interfaces) {
      if (&other != &interface && other.over == interface.over &&
          other.vlan == static_cast<int>(words.vlan())) {
        errors_.Add(place.At("vlan"),
                    absl::StrCat(other.name, " has this id already"));
      }
    }
    interface.vlan = static_cast<int>(words.vlan());
    if (words.mac().empty())
      interface.mac = node().interfaces[interface.over].mac;
  }

  void Mtu(const proto::Interface& words, const Place& place, int index) {
    int mtu = words.mtu() != 0 ? words.mtu() : work_.words.options().mtu();
    if (mtu == 0) mtu = kDefaultMtu;
    if (words.mtu() != 0 && (mtu < kMinMtu || mtu > kMaxMtu)) {
      errors_.Add(place.At("mtu"), absl::StrCat("mtu ", mtu, " is not in ",
                                                kMinMtu, "..", kMaxMtu));
    }
    node().interfaces[index].mtu = mtu;
  }

  void Mac(const proto::Interface& words, const Place& place, int index) {
    TopologyInterface& interface = node().interfaces[index];
    interface.mac = HardwareAddress::Planned(node().index, interface.ifindex);
    if (words.mac().empty()) return;
    const auto mac = HardwareAddress::Parse(words.mac());
    if (!mac.ok() || (mac->bytes[0] & 1) != 0) {
      errors_.Add(place.At("mac"),
                  absl::StrCat("'", words.mac(),
                               "' is not a unicast hardware address such as "
                               "02:00:00:00:00:01"));
      return;
    }
    interface.mac = *mac;
  }

  void Macvlan(const proto::Interface& words, const Place& place, int index) {
    if (words.macvlan().empty()) return;
    const TopologyInterface* lower = node().FindInterface(words.macvlan());
    if (words.macvlan() == "lo" || words.macvlan() == words.name() ||
        lower == nullptr || !lower->macvlan.empty()) {
      errors_.Add(place.At("macvlan"),
                  absl::StrCat("there is no interface '", words.macvlan(),
                               "' before this one to ride on"));
      return;
    }
    node().interfaces[index].macvlan = words.macvlan();
    node().interfaces[index].mtu = lower->mtu;
  }

  void Address(const std::string& text, const Place& place, int index,
               std::vector<IpPrefix>* to) {
    const auto prefix = IpPrefix::Parse(text);
    if (!prefix.ok() || text.find('/') == std::string::npos) {
      errors_.Add(place, absl::StrCat("'", text,
                                      "' is not an address with the length of "
                                      "its subnet, such as 172.16.0.1/31"));
      return;
    }
    if (const std::string fault = AddressFault(*prefix); !fault.empty()) {
      errors_.Add(place, absl::StrCat(text, " ", fault));
      return;
    }
    // Link-local addresses mean something on their link only.
    // A virtual router's address is that of several nodes.
    const bool virtual_router =
        index >= 0 && !node().interfaces[index].macvlan.empty();
    if (!prefix->address.is_link_local() && !virtual_router) {
      work_.addresses.push_back(
          {prefix->address, {node().index, index}, place});
    }
    to->push_back(*prefix);
  }

  Work& work_;
  Diagnostics& errors_;
  const proto::Node& words_;
  Place place_;
  TopologyNode node_;
};

}  // namespace

bool IsInterfaceName(const std::string& name) {
  if (name.empty() || name.size() > kMaxInterfaceName || name == "." ||
      name == "..") {
    return false;
  }
  for (unsigned char c : name) {
    if (c == '/' || c == ':' || std::isspace(c)) return false;
  }
  return true;
}

void AddNodes(Work* work) {
  const proto::Options& options = work->words.options();
  if (options.mtu() != 0 &&
      (options.mtu() < kMinMtu || options.mtu() > kMaxMtu)) {
    work->errors.Add(work->root.Inside("options", -1, "options").At("mtu"),
                     absl::StrCat("mtu ", options.mtu(), " is not in ", kMinMtu,
                                  "..", kMaxMtu));
  }
  work->parts.nodes.reserve(work->words.node_size());
  for (int i = 0; i < work->words.node_size(); ++i) {
    NodeBuilder(work, i).Run();
  }
}

}  // namespace quiesce::build
