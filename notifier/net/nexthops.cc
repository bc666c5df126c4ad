#include "notifier/net/nexthops.h"

#include <errno.h>
#include <linux/nexthop.h>

#include <algorithm>
#include <utility>

#include "notifier/net/fib4.h"
#include "notifier/net/fib6.h"

namespace quiesce {

// nexthop.c:nh_check_attr_group, valid_group_nh.
NetResult NexthopStore::CheckGroup(const Stack& stack,
                                   const NexthopObject& group) {
  for (size_t i = 0; i < group.members.size(); ++i) {
    for (size_t j = i + 1; j < group.members.size(); ++j) {
      if (group.members[i].id == group.members[j].id) {
        return NetResult::Error(EINVAL,
                                "Nexthop id can not be used twice in a group");
      }
    }
  }
  for (const NexthopMember& member : group.members) {
    const NexthopObject* single = stack.FindNexthop(member.id);
    if (single == nullptr) {
      return NetResult::Error(EINVAL, "Invalid nexthop id");
    }
    if (single->is_group) {
      return NetResult::Error(
          EINVAL, single->group_type == NEXTHOP_GRP_TYPE_RES
                      ? "Resilient group can not be a nexthop within a group"
                      : "Hash-threshold group can not be a nexthop within a "
                        "group");
    }
    if (single->blackhole && group.members.size() > 1) {
      return NetResult::Error(
          EINVAL,
          "Blackhole nexthop can not be used in a group with more "
          "than 1 path");
    }
    if (single->fdb != group.fdb) {
      return NetResult::Error(
          EINVAL, group.fdb ? "FDB nexthop group can only have fdb nexthops"
                            : "Non FDB nexthop group cannot have fdb nexthops");
    }
  }
  return NetResult::Ok();
}

NetResult NexthopStore::Add(Stack& stack, NexthopObject nexthop, int nlm_flags,
                            uint32_t* id) {
  if (nexthop.is_group) {
    NetResult checked = CheckGroup(stack, nexthop);
    if (!checked.ok()) return checked;
  }
  if ((nlm_flags & NLM_F_REPLACE) && nexthop.id == 0) {
    return NetResult::Error(EINVAL, "Replace requires nexthop id");
  }
  if (nexthop.id == 0) {  // nexthop.c:nh_find_unused_id
    do {
      ++stack.last_nexthop_id_;
    } while (stack.last_nexthop_id_ == 0 ||
             stack.FindNexthop(stack.last_nexthop_id_) != nullptr);
    nexthop.id = stack.last_nexthop_id_;
  }
  if (!nexthop.is_group && nexthop.blackhole) {
    nexthop.hop.oif = 1;  // nh_create_ipv4: the loopback stands for it
    nexthop.scope = RT_SCOPE_UNIVERSE;
  } else if (!nexthop.is_group && !nexthop.fdb) {
    const bool v4 = nexthop.family == AF_INET;
    NetResult checked = v4 ? Fib4::CheckHop(stack, RT_TABLE_MAIN,
                                            RT_SCOPE_UNIVERSE, nexthop.hop)
                           : Fib6::CheckHop(stack, RT_TABLE_MAIN, nexthop.hop);
    if (!checked.ok()) return checked;
    nexthop.scope = v4 ? nexthop.hop.scope : uint8_t{RT_SCOPE_LINK};
  }

  auto it = stack.nexthops_.find(nexthop.id);
  const bool create = nlm_flags & NLM_F_CREATE;
  const bool replace = nlm_flags & NLM_F_REPLACE;
  if (it == stack.nexthops_.end()) {
    if (replace && !create) {
      return NetResult::Error(
          ENOENT, "Replace specified without create and no entry exists");
    }
  } else {
    if (!replace) return NetResult::Error(EEXIST);
    NexthopObject& old = it->second;
    if (old.is_group != nexthop.is_group) {
      return NetResult::Error(
          EINVAL, old.is_group
                      ? "Can not replace a nexthop group with a nexthop."
                      : "Can not replace a nexthop with a nexthop group.");
    }
  }
  const uint32_t key = nexthop.id;
  if (id != nullptr) *id = key;
  stack.nexthops_[key] = nexthop;
  const bool replaced = it != stack.nexthops_.end();
  stack.NotifyNexthop(NetEvent::kNew, nexthop, replaced ? NLM_F_REPLACE : 0);
  if (replaced) {
    TellRoutes(stack, key);
    for (const auto& [group_id, group] : stack.nexthops_) {
      for (const NexthopMember& member : group.members) {
        if (member.id == key) TellRoutes(stack, group_id);
      }
    }
  }
  return NetResult::Ok();
}

void NexthopStore::TellRoutes(Stack& stack, uint32_t id) {
  for (int family : {AF_INET, AF_INET6}) {
    for (const RouteTable* table : stack.Tables(family)) {
      std::vector<const Route*> routes = table->Sorted();
      // fib_info_notify_update walks the trie from its end.
      if (family == AF_INET) std::reverse(routes.begin(), routes.end());
      for (const Route* route : routes) {
        if (route->nexthop_id == id) {
          stack.NotifyRoute(NetEvent::kNew, *route, NLM_F_REPLACE);
        }
      }
    }
  }
}

NetResult NexthopStore::Delete(Stack& stack, uint32_t id) {
  if (stack.FindNexthop(id) == nullptr) return NetResult::Error(ENOENT);
  Remove(stack, id, /*tell=*/true);
  return NetResult::Ok();
}

// remove_nexthop, __remove_nexthop_fib, remove_nexthop_from_groups. The object
// stays findable until its routes have been announced as gone.
void NexthopStore::Remove(Stack& stack, uint32_t id, bool tell) {
  const NexthopObject gone = *stack.FindNexthop(id);
  if (tell) stack.NotifyNexthop(NetEvent::kDelete, gone, 0);
  Fib4::NexthopGone(stack, id);
  Fib6::NexthopGone(stack, id);
  std::vector<uint32_t> empty;
  for (auto& [group_id, group] : stack.nexthops_) {
    auto& members = group.members;
    auto end = std::remove_if(members.begin(), members.end(),
                              [&](const auto& m) { return m.id == id; });
    if (end == members.end()) continue;
    if (end == members.begin()) {
      empty.push_back(group_id);  // a group that would be empty goes, too
      continue;
    }
    members.erase(end, members.end());
    stack.Changed();
    const NexthopObject shown = group;
    if (tell) stack.NotifyNexthop(NetEvent::kNew, shown, NLM_F_REPLACE);
  }
  for (uint32_t group_id : empty) Remove(stack, group_id, tell);
  stack.nexthops_.erase(id);
}

void NexthopStore::DeviceDown(Stack& stack, int ifindex) {
  std::vector<uint32_t> gone;
  for (const auto& [id, nexthop] : stack.nexthops_) {
    if (!nexthop.is_group && !nexthop.blackhole && !nexthop.fdb &&
        nexthop.hop.oif == ifindex) {
      gone.push_back(id);
    }
  }
  for (uint32_t id : gone) {
    if (stack.FindNexthop(id) != nullptr) Remove(stack, id, /*tell=*/false);
  }
}

}  // namespace quiesce
