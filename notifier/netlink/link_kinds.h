// Kinds of devices, as IFLA_LINKINFO names them: what it takes to make one, and
// what is shown of one (net/core/rtnetlink.c:rtnl_newlink_create,
// rtnl_link_fill).
#ifndef QUIESCE_NOTIFIER_NETLINK_LINK_KINDS_H_
#define QUIESCE_NOTIFIER_NETLINK_LINK_KINDS_H_

#include <linux/rtnetlink.h>

#include "notifier/net/stack.h"
#include "notifier/netlink/attributes.h"
#include "notifier/netlink/message_writer.h"
#include "notifier/netlink/request.h"

namespace quiesce {

// NEWLINK with NLM_F_CREATE: the device that IFLA_INFO_KIND asks for, with what
// else the request says, `change`. EOPNOTSUPP for a kind that is not here.
NetResult CreateLink(const Request& request, const ifinfomsg& header,
                     const Attributes& attributes, LinkChange change);

// IFLA_LINKINFO, if there is anything to say.
void FillLinkInfo(const Stack& stack, const Link& link, MessageWriter& message);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_LINK_KINDS_H_
