#include "notifier/netlink/rtnetlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
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
             std::vector<std::string>* datagrams,
             std::vector<std::string>* gaps)
      : stack_(stack),
        socket_(socket),
        net_admin_(net_admin),
        datagrams_(datagrams),
        gaps_(gaps) {}

  // net/core/rtnetlink.c:rtnetlink_rcv_msg. False: a dump answered, and its end
  // stands for the acknowledgement.
  bool Dispatch(const nlmsghdr& header, absl::string_view body,
                NetResult* result) {
    const uint16_t type = header.nlmsg_type;
    *result = NetResult::Error(EOPNOTSUPP);
    if (type > RTM_MAX) return true;
    if (body.size() < sizeof(rtgenmsg)) {
      *result = NetResult::Ok();
      return true;
    }
    std::vector<AttributeUse> uses;
    const Request request{
        stack_, header, body, socket_.portid, socket_.strict_check, &uses};
    const int kind = (type - RTM_BASE) & 3;
    if (kind != kKindGet && !net_admin_) {
      *result = NetResult::Error(EPERM);
      return true;
    }
    const bool dump = kind == kKindGet && (header.nlmsg_flags & NLM_F_DUMP);
    const auto serves = [dump](const NetlinkMessageType* row) {
      return row != nullptr && (dump ? row->dump != nullptr || row->dump_all
                                     : row->act != nullptr);
    };
    const NetlinkMessageType* row = FindMessageType(type, body[0]);
    if (!serves(row)) row = FindMessageType(type, AF_UNSPEC);
    if (!serves(row)) {
      Confess(type, "refused");
      return true;
    }
    // Of bridges there is nothing to tell where there are none.
    if (row->support == NetlinkSupport::kStub &&
        (row->family != AF_BRIDGE || HasBridge())) {
      Confess(type, row->note);
    }
    if (dump) {
      Dump(request, *row);
      return false;
    }
    Replies replies = MakeReplies(header);
    *result = row->act(request, replies);
    if (kind != kKindGet) ConfessChange(type, *result, uses);
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
  void Confess(uint16_t type, absl::string_view what) {
    const absl::string_view name = NetlinkTypeName(type);
    gaps_->push_back(name.empty()
                         ? absl::StrCat("rtnetlink message ", type, ": ", what)
                         : absl::StrCat(name, ": ", what));
  }

  void ConfessChange(uint16_t type, const NetResult& result,
                     const std::vector<AttributeUse>& uses) {
    if (result.error == EOPNOTSUPP || result.error == EPROTONOSUPPORT ||
        result.error == EAFNOSUPPORT) {
      Confess(type, result.message.empty()
                        ? "refused"
                        : absl::StrCat("refused: ", result.message));
    }
    if (!result.ok()) return;
    for (const AttributeUse& one : uses) {
      const bool read =
          std::any_of(uses.begin(), uses.end(), [&](const AttributeUse& use) {
            return use.read && use.outer == one.outer && use.type == one.type;
          });
      if (read) continue;
      Confess(type, one.outer == 0
                        ? absl::StrCat("attribute ", one.type, " is ignored")
                        : absl::StrCat("attribute ", one.type, " in ",
                                       one.outer, " is ignored"));
    }
  }

  bool HasBridge() const {
    return std::any_of(
        stack_.links().begin(), stack_.links().end(),
        [](const auto& entry) { return entry.second.kind == "bridge"; });
  }

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
  std::vector<std::string>* gaps_;
};

}  // namespace

// net/netlink/af_netlink.c:netlink_rcv_skb.
std::vector<std::string> HandleRequest(Stack& stack,
                                       const RtnetlinkSocketState& socket,
                                       absl::string_view bytes, bool net_admin,
                                       Notifications* notifications,
                                       std::vector<std::string>* gaps) {
  std::vector<std::string> datagrams;
  Dispatcher dispatcher(stack, socket, net_admin, &datagrams, gaps);
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
