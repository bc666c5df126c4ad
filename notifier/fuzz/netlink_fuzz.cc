// rtnetlink requests, one after the other, to a node with some links, addresses
// and routes, whose cables are cut and mended in between. Whatever is asked, it
// is answered with messages that are whole, and what is left can be dumped,
// shown, looked up in, and taken away.
//
// An input is what the socket has set (bits), then netlink messages. One with a
// type that no request has (below NLMSG_MIN_TYPE) is something that happens to
// the node.
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "notifier/base/ip.h"
#include "notifier/net/stack.h"
#include "notifier/netlink/message_types.h"
#include "notifier/netlink/notifications.h"
#include "notifier/netlink/rtnetlink.h"
#include "notifier/procfs/proc_net.h"
#include "notifier/trace/netlink.h"
#include "tools/fuzz/input.h"

namespace quiesce {
namespace {

constexpr int kMostMessages = 64;

void Build(Stack& stack) {
  stack.SetUp(1);
  stack.SetForwarding(AF_INET, true);
  stack.SetForwarding(AF_INET6, true);
  for (const char* name : {"eth1", "eth2"}) {
    const int link =
        stack.AddEthernet(name, {2, 0, 0, 0, 0, uint8_t(name[3])}, 1500);
    stack.SetUp(link);
    const std::string net(1, name[3]);
    stack.AddAddress(link, *IpPrefix::Parse("10.0." + net + ".1/24"));
    stack.AddAddress(link, *IpPrefix::Parse("fd00:" + net + "::1/64"));
  }
}

class Node {
 public:
  explicit Node(uint8_t bits)
      : notifications_(stack_, [](const Notification& notification) {
          Check(notification.bytes);
        }) {
    Build(stack_);
    socket_.portid = 77;
    socket_.strict_check = bits & 1;
    socket_.ext_ack = bits & 2;
    socket_.cap_ack = bits & 4;
    net_admin_ = !(bits & 8);
  }

  void Ask(absl::string_view request) {
    DescribeNetlink(request);
    for (const std::string& reply : Answers(request)) DescribeNetlink(reply);
  }

  void Happen(uint16_t what) {
    const int link = 2 + what % 2;
    switch (what / 2 % 4) {
      case 0:
        stack_.SetCarrier(link, false);
        break;
      case 1:
        stack_.SetCarrier(link, true);
        break;
      case 2:
        stack_.SetUp(link, false);
        break;
      case 3:
        stack_.SetUp(link, true);
        break;
    }
  }

  void Show() {
    for (const NetlinkMessageType& type : NetlinkMessageTypes()) {
      if (type.dump == nullptr) continue;
      struct {
        nlmsghdr header;
        rtmsg body;  // as long as any but ifinfomsg and nhmsg
        uint32_t more;
      } request{};
      request.header.nlmsg_len = sizeof(request);
      request.header.nlmsg_type = type.type;
      request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
      request.body.rtm_family = type.family;
      Answers({reinterpret_cast<const char*>(&request), sizeof(request)});
    }
    for (const char* name :
         {"arp", "dev", "if_inet6", "ipv6_route", "route", "snmp"}) {
      ProcNetFile(stack_, name);
    }
    for (const char* to : {"10.0.1.9", "10.9.9.9", "224.0.0.5", "127.0.0.1",
                           "fd00:1::9", "ff02::1", "fe80::5", "2001:db8::1"}) {
      Flow flow;
      flow.dst = *IpAddress::Parse(to);
      stack_.SelectSource(flow.dst, 0);
      for (int link : {0, 2, 4}) {
        flow.oif = link;
        stack_.ResolveOutput(flow);
        stack_.ResolveInput(flow, link);
        stack_.CanBind(flow.dst, link);
      }
    }
  }

  void TakeAway() {
    while (!stack_.links().empty()) {
      const int last = stack_.links().rbegin()->first;
      if (!stack_.DeleteLink(last).ok()) break;
    }
  }

 private:
  std::vector<std::string> Answers(absl::string_view request) {
    std::vector<std::string> gaps;
    std::vector<std::string> replies = HandleRequest(
        stack_, socket_, request, net_admin_, &notifications_, &gaps);
    for (const std::string& reply : replies) Check(reply);
    return replies;
  }
  // Messages fill a datagram from its first byte to its last.
  static void Check(absl::string_view datagram) {
    while (!datagram.empty()) {
      nlmsghdr header;
      if (datagram.size() < sizeof(header)) abort();
      memcpy(&header, datagram.data(), sizeof(header));
      if (header.nlmsg_len < sizeof(header) ||
          header.nlmsg_len > datagram.size()) {
        abort();
      }
      datagram.remove_prefix(
          std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), datagram.size()));
    }
  }

  Stack stack_;
  Notifications notifications_;
  RtnetlinkSocketState socket_;
  bool net_admin_ = true;
};

void Run(FuzzInput input) {
  Node node(input.Byte());
  absl::string_view rest = input.Rest();
  for (int i = 0; i < kMostMessages && !rest.empty(); ++i) {
    nlmsghdr header{};
    memcpy(&header, rest.data(), std::min(rest.size(), sizeof(header)));
    const size_t length = NLMSG_ALIGN(size_t{header.nlmsg_len});
    // What is cut short is the rest.
    const absl::string_view message =
        rest.substr(0, length < sizeof(header) ? rest.size() : length);
    if (header.nlmsg_type < NLMSG_MIN_TYPE) {
      node.Happen(header.nlmsg_type);
    } else {
      node.Ask(message);
    }
    rest.remove_prefix(message.size());
  }
  node.Show();
  node.TakeAway();
}

}  // namespace
}  // namespace quiesce

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quiesce::Run(quiesce::FuzzInput(data, size));
  return 0;
}
