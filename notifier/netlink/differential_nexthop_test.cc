// Nexthop objects, groups of them and routes that use them, as the kernel
// answers and as we do.
#include <linux/nexthop.h>

#include "absl/strings/str_cat.h"
#include "notifier/netlink/testing/both_worlds.h"

namespace quiesce {
namespace {

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

}  // namespace
}  // namespace quiesce
