#include "tools/oracle/legality.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "notifier/base/ip.h"

namespace quiesce {
namespace {

// A set counts as one AS, whatever it holds (RFC 4271, 9.1.2.2 a).
int PathLength(const std::string& as_path) {
  std::vector<std::string> ases =
      absl::StrSplit(as_path, ' ', absl::SkipEmpty());
  return ases.size();
}

std::string FirstAs(const std::string& as_path) {
  return as_path.substr(0, as_path.find(' '));
}

bool Contains(const std::string& as_path, uint32_t asn) {
  for (absl::string_view as :
       absl::StrSplit(as_path, absl::ByAnyChar(" {},"))) {
    if (as == absl::StrCat(asn)) return true;
  }
  return false;
}

int OriginRank(const std::string& origin) {
  return origin == "igp" ? 0 : origin == "egp" ? 1 : 2;
}

bool Learnt(const RibRow& row) { return !row.received_from_ip.empty(); }

// Keeps those with the smallest rank.
template <typename Rank>
void KeepBest(std::vector<const RibRow*>* rows, const Rank& rank) {
  if (rows->empty()) return;
  auto least = rank(**std::min_element(
      rows->begin(), rows->end(),
      [&](const RibRow* a, const RibRow* b) { return rank(*a) < rank(*b); }));
  std::erase_if(*rows, [&](const RibRow* r) { return rank(*r) != least; });
}

const std::vector<RibRow>& PathsOf(const Results& results,
                                   const EntryKey& key) {
  static const std::vector<RibRow> kNone;
  auto found = results.rib.find(key);
  return found == results.rib.end() ? kNone : found->second;
}

const RibRow* BestOf(const std::vector<RibRow>& paths) {
  for (const RibRow& row : paths) {
    if (row.status == "BEST") return &row;
  }
  return nullptr;
}

absl::Status Illegal(const std::string& why) {
  return absl::FailedPreconditionError(why);
}

// Where packets to a BGP next hop are sent: to itself on a link, or to the
// gateways of the static route that leads there (one step, as the daemons'
// own configurations here need).
std::set<std::string> Resolve(const Results& results, const EntryKey& key,
                              const std::string& next_hop) {
  auto address = IpAddress::Parse(next_hop);
  const std::vector<FibRow>* longest = nullptr;
  int length = -1;
  for (auto at = results.fib.lower_bound({key.node, key.vrf, ""});
       address.ok() && at != results.fib.end() && at->first.node == key.node &&
       at->first.vrf == key.vrf;
       ++at) {
    auto network = IpPrefix::Parse(at->first.network);
    if (network.ok() && network->Contains(*address) &&
        network->length > length) {
      longest = &at->second;
      length = network->length;
    }
  }
  if (longest == nullptr) return {next_hop};
  std::set<std::string> gateways;
  for (const FibRow& row : *longest) {
    gateways.insert(row.next_hop.empty() ? next_hop : row.next_hop);
  }
  return gateways;
}

bool Originates(const TopologyNode& node, const std::string& network) {
  if (!node.bgp.has_value()) return false;
  for (const IpPrefix& own : node.bgp->networks) {
    if (own.ToString() == network) return true;
  }
  return false;
}

// What `neighbor`'s best makes of the path here; empty if nothing.
std::string ExpectedPath(const Topology& topology, const Results& results,
                         const TopologyBgp& here,
                         const TopologyNeighbor& neighbor,
                         const EntryKey& key) {
  EntryKey there = key;
  there.node = topology.node(neighbor.peer).name;
  const RibRow* best = BestOf(PathsOf(results, there));
  if (best == nullptr) return "";
  if (!Learnt(*best) &&
      !Originates(topology.node(neighbor.peer), key.network)) {
    return "";  // BIRD's tables also hold what is never announced
  }
  std::string path = absl::StrCat(neighbor.remote_as);
  if (!best->as_path.empty()) absl::StrAppend(&path, " ", best->as_path);
  return Contains(path, here.asn) ? "" : path;
}

}  // namespace

std::vector<const RibRow*> Candidates(const std::vector<RibRow>& paths) {
  std::vector<const RibRow*> left;
  for (const RibRow& row : paths) {
    if (row.status != "INVALID") left.push_back(&row);
  }
  KeepBest(&left, [](const RibRow& r) { return -int64_t{r.weight}; });
  KeepBest(&left, [](const RibRow& r) { return -int64_t{r.local_pref}; });
  KeepBest(&left, [](const RibRow& r) { return Learnt(r) ? 1 : 0; });
  KeepBest(&left, [](const RibRow& r) { return PathLength(r.as_path); });
  KeepBest(&left, [](const RibRow& r) { return OriginRank(r.origin_type); });
  // MED compares paths of one neighbour AS only.
  std::map<std::string, uint32_t> least_med;
  for (const RibRow* row : left) {
    auto [at, fresh] = least_med.emplace(FirstAs(row->as_path), row->metric);
    if (!fresh) at->second = std::min(at->second, row->metric);
  }
  std::erase_if(left, [&](const RibRow* row) {
    return row->metric != least_med[FirstAs(row->as_path)];
  });
  KeepBest(&left, [](const RibRow& r) { return r.protocol == "ibgp" ? 1 : 0; });
  return left;
}

absl::Status LegalRibEntry(const Topology& topology, const Results& results,
                           const EntryKey& key) {
  const std::vector<RibRow>& paths = PathsOf(results, key);
  int node = topology.FindNode(key.node);
  if (node < 0) return Illegal("no such node");
  const auto& bgp = topology.node(node).bgp;
  if (!bgp.has_value()) return Illegal("the node has no BGP");

  std::vector<const RibRow*> candidates = Candidates(paths);
  const RibRow* best = BestOf(paths);
  if (!candidates.empty() && std::find(candidates.begin(), candidates.end(),
                                       best) == candidates.end()) {
    return Illegal(best == nullptr
                       ? "there are paths but no best"
                       : absl::StrCat("a better path than the best is ",
                                      DescribePath(*candidates[0])));
  }
  // A neighbour may be known by several addresses (one session for each
  // family): one of them brings the path.
  std::map<int, std::set<std::string>> expected;
  std::map<int, std::set<std::string>> received;
  for (const TopologyNeighbor& neighbor : bgp->neighbors) {
    if (neighbor.peer < 0 || neighbor.remote_as == bgp->asn) continue;
    std::string path = ExpectedPath(topology, results, *bgp, neighbor, key);
    if (!path.empty()) expected[neighbor.peer].insert(path);
    for (const RibRow& row : paths) {
      if (row.received_from_ip == neighbor.address.ToString()) {
        received[neighbor.peer].insert(row.as_path);
      }
    }
  }
  for (const TopologyNode& peer : topology.nodes()) {
    if (expected[peer.index] == received[peer.index]) continue;
    auto words = [](const std::set<std::string>& set) {
      return set.empty() ? std::string("nothing")
                         : absl::StrCat("[", *set.begin(), "]");
    };
    return Illegal(absl::StrCat(peer.name, "'s best makes ",
                                words(expected[peer.index]), " here, held is ",
                                words(received[peer.index])));
  }
  return absl::OkStatus();
}

absl::Status LegalFibEntry(const Results& results, const EntryKey& key) {
  const std::vector<RibRow>& paths = PathsOf(results, key);
  const RibRow* best = BestOf(paths);
  auto fib = results.fib.find(key);
  if (fib == results.fib.end()) {
    return best != nullptr && Learnt(*best)
               ? Illegal("the best path is not in the FIB")
               : absl::OkStatus();
  }
  if (best == nullptr) return Illegal("in the FIB without a best path");
  // The node's own network is there because of an address, not of BGP.
  if (!Learnt(*best)) return absl::OkStatus();
  std::set<std::string> wanted = Resolve(results, key, best->next_hop);
  std::set<std::string> allowed = wanted;
  size_t paths_used = 1;
  for (const RibRow* row : Candidates(paths)) {
    allowed.merge(Resolve(results, key, row->next_hop));
    ++paths_used;
  }
  std::set<std::string> used;
  for (const FibRow& row : fib->second) used.insert(row.next_hop);
  // zebra forwards to an IPv6 neighbour's link-local address, which the RIB
  // does not show: then only the number can be judged.
  if (used.begin()->starts_with("fe80:")) {
    return used.size() <= paths_used
               ? absl::OkStatus()
               : Illegal("more next hops than paths that tie with the best");
  }
  for (const std::string& hop : wanted) {
    if (!used.contains(hop)) {
      return Illegal(
          absl::StrCat("the best path's next hop ", hop, " is not used"));
    }
  }
  for (const std::string& hop : used) {
    if (!allowed.contains(hop)) {
      return Illegal(
          absl::StrCat("no path that ties with the best leads to ", hop));
    }
  }
  return absl::OkStatus();
}

}  // namespace quiesce
