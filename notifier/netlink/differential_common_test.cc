// Neighbours, netconf, changes of links, filters of dumps and the framing that
// all requests share, as the kernel answers and as we do.
#include <linux/fib_rules.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>

#include "absl/strings/str_cat.h"
#include "notifier/netlink/testing/both_worlds.h"

namespace quiesce {
namespace {

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

TEST_F(CommonTest, NeighboursOfALinkWithoutArp) {
  MessageWriter off = Request(RTM_NEWLINK);
  ifinfomsg link = {};
  link.ifi_index = kEth0;
  link.ifi_flags = link.ifi_change = IFF_NOARP;
  off.Struct(link);
  Do("arp off", off.Finish());
  Up(kEth0);
  AddAddress(kEth0, "10.0.0.1/24");
  for (uint16_t state : {NUD_PERMANENT, NUD_REACHABLE, NUD_STALE, NUD_NOARP}) {
    for (bool with_mac : {true, false}) {
      MessageWriter m = Request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
      ndmsg header = {};
      header.ndm_family = AF_INET;
      header.ndm_ifindex = kEth0;
      header.ndm_state = state;
      m.Struct(header);
      m.Address(NDA_DST, IpAddress::V4(0x0a000000 + state + with_mac));
      const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
      if (with_mac) m.Put(NDA_LLADDR, mac, sizeof(mac));
      Ask(absl::StrCat("state ", state, " mac ", with_mac), m.Finish());
      MessageWriter get = Request(RTM_GETNEIGH);
      header.ndm_state = 0;
      get.Struct(header);
      get.Address(NDA_DST, IpAddress::V4(0x0a000000 + state + with_mac));
      Ask("get", get.Finish());
    }
  }
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
