// One routing table: prefixes to the routes stored for them, and the longest
// match. Not an LC-trie: a hash table with one probe per prefix length in use,
// longest first. Twenty lengths cost twenty probes whatever the table's size,
// and the table has no shape that depends on the order of insertion.
#ifndef QUIESCE_NOTIFIER_NET_ROUTE_TABLE_H_
#define QUIESCE_NOTIFIER_NET_ROUTE_TABLE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "notifier/net/types.h"

namespace quiesce {

// The routes of one prefix in the order in which lookups and dumps meet them.
// IPv4 sorts by TOS descending, then priority (fib_trie.c:fib_find_alias);
// IPv6 by priority (ip6_fib.c:fib6_add_rt2node). Pointers stay valid while the
// route exists.
using RouteList = std::vector<std::unique_ptr<Route>>;

class RouteTable {
 public:
  RouteTable(int family, uint32_t id) : family_(family), id_(id) {}

  int family() const { return family_; }
  uint32_t id() const { return id_; }
  size_t size() const { return size_; }

  // The list of exactly this prefix, or null.
  RouteList* Find(const IpPrefix& prefix);
  const RouteList* Find(const IpPrefix& prefix) const;

  // Puts `route` at `position` of its prefix's list.
  Route* Insert(std::unique_ptr<Route> route, size_t position);
  // Takes the route out; null if it is not here.
  std::unique_ptr<Route> Remove(const Route* route);

  // Whether any prefix has this length.
  bool HasLength(int length) const { return per_length_[length] != 0; }

  // Calls `visit(list)` for the prefixes that contain `address`, longest first,
  // until it returns true.
  template <typename Visitor>
  bool VisitMatches(const IpAddress& address, Visitor visit) const {
    for (int length = address.bits(); length >= 0; --length) {
      if (per_length_[length] == 0) continue;
      auto it = lists_.find(IpPrefix{address.Masked(length), length});
      if (it != lists_.end() && visit(it->second)) return true;
    }
    return false;
  }

  // All routes in the order in which Linux dumps them. IPv4: by address, longer
  // prefixes first at one address (fib_trie.c:fn_trie_dump_leaf). IPv6: a
  // prefix after everything inside it (ip6_fib.c:fib6_walk_continue).
  std::vector<const Route*> Sorted() const;

 private:
  int family_;
  uint32_t id_;
  size_t size_ = 0;
  std::array<uint32_t, 129> per_length_{};
  absl::flat_hash_map<IpPrefix, RouteList> lists_;
};

// The orders described at Sorted().
bool DumpsBeforeV4(const IpPrefix& a, const IpPrefix& b);
bool DumpsBeforeV6(const IpPrefix& a, const IpPrefix& b);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NET_ROUTE_TABLE_H_
