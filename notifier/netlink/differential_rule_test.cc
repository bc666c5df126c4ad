// Policy rules and the lookups through them, as the kernel answers them and as
// we do.
#include <linux/fib_rules.h>

#include "absl/strings/str_cat.h"
#include "notifier/netlink/testing/both_worlds.h"

namespace quiesce {
namespace {

class RuleTest : public BothWorlds {
 protected:
  struct R {
    int family = AF_INET;
    uint32_t priority = 0;
    std::string from, to;
    uint32_t table = 0;
    uint8_t action = FR_ACT_TO_TBL;
    std::string iif, oif;
    uint32_t mark = 0, mask = 0;
    uint8_t tos = 0;
    uint32_t flags = 0;
    uint32_t target = 0;
    bool l3mdev = false;
    int suppress = -1;
    uint8_t protocol = 0;
    uint8_t ip_protocol = 0;
    uint16_t port_low = 0, port_high = 0;
  };
  std::string Make(uint16_t type, uint16_t flags, const R& r) {
    MessageWriter m = Request(type, flags);
    fib_rule_hdr header = {};
    header.family = r.family;
    header.action = r.action;
    header.flags = r.flags;
    header.tos = r.tos;
    header.table = r.table < 256 ? r.table : 0;
    if (!r.from.empty()) header.src_len = IpPrefix::Parse(r.from)->length;
    if (!r.to.empty()) header.dst_len = IpPrefix::Parse(r.to)->length;
    m.Struct(header);
    if (!r.from.empty()) m.Address(FRA_SRC, IpPrefix::Parse(r.from)->address);
    if (!r.to.empty()) m.Address(FRA_DST, IpPrefix::Parse(r.to)->address);
    if (r.priority != 0) m.U32(FRA_PRIORITY, r.priority);
    if (r.table >= 256) m.U32(FRA_TABLE, r.table);
    if (!r.iif.empty()) m.Text(FRA_IIFNAME, r.iif);
    if (!r.oif.empty()) m.Text(FRA_OIFNAME, r.oif);
    if (r.mark != 0) m.U32(FRA_FWMARK, r.mark);
    if (r.mask != 0) m.U32(FRA_FWMASK, r.mask);
    if (r.target != 0) m.U32(FRA_GOTO, r.target);
    if (r.l3mdev) m.U8(FRA_L3MDEV, 1);
    if (r.suppress >= 0) m.U32(FRA_SUPPRESS_PREFIXLEN, r.suppress);
    if (r.protocol != 0) m.U8(FRA_PROTOCOL, r.protocol);
    if (r.ip_protocol != 0) m.U8(FRA_IP_PROTO, r.ip_protocol);
    if (r.port_high != 0) {
      const fib_rule_port_range range = {r.port_low, r.port_high};
      m.Put(FRA_DPORT_RANGE, &range, sizeof(range));
    }
    return m.Finish();
  }
  void New(const R& r, uint16_t flags = kAdd) {
    Do(absl::StrCat("add rule #", ++step_), Make(RTM_NEWRULE, flags, r));
  }
  void Del(const R& r) {
    Do(absl::StrCat("del rule #", ++step_), Make(RTM_DELRULE, 0, r));
  }
  void Get(const std::string& to, uint32_t mark = 0, uint8_t tos = 0) {
    const IpAddress address = Ip(to);
    MessageWriter m = Request(RTM_GETROUTE);
    rtmsg header = {};
    header.rtm_family = address.family();
    header.rtm_dst_len = address.bits();
    header.rtm_flags = address.v4() ? RTM_F_LOOKUP_TABLE : 0;
    header.rtm_tos = tos;
    m.Struct(header);
    m.Address(RTA_DST, address);
    if (mark != 0) m.U32(RTA_MARK, mark);
    Ask(absl::StrCat("get ", to, " mark ", mark, " tos ", tos), m.Finish());
  }
  int step_ = 0;
};

TEST_F(RuleTest, AddAndDelete) {
  Up(kLo);
  for (int family : {AF_INET, AF_INET6}) {
    const bool v4 = family == AF_INET;
    const std::string net = v4 ? "10.0.0.0/8" : "2001:db8::/32";
    New({.family = family, .priority = 100, .table = 10});
    New({.family = family, .priority = 100, .table = 10});
    New({.family = family, .priority = 100, .table = 10}, NLM_F_CREATE);
    New({.family = family, .from = net, .table = 11});
    New({.family = family, .to = net, .table = 1000});
    New({.family = family, .priority = 50, .table = 12, .iif = "eth0"});
    New({.family = family, .priority = 50, .table = 12, .oif = "nosuch"});
    New({.family = family, .priority = 60, .table = 13, .mark = 7});
    New({.family = family,
         .priority = 60,
         .table = 13,
         .mark = 7,
         .mask = 0xff});
    New({.family = family, .priority = 61, .action = FR_ACT_BLACKHOLE});
    New({.family = family, .priority = 62, .action = FR_ACT_UNREACHABLE});
    New({.family = family, .priority = 63, .action = FR_ACT_PROHIBIT});
    New({.family = family, .priority = 64, .action = FR_ACT_NOP});
    New({.family = family,
         .priority = 65,
         .action = FR_ACT_GOTO,
         .target = 100});
    New({.family = family,
         .priority = 66,
         .action = FR_ACT_GOTO,
         .target = 9999});
    New({.family = family,
         .priority = 67,
         .action = FR_ACT_GOTO,
         .target = 10});
    New({.family = family, .priority = 67, .action = FR_ACT_GOTO});
    New({.family = family,
         .priority = 68,
         .table = 10,
         .flags = FIB_RULE_INVERT});
    New({.family = family, .priority = 69, .table = 10, .tos = 0x10});
    New({.family = family,
         .priority = 70,
         .table = 10,
         .suppress = 0,
         .protocol = RTPROT_STATIC});
    New({.family = family,
         .priority = 71,
         .table = 10,
         .ip_protocol = 6,
         .port_low = 179,
         .port_high = 179});
    New({.family = family, .priority = 72, .l3mdev = true});
    New({.family = family, .priority = 73, .table = 10, .l3mdev = true});
    New({.family = family, .priority = 74});
    New({.family = family, .table = 10});
    Del({.family = family, .priority = 100, .action = 0});
    Del({.family = family, .table = 11, .action = 0});
    Del({.family = family, .to = net, .action = 0});
    Del({.family = family,
         .priority = 60,
         .action = 0,
         .mark = 7,
         .mask = 0xff});
    Del({.family = family, .priority = 4242, .action = 0});
    Del({.family = family, .action = 0, .iif = "eth0"});
    Del({.family = family, .priority = 72, .action = 0, .l3mdev = true});
    Del({.family = family, .priority = 32766, .action = 0});
    Del({.family = family, .action = 0});
  }
  New({.family = 99, .table = 10});
  Del({.family = 99, .table = 10});
}

TEST_F(RuleTest, Lookups) {
  Usual();
  auto route = [&](uint32_t table, const std::string& gateway) {
    const IpAddress via = Ip(gateway);
    MessageWriter m = Request(RTM_NEWROUTE, kAdd);
    rtmsg header = {};
    header.rtm_family = via.family();
    header.rtm_table = table;
    header.rtm_type = RTN_UNICAST;
    header.rtm_protocol = RTPROT_BGP;
    m.Struct(header);
    m.Address(RTA_GATEWAY, via);
    Do(absl::StrCat("default of table ", table), m.Finish());
  };
  route(RT_TABLE_MAIN, "10.0.0.9");
  route(10, "10.0.1.9");
  route(11, "10.0.1.8");
  route(RT_TABLE_MAIN, "2001:db8::9");
  route(10, "2001:db8:1::9");
  Get("8.8.8.8");
  Get("10.0.0.1");
  New({.priority = 100, .table = 10, .mark = 7});
  New({.family = AF_INET6, .priority = 100, .table = 10, .mark = 7});
  New({.priority = 101, .to = "9.0.0.0/8", .table = 11});
  New({.priority = 102, .to = "9.1.0.0/16", .action = FR_ACT_PROHIBIT});
  New({.priority = 99, .to = "7.0.0.0/8", .action = FR_ACT_PROHIBIT});
  New({.priority = 98, .to = "6.0.0.0/8", .action = FR_ACT_UNREACHABLE});
  New({.priority = 97, .to = "5.0.0.0/8", .action = FR_ACT_BLACKHOLE});
  New({.priority = 96,
       .to = "4.0.0.0/8",
       .action = FR_ACT_GOTO,
       .target = 32766});
  New({.priority = 95, .table = 254, .suppress = 0});
  New({.priority = 94, .table = 11, .tos = 0x10});
  for (const char* to :
       {"8.8.8.8", "9.9.9.9", "9.1.1.1", "7.7.7.7", "6.6.6.6", "5.5.5.5",
        "4.4.4.4", "10.0.0.1", "10.0.0.9", "2001:4860::1", "2001:db8::1"}) {
    Get(to);
    Get(to, 7);
    if (Ip(to).v4()) Get(to, 0, 0x10);
  }
}

}  // namespace
}  // namespace quiesce
