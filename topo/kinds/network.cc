#include "topo/kinds/network.h"

#include <sys/socket.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "notifier/base/ip.h"
#include "topo/address_plan.h"

namespace quiesce {
namespace {

constexpr KeyDoc kCommonKeys[] = {
    {"af", "4|6|46", "addresses and sessions of IPv4, IPv6 or both (4)"},
    {"prefixes", "N", "prefixes that each originator announces"},
    {"image", "NAME", "what routers run; default: --image"},
    {"images", "A+B", "several images, given to routers in turn"},
    {"compare_routerid", "on|off",
     "FRR: the lower router id wins before the older path (off)"},
};

constexpr char kHostImage[] = "host";

}  // namespace

absl::Span<const KeyDoc> CommonKeys() { return kCommonKeys; }

Network::Network(Arguments* arguments, int default_prefixes,
                 absl::string_view default_image)
    : arguments_(*arguments) {
  const std::string af = arguments_.String("af", "4");
  if (af != "4" && af != "6" && af != "46") {
    arguments_.Error("af", absl::StrCat("'", af, "' is not 4, 6 or 46"));
  }
  if (af != "6") families_.push_back(AF_INET);
  if (af != "4") families_.push_back(AF_INET6);
  prefixes_ = arguments_.Int("prefixes", default_prefixes, 0,
                             AddressPlan::kMaxPrefixes);
  images_ = arguments_.List("images");
  if (!images_.empty() && arguments_.Has("image")) {
    arguments_.Error("images", "and image exclude each other");
  }
  if (images_.empty()) {
    images_.push_back(arguments_.String("image", default_image));
  }
  compare_routerid_ = arguments_.Bool("compare_routerid", false);
}

int Network::AddNode(absl::string_view name, absl::string_view role) {
  Node node;
  node.words.set_name(std::string(name));
  node.words.set_role(std::string(role));
  nodes_.push_back(std::move(node));
  return node_count() - 1;
}

int Network::AddRouter(absl::string_view name, absl::string_view role, int as) {
  if (routers_ == AddressPlan::kMaxRouters && !full_) {
    full_ = true;
    arguments_.errors().AddLine(
        0, absl::StrCat("more than ", AddressPlan::kMaxRouters,
                        " routers; make the network smaller"));
  }
  const int index = AddNode(name, role);
  Node& node = nodes_[index];
  node.as = as;
  node.words.set_image(images_[routers_ % images_.size()]);
  proto::Interface* lo = node.words.add_interface();
  lo->set_name("lo");
  for (int family : families_) {
    lo->add_address(AddressPlan::Loopback(family, routers_).ToString());
  }
  node.words.mutable_bgp()->set_router_id(
      AddressPlan::RouterId(routers_).ToString());
  ++routers_;
  ases_ = std::max(ases_, as + 1);
  return index;
}

int Network::AddRouter(absl::string_view name, absl::string_view role) {
  return AddRouter(name, role, ases_);
}

std::string Network::NextInterface(int node) {
  // A router's first interface is lo.
  const int before = nodes_[node].words.interface_size();
  return absl::StrCat("eth", nodes_[node].as < 0 ? before + 1 : before);
}

void Network::AddLinkWords(int a, const std::string& a_interface, int b,
                           const std::string& b_interface) {
  proto::Link link;
  link.mutable_a()->set_node(nodes_[a].words.name());
  link.mutable_a()->set_interface(a_interface);
  link.mutable_b()->set_node(nodes_[b].words.name());
  link.mutable_b()->set_interface(b_interface);
  links_.push_back(std::move(link));
}

void Network::Join(int a, int b) {
  if (router_links_ == AddressPlan::kMaxLinks && !full_) {
    full_ = true;
    arguments_.errors().AddLine(
        0, absl::StrCat("more than ", AddressPlan::kMaxLinks,
                        " links; make the network smaller"));
  }
  const int ends[2] = {a, b};
  std::string names[2];
  for (int end : {0, 1}) {
    names[end] = NextInterface(ends[end]);
    proto::Node& words = nodes_[ends[end]].words;
    proto::Interface* interface = words.add_interface();
    interface->set_name(names[end]);
    for (int family : families_) {
      interface->add_address(
          AddressPlan::LinkAddress(family, router_links_, end).ToString());
      proto::Neighbor* neighbor = words.mutable_bgp()->add_neighbor();
      neighbor->set_address(
          AddressPlan::LinkAddress(family, router_links_, 1 - end)
              .address.ToString());
      neighbor->set_peer(nodes_[ends[1 - end]].words.name());
    }
  }
  ++router_links_;
  AddLinkWords(a, names[0], b, names[1]);
}

int Network::TakePrefix(int router) {
  if (prefixes_used_ == AddressPlan::kMaxPrefixes && !full_) {
    full_ = true;
    arguments_.errors().AddLine(
        0, absl::StrCat("more than ", AddressPlan::kMaxPrefixes,
                        " prefixes in all; give a smaller prefixes="));
  }
  const int n = prefixes_used_++;
  for (int family : families_) {
    nodes_[router].words.mutable_bgp()->add_network(
        AddressPlan::Prefix(family, n).ToString());
  }
  return n;
}

void Network::Originate(int router) {
  for (int i = nodes_[router].subnets; i < prefixes_ && !full_; ++i) {
    const int n = TakePrefix(router);
    proto::Interface* lo = nodes_[router].words.mutable_interface(0);
    for (int family : families_) {
      lo->add_address(AddressPlan::PrefixOwner(family, n).ToString());
    }
  }
}

int Network::AddHost(absl::string_view name, int router) {
  const int host = AddNode(name, "host");
  nodes_[host].words.set_image(kHostImage);
  const int n = TakePrefix(router);
  ++nodes_[router].subnets;
  const std::string router_interface = NextInterface(router);
  const std::string host_interface = NextInterface(host);
  proto::Interface* at_router = nodes_[router].words.add_interface();
  proto::Interface* at_host = nodes_[host].words.add_interface();
  at_router->set_name(router_interface);
  at_host->set_name(host_interface);
  for (int family : families_) {
    const IpPrefix gateway = AddressPlan::PrefixOwner(family, n);
    at_router->add_address(gateway.ToString());
    at_host->add_address(
        IpPrefix{gateway.address.Plus(1), gateway.length}.ToString());
    nodes_[host].words.add_default_gateway(gateway.address.ToString());
  }
  AddLinkWords(router, router_interface, host, host_interface);
  return host;
}

proto::Topology Network::Finish(absl::string_view name) {
  proto::Topology result;
  result.set_name(std::string(name));
  result.mutable_options()->set_compare_routerid(compare_routerid_);
  for (Node& node : nodes_) {
    if (node.as >= 0) {
      node.words.mutable_bgp()->set_asn(AddressPlan::Asn(node.as, ases_));
    }
    *result.add_node() = std::move(node.words);
  }
  for (proto::Link& link : links_) *result.add_link() = std::move(link);
  return result;
}

}  // namespace quiesce
