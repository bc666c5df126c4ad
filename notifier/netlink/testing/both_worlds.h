// A test that asks the kernel and us the same: every request's answer and,
// after each change, the whole state must be the same.
#ifndef QUIESCE_NOTIFIER_NETLINK_TESTING_BOTH_WORLDS_H_
#define QUIESCE_NOTIFIER_NETLINK_TESTING_BOTH_WORLDS_H_

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "notifier/net/stack.h"
#include "notifier/netlink/message_writer.h"
#include "notifier/netlink/rtnetlink.h"
#include "notifier/netlink/testing/kernel_world.h"

namespace quiesce {

inline constexpr int kLo = 1;
inline constexpr int kEth0 = 2;
inline constexpr int kEth1 = 3;

class BothWorlds : public ::testing::Test {
 protected:
  void SetUp() override;

  // Sends `request` to both and compares the answers. `what` names the step.
  void Ask(const std::string& what, const std::string& request);
  // Ask, then compare everything there is, and what the multicast groups of
  // addresses, routes, rules and nexthops were told meanwhile.
  void Do(const std::string& what, const std::string& request);
  void CompareNotifications(const std::string& what);
  void CompareState(const std::string& what);
  void SetStrictCheck(bool on);
  void SetCable(int which, bool connected);
  // `ip link set up`, both worlds; links by index.
  void Up(int ifindex, bool up = true);
  // `ip address add`.
  void AddAddress(int ifindex, const std::string& prefix);
  // net.ipv4.ip_forward or net.ipv6.conf.all.forwarding.
  void Forwarding(int family, bool on);
  // lo, eth0 with 10.0.0.1/24 and 2001:db8::1/64, eth1 with 10.0.1.1/24 and
  // 2001:db8:1::1/64, all up.
  void Usual();

  // A request with an acknowledgement wanted; sequence numbers count up.
  MessageWriter Request(uint16_t type, uint16_t flags = 0);

  static constexpr uint16_t kAdd = NLM_F_CREATE | NLM_F_EXCL;

  std::unique_ptr<KernelWorld> kernel_;
  std::unique_ptr<Stack> stack_;
  std::unique_ptr<Notifications> notifications_;
  std::vector<std::string> told_;  // ours, since the last comparison
  RtnetlinkSocketState socket_;
  uint32_t sequence_ = 0;
};

// An address as bytes for attributes.
IpAddress Ip(const std::string& text);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_TESTING_BOTH_WORLDS_H_
