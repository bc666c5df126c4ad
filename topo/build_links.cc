// Links, and the interfaces that only links name.
#include <set>

#include "absl/strings/str_cat.h"
#include "topo/build_parts.h"

namespace quiesce::build {
namespace {

class LinkBuilder {
 public:
  LinkBuilder(Work* work, int index)
      : work_(*work),
        errors_(work->errors),
        words_(work->words.link(index)),
        place_(work->root.Inside("link", index,
                                 absl::StrCat("link ", Words(words_.a()), " - ",
                                              Words(words_.b())))) {
    link_.index = static_cast<int>(work->parts.links.size());
  }

  void Run() {
    bool found = End(words_.a(), "a", place_.At("a"), &link_.a);
    found &= End(words_.b(), "b", place_.At("b"), &link_.b);
    link_.more.resize(words_.more_size());
    for (int i = 0; i < words_.more_size(); ++i) {
      found &=
          End(words_.more(i), "more", place_.At("more", i), &link_.more[i]);
    }
    if (words_.latency_us() < 0) {
      errors_.Add(place_.At("latency_us"), "a latency is not negative");
    }
    if (!found) return;
    std::set<int> nodes;
    for (const TopologyEnd& end : link_.Ends()) {
      if (!nodes.insert(end.node).second) {
        errors_.Add(place_, "a link joins two nodes, not a node with itself");
        return;
      }
      if (!Free(end)) return;
    }
    link_.latency = absl::Microseconds(words_.latency_us());
    for (const TopologyEnd& end : link_.Ends()) At(end).link = link_.index;
    work_.parts.links.push_back(link_);
  }

 private:
  static std::string Words(const proto::LinkEnd& end) {
    return absl::StrCat(end.node().empty() ? "?" : end.node(), ":",
                        end.interface().empty() ? "?" : end.interface());
  }

  TopologyInterface& At(const TopologyEnd& end) {
    return work_.parts.nodes[end.node].interfaces[end.interface];
  }

  // Finds one end, making the interface if its node has none of that name.
  bool End(const proto::LinkEnd& words, absl::string_view field,
           const Place& place, TopologyEnd* end) {
    const auto node = work_.parts.node_by_name.find(words.node());
    if (node == work_.parts.node_by_name.end()) {
      errors_.Add(place,
                  words.node().empty()
                      ? absl::StrCat("end ", field, " names no node")
                      : absl::StrCat("there is no node '", words.node(), "'"));
      return false;
    }
    if (!IsInterfaceName(words.interface()) || words.interface() == "lo") {
      errors_.Add(place,
                  absl::StrCat("end ", field,
                               " needs an interface other than lo, of 1 to 15 "
                               "characters without '/', ':' and spaces"));
      return false;
    }
    end->node = node->second;
    std::vector<TopologyInterface>& all =
        work_.parts.nodes[end->node].interfaces;
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].name == words.interface()) {
        end->interface = static_cast<int>(i);
        return true;
      }
    }
    end->interface = static_cast<int>(all.size());
    const int ifindex = end->interface + 1;
    const int mtu = work_.words.options().mtu();
    all.push_back({.name = words.interface(),
                   .ifindex = ifindex,
                   .mac = HardwareAddress::Planned(end->node, ifindex),
                   .mtu = mtu != 0 ? mtu : 1500});
    return true;
  }

  bool Free(const TopologyEnd& end) {
    if (!At(end).macvlan.empty()) {
      errors_.Add(place_, absl::StrCat(EndName(work_, end), " rides on ",
                                       At(end).macvlan,
                                       " and has no cable of its own"));
      return false;
    }
    if (At(end).vlan != 0) {
      errors_.Add(place_, absl::StrCat(EndName(work_, end),
                                       " is a VLAN device; a link ends at the "
                                       "interface that it is over"));
      return false;
    }
    const int other = At(end).link;
    if (other < 0) return true;
    const TopologyLink& taken = work_.parts.links[other];
    errors_.Add(
        place_,
        absl::StrCat("duplicate: ", EndName(work_, end),
                     " is already in the link ", EndName(work_, taken.a), " - ",
                     EndName(work_, taken.b), "; use another interface"));
    return false;
  }

  Work& work_;
  Diagnostics& errors_;
  const proto::Link& words_;
  Place place_;
  TopologyLink link_;
};

}  // namespace

void AddLinks(Work* work) {
  work->parts.links.reserve(work->words.link_size());
  for (int i = 0; i < work->words.link_size(); ++i) LinkBuilder(work, i).Run();
}

}  // namespace quiesce::build
