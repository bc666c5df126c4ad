// Graceful restart (RFC 4724): while the BGP daemon of a router is killed and
// started again, its neighbours keep the routes that they had from it, and the
// kernel of the router goes on forwarding.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

// r1 (BIRD) - r2 (FRR) - r3 (FRR). r2's bgpd is killed at 100 s and started
// again at 110 s.
std::string Network(const std::string& frr, const std::string& bird) {
  const auto router = [&](int n, const std::string& neighbors) {
    return absl::StrCat("router bgp 6500", n, "\\n bgp router-id 192.0.2.", n,
                        "\\n no bgp ebgp-requires-policy\\n"
                        " no bgp network import-check\\n ",
                        frr, "\\n", neighbors,
                        " address-family ipv4 unicast\\n  network 10.0.", n,
                        ".0/24\\n");
  };
  std::string text =
      "# proto-file: proto/topology.proto\n"
      "# proto-message: quiesce.proto.Topology\n"
      "node { name: \"r1\" image: \"bird\""
      " interface { name: \"lo\" address: \"10.0.1.1/24\" }"
      " interface { name: \"eth1\" address: \"172.16.0.0/31\" }"
      " config { daemon: \"bird\" content: \"router id 192.0.2.1;\\n"
      "protocol device {}\\n"
      "protocol static { ipv4; route 10.0.1.0/24 blackhole; }\\n"
      "protocol kernel { ipv4 { import none; export where source = RTS_BGP; };"
      " }\\nprotocol bgp { local 172.16.0.0 as 65001;\\n"
      " neighbor 172.16.0.1 as 65002; ";
  absl::StrAppend(
      &text, bird,
      "\\n ipv4 { import all; export where source = RTS_STATIC; }; }\\n\" } }\n"
      "node { name: \"r2\" image: \"frr\""
      " interface { name: \"lo\" address: \"10.0.2.1/24\" }"
      " interface { name: \"eth1\" address: \"172.16.0.1/31\" }"
      " interface { name: \"eth2\" address: \"172.16.0.2/31\" }"
      " config { daemon: \"frr\" content: \"",
      router(2,
             " neighbor 172.16.0.0 remote-as 65001\\n"
             " neighbor 172.16.0.3 remote-as 65003\\n"),
      "\" } }\n"
      "node { name: \"r3\" image: \"frr\""
      " interface { name: \"lo\" address: \"10.0.3.1/24\" }"
      " interface { name: \"eth1\" address: \"172.16.0.3/31\" }"
      " config { daemon: \"frr\" content: \"",
      router(3, " neighbor 172.16.0.2 remote-as 65002\\n"),
      "\" } }\n"
      "link { a { node: \"r1\" interface: \"eth1\" }"
      " b { node: \"r2\" interface: \"eth1\" } }\n"
      "link { a { node: \"r2\" interface: \"eth2\" }"
      " b { node: \"r3\" interface: \"eth1\" } }\n"
      "event { at_seconds: 100"
      " process_kill { node: \"r2\" process: \"bgpd\" } }\n"
      "event { at_seconds: 110"
      " process_start { node: \"r2\" process: \"bgpd\" } }\n");
  const std::string path = FreshPath("net.textproto");
  WriteFile(path, text);
  return "--topo=file:" + path;
}

// How often the FIB of `node` changes for `prefix` while r2's bgpd is away.
int ChangesMeanwhile(const std::string& out, const std::string& node,
                     const std::string& prefix) {
  int changes = 0;
  for (const std::string& line : Lines(ReadFile(out + "/fib_changes.jsonl"))) {
    const nlohmann::json change = nlohmann::json::parse(line);
    const int64_t time = change["time"];
    changes += change["node"] == node && change["network"] == prefix &&
               time >= 100'000'000'000 && time < 110'000'000'000;
  }
  return changes;
}

std::string RunIt(const std::string& frr, const std::string& bird) {
  const std::string out = FreshPath("out");
  const Result run =
      Quiesce({Network(frr, bird), "--out=" + out, "--fib_log=out"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  // Everybody has everything in the end, either way.
  const std::string fib = ReadFile(out + "/fib.csv");
  for (const char* route :
       {"r1,default,10.0.2.0/24", "r1,default,10.0.3.0/24",
        "r3,default,10.0.1.0/24", "r3,default,10.0.2.0/24"}) {
    EXPECT_TRUE(Contains(fib, route)) << route;
  }
  return out;
}

// Whose FIB, and the prefix that is beyond r2.
struct Beyond {
  const char* node;
  const char* prefix;
};
constexpr Beyond kBeyond[] = {{"r1", "10.0.3.0/24"},
                              {"r3", "10.0.1.0/24"},
                              {"r2", "10.0.1.0/24"},
                              {"r2", "10.0.3.0/24"}};

// While FRR 8.4 has heard of the end of the routes from one neighbour and not
// from the other, its event loop does not wait.
TEST(GracefulRestart, EverybodyKeepsTheRoutes) {
  NEED_IMAGE("frr");
  NEED_IMAGE("bird");
  const std::string out =
      RunIt("bgp graceful-restart\\n bgp graceful-restart preserve-fw-state",
            "graceful restart on;");
  for (const Beyond& at : kBeyond) {
    EXPECT_EQ(ChangesMeanwhile(out, at.node, at.prefix), 0)
        << at.node << " " << at.prefix;
  }
}

TEST(GracefulRestart, WithoutItNobodyDoes) {
  NEED_IMAGE("frr");
  NEED_IMAGE("bird");
  const std::string out =
      RunIt("bgp graceful-restart-disable", "graceful restart off;");
  for (const Beyond& at : kBeyond) {
    EXPECT_EQ(ChangesMeanwhile(out, at.node, at.prefix), 1)
        << at.node << " " << at.prefix;
  }
}

}  // namespace
}  // namespace quiesce::system_test
