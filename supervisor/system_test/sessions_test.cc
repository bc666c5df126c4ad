// What decides whether a session comes up: passwords, TTL security, distance,
// and who is at the other end.
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

struct Pair {
  std::string name;
  std::string image1, image2;
  std::string neighbor1, neighbor2;  // fields of the two Neighbor messages
  int established;
};

void PrintTo(const Pair& pair, std::ostream* out) { *out << pair.name; }

class TwoRouters : public testing::TestWithParam<Pair> {};

TEST_P(TwoRouters, Sessions) {
  const Pair& pair = GetParam();
  NEED_IMAGE(pair.image1);
  NEED_IMAGE(pair.image2);
  const std::string path = FreshPath("net.textproto");
  std::string text =
      "# proto-file: proto/topology.proto\n"
      "# proto-message: quiesce.proto.Topology\n";
  const auto router = [&](int n, const std::string& image,
                          const std::string& neighbor) {
    absl::StrAppend(
        &text, "node { name: \"r", n, "\" image: \"", image, "\"",
        " interface { name: \"lo\" address: \"10.0.", n,
        ".1/24\" } interface { name: \"eth1\" address: \"172.16.0.", n - 1,
        "/31\" address: \"fd00::", n - 1, "/127\" } bgp { asn: 6500", n,
        " network: \"10.0.", n, ".0/24\" neighbor { peer: \"r", 3 - n,
        "\" address: \"172.16.0.", 2 - n, "\" ", neighbor, " } } }\n");
  };
  router(1, pair.image1, pair.neighbor1);
  router(2, pair.image2, pair.neighbor2);
  text +=
      "link { a { node: \"r1\" interface: \"eth1\" }"
      " b { node: \"r2\" interface: \"eth1\" } }\n";
  WriteFile(path, text);
  const std::string out = FreshPath("out");
  const Result run = Quiesce({"--topo=file:" + path, "--out=" + out});
  const nlohmann::json summary = ReadJson(out + "/summary.json");
  EXPECT_EQ(summary["converged"], true) << testing::PrintToString(run);
  EXPECT_EQ(summary["sessionsEstablished"], pair.established)
      << testing::PrintToString(run);
  // The far end's prefix is in the RIB exactly if there is a session.
  int received = 0;
  for (const std::string& line : Lines(ReadFile(out + "/rib.jsonl"))) {
    const nlohmann::json row = nlohmann::json::parse(line);
    const bool first = row["Node"] == "r1";
    received +=
        row["Network"] == (first ? "10.0.2.0/24" : "10.0.1.0/24") &&
        row["Received_From_IP"] == (first ? "172.16.0.1" : "172.16.0.0");
  }
  EXPECT_EQ(received, pair.established);
  for (const std::string& image : {pair.image1, pair.image2}) {
    if (image == "gobgp" || image == "openbgpd") return;  // no FIB
  }
  EXPECT_EQ(run.code, pair.established == 2 ? 0 : 1)
      << testing::PrintToString(run);
  EXPECT_EQ(Contains(ReadFile(out + "/fib.csv"), "r1,default,10.0.2.0/24"),
            pair.established == 2);
}

std::vector<Pair> Pairs() {
  std::vector<Pair> pairs;
  const std::string a = "password: \"open-sesame\"", b = "password: \"sesame\"";
  for (const auto& [x, y] : std::vector<std::pair<std::string, std::string>>{
           {"frr", "frr"},
           {"bird", "bird"},
           {"frr", "bird"},
           {"openbgpd", "frr"},
           {"bird", "openbgpd"},
           {"openbgpd", "gobgp"}}) {
    const std::string both = x + "_" + y;
    pairs.push_back({both + "_plain", x, y, "", "", 2});
    pairs.push_back({both + "_equal_passwords", x, y, a, a, 2});
    pairs.push_back({both + "_different_passwords", x, y, a, b, 0});
    pairs.push_back({both + "_one_password", x, y, a, "", 0});
    pairs.push_back({both + "_ttl_security", x, y, "ttl_security_hops: 1",
                     "ttl_security_hops: 1", 2});
    pairs.push_back({both + "_one_passive", x, y, "passive: true", "", 2});
    // GoBGP opens a session that is refused again every few seconds: that
    // network never comes to rest.
    if (y == "gobgp") continue;
    pairs.push_back({both + "_wrong_as", x, y, "remote_as: 64999", "", 0});
  }
  return pairs;
}

INSTANTIATE_TEST_SUITE_P(Pairs, TwoRouters, testing::ValuesIn(Pairs()),
                         [](const testing::TestParamInfo<Pair>& pair) {
                           return pair.param.name;
                         });

// A Go program: raw system calls, its own lookup in the vDSO, edge-triggered
// epoll.
TEST(Gobgp, IsToldTheRoutesOfFrr) {
  NEED_IMAGE("gobgp");
  NEED_IMAGE("frr");
  const std::string path = FreshPath("net.textproto");
  WriteFile(path,
            "# proto-file: proto/topology.proto\n"
            "# proto-message: quiesce.proto.Topology\n"
            "node { name: \"r1\" image: \"frr\""
            " interface { name: \"lo\" address: \"10.0.1.1/24\" }"
            " interface { name: \"eth1\" address: \"172.16.0.0/31\" }"
            " bgp { asn: 65001 network: \"10.0.1.0/24\""
            " neighbor { peer: \"r2\" } } }\n"
            "node { name: \"r2\" image: \"gobgp\""
            " interface { name: \"eth1\" address: \"172.16.0.1/31\" }"
            " bgp { asn: 65002 neighbor { peer: \"r1\" } } }\n"
            "link { a { node: \"r1\" interface: \"eth1\" }"
            " b { node: \"r2\" interface: \"eth1\" } }\n");
  const std::string out = FreshPath("out");
  Process network(
      SupervisorCommand({"--topo=file:" + path, "--hold", "--out=" + out}));
  ASSERT_TRUE(network.WaitFor("Ctrl-C ends it"));
  const Result summary =
      Exec(out, {"r1", "vtysh", "-c", "show bgp summary json"});
  EXPECT_TRUE(Contains(summary.out, "\"state\":\"Established\""))
      << summary.out;
  const Result rib = Exec(out, {"r2", "gobgp", "global", "rib"});
  EXPECT_TRUE(Contains(rib.out, "*> 10.0.1.0/24")) << rib.out;
}

// Both start at the same instant, and neither gives up its own connection for
// the other's: both end, time and again, until chance has it that one is first.
// It is drawn from the clock.
TEST(Gobgp, TwoThatCallEachOtherMeetInTheEnd) {
  NEED_IMAGE("gobgp");
  std::string text =
      "# proto-file: proto/topology.proto\n"
      "# proto-message: quiesce.proto.Topology\n"
      "link { a { node: \"r1\" interface: \"eth1\" }"
      " b { node: \"r2\" interface: \"eth1\" } }\n";
  for (const int n : {1, 2}) {
    absl::StrAppend(
        &text, "node { name: \"r", n, "\" image: \"gobgp\"",
        " interface { name: \"eth1\" address: \"172.16.0.", n - 1,
        "/31\" } config { daemon: \"originate\" content: \"exit 0\" }",
        " config { daemon: \"gobgpd\" content: \"[global.config]\\n as = 6500",
        n, "\\n router-id = '10.0.0.", n,
        "'\\n[[neighbors]]\\n [neighbors.config]\\n  neighbor-address = "
        "'172.16.0.",
        2 - n, "'\\n  peer-as = 6500", 3 - n, "\\n\" } }\n");
  }
  const std::string path = FreshPath("net.textproto");
  WriteFile(path, text);
  const std::string out = FreshPath("out");
  const Result run =
      Quiesce({"--topo=file:" + path, "--out=" + out, "--quiet=300s"});
  const nlohmann::json summary = ReadJson(out + "/summary.json");
  EXPECT_EQ(summary["sessionsEstablished"], 2) << testing::PrintToString(run);
}

// It keeps no table and cannot be asked.
TEST(Exabgp, IsCountedByItsMessages) {
  NEED_IMAGE("frr");
  NEED_IMAGE("exabgp");
  const std::string out = FreshPath("out");
  const Result run =
      Quiesce({"--topo=line:n=3,af=46,images=frr+exabgp", "--out=" + out});
  const nlohmann::json summary = ReadJson(out + "/summary.json");
  EXPECT_EQ(summary["converged"], true) << testing::PrintToString(run);
  EXPECT_EQ(summary["sessionsEstablished"], 8);
  EXPECT_EQ(summary["sessionsExpected"], 8);
}

}  // namespace
}  // namespace quiesce::system_test
