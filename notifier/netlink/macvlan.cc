#include "notifier/netlink/macvlan.h"

#include <errno.h>
#include <linux/if_link.h>

namespace quiesce {
namespace {

constexpr uint32_t kBroadcastQueue = 1000;  // MACVLAN_DEFAULT_BC_QUEUE_LEN

}  // namespace

NetResult MakeMacvlan(const Stack& stack, const Attributes& attributes,
                      Link* link) {
  if (!attributes.has(IFLA_LINK)) return NetResult::Error(EINVAL);
  const Link* lower = stack.FindLink(attributes.u32(IFLA_LINK));
  if (lower == nullptr) return NetResult::Error(ENODEV);
  // One on another is one on the same.
  if (lower->stacked()) lower = stack.FindLink(lower->lower);
  const Attributes data =
      attributes.nested(IFLA_LINKINFO).nested(IFLA_INFO_DATA);
  const uint32_t mode = data.u32(IFLA_MACVLAN_MODE, MACVLAN_MODE_VEPA);
  switch (mode) {
    case MACVLAN_MODE_PRIVATE:
    case MACVLAN_MODE_VEPA:
    case MACVLAN_MODE_BRIDGE:
      break;
    case MACVLAN_MODE_PASSTHRU:
    case MACVLAN_MODE_SOURCE:
      return NetResult::Error(EOPNOTSUPP);
    default:
      return NetResult::Error(EINVAL);
  }
  if (lower->loopback() || !lower->has_address()) {
    return NetResult::Error(EINVAL);
  }
  link->lower = lower->ifindex;
  link->macvlan_mode = mode;
  link->mtu = lower->mtu;
  link->max_mtu = lower->max_mtu;
  return NetResult::Ok();
}

void FillMacvlan(const Link& link, MessageWriter& message) {
  const size_t data = message.BeginNest(IFLA_INFO_DATA);
  message.U32(IFLA_MACVLAN_MODE, link.macvlan_mode);
  message.U16(IFLA_MACVLAN_FLAGS, 0);
  message.U32(IFLA_MACVLAN_MACADDR_COUNT, 0);
  message.U32(IFLA_MACVLAN_BC_QUEUE_LEN, kBroadcastQueue);
  message.U32(IFLA_MACVLAN_BC_QUEUE_LEN_USED, kBroadcastQueue);
  message.EndNest(data);
}

}  // namespace quiesce
