// Whose an address is, and that it is nobody else's.
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "topo/build_parts.h"

namespace quiesce::build {
namespace {

// One routing domain of a node: a VRF, or the default one.
using Domain = std::pair<int, std::string>;

// Which domains packets can get to from each other, as far as links go: each
// is named by the first of its group.
class Domains {
 public:
  explicit Domains(const Topology::Parts& parts) {
    for (const TopologyNode& node : parts.nodes) vrfs_ |= !node.vrfs.empty();
    if (!vrfs_) return;
    for (const TopologyLink& link : parts.links) {
      for (const TopologyEnd& end : link.Ends()) {
        Join(Of(parts, link.a), Of(parts, end));
      }
    }
  }

  static Domain Of(const Topology::Parts& parts, const TopologyEnd& end) {
    const TopologyNode& node = parts.nodes[end.node];
    return {end.node, end.interface < 0 ? node.vrfs[-1 - end.interface].name
                                        : node.interfaces[end.interface].vrf};
  }

  // Without VRFs all are one, whether links join them or not.
  Domain Group(const Domain& domain) const {
    if (!vrfs_) return Domain();
    Domain at = domain;
    for (auto next = leader_.find(at); next != leader_.end();
         next = leader_.find(at)) {
      at = next->second;
    }
    return at;
  }

 private:
  void Join(const Domain& a, const Domain& b) {
    const Domain left = Group(a), right = Group(b);
    if (left != right) leader_[std::max(left, right)] = std::min(left, right);
  }

  bool vrfs_ = false;
  std::map<Domain, Domain> leader_;
};

std::string Name(const Work& work, const TopologyEnd& end) {
  if (end.interface >= 0) return EndName(work, end);
  const TopologyNode& node = work.parts.nodes[end.node];
  return absl::StrCat(node.name, " ", node.vrfs[-1 - end.interface].name);
}

}  // namespace

void CheckAddresses(Work* work) {
  const Domains domains(work->parts);
  std::map<std::pair<Domain, IpAddress>, TopologyEnd> taken;
  for (const Work::Given& given : work->addresses) {
    const Domain own = Domains::Of(work->parts, given.at);
    const auto [at, fresh] =
        taken.emplace(std::pair(domains.Group(own), given.address), given.at);
    if (!fresh) {
      work->errors.Add(
          given.place,
          absl::StrCat("address ", given.address.ToString(),
                       " is also that of ", Name(*work, at->second),
                       "; give one of them another"));
      continue;
    }
    if (own.second.empty()) {
      work->parts.owner_by_address.emplace(given.address, given.at.node);
    }
  }
}

}  // namespace quiesce::build
