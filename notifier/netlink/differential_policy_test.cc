// Rules, neighbours, nexthop objects, netconf, and what is common to all
// requests, as the kernel answers them and as we do.
#include <linux/fib_rules.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/nexthop.h>

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

class NexthopTest : public BothWorlds {
 protected:
  struct N {
    int family = AF_INET;
    uint32_t id = 0;
    int oif = 0;
    std::string gateway;
    bool blackhole = false;
    uint32_t flags = 0;
    std::vector<std::pair<uint32_t, int>> group;
    uint8_t protocol = RTPROT_ZEBRA;
  };
  std::string Make(uint16_t type, uint16_t flags, const N& n) {
    MessageWriter m = Request(type, flags);
    nhmsg header = {};
    header.nh_family = n.family;
    header.nh_protocol = n.protocol;
    header.nh_flags = n.flags;
    m.Struct(header);
    if (n.id != 0) m.U32(NHA_ID, n.id);
    if (n.oif != 0) m.U32(NHA_OIF, n.oif);
    if (!n.gateway.empty()) m.Address(NHA_GATEWAY, Ip(n.gateway));
    if (n.blackhole) m.Put(NHA_BLACKHOLE, nullptr, 0);
    if (!n.group.empty()) {
      std::vector<nexthop_grp> members;
      for (const auto& [id, weight] : n.group) {
        nexthop_grp one = {};
        one.id = id;
        one.weight = weight - 1;
        members.push_back(one);
      }
      m.Put(NHA_GROUP, members.data(), members.size() * sizeof(nexthop_grp));
    }
    return m.Finish();
  }
  void New(const N& n, uint16_t flags = kAdd) {
    Do(absl::StrCat("add nexthop #", ++step_, " id ", n.id),
       Make(RTM_NEWNEXTHOP, flags, n));
  }
  void Del(uint32_t id) {
    Do(absl::StrCat("del nexthop ", id),
       Make(RTM_DELNEXTHOP, 0, {.family = 0, .id = id, .protocol = 0}));
  }
  void Get(uint32_t id) {
    Ask(absl::StrCat("get nexthop ", id),
        Make(RTM_GETNEXTHOP, 0, {.family = 0, .id = id, .protocol = 0}));
  }
  void Route(const std::string& text, uint32_t id, uint16_t flags = kAdd,
             uint16_t type = RTM_NEWROUTE) {
    const IpPrefix prefix = *IpPrefix::Parse(text);
    MessageWriter m = Request(type, flags);
    rtmsg header = {};
    header.rtm_family = prefix.address.family();
    header.rtm_dst_len = prefix.length;
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_type = RTN_UNICAST;
    header.rtm_protocol = RTPROT_BGP;
    m.Struct(header);
    m.Address(RTA_DST, prefix.address);
    m.U32(RTA_NH_ID, id);
    m.U32(RTA_PRIORITY, 20);
    Do(absl::StrCat("route ", text, " nexthop ", id), m.Finish());
  }
  void Lookup(const std::string& to) {
    const IpAddress address = Ip(to);
    MessageWriter m = Request(RTM_GETROUTE);
    rtmsg header = {};
    header.rtm_family = address.family();
    header.rtm_dst_len = address.bits();
    m.Struct(header);
    m.Address(RTA_DST, address);
    Ask(absl::StrCat("get ", to), m.Finish());
  }
  static constexpr uint16_t kReplace = NLM_F_CREATE | NLM_F_REPLACE;
  int step_ = 0;
};

TEST_F(NexthopTest, AddReplaceDelete) {
  Usual();
  New({.id = 1, .oif = kEth0, .gateway = "10.0.0.9"});
  New({.id = 1, .oif = kEth0, .gateway = "10.0.0.9"});
  New({.id = 1, .oif = kEth0, .gateway = "10.0.0.8"}, kReplace);
  New({.id = 2, .oif = kEth1}, kReplace);
  New({.family = AF_INET6, .id = 3, .oif = kEth0, .gateway = "fe80::9"});
  New({.family = AF_INET6, .id = 4, .oif = kEth1, .gateway = "2001:db8:1::9"});
  New({.id = 5, .blackhole = true});
  New({.family = AF_INET6, .id = 6, .blackhole = true});
  New({.id = 7, .oif = kEth0, .gateway = "172.16.0.1", .flags = RTNH_F_ONLINK});
  New({.family = 0, .id = 10, .group = {{1, 1}, {2, 3}}});
  New({.family = 0, .id = 11, .group = {{3, 1}, {4, 1}}});
  New({.oif = kEth1, .gateway = "10.0.1.7"});
  New({.id = 12, .oif = kEth1, .gateway = "10.0.1.7"}, NLM_F_REPLACE);
  New({.id = 12, .oif = kEth1, .gateway = "10.0.1.7"}, 0);
  New({.family = 0, .id = 1, .group = {{2, 1}}}, kReplace);
  New({.id = 10, .oif = kEth1}, kReplace);
  New({.oif = kEth1}, kReplace);
  for (uint32_t id : {1, 5, 10, 99}) Get(id);
  Get(0);
  Del(2);
  Del(99);
  Del(1);
  Del(0);
}

TEST_F(NexthopTest, Refused) {
  Usual();
  New({.id = 1, .oif = kEth0, .gateway = "10.0.0.9"});
  New({.id = 2, .gateway = "10.0.0.9"});
  New({.id = 2, .oif = 77, .gateway = "10.0.0.9"});
  New({.id = 2, .oif = kEth0, .gateway = "172.16.0.1"});
  New({.id = 2, .oif = kEth0, .gateway = "10.0.1.9"});
  New({.id = 2, .oif = kEth0, .gateway = "10.0.0.1"});
  New({.family = AF_INET6, .id = 2, .oif = kEth0, .gateway = "10.0.0.9"});
  New({.family = AF_INET6, .id = 2, .oif = kEth0, .gateway = "2001:db8::1"});
  New({.family = 0, .id = 2, .oif = kEth0});
  New({.id = 2, .oif = kEth0, .blackhole = true});
  New({.id = 2, .oif = kEth0, .flags = RTNH_F_ONLINK});
  New({.id = 2, .oif = kEth0, .flags = RTNH_F_DEAD});
  New({.id = 2, .group = {{1, 1}}});
  New({.family = 0, .id = 2, .group = {{1, 1}, {1, 1}}});
  New({.family = 0, .id = 2, .group = {{77, 1}}});
  New({.family = 0, .id = 2, .oif = kEth0, .group = {{1, 1}}});
  New({.family = 0, .id = 3, .group = {{1, 1}}});
  New({.family = 0, .id = 4, .group = {{3, 1}}});
  New({.id = 5, .blackhole = true});
  New({.family = 0, .id = 6, .group = {{1, 1}, {5, 1}}});
  New({.family = 0, .id = 7, .group = {{5, 1}}});
  SetCable(1, false);
  New({.id = 8, .oif = kEth1});
  Up(kEth1, false);
  New({.id = 8, .oif = kEth1});
}

TEST_F(NexthopTest, Routes) {
  Usual();
  New({.id = 1, .oif = kEth0, .gateway = "10.0.0.9"});
  New({.id = 2, .oif = kEth1, .gateway = "10.0.1.9"});
  New({.family = AF_INET6, .id = 3, .oif = kEth0, .gateway = "fe80::9"});
  New({.family = AF_INET6, .id = 4, .oif = kEth1, .gateway = "2001:db8:1::9"});
  New({.family = 0, .id = 10, .group = {{1, 1}, {2, 3}}});
  New({.family = 0, .id = 11, .group = {{3, 1}, {4, 1}}});
  New({.id = 5, .blackhole = true});
  New({.family = AF_INET6, .id = 6, .blackhole = true});
  Route("10.9.0.0/16", 1);
  Route("10.10.0.0/16", 10);
  Route("10.11.0.0/16", 3);
  Route("10.12.0.0/16", 5);
  Route("10.13.0.0/16", 11);
  Route("10.14.0.0/16", 10);
  Route("10.9.0.0/16", 1);
  Route("10.9.0.0/16", 2, kReplace);
  Route("10.9.0.0/16", 1, kReplace);
  Route("2001:db8:9::/48", 3);
  Route("2001:db8:a::/48", 11);
  Route("2001:db8:b::/48", 1);
  Route("2001:db8:c::/48", 6);
  Route("2001:db8:d::/48", 10);
  Route("2001:db8:9::/48", 3);
  Route("2001:db8:9::/48", 4, kReplace);
  for (const char* to : {"10.9.1.1", "10.11.1.1", "10.12.1.1", "2001:db8:9::1",
                         "2001:db8:c::1"}) {
    Lookup(to);
  }
  Route("10.9.0.0/16", 2, 0, RTM_DELROUTE);
  Route("10.9.0.0/16", 1, 0, RTM_DELROUTE);
  Route("10.9.0.0/16", 1);
  New({.id = 1, .oif = kEth0, .gateway = "10.0.0.8"}, kReplace);
  Del(2);
  Up(kEth0, false);
  Up(kEth0);
  New({.id = 1, .oif = kEth0, .gateway = "10.0.0.8"});
  Route("10.9.0.0/16", 1);
  SetCable(0, false);
  SetCable(0, true);
  Up(kEth1, false);
}

class CommonTest : public BothWorlds {};

TEST_F(CommonTest, Neighbours) {
  Usual();
  auto make = [&](uint16_t type, uint16_t flags, int ifindex,
                  const std::string& address, uint16_t state,
                  bool with_mac = true) {
    MessageWriter m = Request(type, flags);
    ndmsg header = {};
    header.ndm_family = address.empty() ? AF_INET : Ip(address).family();
    header.ndm_ifindex = ifindex;
    header.ndm_state = state;
    m.Struct(header);
    if (!address.empty()) m.Address(NDA_DST, Ip(address));
    const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
    if (with_mac) m.Put(NDA_LLADDR, mac, sizeof(mac));
    return m.Finish();
  };
  auto dump = [&](int family, int ifindex) {
    MessageWriter m = Request(RTM_GETNEIGH, NLM_F_DUMP);
    ndmsg header = {};
    header.ndm_family = family;
    m.Struct(header);
    if (ifindex != 0) m.U32(NDA_IFINDEX, ifindex);
    return m.Finish();
  };
  for (const char* address : {"10.0.0.9", "2001:db8::9"}) {
    const int family = Ip(address).family();
    Ask("no entry yet", make(RTM_NEWNEIGH, 0, kEth0, address, NUD_PERMANENT));
    Ask("add", make(RTM_NEWNEIGH, kAdd, kEth0, address, NUD_PERMANENT));
    Ask("dump", dump(family, 0));
    Ask("again", make(RTM_NEWNEIGH, kAdd, kEth0, address, NUD_PERMANENT));
    Ask("replace", make(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, kEth0,
                        address, NUD_NOARP));
    Ask("dump", dump(family, kEth0));
    Ask("dump of another link", dump(family, kEth1));
    Ask("get", make(RTM_GETNEIGH, 0, kEth0, address, 0, false));
    Ask("delete", make(RTM_DELNEIGH, 0, kEth0, address, 0, false));
    Ask("delete again", make(RTM_DELNEIGH, 0, kEth0, address, 0, false));
    Ask("get", make(RTM_GETNEIGH, 0, kEth0, address, 0, false));
    Ask("no link", make(RTM_NEWNEIGH, kAdd, 77, address, NUD_PERMANENT));
    Ask("link 0", make(RTM_NEWNEIGH, kAdd, 0, address, NUD_PERMANENT));
    Ask("delete, link 0", make(RTM_DELNEIGH, 0, 0, address, 0));
    Ask("no address", make(RTM_NEWNEIGH, kAdd, kEth0, "", NUD_PERMANENT));
  }
  Ask("permanent", make(RTM_NEWNEIGH, kAdd, kEth1, "10.0.1.9", NUD_PERMANENT));
  SetCable(1, false);
  Ask("dump", dump(AF_INET, 0));
  Up(kEth1, false);
  Ask("dump", dump(AF_INET, 0));
}

TEST_F(CommonTest, Netconf) {
  Usual();
  Forwarding(AF_INET, true);
  Forwarding(AF_INET6, true);
  for (int strict : {0, 1}) {
    SetStrictCheck(strict);
    for (int family : {AF_UNSPEC, AF_INET, AF_INET6}) {
      MessageWriter all = Request(RTM_GETNETCONF, NLM_F_DUMP);
      all.Struct(netconfmsg{static_cast<uint8_t>(family)});
      Ask(absl::StrCat("dump ", family), all.Finish());
      for (int ifindex :
           {kLo, kEth0, NETCONFA_IFINDEX_ALL, NETCONFA_IFINDEX_DEFAULT, 77}) {
        MessageWriter one = Request(RTM_GETNETCONF);
        one.Struct(netconfmsg{static_cast<uint8_t>(family)});
        one.U32(NETCONFA_IFINDEX, ifindex);
        Ask(absl::StrCat("family ", family, " link ", ifindex), one.Finish());
      }
      MessageWriter none = Request(RTM_GETNETCONF);
      none.Struct(netconfmsg{static_cast<uint8_t>(family)});
      Ask("no link", none.Finish());
    }
  }
}

TEST_F(CommonTest, DumpFilters) {
  Usual();
  for (int strict : {0, 1}) {
    SetStrictCheck(strict);
    for (int family : {AF_UNSPEC, AF_INET, AF_INET6, 99}) {
      for (int ifindex : {0, kEth0, 77}) {
        MessageWriter m = Request(RTM_GETADDR, NLM_F_DUMP);
        ifaddrmsg header = {};
        header.ifa_family = family;
        header.ifa_index = ifindex;
        m.Struct(header);
        Ask(absl::StrCat("addresses, family ", family, " link ", ifindex,
                         " strict ", strict),
            m.Finish());
      }
      MessageWriter rules = Request(RTM_GETRULE, NLM_F_DUMP);
      fib_rule_hdr header = {};
      header.family = family;
      rules.Struct(header);
      Ask(absl::StrCat("rules of ", family, " strict ", strict),
          rules.Finish());
    }
    auto links = [&](const ifinfomsg& header, auto fill,
                     const std::string& what) {
      MessageWriter m = Request(RTM_GETLINK, NLM_F_DUMP);
      m.Struct(header);
      fill(m);
      Ask(absl::StrCat("links, ", what, " strict ", strict), m.Finish());
    };
    ifinfomsg header = {};
    links(
        header, [](MessageWriter&) {}, "all");
    links(
        header, [](MessageWriter& m) { m.U32(IFLA_EXT_MASK, 1); }, "ext");
    links(
        header, [](MessageWriter& m) { m.U32(IFLA_MASTER, 7); }, "master");
    links(
        header, [](MessageWriter& m) { m.U32(IFLA_MTU, 7); }, "mtu");
    links(
        header,
        [](MessageWriter& m) {
          const size_t nest = m.BeginNest(IFLA_LINKINFO);
          m.Text(IFLA_INFO_KIND, "veth");
          m.EndNest(nest);
        },
        "kind");
    header.ifi_index = kEth0;
    links(
        header, [](MessageWriter&) {}, "index");
    header.ifi_index = 0;
    header.ifi_flags = IFF_UP;
    links(
        header, [](MessageWriter&) {}, "flags");
    MessageWriter brief = Request(RTM_GETLINK, NLM_F_DUMP);
    brief.U32(0, 0);
    Ask("links, rtgenmsg", brief.Finish());
    auto link = [&](const ifinfomsg& h, const std::string& name) {
      MessageWriter m = Request(RTM_GETLINK);
      m.Struct(h);
      if (!name.empty()) m.Text(IFLA_IFNAME, name);
      Ask(absl::StrCat("link ", h.ifi_index, name), m.Finish());
    };
    ifinfomsg one = {};
    link(one, "");
    link(one, "eth1");
    link(one, "nosuch");
    one.ifi_index = kEth0;
    link(one, "");
    one.ifi_index = 77;
    link(one, "");
    one.ifi_index = kEth0;
    one.ifi_flags = 1;
    link(one, "");
  }
}

TEST_F(CommonTest, Framing) {
  Up(kLo);
  // No acknowledgement asked for; not a request; unknown and short ones.
  MessageWriter silent(RTM_NEWLINK, NLM_F_REQUEST, 100, 0);
  ifinfomsg header = {};
  header.ifi_index = kEth0;
  silent.Struct(header);
  Ask("no acknowledgement", silent.Finish());
  MessageWriter not_request(RTM_NEWLINK, NLM_F_ACK, 101, 0);
  not_request.Struct(header);
  Ask("not a request", not_request.Finish());
  for (int type : {0, 1, 3, 15, 200, 999, 23, 27, 31, 53, 58}) {
    MessageWriter m(type, NLM_F_REQUEST | NLM_F_ACK, 102, 0);
    m.Struct(header);
    Ask(absl::StrCat("type ", type), m.Finish());
    MessageWriter dump(type, NLM_F_REQUEST | NLM_F_DUMP, 103, 0);
    dump.Struct(header);
    if (type != 58) Ask(absl::StrCat("dump type ", type), dump.Finish());
  }
  for (int type :
       {RTM_NEWLINK, RTM_GETLINK, RTM_NEWADDR, RTM_NEWROUTE, RTM_GETROUTE,
        RTM_NEWRULE, RTM_NEWNEIGH, RTM_NEWNEXTHOP, RTM_GETNETCONF}) {
    for (int family : {AF_UNSPEC, AF_INET, AF_INET6}) {
      MessageWriter m(type, NLM_F_REQUEST | NLM_F_ACK, 104, 0);
      m.U8(0, 0);
      std::string bytes = m.Finish();
      bytes[16] = family;
      Ask(absl::StrCat("short, type ", type, " family ", family), bytes);
      MessageWriter empty(type, NLM_F_REQUEST | NLM_F_ACK, 105, 0);
      Ask(absl::StrCat("empty, type ", type), empty.Finish());
    }
  }
  // Several in one datagram; the second fails, the third is cut short.
  MessageWriter first = Request(RTM_GETLINK);
  first.Struct(header);
  MessageWriter second = Request(RTM_GETLINK);
  header.ifi_index = 77;
  second.Struct(header);
  MessageWriter third = Request(RTM_GETLINK);
  header.ifi_index = kEth1;
  third.Struct(header);
  const std::string a = first.Finish(), b = second.Finish(), c = third.Finish();
  Ask("three", a + b + c);
  Ask("two and a half", a + b + c.substr(0, 20));
  Ask("rubbish behind", a + std::string(7, 'x'));
  Ask("just rubbish", std::string(40, 'x'));
}

TEST_F(CommonTest, ChangeLink) {
  auto change = [&](const std::string& what, uint16_t type, uint16_t flags,
                    int ifindex, auto fill) {
    MessageWriter m = Request(type, flags);
    ifinfomsg header = {};
    header.ifi_index = ifindex;
    m.Struct(header);
    fill(m);
    Do(what, m.Finish());
  };
  auto nothing = [](MessageWriter&) {};
  Up(kEth0);
  AddAddress(kEth0, "2001:db8::1/64");
  change("mtu", RTM_SETLINK, 0, kEth0,
         [](MessageWriter& m) { m.U32(IFLA_MTU, 9000); });
  change("mtu too small", RTM_SETLINK, 0, kEth0,
         [](MessageWriter& m) { m.U32(IFLA_MTU, 60); });
  change("mtu too large", RTM_SETLINK, 0, kEth0,
         [](MessageWriter& m) { m.U32(IFLA_MTU, 70000); });
  change("mtu without IPv6", RTM_SETLINK, 0, kEth0,
         [](MessageWriter& m) { m.U32(IFLA_MTU, 1000); });
  change("mtu with IPv6 again", RTM_SETLINK, 0, kEth0,
         [](MessageWriter& m) { m.U32(IFLA_MTU, 1500); });
  change("name", RTM_NEWLINK, 0, kEth1,
         [](MessageWriter& m) { m.Text(IFLA_IFNAME, "wan"); });
  change("name taken", RTM_NEWLINK, 0, kEth1,
         [](MessageWriter& m) { m.Text(IFLA_IFNAME, "eth0"); });
  change("bad name", RTM_NEWLINK, 0, kEth1,
         [](MessageWriter& m) { m.Text(IFLA_IFNAME, "a/b"); });
  change("group", RTM_NEWLINK, 0, kEth1,
         [](MessageWriter& m) { m.U32(IFLA_GROUP, 5); });
  change("queue", RTM_NEWLINK, 0, kEth1,
         [](MessageWriter& m) { m.U32(IFLA_TXQLEN, 5); });
  change("alias", RTM_NEWLINK, 0, kEth1,
         [](MessageWriter& m) { m.Text(IFLA_IFALIAS, "to the world"); });
  change("exclusive", RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, kEth1, nothing);
  change("replace", RTM_NEWLINK, NLM_F_CREATE | NLM_F_REPLACE, kEth1, nothing);
  change("no such", RTM_SETLINK, 0, 77, nothing);
  change("no such, new", RTM_NEWLINK, 0, 77, nothing);
  change("nobody", RTM_SETLINK, 0, 0, nothing);
  change("delete lo", RTM_DELLINK, 0, kLo, nothing);
  change("delete none", RTM_DELLINK, 0, 77, nothing);
  change("delete nobody", RTM_DELLINK, 0, 0, nothing);
  change("unknown kind", RTM_NEWLINK, NLM_F_CREATE, 0, [](MessageWriter& m) {
    m.Text(IFLA_IFNAME, "x0");
    const size_t nest = m.BeginNest(IFLA_LINKINFO);
    m.Text(IFLA_INFO_KIND, "nosuchkind");
    m.EndNest(nest);
  });
  change("a master that is none", RTM_SETLINK, 0, kEth0,
         [](MessageWriter& m) { m.U32(IFLA_MASTER, kEth1); });
  change("no such master", RTM_SETLINK, 0, kEth0,
         [](MessageWriter& m) { m.U32(IFLA_MASTER, 77); });
}

}  // namespace
}  // namespace quiesce
