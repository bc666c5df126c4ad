// Macvlan devices: the kernel's answers and ours.
#include "notifier/netlink/testing/both_worlds.h"

namespace quiesce {
namespace {

class MacvlanTest : public BothWorlds {
 protected:
  static constexpr int kUpper = 7;

  std::string New(int lower, int mode = MACVLAN_MODE_BRIDGE,
                  int ifindex = kUpper, const std::string& name = "vrrp4-1") {
    MessageWriter m = Request(RTM_NEWLINK, kAdd);
    ifinfomsg header = {};
    header.ifi_index = ifindex;
    m.Struct(header);
    m.Text(IFLA_IFNAME, name);
    const uint8_t mac[] = {0, 0, 0x5e, 0, 1, static_cast<uint8_t>(ifindex)};
    m.Put(IFLA_ADDRESS, mac, sizeof(mac));
    if (lower != 0) m.U32(IFLA_LINK, lower);
    const size_t info = m.BeginNest(IFLA_LINKINFO);
    m.Text(IFLA_INFO_KIND, "macvlan");
    const size_t data = m.BeginNest(IFLA_INFO_DATA);
    m.U32(IFLA_MACVLAN_MODE, mode);
    m.EndNest(data);
    m.EndNest(info);
    return m.Finish();
  }
  std::string ProtoDown(int ifindex, bool down) {
    MessageWriter m = Request(RTM_SETLINK);
    ifinfomsg header = {};
    header.ifi_index = ifindex;
    m.Struct(header);
    m.U8(IFLA_PROTO_DOWN, down);
    return m.Finish();
  }
  std::string Reason(uint32_t mask, uint32_t value) {
    MessageWriter m = Request(RTM_SETLINK);
    ifinfomsg header = {};
    header.ifi_index = kUpper;
    m.Struct(header);
    const size_t nest = m.BeginNest(IFLA_PROTO_DOWN_REASON);
    m.U32(IFLA_PROTO_DOWN_REASON_MASK, mask);
    m.U32(IFLA_PROTO_DOWN_REASON_VALUE, value);
    m.EndNest(nest);
    return m.Finish();
  }
  std::string Delete(int ifindex) {
    MessageWriter m = Request(RTM_DELLINK);
    ifinfomsg header = {};
    header.ifi_index = ifindex;
    m.Struct(header);
    return m.Finish();
  }
};

TEST_F(MacvlanTest, ComesAndGoes) {
  Usual();
  Do("new", New(kEth0));
  Up(kUpper);
  AddAddress(kUpper, "10.0.0.254/32");
  AddAddress(kUpper, "2001:db8::fe/128");
  Do("again", New(kEth0));
  Do("delete", Delete(kUpper));
}

TEST_F(MacvlanTest, FollowsTheLinkBeneath) {
  Do("on a link that is down", New(kEth0));
  Up(kEth0);
  Up(kUpper);
  AddAddress(kUpper, "10.0.0.254/32");
  SetCable(0, false);
  SetCable(0, true);
  Up(kEth0, false);
  Up(kEth0);
}

TEST_F(MacvlanTest, ModesAndMistakes) {
  Usual();
  Do("on nothing", New(0));
  Do("on no link", New(99));
  Do("on the loopback", New(kLo));
  Do("unknown mode", New(kEth0, 99));
  Do("private", New(kEth0, MACVLAN_MODE_PRIVATE));
  Do("on another", New(kUpper, MACVLAN_MODE_BRIDGE, 8, "second"));
  Up(8);
  Do("delete the first", Delete(kUpper));
}

TEST_F(MacvlanTest, ProtoDown) {
  Usual();
  Do("new", New(kEth0));
  Up(kUpper);
  AddAddress(kUpper, "10.0.0.254/32");
  Do("down", ProtoDown(kUpper, true));
  Do("down again", ProtoDown(kUpper, true));
  Do("up", ProtoDown(kUpper, false));
  Do("for a reason", Reason(8, 8));
  Do("down", ProtoDown(kUpper, true));
  Do("up, with a reason", ProtoDown(kUpper, false));
  Do("no reason any more", Reason(8, 0));
  Do("up", ProtoDown(kUpper, false));
}

TEST_F(MacvlanTest, OthersHaveNoProtoDown) {
  Usual();
  Do("loopback", ProtoDown(kLo, true));
}

}  // namespace
}  // namespace quiesce
