#include "notifier/net/types.h"

namespace quiesce {

MacAddress MadeUpMac(absl::string_view name) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (char c : name) hash = (hash ^ c) * 0x100000001b3ULL;
  MacAddress mac;
  for (uint8_t& byte : mac) {
    byte = hash;
    hash >>= 8;
  }
  mac[0] = (mac[0] & 0xfe) | 2;
  return mac;
}

// net/core/link_watch.c:default_operstate, with rtnl_fill_ifinfo's "not running
// is down".
uint8_t Link::operstate() const {
  if (!up()) return IF_OPER_DOWN;
  if (!reports_carrier) return IF_OPER_UNKNOWN;
  if (carrier) return IF_OPER_UP;
  const bool for_lower = lower != 0 && lower_netns < 0 && !proto_down;
  return for_lower ? IF_OPER_LOWERLAYERDOWN : IF_OPER_DOWN;
}

bool Link::oper_up() const {
  const uint8_t state = operstate();
  return state == IF_OPER_UP || state == IF_OPER_UNKNOWN;
}

uint32_t Link::flags() const {
  uint32_t flags = admin_flags;
  if (up()) {
    if (oper_up()) flags |= IFF_RUNNING;
    if (carrier) flags |= IFF_LOWER_UP;
  }
  return flags;
}

}  // namespace quiesce
