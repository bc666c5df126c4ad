// Bridge devices: what they take from their ports, and who can be one.
#include <errno.h>
#include <linux/if_link.h>
#include <poll.h>
#include <string.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/link_requests.h"
#include "testdata/guests/netlink_message.h"

using namespace guest;

namespace {

constexpr uint32_t kOperUp = 6;  // IF_OPER_UP

std::string Mac(int last) {
  const char bytes[] = {2, 0, 0, 0, 0, static_cast<char>(last)};
  return std::string(bytes, sizeof(bytes));
}

int Join(const std::string& port, const std::string& bridge) {
  Request request = Enslave(port, bridge.empty() ? 0 : IndexOf(bridge));
  return Ack(Route(), request);
}

// What Linux knows of a cable it tells the ports' bridge a moment later.
void WaitForCarrier(const std::string& name, uint32_t wanted) {
  for (int i = 0; i < 1000 && Value(name, IFLA_CARRIER) != wanted; ++i) {
    poll(nullptr, 0, 1);
  }
  EQ(Value(name, IFLA_CARRIER), wanted);
}

// A link of its own with a carrier; where there are no dummies, an end of a
// cable.
void MakePort(const std::string& name) {
  Request dummy = NewLink(name, "dummy");
  if (Ack(Route(), dummy) == 0) return;
  Make(NewLink(name, "veth"));
  SetUp(Value(name, IFLA_LINK), true);
  for (int i = 0; i < 1000 && Value(name, IFLA_OPERSTATE) != kOperUp; ++i) {
    poll(nullptr, 0, 1);
  }
}

// A bridge and two ports that are not in it; each case has names of its own,
// since all of them share one namespace.
void MakeThree(const std::string& name) {
  Make(NewLink(name, "bridge"));
  for (int i : {1, 2}) {
    const std::string port = name + std::to_string(i);
    MakePort(port);
    EQ(Change(port, IFLA_ADDRESS, Mac(i)), 0);
  }
}

}  // namespace

CASE(CarrierUntilThereHasBeenAPort) {
  MakeThree("a");
  EQ(Value("a", IFLA_CARRIER), 1u);
  EQ(Join("a1", "a"), 0);
  EQ(Join("a1", ""), 0);
  WaitForCarrier("a", 0);
}

CASE(CarrierOfABridgeThatIsDown) {
  MakeThree("n");
  SetUp(IndexOf("n"), false);
  EQ(Join("n1", "n"), 0);
  SetUp(IndexOf("n1"), false);
  SetUp(IndexOf("n"), true);
  WaitForCarrier("n", 0);
  SetUp(IndexOf("n1"), true);
  WaitForCarrier("n", 1);
}

CASE(CarrierFollowsPorts) {
  MakeThree("b");
  EQ(Join("b1", "b"), 0);
  EQ(Join("b2", "b"), 0);
  WaitForCarrier("b", 1);
  SetUp(IndexOf("b1"), false);
  WaitForCarrier("b", 1);
  SetUp(IndexOf("b2"), false);
  WaitForCarrier("b", 0);
  SetUp(IndexOf("b2"), true);
  WaitForCarrier("b", 1);
}

CASE(PortsNameTheirMaster) {
  MakeThree("c");
  EQ(Value("c1", IFLA_MASTER), 0u);
  EQ(Join("c1", "c"), 0);
  EQ(Value("c1", IFLA_MASTER), static_cast<uint32_t>(IndexOf("c")));
  EQ(Value("c1", IFLA_PROMISCUITY), 1u);
  EQ(Join("c1", ""), 0);
  EQ(Value("c1", IFLA_MASTER), 0u);
  EQ(Value("c1", IFLA_PROMISCUITY), 0u);
}

CASE(AddressIsTheLeastOfThePorts) {
  MakeThree("d");
  EQ(Join("d2", "d"), 0);
  EQ(Bytes("d", IFLA_ADDRESS), Mac(2));
  EQ(Join("d1", "d"), 0);
  EQ(Bytes("d", IFLA_ADDRESS), Mac(1));
  EQ(Join("d1", ""), 0);
  EQ(Bytes("d", IFLA_ADDRESS), Mac(2));
}

CASE(AddressThatWasGivenStays) {
  MakeThree("e");
  EQ(Change("e", IFLA_ADDRESS, Mac(9)), 0);
  EQ(Join("e1", "e"), 0);
  EQ(Bytes("e", IFLA_ADDRESS), Mac(9));
}

CASE(MtuIsTheLeastOfThePorts) {
  MakeThree("f");
  const uint32_t mtu = 1400;
  EQ(Change("f2", IFLA_MTU, std::string((const char*)&mtu, sizeof(mtu))), 0);
  EQ(Join("f1", "f"), 0);
  EQ(Value("f", IFLA_MTU), 1500u);
  EQ(Join("f2", "f"), 0);
  EQ(Value("f", IFLA_MTU), 1400u);
}

CASE(PortsMoveFromOneToAnother) {
  MakeThree("g");
  MakeThree("h");
  EQ(Join("g1", "g"), 0);
  EQ(Join("g1", "h"), 0);
  EQ(Value("g1", IFLA_MASTER), static_cast<uint32_t>(IndexOf("h")));
  EQ(Value("g1", IFLA_PROMISCUITY), 1u);
  WaitForCarrier("g", 0);
  WaitForCarrier("h", 1);
}

CASE(DeletedBridgesLeaveTheirPorts) {
  MakeThree("i");
  EQ(Join("i1", "i"), 0);
  EQ(DeleteLink("i"), 0);
  EQ(Value("i1", IFLA_MASTER), 0u);
  EQ(Value("i1", IFLA_PROMISCUITY), 0u);
}

CASE(DeletedPortsLeaveTheirBridge) {
  MakeThree("j");
  EQ(Join("j1", "j"), 0);
  EQ(DeleteLink("j1"), 0);
  WaitForCarrier("j", 0);
}

CASE(WhoCannotBeAPort) {
  MakeThree("k");
  EQ(ErrnoName(Join("lo", "k")), ErrnoName(EINVAL));
  Make(NewLink("kk", "bridge"));
  EQ(ErrnoName(Join("kk", "k")), ErrnoName(ELOOP));
  EQ(ErrnoName(Join("k1", "k2")), ErrnoName(EOPNOTSUPP));
}

CASE(WrongRequests) {
  MakeThree("m");
  Request twice = NewLink("m", "bridge");
  ACK(Route(), twice, EEXIST);
  Request unknown = NewLink("m9", "no such kind");
  ACK(Route(), unknown, EOPNOTSUPP);
}
