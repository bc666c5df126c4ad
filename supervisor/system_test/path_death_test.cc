// What a TCP connection makes of the death of its path: the errors and times of
// Linux (net/ipv4/tcp_timer.c:tcp_write_timeout, tcp_ipv4.c:tcp_v4_err).
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

// r1 talks to r3 through r2; what it says of the connection's end, to which it
// has said something 21 s after the start.
std::string EndAfter(const std::string& events) {
  const auto node = [](int number, const std::string& image,
                       const std::string& more) {
    return absl::StrCat("node { name: \"r", number, "\" image: \"", image,
                        "\" ", more, " }\n");
  };
  const std::string net = FreshPath("net.textproto");
  WriteFile(net,
            absl::StrCat(
                "# proto-file: proto/topology.proto\n"
                "# proto-message: quiesce.proto.Topology\n",
                node(1, GuestImage("talker", {"call", "10.0.1.3"}),
                     "interface { name: \"eth1\" address: \"10.0.0.1/24\" }"
                     "default_gateway: \"10.0.0.2\""),
                node(2, "host",
                     "interface { name: \"eth1\" address: \"10.0.0.2/24\" }"
                     "interface { name: \"eth2\" address: \"10.0.1.2/24\" }"),
                node(3, GuestImage("talker", {"serve"}),
                     "interface { name: \"eth1\" address: \"10.0.1.3/24\" }"
                     "default_gateway: \"10.0.1.2\""),
                "link { a { node: \"r1\" interface: \"eth1\" }"
                " b { node: \"r2\" interface: \"eth1\" } }\n"
                "link { a { node: \"r2\" interface: \"eth2\" }"
                " b { node: \"r3\" interface: \"eth1\" } }\n",
                events));
  const std::string out = FreshPath("out");
  const Result run =
      Quiesce({"--topo=file:" + net, "--out=" + out, "--quiet=20m"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  return ReadFile(out + "/nodes/r1/talker.log");
}

std::string AtTen(const std::string& what) {
  return absl::StrCat("event { at_seconds: 10 ", what, " }\n");
}

// 0.2 s, doubling to 120 s, 15 times (tcp_retries2).
TEST(PathDeath, SilentCutsTimeOut) {
  EXPECT_EQ(EndAfter(AtTen("link_down { node: \"r1\" interface: \"eth1\" }")),
            "ETIMEDOUT 924600\n");
  EXPECT_EQ(EndAfter(AtTen("link_down { node: \"r3\" interface: \"eth1\" }")),
            "ETIMEDOUT 924600\n");
}

// The router says that there is no way on, which is no reason to give up
// earlier, but is the reason that is told. Where it has to find out first, by
// asking for the neighbour three times, the first retransmissions are late.
TEST(PathDeath, RoutersSayWhy) {
  EXPECT_EQ(
      EndAfter(AtTen("interface_down { node: \"r2\" interface: \"eth2\" }")),
      "ENETUNREACH 924600\n");
  EXPECT_EQ(
      EndAfter(AtTen("interface_down { node: \"r3\" interface: \"eth1\" }")),
      "EHOSTUNREACH 933800\n");
  EXPECT_EQ(EndAfter(AtTen("address_del { node: \"r3\" interface: \"eth1\" "
                           "address: \"10.0.1.3/24\" }")),
            "EHOSTUNREACH 933800\n");
}

// What is mended in time has done no harm.
TEST(PathDeath, AnInterfaceThatComesBackGoesUnnoticed) {
  EXPECT_EQ(EndAfter(AtTen("interface_down { node: \"r2\" interface: "
                           "\"eth2\" }") +
                     "event { at_seconds: 300 interface_up { node: \"r2\" "
                     "interface: \"eth2\" } }"),
            "");
}

// A host that has forgotten the connection resets it.
TEST(PathDeath, ARestartedHostResets) {
  EXPECT_EQ(EndAfter(AtTen("node_stop: \"r3\"") +
                     "event { at_seconds: 15 node_start: \"r3\" }"),
            "ECONNRESET 0\n");
}

// One whose program is stopped takes what comes, and nobody notices.
TEST(PathDeath, AStoppedProcessIsNoDeath) {
  EXPECT_EQ(EndAfter(AtTen("process_kill { node: \"r3\" process: \"talker\" "
                           "signal: STOP }")),
            "");
}

// One whose program is killed says so at once: FIN, or RST for what comes then.
TEST(PathDeath, AKilledProcessCloses) {
  EXPECT_EQ(EndAfter(AtTen("process_kill { node: \"r3\" process: \"talker\" "
                           "}")),
            "0 0\n");
}

}  // namespace
}  // namespace quiesce::system_test
