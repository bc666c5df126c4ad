// Routes of both families: additions with every flag, deletions, refusals,
// dumps with filters and `ip route get`, as the kernel answers them and as we
// do.
#include "absl/strings/str_cat.h"
#include "notifier/netlink/testing/both_worlds.h"

namespace quiesce {
namespace {

// One route request in the making; what is not set is not sent.
struct R {
  std::string destination;  // PREFIX, or "default4", "default6"
  int oif = 0;
  std::string gateway;
  uint32_t priority = 0;
  uint32_t table = 0;
  uint8_t protocol = RTPROT_STATIC;
  uint8_t type = RTN_UNICAST;
  int scope = -1;
  uint8_t tos = 0;
  uint32_t flags = 0;
  std::string source;  // RTA_PREFSRC
  std::vector<std::pair<int, uint32_t>> metrics = {};
  struct Hop {
    int oif = 0;
    std::string gateway;
    int weight = 1;
    uint8_t flags = 0;
  };
  std::vector<Hop> hops;
  std::string via;  // RTA_VIA
  uint32_t nexthop = 0;
  int preference = -1;
};

class RouteTest : public BothWorlds {
 protected:
  void SetUp() override {
    BothWorlds::SetUp();
    if (IsSkipped()) return;
    Usual();
  }

  void Via(MessageWriter& m, const std::string& text) {
    const IpAddress address = Ip(text);
    std::string value(2 + address.size(), '\0');
    value[0] = address.family();
    std::copy_n(address.bytes(), address.size(), value.begin() + 2);
    m.Bytes(RTA_VIA, value);
  }

  std::string Make(uint16_t type, uint16_t flags, const R& r) {
    MessageWriter m = Request(type, flags);
    IpPrefix prefix;
    if (r.destination == "default4") {
      prefix = {IpAddress::Any(AF_INET), 0};
    } else if (r.destination == "default6") {
      prefix = {IpAddress::Any(AF_INET6), 0};
    } else {
      prefix = *IpPrefix::Parse(r.destination);
    }
    rtmsg header = {};
    header.rtm_family = prefix.address.family();
    header.rtm_dst_len = prefix.length;
    header.rtm_tos = r.tos;
    header.rtm_table = r.table < 256 ? r.table : 0;
    header.rtm_protocol = r.protocol;
    // iproute2's choice: on-link routes have scope link.
    header.rtm_scope = r.scope >= 0 ? r.scope
                       : prefix.address.v4() && r.gateway.empty() &&
                               r.via.empty() && r.hops.empty() &&
                               r.nexthop == 0 && r.type == RTN_UNICAST
                           ? RT_SCOPE_LINK
                           : RT_SCOPE_UNIVERSE;
    if (type == RTM_DELROUTE && r.scope < 0) {
      header.rtm_scope = RT_SCOPE_NOWHERE;
    }
    header.rtm_type = r.type;
    header.rtm_flags = r.flags;
    m.Struct(header);
    if (prefix.length > 0) m.Address(RTA_DST, prefix.address);
    if (r.table >= 256) m.U32(RTA_TABLE, r.table);
    if (r.oif != 0) m.U32(RTA_OIF, r.oif);
    if (!r.gateway.empty()) m.Address(RTA_GATEWAY, Ip(r.gateway));
    if (!r.via.empty()) Via(m, r.via);
    if (r.priority != 0) m.U32(RTA_PRIORITY, r.priority);
    if (!r.source.empty()) m.Address(RTA_PREFSRC, Ip(r.source));
    if (r.nexthop != 0) m.U32(RTA_NH_ID, r.nexthop);
    if (r.preference >= 0) m.U8(RTA_PREF, r.preference);
    if (!r.metrics.empty()) {
      const size_t nest = m.BeginNest(RTA_METRICS);
      for (const auto& [metric, value] : r.metrics) m.U32(metric, value);
      m.EndNest(nest);
    }
    if (!r.hops.empty()) {
      const size_t nest = m.BeginNest(RTA_MULTIPATH);
      for (const R::Hop& hop : r.hops) {
        const size_t at = m.position();
        rtnexthop one = {};
        one.rtnh_ifindex = hop.oif;
        one.rtnh_hops = hop.weight - 1;
        one.rtnh_flags = hop.flags;
        m.Struct(one);
        if (!hop.gateway.empty()) m.Address(RTA_GATEWAY, Ip(hop.gateway));
        one.rtnh_len = m.position() - at;
        m.Patch(at, one);
      }
      m.EndNest(nest);
    }
    return m.Finish();
  }
  void New(const R& r, uint16_t flags = kAdd) {
    Do(absl::StrCat("add #", ++step_, " ", r.destination, " flags ",
                    absl::Hex(flags)),
       Make(RTM_NEWROUTE, flags, r));
  }
  void Del(R r) {
    // What `ip route del` leaves open.
    if (r.protocol == RTPROT_STATIC) r.protocol = 0;
    if (r.type == RTN_UNICAST) r.type = 0;
    Do(absl::StrCat("del #", ++step_, " ", r.destination),
       Make(RTM_DELROUTE, 0, r));
  }
  void Get(const std::string& to, uint32_t flags = 0, int oif = 0,
           const std::string& from = "", int iif = 0) {
    const IpAddress address = Ip(to);
    MessageWriter m = Request(RTM_GETROUTE);
    rtmsg header = {};
    header.rtm_family = address.family();
    header.rtm_dst_len = address.bits();
    header.rtm_flags = flags;
    if (!from.empty()) header.rtm_src_len = address.bits();
    m.Struct(header);
    m.Address(RTA_DST, address);
    if (!from.empty()) m.Address(RTA_SRC, Ip(from));
    if (oif != 0) m.U32(RTA_OIF, oif);
    if (iif != 0) m.U32(RTA_IIF, iif);
    Ask(absl::StrCat("get ", to, " from ", from, " oif ", oif, " iif ", iif,
                     " flags ", absl::Hex(flags)),
        m.Finish());
  }

  static constexpr uint16_t kReplace = NLM_F_CREATE | NLM_F_REPLACE;
  static constexpr uint16_t kChange = NLM_F_REPLACE;
  static constexpr uint16_t kAppend = NLM_F_CREATE | NLM_F_APPEND;
  static constexpr uint16_t kPrepend = NLM_F_CREATE;
  int step_ = 0;
};

TEST_F(RouteTest, FlagCombinations4) {
  const R a = {.destination = "10.9.0.0/16", .gateway = "10.0.0.9"};
  const R b = {.destination = "10.9.0.0/16", .gateway = "10.0.1.9"};
  const R c = {.destination = "10.9.0.0/16", .gateway = "10.0.0.8"};
  New(a, 0);
  New(a, kChange);
  New(a, NLM_F_EXCL);
  New(a, NLM_F_APPEND);
  New(a);
  New(a);
  New(a, kPrepend);
  New(a, kAppend);
  New(a, kReplace);
  New(a, kChange);
  New(b, kAppend);
  New(b, kAppend);
  New(c, kPrepend);
  New(b, kReplace);
  New(a, kReplace);
  New(c, kChange);
  New(a, kChange | NLM_F_EXCL);
  New(a, 0);
  Del(a);
  Del(a);
  Del(R{.destination = "10.9.0.0/16"});
  Del(R{.destination = "10.9.0.0/16"});
  Del(R{.destination = "10.9.0.0/16"});
}

TEST_F(RouteTest, FlagCombinations6) {
  const R a = {.destination = "2001:db8:9::/48", .gateway = "2001:db8::9"};
  const R b = {.destination = "2001:db8:9::/48", .gateway = "2001:db8:1::9"};
  const R c = {.destination = "2001:db8:9::/48", .oif = kEth0};
  const R d = {.destination = "2001:db8:9::/48", .oif = kEth1};
  New(a, kChange);
  New(a, 0);
  New(a, 0);
  New(a);
  New(a, kPrepend);
  New(a, kAppend);
  New(b, kAppend);
  New(b, kAppend);
  New(c);
  New(c, kAppend);
  New(c, kAppend);
  New(d, kPrepend);
  New(a, kReplace);
  New(b, kReplace);
  New(d, kReplace);
  New(c, kChange);
  Del(a);
  Del(b);
  Del(c);
  Del(d);
  New(a, kReplace);
  New(b, kPrepend);
  Del(R{.destination = "2001:db8:9::/48"});
  Del(R{.destination = "2001:db8:9::/48"});
}

TEST_F(RouteTest, PrioritiesAndTos) {
  for (uint32_t priority : {100, 0, 50, 200}) {
    New({.destination = "10.9.0.0/16",
         .gateway = "10.0.0.9",
         .priority = priority});
    New({.destination = "2001:db8:9::/48",
         .gateway = "2001:db8::9",
         .priority = priority});
  }
  for (uint8_t tos : {0x10, 0x04, 0x08, 0x03}) {
    New({.destination = "10.9.0.0/16", .gateway = "10.0.0.9", .tos = tos});
  }
  New({.destination = "2001:db8:9::/48",
       .gateway = "2001:db8::9",
       .tos = 0x10});
  Del({.destination = "10.9.0.0/16", .priority = 50});
  Del({.destination = "10.9.0.0/16", .priority = 51});
  Del({.destination = "10.9.0.0/16", .tos = 0x08});
  Del({.destination = "10.9.0.0/16", .tos = 0x1c});
  Del({.destination = "2001:db8:9::/48", .priority = 50});
  Del({.destination = "2001:db8:9::/48", .priority = 51});
  Del({.destination = "10.9.0.0/16"});
  Del({.destination = "2001:db8:9::/48"});
}

TEST_F(RouteTest, TypesAndLookups) {
  int i = 0;
  // RTN_UNSPEC to RTN_MAX and two more.
  for (int type = 0; type <= RTN_MAX + 2; ++type) {
    ++i;
    const std::string v4 = absl::StrCat("10.", 20 + i, ".0.0/16");
    const std::string v6 = absl::StrCat("2001:db8:", 20 + i, "::/48");
    New({.destination = v4, .type = static_cast<uint8_t>(type)});
    New({.destination = v6, .type = static_cast<uint8_t>(type)});
    New({.destination = v4,
         .oif = kEth0,
         .type = static_cast<uint8_t>(type),
         .scope = 0});
    New({.destination = v4,
         .oif = kEth0,
         .type = static_cast<uint8_t>(type),
         .scope = 254});
    New({.destination = v6, .oif = kEth0, .type = static_cast<uint8_t>(type)});
    Get(absl::StrCat("10.", 20 + i, ".1.1"));
    Get(absl::StrCat("2001:db8:", 20 + i, "::1"));
  }
  for (int j = 1; j <= i; ++j) {
    Del({.destination = absl::StrCat("10.", 20 + j, ".0.0/16")});
    Del({.destination = absl::StrCat("2001:db8:", 20 + j, "::/48")});
  }
}

TEST_F(RouteTest, Refused4) {
  New({.destination = "10.9.0.1/16", .gateway = "10.0.0.9"});
  New({.destination = "10.9.0.0/16", .gateway = "172.16.0.1"});
  New({.destination = "10.9.0.0/16", .gateway = "10.0.0.1"});
  New({.destination = "10.9.0.0/16", .gateway = "10.0.0.255"});
  New({.destination = "10.9.0.0/16", .gateway = "224.0.0.5"});
  New({.destination = "10.9.0.0/16", .oif = 77, .gateway = "10.0.0.9"});
  New({.destination = "10.9.0.0/16", .oif = 77});
  New({.destination = "10.9.0.0/16", .oif = kEth1, .gateway = "10.0.0.9"});
  New({.destination = "10.9.0.0/16"});
  New({.destination = "10.9.0.0/16", .gateway = "10.0.0.9", .scope = 253});
  New({.destination = "10.9.0.0/16", .gateway = "10.0.0.9", .scope = 254});
  New({.destination = "10.9.0.0/16", .oif = kEth0, .scope = 255});
  New({.destination = "10.9.0.0/16",
       .gateway = "10.0.0.9",
       .flags = RTNH_F_DEAD});
  New({.destination = "10.9.0.0/16", .oif = kEth0, .flags = RTNH_F_ONLINK});
  New({.destination = "10.9.0.0/16",
       .gateway = "10.0.0.9",
       .source = "10.0.7.7"});
  New({.destination = "10.9.0.0/16", .gateway = "10.0.0.9", .nexthop = 7});
  New({.destination = "10.9.0.0/16", .nexthop = 7});
  New({.destination = "10.9.0.0/16", .gateway = "10.0.0.9", .via = "::1"});
  New({.destination = "10.9.0.0/16",
       .gateway = "10.0.0.9",
       .metrics = {{RTAX_FEATURES, 0xffff}}});
  New({.destination = "10.9.0.0/16",
       .gateway = "10.0.0.9",
       .metrics = {{99, 1}}});
  Del({.destination = "10.9.0.1/16"});
  Del({.destination = "10.9.0.0/16"});
  Del({.destination = "10.9.0.0/16", .table = 9});
  Del({.destination = "10.9.0.0/16", .nexthop = 7});
}

TEST_F(RouteTest, Refused6) {
  New({.destination = "2001:db8:9::1/48", .gateway = "2001:db8::9"});
  const R base = {.destination = "2001:db8:a::/48"};
  auto with = [&](auto change) {
    R r = base;
    change(r);
    New(r);
  };
  with([](R& r) { r.gateway = "2001:db8:77::1"; });
  with([](R& r) { r.gateway = "2001:db8::1"; });
  with([](R& r) { r.gateway = "ff02::1"; });
  with([](R& r) { r.gateway = "::1"; });
  with([](R& r) { r.gateway = "::"; });
  with([](R& r) { r.gateway = "fe80::1"; });
  with([](R& r) {
    r.gateway = "fe80::1";
    r.oif = 77;
  });
  with([](R& r) {
    r.gateway = "fe80::1";
    r.oif = kLo;
  });
  with([](R& r) { r.oif = 77; });
  with([](R& r) {
    r.gateway = "2001:db8::9";
    r.oif = kEth1;
  });
  with([](R&) {});
  with([](R& r) { r.oif = kLo; });
  with([](R& r) {
    r.gateway = "2001:db8::9";
    r.source = "2001:db8:77::1";
  });
  with([](R& r) { r.nexthop = 7; });
  with([](R& r) {
    r.gateway = "2001:db8::9";
    r.nexthop = 7;
  });
  with([](R& r) {
    r.gateway = "2001:db8::9";
    r.flags = RTM_F_CLONED;
  });
  with([](R& r) {
    r.oif = kEth0;
    r.via = "10.0.0.9";
  });
  with([](R& r) { r.hops = {{kEth0, ""}, {kEth1, ""}}; });
  with([](R& r) { r.hops = {{0, "2001:db8::9"}, {0, "2001:db8:77::9"}}; });
  Del({.destination = "2001:db8:a::/48"});
  Del({.destination = "2001:db8:a::/48", .table = 9});
  Del({.destination = "2001:db8:a::/48", .nexthop = 7});
}

TEST_F(RouteTest, GatewaysAndSources) {
  New({.destination = "10.9.0.0/16",
       .gateway = "10.0.0.9",
       .source = "10.0.1.1"});
  New({.destination = "10.10.0.0/16",
       .oif = kEth0,
       .gateway = "172.16.0.1",
       .flags = RTNH_F_ONLINK});
  New({.destination = "10.11.0.0/16", .oif = kEth0, .via = "fe80::9"});
  New({.destination = "10.12.0.0/16", .via = "2001:db8::9"});
  New({.destination = "10.13.0.0/16", .oif = kEth0});
  New({.destination = "10.14.0.0/16", .gateway = "10.13.0.1"});
  New({.destination = "default4",
       .gateway = "10.0.0.9",
       .metrics = {{RTAX_MTU, 1400}, {RTAX_ADVMSS, 99999}}});
  New({.destination = "2001:db8:9::/48",
       .gateway = "2001:db8::9",
       .source = "2001:db8:1::1"});
  New({.destination = "2001:db8:a::/48", .oif = kEth0, .gateway = "fe80::9"});
  New({.destination = "2001:db8:b::/48",
       .oif = kEth0,
       .gateway = "2001:db8:77::1",
       .flags = RTNH_F_ONLINK});
  New({.destination = "2001:db8:c::/48", .oif = kEth0, .preference = 1});
  New({.destination = "2001:db8:d::/48", .oif = kEth0, .preference = 2});
  New({.destination = "default6",
       .gateway = "2001:db8::9",
       .metrics = {{RTAX_MTU, 1400}, {RTAX_HOPLIMIT, 300}}});
  for (const char* to :
       {"10.9.1.1",      "10.10.1.1",     "10.11.1.1",       "10.12.1.1",
        "10.13.1.1",     "10.14.1.1",     "8.8.8.8",         "10.0.0.1",
        "10.0.0.77",     "10.0.0.255",    "127.0.0.1",       "127.1.2.3",
        "224.0.0.5",     "239.1.1.1",     "255.255.255.255", "0.0.0.0",
        "2001:db8:9::1", "2001:db8:a::1", "2001:db8:b::1",   "2001:db8:c::1",
        "2001:4860::1",  "2001:db8::1",   "2001:db8::77",    "::1"}) {
    Get(to);
    Get(to, RTM_F_LOOKUP_TABLE);
    Get(to, RTM_F_FIB_MATCH);
  }
  Get("8.8.8.8", 0, kEth1);
  Get("10.0.0.7", 0, kEth1);
  Get("2001:4860::1", 0, kEth1);
  Get("2001:db8::77", 0, kEth1);
  Get("fe80::77", 0, kEth0);
  Get("fe80::77", 0, kEth1);
  Get("ff02::5", 0, kEth1);
  Get("224.0.0.5", 0, kEth1);
  Get("8.8.8.8", 0, 0, "10.0.1.1");
  Get("8.8.8.8", 0, 0, "10.0.7.7");
  Get("2001:4860::1", 0, 0, "2001:db8:1::1");
  Get("8.8.8.8", 0, 0, "10.0.1.7", kEth1);
  Get("10.0.0.1", 0, 0, "10.0.1.7", kEth1);
  Get("2001:4860::1", 0, 0, "2001:db8:1::7", kEth1);
  Get("10.0.0.9", 0, 77);
  Get("10.0.0.9", 0, 0, "", 77);
  Forwarding(AF_INET, true);
  Get("8.8.8.8", 0, 0, "10.0.1.7", kEth1);
  Get("10.0.0.1", 0, 0, "10.0.1.7", kEth1);
  Get("10.0.0.77", 0, 0, "10.0.1.7", kEth1);
}

TEST_F(RouteTest, NoDefaultRoute) {
  for (const char* to : {"8.8.8.8", "10.0.5.5", "239.1.1.1", "2001:4860::1",
                         "ff0e::1", "fe80::1"}) {
    Get(to);
  }
  Get("8.8.8.8", 0, kEth0);
  Get("2001:4860::1", 0, kEth0);
}

TEST_F(RouteTest, Multipath4) {
  const R two = {.destination = "10.9.0.0/16",
                 .hops = {{0, "10.0.0.9", 1}, {0, "10.0.1.9", 3}}};
  New(two);
  New(two);
  New(two, kReplace);
  New({.destination = "10.9.0.0/16",
       .hops = {{0, "10.0.1.9", 1}, {kEth0, "", 2}, {kEth1, "10.0.1.8"}}},
      kReplace);
  New({.destination = "10.10.0.0/16", .hops = {{0, "10.0.0.9"}}});
  New({.destination = "10.11.0.0/16",
       .hops = {{0, "10.0.0.9"}, {0, "172.16.0.1"}}});
  New({.destination = "10.11.0.0/16",
       .hops = {{kEth0, "172.16.0.1", 1, RTNH_F_ONLINK}, {0, "10.0.1.9"}}});
  New({.destination = "10.12.0.0/16",
       .scope = 254,
       .hops = {{kEth0, ""}, {kEth1, ""}}});
  New({.destination = "10.12.0.0/16",
       .hops = {{kEth0, "", 1, RTNH_F_DEAD}, {kEth1, ""}}});
  Del({.destination = "10.9.0.0/16", .hops = {{0, "10.0.0.9"}}});
  New(two, kAppend);
  SetCable(0, false);
  Up(kEth0, false);
  Up(kEth0);
  SetCable(0, true);
  Up(kEth1, false);
  Up(kEth0, false);
  Up(kEth1);
}

TEST_F(RouteTest, Multipath6) {
  const R two = {.destination = "2001:db8:9::/48",
                 .hops = {{0, "2001:db8::9"}, {0, "2001:db8:1::9"}}};
  New(two);
  New(two);
  New(two, kReplace);
  New({.destination = "2001:db8:9::/48",
       .hops = {{0, "2001:db8::8"}, {0, "2001:db8::7"}, {kEth1, "fe80::7"}}},
      kReplace);
  New({.destination = "2001:db8:9::/48", .gateway = "2001:db8::6"}, kAppend);
  New({.destination = "2001:db8:9::/48",
       .hops = {{0, "2001:db8::5"}, {0, "2001:db8::8"}}},
      kAppend);
  Del({.destination = "2001:db8:9::/48", .gateway = "2001:db8::7"});
  Del({.destination = "2001:db8:9::/48",
       .hops = {{0, "2001:db8::8"}, {0, "2001:db8::6"}}});
  New(two, kReplace);
  Up(kEth0, false);
  Up(kEth0);
  AddAddress(kEth0, "2001:db8::1/64");
  New(two, kReplace);
  SetCable(0, false);
  SetCable(0, true);
  Del({.destination = "2001:db8:9::/48"});
  New(two);
  Up(kEth1, false);
  Up(kEth0, false);
}

TEST_F(RouteTest, Tables) {
  for (uint32_t table : {10u, 252u, 253u, 255u, 1000u, 266u}) {
    New({.destination = "10.9.0.0/16", .gateway = "10.0.0.9", .table = table});
    New({.destination = "2001:db8:9::/48",
         .gateway = "2001:db8::9",
         .table = table});
  }
  New({.destination = "10.9.0.0/24", .gateway = "10.0.0.9"});
  New({.destination = "10.9.0.0/32", .gateway = "10.0.0.9"});
  New({.destination = "10.0.0.0/8", .gateway = "10.0.0.9"});
  New({.destination = "10.128.0.0/9", .gateway = "10.0.0.9"});
  New({.destination = "2001:db8:9:1::/64", .gateway = "2001:db8::9"});
  New({.destination = "2001:db8::/32", .gateway = "2001:db8::9"});
  New({.destination = "4000::/3", .gateway = "2001:db8::9"});
  Get("10.9.1.1");
  Get("10.9.0.1");
  Del({.destination = "10.9.0.0/16", .table = 1000});
  Del({.destination = "2001:db8:9::/48", .table = 10});
  for (int strict : {1, 0}) {
    SetStrictCheck(strict);
    for (int family : {AF_UNSPEC, AF_INET, AF_INET6}) {
      for (uint32_t table : {0u, 10u, 254u, 1000u, 77u}) {
        MessageWriter m = Request(RTM_GETROUTE, NLM_F_DUMP);
        rtmsg header = {};
        header.rtm_family = family;
        m.Struct(header);
        if (table != 0) m.U32(RTA_TABLE, table);
        Ask(absl::StrCat("dump, family ", family, " table ", table, " strict ",
                         strict),
            m.Finish());
      }
      for (int protocol : {RTPROT_KERNEL, RTPROT_STATIC, RTPROT_BGP}) {
        MessageWriter m = Request(RTM_GETROUTE, NLM_F_DUMP);
        rtmsg header = {};
        header.rtm_family = family;
        header.rtm_protocol = protocol;
        m.Struct(header);
        Ask(absl::StrCat("dump, family ", family, " protocol ", protocol),
            m.Finish());
      }
      for (int type : {RTN_UNICAST, RTN_LOCAL}) {
        MessageWriter m = Request(RTM_GETROUTE, NLM_F_DUMP);
        rtmsg header = {};
        header.rtm_family = family;
        header.rtm_type = type;
        m.Struct(header);
        Ask("dump by type", m.Finish());
      }
      for (int oif : {kLo, kEth0, 77}) {
        MessageWriter m = Request(RTM_GETROUTE, NLM_F_DUMP);
        rtmsg header = {};
        header.rtm_family = family;
        m.Struct(header);
        m.U32(RTA_OIF, oif);
        Ask(absl::StrCat("dump by link ", oif), m.Finish());
      }
      for (uint32_t flags : {uint32_t{RTM_F_CLONED}, uint32_t{RTM_F_PREFIX},
                             uint32_t{RTM_F_NOTIFY}}) {
        MessageWriter m = Request(RTM_GETROUTE, NLM_F_DUMP);
        rtmsg header = {};
        header.rtm_family = family;
        header.rtm_flags = flags;
        m.Struct(header);
        Ask(absl::StrCat("dump with flags ", absl::Hex(flags), " family ",
                         family, " strict ", strict),
            m.Finish());
      }
    }
    MessageWriter bad = Request(RTM_GETROUTE, NLM_F_DUMP);
    rtmsg header = {};
    header.rtm_family = AF_INET;
    header.rtm_dst_len = 8;
    bad.Struct(header);
    Ask("dump with a length", bad.Finish());
    MessageWriter odd = Request(RTM_GETROUTE, NLM_F_DUMP);
    header.rtm_dst_len = 0;
    odd.Struct(header);
    odd.U32(RTA_PRIORITY, 1);
    Ask("dump with a priority", odd.Finish());
    MessageWriter brief = Request(RTM_GETROUTE, NLM_F_DUMP);
    brief.U32(0, 0);
    Ask("dump with a short header", brief.Finish());
  }
}

TEST_F(RouteTest, SourceAddressGoes) {
  New({.destination = "10.9.0.0/16",
       .gateway = "10.0.0.9",
       .source = "10.0.1.1"});
  New({.destination = "10.10.0.0/16",
       .gateway = "10.0.0.9",
       .table = 10,
       .source = "10.0.1.1"});
  New({.destination = "2001:db8:9::/48",
       .gateway = "2001:db8::9",
       .source = "2001:db8:1::1"});
  auto remove = [&](const char* text) {
    const IpPrefix prefix = *IpPrefix::Parse(text);
    MessageWriter m = Request(RTM_DELADDR);
    ifaddrmsg header = {};
    header.ifa_family = prefix.address.family();
    header.ifa_prefixlen = prefix.length;
    header.ifa_index = kEth1;
    m.Struct(header);
    m.Address(IFA_LOCAL, prefix.address);
    Do(absl::StrCat("delete ", text), m.Finish());
  };
  AddAddress(kEth1, "10.0.2.1/24");
  remove("10.0.1.1/24");
  remove("2001:db8:1::1/64");
}

}  // namespace
}  // namespace quiesce
