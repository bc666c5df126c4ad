// VLAN devices: how one is made, and how it follows the link that it is on.
// Where the kernel has none the cases are skipped; then net/8021q is what they
// follow.
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/link_requests.h"
#include "testdata/guests/netlink_message.h"

using namespace guest;

namespace {

std::string Id(uint16_t id) { return Number(IFLA_VLAN_ID, id); }

// "NAME" with "NAME.10" on it, which is down.
void MakeBoth(const std::string& name) {
  Make(NewLink(name, "dummy"));
  Make(NewLink(name + ".10", "vlan", Id(10), /*flags=*/0, IndexOf(name)));
}

bool IsUp(const std::string& name) {
  return LinkOf(name).As<ifinfomsg>()->ifi_flags & IFF_UP;
}

int Try(const std::string& name, const std::string& data, int flags,
        int lower) {
  Request request = NewLink(name, "vlan", data, flags, lower);
  return Ack(Route(), request);
}

}  // namespace

CASE(TakesAfterItsLink) {
  MakeBoth("a");
  EQ(Bytes("a.10", IFLA_ADDRESS), Bytes("a", IFLA_ADDRESS));
  EQ(Value("a.10", IFLA_MTU), Value("a", IFLA_MTU));
  EQ(Value("a.10", IFLA_LINK), static_cast<uint32_t>(IndexOf("a")));
}

CASE(WrongParameters) {
  MakeBoth("b");
  const int b = IndexOf("b");
  EQ(ErrnoName(Try("b.1", "", 0, b)), ErrnoName(EINVAL));
  EQ(ErrnoName(Try("b.1", Id(4095), 0, b)), ErrnoName(ERANGE));
  EQ(ErrnoName(Try("b.1", Id(1), 0, 0)), ErrnoName(EINVAL));
  EQ(ErrnoName(Try("b.1", Id(1), 0, 9999)), ErrnoName(ENODEV));
  EQ(ErrnoName(Try("b.1", Id(1), 0, IndexOf("lo"))), ErrnoName(EOPNOTSUPP));
  const uint16_t unknown = htons(0x1234);
  EQ(ErrnoName(Try("b.1", Id(1) + Number(IFLA_VLAN_PROTOCOL, unknown), 0, b)),
     ErrnoName(EPROTONOSUPPORT));
}

CASE(OneOfAnId) {
  MakeBoth("c");
  EQ(ErrnoName(Try("other", Id(10), 0, IndexOf("c"))), ErrnoName(EEXIST));
  EQ(ErrnoName(Try("c.10", Id(11), 0, IndexOf("c"))), ErrnoName(EEXIST));
}

CASE(UpOnlyIfItsLinkIs) {
  MakeBoth("d");
  SetUp(IndexOf("d"), false);
  EQ(ErrnoName(Try("d.11", Id(11), IFF_UP, IndexOf("d"))), ErrnoName(ENETDOWN));
  EQ(IndexOf("d.11"), 0);  // nothing is left of it
  SetUp(IndexOf("d"), true);
  SetUp(IndexOf("d.10"), true);
  TRUE(IsUp("d.10"));
}

CASE(GoesDownAndUpWithItsLink) {
  MakeBoth("e");
  SetUp(IndexOf("e.10"), true);
  SetUp(IndexOf("e"), false);
  TRUE(!IsUp("e.10"));
  SetUp(IndexOf("e"), true);
  TRUE(IsUp("e.10"));
}

CASE(GoesWithItsLink) {
  MakeBoth("f");
  EQ(DeleteLink("f"), 0);
  EQ(IndexOf("f.10"), 0);
}

CASE(TagsInTags) {
  MakeBoth("g");
  EQ(Try("g.10.20", Id(20), 0, IndexOf("g.10")), 0);
  EQ(Value("g.10.20", IFLA_LINK), static_cast<uint32_t>(IndexOf("g.10")));
}

CASE(KindAndIdAreTold) {
  MakeBoth("h");
  const std::string info = Bytes("h.10", IFLA_LINKINFO);
  TRUE(info.find("vlan") != std::string::npos);
  TRUE(info.find(Id(10)) != std::string::npos);
}
