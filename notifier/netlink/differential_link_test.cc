// Links, addresses and what follows from them: the kernel's answers and ours.
#include <linux/netconf.h>

#include "notifier/netlink/testing/both_worlds.h"

namespace quiesce {
namespace {

class LinkTest : public BothWorlds {};

TEST_F(LinkTest, NewNamespace) { CompareState("as made"); }

TEST_F(LinkTest, UpAndDown) {
  Up(kLo);
  Up(kEth0);
  Up(kEth1);
  Up(kEth0, false);
  Up(kLo, false);
  Up(kEth0);
  Up(kLo);
}

TEST_F(LinkTest, AddressesThenDownAndUp) {
  Usual();
  Up(kEth0, false);
  Up(kEth0);
  Up(kEth1, false);
}

TEST_F(LinkTest, Cables) {
  Usual();
  SetCable(0, false);
  SetCable(0, true);
  SetCable(1, false);
  Up(kEth1, false);
  Up(kEth1);
  SetCable(1, true);
}

TEST_F(LinkTest, AddressesBeforeUp) {
  AddAddress(kEth0, "10.0.0.1/24");
  AddAddress(kEth0, "2001:db8::1/64");
  AddAddress(kEth0, "10.0.0.2/24");
  Up(kEth0);
}

TEST_F(LinkTest, ManyAddresses) {
  Up(kEth0);
  for (const char* text :
       {"10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/25", "10.1.0.1/32",
        "10.2.0.0/31", "10.3.0.0/16", "0.1.2.3/8", "2001:db8::1/64",
        "2001:db8::2/64", "2001:db8::3/128", "fd00::1/48", "fe80::99/64",
        "fec0::1/64", "2001:db8::1/64", "10.0.0.1/24", "10.0.0.1/25"}) {
    AddAddress(kEth0, text);
  }
}

class AddressTest : public BothWorlds {
 protected:
  std::string Message(uint16_t type, uint16_t flags, int ifindex,
                      const std::string& text, int scope = 0) {
    const IpPrefix prefix = *IpPrefix::Parse(text);
    MessageWriter m = Request(type, flags);
    ifaddrmsg header = {};
    header.ifa_family = prefix.address.family();
    header.ifa_prefixlen = prefix.length;
    header.ifa_index = ifindex;
    header.ifa_scope = scope;
    m.Struct(header);
    m.Address(IFA_LOCAL, prefix.address);
    if (!broadcast_.empty()) m.Address(IFA_BROADCAST, Ip(broadcast_));
    if (!peer_.empty()) m.Address(IFA_ADDRESS, Ip(peer_));
    if (!label_.empty()) m.Text(IFA_LABEL, label_);
    if (flags_ != 0) m.U32(IFA_FLAGS, flags_);
    if (priority_ != 0) m.U32(IFA_RT_PRIORITY, priority_);
    if (has_lifetime_) {
      ifa_cacheinfo cache = {};
      cache.ifa_valid = valid_;
      cache.ifa_prefered = preferred_;
      m.Put(IFA_CACHEINFO, &cache, sizeof(cache));
    }
    return m.Finish();
  }
  void Lifetime(uint32_t valid, uint32_t preferred) {
    has_lifetime_ = true;
    valid_ = valid;
    preferred_ = preferred;
  }

  std::string broadcast_, peer_, label_;
  uint32_t flags_ = 0, priority_ = 0;
  bool has_lifetime_ = false;
  uint32_t valid_ = 0, preferred_ = 0;
};

TEST_F(AddressTest, Deleting) {
  Usual();
  AddAddress(kEth0, "10.0.0.2/24");
  AddAddress(kEth0, "10.0.9.9/16");
  AddAddress(kEth0, "2001:db8::2/64");
  Do("no such", Message(RTM_DELADDR, 0, kEth0, "10.0.0.7/24"));
  Do("no such length", Message(RTM_DELADDR, 0, kEth0, "10.0.0.2/25"));
  Do("secondary", Message(RTM_DELADDR, 0, kEth0, "10.0.0.2/24"));
  AddAddress(kEth0, "10.0.0.2/24");
  Do("primary", Message(RTM_DELADDR, 0, kEth0, "10.0.0.1/24"));
  Do("last", Message(RTM_DELADDR, 0, kEth0, "10.0.9.9/16"));
  Do("v6, no such", Message(RTM_DELADDR, 0, kEth0, "2001:db8::7/64"));
  Do("v6, no such length", Message(RTM_DELADDR, 0, kEth0, "2001:db8::1/65"));
  Do("v6, one of two", Message(RTM_DELADDR, 0, kEth0, "2001:db8::1/64"));
  Do("v6, the last", Message(RTM_DELADDR, 0, kEth0, "2001:db8::2/64"));
  Do("no such link", Message(RTM_DELADDR, 0, 77, "10.0.0.7/24"));
  Do("v6, no such link", Message(RTM_DELADDR, 0, 77, "2001:db8::7/64"));
}

TEST_F(AddressTest, Broadcast) {
  Up(kEth0);
  broadcast_ = "10.0.0.255";
  Do("usual", Message(RTM_NEWADDR, kAdd, kEth0, "10.0.0.1/24"));
  Do("secondary", Message(RTM_NEWADDR, kAdd, kEth0, "10.0.0.2/24"));
  broadcast_ = "10.9.9.9";
  Do("odd", Message(RTM_NEWADDR, kAdd, kEth0, "10.1.0.1/24"));
  broadcast_ = "255.255.255.255";
  Do("limited", Message(RTM_NEWADDR, kAdd, kEth0, "10.2.0.1/24"));
  broadcast_ = "";
  Do("delete odd", Message(RTM_DELADDR, 0, kEth0, "10.1.0.1/24"));
  Do("delete secondary", Message(RTM_DELADDR, 0, kEth0, "10.0.0.2/24"));
  Do("delete primary", Message(RTM_DELADDR, 0, kEth0, "10.0.0.1/24"));
}

TEST_F(AddressTest, Peer) {
  Up(kEth0);
  peer_ = "10.9.0.1";
  Do("v4", Message(RTM_NEWADDR, kAdd, kEth0, "10.0.0.1/32"));
  Do("v4 again", Message(RTM_NEWADDR, kAdd, kEth0, "10.0.0.1/32"));
  peer_ = "10.9.0.2";
  Do("v4 other peer", Message(RTM_NEWADDR, kAdd, kEth0, "10.0.0.1/32"));
  Do("v4 delete", Message(RTM_DELADDR, 0, kEth0, "10.0.0.1/32"));
  peer_ = "2001:db8:9::1";
  Do("v6", Message(RTM_NEWADDR, kAdd, kEth0, "2001:db8::1/128"));
  Do("v6 delete", Message(RTM_DELADDR, 0, kEth0, "2001:db8::1/128"));
}

TEST_F(AddressTest, FlagsAndScopes) {
  Up(kEth0);
  label_ = "eth0:1";
  Do("label", Message(RTM_NEWADDR, kAdd, kEth0, "10.0.0.1/24"));
  label_ = "";
  Do("host scope", Message(RTM_NEWADDR, kAdd, kEth0, "10.1.0.1/24", 254));
  Do("link scope", Message(RTM_NEWADDR, kAdd, kEth0, "10.2.0.1/24", 253));
  Do("other scope", Message(RTM_NEWADDR, kAdd, kEth0, "10.2.0.2/24", 0));
  flags_ = IFA_F_NOPREFIXROUTE;
  Do("no prefix route", Message(RTM_NEWADDR, kAdd, kEth0, "10.3.0.1/24"));
  Do("v6", Message(RTM_NEWADDR, kAdd, kEth0, "2001:db8:3::1/64"));
  Do("v6 gone", Message(RTM_DELADDR, 0, kEth0, "2001:db8:3::1/64"));
  flags_ = IFA_F_NODAD;
  Do("nodad", Message(RTM_NEWADDR, kAdd, kEth0, "2001:db8:4::1/64"));
  Do("nodad on v4", Message(RTM_NEWADDR, kAdd, kEth0, "10.4.0.1/24"));
  flags_ = 0;
  priority_ = 77;
  Do("metric", Message(RTM_NEWADDR, kAdd, kEth0, "10.5.0.1/24"));
  Do("v6 metric", Message(RTM_NEWADDR, kAdd, kEth0, "2001:db8:5::1/64"));
  priority_ = 78;
  Do("change metric",
     Message(RTM_NEWADDR, NLM_F_REPLACE, kEth0, "10.5.0.1/24"));
}

TEST_F(AddressTest, Refused) {
  Up(kLo);
  Up(kEth0);
  Do("no link", Message(RTM_NEWADDR, kAdd, 77, "10.0.0.1/24"));
  Do("v6 no link", Message(RTM_NEWADDR, kAdd, 77, "2001:db8::1/64"));
  Do("multicast", Message(RTM_NEWADDR, kAdd, kEth0, "ff02::5/64"));
  Do("any", Message(RTM_NEWADDR, kAdd, kEth0, "::/64"));
  Do("loopback elsewhere", Message(RTM_NEWADDR, kAdd, kEth0, "::1/128"));
  Lifetime(0, 0);
  Do("no life", Message(RTM_NEWADDR, kAdd, kEth0, "10.0.0.1/24"));
  Do("v6 no life", Message(RTM_NEWADDR, kAdd, kEth0, "2001:db8::1/64"));
  Lifetime(10, 20);
  Do("prefers to be dead", Message(RTM_NEWADDR, kAdd, kEth0, "10.0.0.1/24"));
  Do("v6", Message(RTM_NEWADDR, kAdd, kEth0, "2001:db8::1/64"));
  MessageWriter m = Request(RTM_NEWADDR, kAdd);
  ifaddrmsg header = {};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = 24;
  header.ifa_index = kEth0;
  m.Struct(header);
  Do("no address", m.Finish());
  MessageWriter m6 = Request(RTM_NEWADDR, kAdd);
  header.ifa_family = AF_INET6;
  m6.Struct(header);
  Do("v6 no address", m6.Finish());
  MessageWriter lengths = Request(RTM_NEWADDR, kAdd);
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = 33;
  lengths.Struct(header);
  lengths.Address(IFA_LOCAL, Ip("10.0.0.1"));
  Do("length 33", lengths.Finish());
  MessageWriter shorter = Request(RTM_NEWADDR, kAdd);
  header.ifa_prefixlen = 24;
  shorter.Struct(header);
  shorter.U16(IFA_LOCAL, 1);
  Do("short address", shorter.Finish());
}

TEST_F(AddressTest, LoopbackHasMore) {
  Up(kLo);
  AddAddress(kLo, "10.255.0.1/32");
  AddAddress(kLo, "2001:db8:ff::1/128");
  AddAddress(kLo, "2001:db8:fe::1/64");
  AddAddress(kLo, "127.0.0.2/8");
  Do("delete", Message(RTM_DELADDR, 0, kLo, "10.255.0.1/32"));
  Do("delete 127", Message(RTM_DELADDR, 0, kLo, "127.0.0.1/8"));
  Do("delete v6", Message(RTM_DELADDR, 0, kLo, "2001:db8:ff::1/128"));
  Up(kLo, false);
  Up(kLo);
}

TEST_F(AddressTest, Forwarding) {
  Usual();
  Forwarding(AF_INET6, true);
  AddAddress(kEth0, "2001:db8::2/64");
  Do("delete", Message(RTM_DELADDR, 0, kEth0, "2001:db8::1/64"));
  Do("delete", Message(RTM_DELADDR, 0, kEth0, "2001:db8::2/64"));
  Forwarding(AF_INET6, false);
  Forwarding(AF_INET, true);
}

}  // namespace
}  // namespace quiesce
