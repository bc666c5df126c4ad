// The words are what iproute2 6.1 prints of the same rules on Linux.
#include "supervisor/report/rule_text.h"

#include <linux/fib_rules.h>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

IpPrefix P(absl::string_view text) { return *IpPrefix::Parse(text); }

class RuleTextTest : public testing::Test {
 protected:
  RuleTextTest() {
    plain_.source = plain_.destination = {IpAddress::Any(AF_INET), 0};
    plain_.protocol = 0;
    plain_.table = 100;
  }
  std::string Text(const Rule& rule) const { return RuleText(stack_, rule); }

  Stack stack_;
  Rule plain_;
};

TEST_F(RuleTextTest, TheDefaultRules) {
  std::string text;
  for (int family : {AF_INET, AF_INET6}) {
    for (const Rule& rule : stack_.rules(family)) text += Text(rule) + "\n";
  }
  EXPECT_EQ(text,
            "from all lookup 255 proto 2\n"
            "from all lookup 254 proto 2\n"
            "from all lookup 253 proto 2\n"
            "from all lookup 255 proto 2\n"
            "from all lookup 254 proto 2\n");
}

TEST_F(RuleTextTest, Selectors) {
  Rule rule = plain_;
  rule.source = P("192.0.2.0/24");
  rule.mark = 7;
  rule.mark_mask = 0xffffffff;
  EXPECT_EQ(Text(rule), "from 192.0.2.0/24 fwmark 0x7 lookup 100 proto 0");
  rule = plain_;
  rule.mark = 7;
  rule.mark_mask = 0xff;
  rule.uid_low = 0;
  rule.uid_high = 5;
  rule.suppress_prefix_length = 8;
  rule.suppress_group = 3;
  rule.table = 300;
  rule.protocol = 11;
  EXPECT_EQ(Text(rule),
            "from all fwmark 0x7/0xff uidrange 0-5 lookup 300 "
            "suppress_prefixlength 8 suppress_ifgroup 3 proto 11");
  rule = plain_;
  rule.tunnel_id = 77;
  rule.realms = 3 << 16 | 4;
  EXPECT_EQ(Text(rule), "from all tun_id 77 lookup 100 realms 3/4 proto 0");
}

TEST_F(RuleTextTest, AllAtOnceAndNoSuchInterface) {
  Rule rule = plain_;
  rule.flags = FIB_RULE_INVERT;
  rule.destination = P("10.0.0.1/32");
  rule.tos = 0x10;
  rule.iif = "eth0";
  rule.oif = "lo";
  rule.ip_protocol = 6;
  rule.source_port_low = 10;
  rule.source_port_high = 20;
  rule.destination_port_low = rule.destination_port_high = 30;
  rule.action = FR_ACT_BLACKHOLE;
  rule.table = 0;
  EXPECT_EQ(Text(rule),
            "not from all to 10.0.0.1 tos 0x10 iif eth0 [detached] oif lo "
            "ipproto ipproto-6 sport 10-20 dport 30 6 proto 0");
}

TEST_F(RuleTextTest, Actions) {
  Rule rule = plain_;
  rule.table = 0;
  rule.action = FR_ACT_GOTO;
  rule.goto_target = 32766;
  EXPECT_EQ(Text(rule), "from all goto 32766 proto 0");
  rule.goto_target = 20;
  EXPECT_EQ(Text(rule), "from all goto 20 [unresolved] proto 0");
  rule.action = FR_ACT_NOP;
  EXPECT_EQ(Text(rule), "from all nop proto 0");
  rule.action = FR_ACT_TO_TBL;
  rule.l3mdev = true;
  EXPECT_EQ(Text(rule), "from all lookup [l3mdev-table] proto 0");
}

}  // namespace
}  // namespace quiesce
