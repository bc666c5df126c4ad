#include "notifier/netlink/rtnetlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "notifier/netlink/message_types.h"
#include "notifier/netlink/message_writer.h"
#include "notifier/netlink/request.h"

namespace quiesce {
namespace {

// NLMSG_GOODSIZE and the 32 KiB that netlink_dump allows itself, less the
// kernel's own bookkeeping (SKB_WITH_OVERHEAD).
constexpr size_t kLeastChunk = 4096 - 320;
constexpr size_t kMostChunk = 32768 - 320;

// The same two bits that rtnetlink_rcv_msg looks at: NEW, DEL, GET, SET.
constexpr int kKindGet = 2;

class Dispatcher {
 public:
  Dispatcher(Stack& stack, const RtnetlinkSocketState& socket, bool net_admin,
             std::vector<std::string>* datagrams)
      : stack_(stack),
        socket_(socket),
        net_admin_(net_admin),
        datagrams_(datagrams) {}

  // net/core/rtnetlink.c:rtnetlink_rcv_msg. False: a dump answered, and its end
  // stands for the acknowledgement.
  bool Dispatch(const nlmsghdr& header, absl::string_view body,
                NetResult* result) {
    *result = NetResult::Error(EOPNOTSUPP);
    if (header.nlmsg_type > RTM_MAX) return true;
    if (body.size() < sizeof(rtgenmsg)) {
      *result = NetResult::Ok();
      return true;
    }
    const Request request{stack_, header, body, socket_.portid,
                          socket_.strict_check};
    const int kind = (header.nlmsg_type - RTM_BASE) & 3;
    const uint16_t type = header.nlmsg_type;
    const uint8_t family = body[0];
    if (kind != kKindGet && !net_admin_) {
      *result = NetResult::Error(EPERM);
      return true;
    }
    if (kind == kKindGet && (header.nlmsg_flags & NLM_F_DUMP)) {
      const NetlinkMessageType* row = FindMessageType(type, family);
      if (row == nullptr || (row->dump == nullptr && !row->dump_all)) {
        row = FindMessageType(type, AF_UNSPEC);
      }
      if (row == nullptr || (row->dump == nullptr && !row->dump_all)) {
        return true;
      }
      Dump(request, *row);
      return false;
    }
    const NetlinkMessageType* row = FindMessageType(type, family);
    if (row == nullptr || row->act == nullptr) {
      row = FindMessageType(type, AF_UNSPEC);
    }
    if (row == nullptr || row->act == nullptr) return true;
    Replies replies = MakeReplies(header);
    *result = row->act(request, replies);
    return true;
  }

  // net/netlink/af_netlink.c:netlink_ack.
  void Acknowledge(const nlmsghdr& header, absl::string_view body,
                   const NetResult& result) {
    uint16_t flags = 0;
    const bool whole = !result.ok() && !socket_.cap_ack;
    if (!whole) flags |= NLM_F_CAPPED;
    const bool explain = socket_.ext_ack && !result.message.empty();
    if (explain) flags |= NLM_F_ACK_TLVS;
    MessageWriter message(NLMSG_ERROR, flags, header.nlmsg_seq, socket_.portid);
    nlmsgerr error = {};
    error.error = -result.error;
    error.msg = header;
    message.Struct(error);
    if (whole) message.Raw(body.data(), body.size());
    if (explain) message.Text(NLMSGERR_ATTR_MSG, result.message);
    datagrams_->push_back(message.Finish());
  }

 private:
  Replies MakeReplies(const nlmsghdr& header) {
    const size_t chunk =
        std::clamp<size_t>(socket_.max_receive, kLeastChunk, kMostChunk);
    return Replies(socket_.portid, header.nlmsg_seq, chunk, datagrams_);
  }

  // netlink_dump and rtnl_dump_all: NLMSG_DONE comes in a datagram of its own
  // and carries the errno of a dump that failed.
  void Dump(const Request& request, const NetlinkMessageType& row) {
    Replies replies = MakeReplies(request.header);
    NetResult result;
    if (row.dump_all) {
      for (uint8_t family :
           {AF_INET, AF_INET6, RTNL_FAMILY_IPMR, RTNL_FAMILY_IP6MR}) {
        const NetlinkMessageType* one = FindMessageType(row.type, family);
        if (one == nullptr || one->dump == nullptr) continue;
        result = one->dump(request, replies);
        if (!result.ok()) break;
      }
    } else {
      result = row.dump(request, replies);
    }
    replies.Flush();
    const bool explain = socket_.ext_ack && !result.message.empty();
    MessageWriter done(NLMSG_DONE,
                       NLM_F_MULTI |
                           (replies.done_filtered() ? NLM_F_DUMP_FILTERED : 0) |
                           (explain ? NLM_F_ACK_TLVS : 0),
                       request.header.nlmsg_seq, socket_.portid);
    const int error = -result.error;
    done.Struct(error);
    if (explain) done.Text(NLMSGERR_ATTR_MSG, result.message);
    datagrams_->push_back(done.Finish());
  }

  Stack& stack_;
  const RtnetlinkSocketState& socket_;
  bool net_admin_;
  std::vector<std::string>* datagrams_;
};

}  // namespace

// net/netlink/af_netlink.c:netlink_rcv_skb.
std::vector<std::string> HandleRequest(Stack& stack,
                                       const RtnetlinkSocketState& socket,
                                       absl::string_view bytes, bool net_admin,
                                       Notifications* notifications) {
  std::vector<std::string> datagrams;
  Dispatcher dispatcher(stack, socket, net_admin, &datagrams);
  while (bytes.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > bytes.size()) {
      break;
    }
    const absl::string_view body =
        bytes.substr(sizeof(header), header.nlmsg_len - sizeof(header));
    bool acknowledge = true;
    NetResult result;
    if ((header.nlmsg_flags & NLM_F_REQUEST) &&
        header.nlmsg_type >= NLMSG_MIN_TYPE) {
      const Notifications::Requester requester(notifications, socket.portid,
                                               header, &datagrams);
      acknowledge = dispatcher.Dispatch(header, body, &result);
    }
    if (acknowledge && ((header.nlmsg_flags & NLM_F_ACK) || !result.ok())) {
      dispatcher.Acknowledge(header, body, result);
    }
    bytes.remove_prefix(
        std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), bytes.size()));
  }
  return datagrams;
}

}  // namespace quiesce
