// A node's NETLINK_ROUTE, without the socket: bytes of requests in, bytes of
// replies out, the state behind it a Stack. net/netlink/af_netlink.c and
// net/core/rtnetlink.c.
#ifndef QUIESCE_NOTIFIER_NETLINK_RTNETLINK_H_
#define QUIESCE_NOTIFIER_NETLINK_RTNETLINK_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/net/stack.h"
#include "notifier/netlink/notifications.h"

namespace quiesce {

// What one socket has set. Owned by the socket.
struct RtnetlinkSocketState {
  uint32_t portid = 0;
  std::set<uint32_t> groups;  // RTNLGRP_*
  bool strict_check = false;  // NETLINK_GET_STRICT_CHK
  bool ext_ack = false;       // NETLINK_EXT_ACK
  bool cap_ack = false;       // NETLINK_CAP_ACK
  // The longest buffer a receive was given so far: dumps are cut to it
  // (nlk->max_recvmsg_len). Between 3,776 and 32,448 bytes whatever it says.
  uint32_t max_receive = 0;
};

// Answers the messages in `bytes`, one send's worth: each acknowledgement and
// each part of a dump is a datagram from port 0. Messages cut short end the
// work silently, as in netlink_rcv_skb. `net_admin`: the sender has
// CAP_NET_ADMIN; without it all but reading is EPERM. Changes reach
// `notifications`, which must observe `stack`, before the replies are returned;
// null when nobody listens. What was asked for and is not there is added to
// `gaps`, for people; Linux may have refused it, too.
std::vector<std::string> HandleRequest(Stack& stack,
                                       const RtnetlinkSocketState& socket,
                                       absl::string_view bytes, bool net_admin,
                                       Notifications* notifications,
                                       std::vector<std::string>* gaps);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_RTNETLINK_H_
