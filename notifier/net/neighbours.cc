// The neighbour tables: net/core/neighbour.c:neigh_add, neigh_delete. Entries
// are what programs put there; nothing is resolved.
#include <errno.h>

#include <utility>

#include "notifier/net/stack.h"

namespace quiesce {

NetResult Stack::NewNeighbour(Neighbour neighbour, int nlm_flags) {
  const Link* link = FindLink(neighbour.ifindex);
  if (link == nullptr) return NetResult::Error(ENODEV);
  // NTF_USE and NTF_MANAGED ask for resolution, which is done at once.
  const auto key = std::make_pair(neighbour.ifindex, neighbour.address);
  auto it = neighbours_.find(key);
  if (it == neighbours_.end()) {
    if (!(nlm_flags & NLM_F_CREATE)) return NetResult::Error(ENOENT);
    const bool needs_mac =
        (link->admin_flags & (IFF_NOARP | IFF_LOOPBACK)) == 0;
    if (!neighbour.mac && needs_mac &&
        (neighbour.state &
         (NUD_PERMANENT | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE))) {
      return NetResult::Error(EINVAL, "No link layer address given");
    }
    if (!needs_mac && !neighbour.mac) neighbour.mac = link->mac;
    // arp_constructor: what needs no resolution is so from the start.
    if (!needs_mac && neighbour.state == NUD_NONE) neighbour.state = NUD_NOARP;
    it = neighbours_.emplace(key, std::move(neighbour)).first;
    NotifyNeighbour(NetEvent::kNew, it->second);
    return NetResult::Ok();
  }
  if (nlm_flags & NLM_F_EXCL) return NetResult::Error(EEXIST);
  Neighbour& have = it->second;
  if (nlm_flags & NLM_F_REPLACE) {
    if (neighbour.mac) have.mac = neighbour.mac;
    have.flags = neighbour.flags;
  } else if (neighbour.mac && !have.mac) {
    have.mac = neighbour.mac;
  }
  if (neighbour.state != NUD_NONE) have.state = neighbour.state;
  if (neighbour.protocol != 0) have.protocol = neighbour.protocol;
  NotifyNeighbour(NetEvent::kNew, have);
  return NetResult::Ok();
}

NetResult Stack::DeleteNeighbour(int ifindex, const IpAddress& address) {
  auto it = neighbours_.find({ifindex, address});
  if (it == neighbours_.end()) return NetResult::Error(ENOENT);
  Neighbour gone = std::move(it->second);
  neighbours_.erase(it);
  // neigh_update(NUD_FAILED) is what listeners see first.
  gone.state = NUD_FAILED;
  gone.mac.reset();
  NotifyNeighbour(NetEvent::kNew, gone);
  NotifyNeighbour(NetEvent::kDelete, gone);
  return NetResult::Ok();
}

std::vector<const Neighbour*> Stack::Neighbours(int family) const {
  std::vector<const Neighbour*> found;
  for (const auto& [key, neighbour] : neighbours_) {
    if (neighbour.address.family() == family) found.push_back(&neighbour);
  }
  return found;
}

const Neighbour* Stack::FindNeighbour(int ifindex,
                                      const IpAddress& address) const {
  auto it = neighbours_.find({ifindex, address});
  return it == neighbours_.end() ? nullptr : &it->second;
}

void Stack::FlushNeighbours(int ifindex, bool keep_permanent) {
  for (auto it = neighbours_.begin(); it != neighbours_.end();) {
    const Neighbour& one = it->second;
    if (one.ifindex != ifindex ||
        (keep_permanent && (one.state & NUD_PERMANENT))) {
      ++it;
      continue;
    }
    const Neighbour gone = one;
    it = neighbours_.erase(it);
    NotifyNeighbour(NetEvent::kDelete, gone);
  }
}

}  // namespace quiesce
