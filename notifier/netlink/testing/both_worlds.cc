#include "notifier/netlink/testing/both_worlds.h"

#include <linux/netconf.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/netlink/testing/normalised.h"

namespace quiesce {

IpAddress Ip(const std::string& text) { return *IpAddress::Parse(text); }

void BothWorlds::SetUp() {
  auto world = KernelWorld::Create();
  if (!world.ok()) {
    GTEST_SKIP() << "no network namespaces here: " << world.status();
  }
  kernel_ = std::move(*world);
  stack_ = std::make_unique<Stack>();
  for (int which : {0, 1}) {
    Link link;
    link.name = absl::StrCat("eth", which);
    link.kind = "veth";
    link.mac = {2, 0, 0, 0, 0, static_cast<uint8_t>(which + 1)};
    link.lower = 2 + which;
    link.lower_netns = 0;
    int ifindex = 0;
    ASSERT_TRUE(stack_->AddLink(link, &ifindex).ok());
    ASSERT_EQ(ifindex, 2 + which);
  }
  notifications_ =
      std::make_unique<Notifications>(*stack_, [this](const Notification& one) {
        if (one.group == RTNLGRP_LINK || one.group == RTNLGRP_NEIGH ||
            one.group == RTNLGRP_IPV4_NETCONF ||
            one.group == RTNLGRP_IPV6_NETCONF) {
          return;
        }
        told_.push_back(one.bytes);
      });
  socket_.portid = 4711;
  socket_.ext_ack = true;
}

MessageWriter BothWorlds::Request(uint16_t type, uint16_t flags) {
  if (!(flags & NLM_F_DUMP) || ((type - RTM_BASE) & 3) != 2) {
    flags |= NLM_F_ACK;
  }
  return MessageWriter(type, flags | NLM_F_REQUEST, ++sequence_, 0);
}

void BothWorlds::Ask(const std::string& what, const std::string& request) {
  const std::vector<std::string> theirs = Normalise(kernel_->Exchange(request));
  std::vector<std::string> gaps;
  const std::vector<std::string> ours = Normalise(HandleRequest(
      *stack_, socket_, request, true, notifications_.get(), &gaps));
  EXPECT_EQ(absl::StrJoin(ours, "\n"), absl::StrJoin(theirs, "\n"))
      << what << " (left: ours, right: the kernel's)";
}

void BothWorlds::Do(const std::string& what, const std::string& request) {
  Ask(what, request);
  ASSERT_TRUE(kernel_->Settle()) << what;
  CompareNotifications(what);
  CompareState(what);
}

void BothWorlds::CompareNotifications(const std::string& what) {
  const std::vector<std::string> theirs =
      NormaliseNotifications(kernel_->TakeNotifications());
  const std::vector<std::string> ours = NormaliseNotifications(told_);
  told_.clear();
  EXPECT_EQ(absl::StrJoin(ours, "\n"), absl::StrJoin(theirs, "\n"))
      << what << ": notifications (left: ours, right: the kernel's)";
}

void BothWorlds::CompareState(const std::string& what) {
  struct Kind {
    uint16_t type;
    size_t size;
    const char* name;
  };
  static constexpr Kind kKinds[] = {
      {RTM_GETLINK, sizeof(ifinfomsg), "links"},
      {RTM_GETADDR, sizeof(ifaddrmsg), "addresses"},
      {RTM_GETROUTE, sizeof(rtmsg), "routes"},
      {RTM_GETRULE, sizeof(rtmsg), "rules"},
      {RTM_GETNEXTHOP, 8, "nexthops"},
  };
  for (const Kind& kind : kKinds) {
    MessageWriter m = Request(kind.type, NLM_F_DUMP);
    const std::string fixed(kind.size, '\0');
    m.Raw(fixed.data(), fixed.size());
    const bool strict = socket_.strict_check;
    if (strict) SetStrictCheck(false);
    Ask(absl::StrCat(what, ": then the ", kind.name), m.Finish());
    if (strict) SetStrictCheck(true);
  }
}

void BothWorlds::SetStrictCheck(bool on) {
  socket_.strict_check = on;
  kernel_->SetStrictCheck(on);
}

void BothWorlds::SetCable(int which, bool connected) {
  kernel_->SetCable(which, connected);
  stack_->SetCarrier(kEth0 + which, connected);
  ASSERT_TRUE(kernel_->Settle());
  CompareNotifications(absl::StrCat("cable ", which));
  CompareState(absl::StrCat("cable ", which, connected ? " in" : " out"));
}

void BothWorlds::Up(int ifindex, bool up) {
  MessageWriter m = Request(RTM_NEWLINK);
  ifinfomsg header = {};
  header.ifi_index = ifindex;
  header.ifi_flags = up ? IFF_UP : 0;
  header.ifi_change = IFF_UP;
  m.Struct(header);
  Do(absl::StrCat("link ", ifindex, up ? " up" : " down"), m.Finish());
}

void BothWorlds::AddAddress(int ifindex, const std::string& text) {
  const IpPrefix prefix = *IpPrefix::Parse(text);
  MessageWriter m = Request(RTM_NEWADDR, kAdd);
  ifaddrmsg header = {};
  header.ifa_family = prefix.address.family();
  header.ifa_prefixlen = prefix.length;
  header.ifa_index = ifindex;
  m.Struct(header);
  m.Address(IFA_LOCAL, prefix.address);
  m.Address(IFA_ADDRESS, prefix.address);
  Do(absl::StrCat("address ", text), m.Finish());
}

void BothWorlds::Forwarding(int family, bool on) {
  ASSERT_TRUE(WriteSysctl(family == AF_INET ? "net/ipv4/ip_forward"
                                            : "net/ipv6/conf/all/forwarding",
                          on ? "1" : "0"));
  stack_->SetForwarding(family, on);
  ASSERT_TRUE(kernel_->Settle());
  CompareNotifications(absl::StrCat("forwarding ", on));
  CompareState(absl::StrCat("forwarding ", on));
}

void BothWorlds::Usual() {
  Up(kLo);
  Up(kEth0);
  AddAddress(kEth0, "10.0.0.1/24");
  AddAddress(kEth0, "2001:db8::1/64");
  Up(kEth1);
  AddAddress(kEth1, "10.0.1.1/24");
  AddAddress(kEth1, "2001:db8:1::1/64");
}

}  // namespace quiesce
