#include "notifier/netlink/other.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

namespace quiesce {

NetResult GetNamespaceId(const Request& request, Replies& replies) {
  const Attributes attributes = request.AttributesAfter(sizeof(rtgenmsg));
  if (!attributes.has(NETNSA_PID) && !attributes.has(NETNSA_FD) &&
      !attributes.has(NETNSA_NSID)) {
    return NetResult::Error(EINVAL, "Peer netns reference is missing");
  }
  MessageWriter message = replies.Single(RTM_NEWNSID);
  message.Struct(rtgenmsg{});
  message.U32(NETNSA_NSID, static_cast<uint32_t>(NETNSA_NSID_NOT_ASSIGNED));
  replies.AddSingle(std::move(message));
  return NetResult::Ok();
}

NetResult DumpNothing(const Request&, Replies&) { return NetResult::Ok(); }

}  // namespace quiesce
