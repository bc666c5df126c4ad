#include "notifier/net/route_table.h"

#include <algorithm>

namespace quiesce {

RouteList* RouteTable::Find(const IpPrefix& prefix) {
  auto it = lists_.find(prefix);
  return it == lists_.end() ? nullptr : &it->second;
}

const RouteList* RouteTable::Find(const IpPrefix& prefix) const {
  auto it = lists_.find(prefix);
  return it == lists_.end() ? nullptr : &it->second;
}

Route* RouteTable::Insert(std::unique_ptr<Route> route, size_t position) {
  Route* inserted = route.get();
  const IpPrefix& prefix = inserted->destination;
  RouteList& list = lists_[prefix];
  if (list.empty()) ++per_length_[prefix.length];
  list.insert(list.begin() + position, std::move(route));
  ++size_;
  return inserted;
}

std::unique_ptr<Route> RouteTable::Remove(const Route* route) {
  auto it = lists_.find(route->destination);
  if (it == lists_.end()) return nullptr;
  RouteList& list = it->second;
  auto found = std::find_if(list.begin(), list.end(),
                            [&](const auto& r) { return r.get() == route; });
  if (found == list.end()) return nullptr;
  std::unique_ptr<Route> taken = std::move(*found);
  list.erase(found);
  --size_;
  if (list.empty()) {
    --per_length_[taken->destination.length];
    lists_.erase(it);
  }
  return taken;
}

bool DumpsBeforeV4(const IpPrefix& a, const IpPrefix& b) {
  if (a.address != b.address) return a.address < b.address;
  return a.length > b.length;
}

bool DumpsBeforeV6(const IpPrefix& a, const IpPrefix& b) {
  const int common = std::min(a.length, b.length);
  const IpAddress left = a.address.Masked(common);
  const IpAddress right = b.address.Masked(common);
  if (left != right) return left < right;
  return a.length > b.length;
}

std::vector<const Route*> RouteTable::Sorted() const {
  std::vector<const RouteList*> lists;
  lists.reserve(lists_.size());
  for (const auto& [prefix, list] : lists_) lists.push_back(&list);
  const auto before = family_ == AF_INET ? DumpsBeforeV4 : DumpsBeforeV6;
  std::sort(lists.begin(), lists.end(), [&](const auto* a, const auto* b) {
    return before(a->front()->destination, b->front()->destination);
  });
  std::vector<const Route*> routes;
  routes.reserve(size_);
  for (const RouteList* list : lists) {
    for (const auto& route : *list) routes.push_back(route.get());
  }
  return routes;
}

}  // namespace quiesce
