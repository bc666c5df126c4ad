// The same namespace made twice: in the kernel by iproute2, and in a Stack.
// What their /proc/net shows must be the same, but for what packets leave
// behind.
#include "notifier/procfs/proc_net.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace quiesce {
namespace {

constexpr char kCommands[] = R"(
  sysctl -qw net.ipv6.conf.default.accept_dad=0 || exit 9
  ip link add d0 index 2 address 02:00:00:00:00:01 type veth \
    peer name d1 index 3 address 02:00:00:00:00:02 || exit 9
  ip link set lo up
  ip link set d0 up
  ip link set d1 up
  ip address add 10.0.0.1/24 dev d0
  ip address add 2001:db8::1/64 dev d0
  ip address add 192.0.2.9/32 dev lo
  ip route add 10.1.0.0/16 via 10.0.0.2
  ip route add 10.3.0.0/16 metric 20 nexthop via 10.0.0.2 nexthop via 10.0.0.3
  ip route add unreachable 10.2.0.0/16
  ip route add blackhole 10.4.0.0/16
  ip route add default via 10.0.0.2
  ip -6 route add 2001:db8:1::/48 via 2001:db8::2
  ip -6 route add unreachable 2001:db8:2::/48
  ip neighbour add 10.0.0.2 lladdr 02:00:00:00:00:99 dev d0
  for f in dev if_inet6 route ipv6_route arp snmp; do
    cat /proc/net/$f > "$OUT.$f" || exit 8
  done
)";

IpPrefix Prefix(const std::string& text) {
  return IpPrefix::Parse(text).value();
}
IpAddress Addr(const std::string& text) {
  return IpAddress::Parse(text).value();
}

void AddRoute(Stack& stack, const std::string& destination,
              std::vector<std::string> gateways, uint32_t priority,
              uint8_t type = RTN_UNICAST) {
  Route route;
  route.destination = Prefix(destination);
  route.type = type;
  route.protocol = RTPROT_BOOT;
  route.priority = priority;
  for (const std::string& gateway : gateways) {
    Hop hop;
    hop.gateway = Addr(gateway);
    hop.oif = 2;
    route.hops.push_back(hop);
  }
  const NetResult result =
      stack.NewRoute(std::move(route), NLM_F_CREATE | NLM_F_EXCL);
  ASSERT_EQ(result.error, 0) << destination << ": " << result.message;
}

void Build(Stack& stack) {
  stack.AddEthernet("d0", {2, 0, 0, 0, 0, 1}, 1500);
  stack.AddEthernet("d1", {2, 0, 0, 0, 0, 2}, 1500);
  for (int link : {1, 2, 3}) ASSERT_TRUE(stack.SetUp(link).ok());
  ASSERT_TRUE(stack.AddAddress(2, Prefix("10.0.0.1/24")).ok());
  ASSERT_TRUE(stack.AddAddress(2, Prefix("2001:db8::1/64")).ok());
  ASSERT_TRUE(stack.AddAddress(1, Prefix("192.0.2.9/32")).ok());
  AddRoute(stack, "10.1.0.0/16", {"10.0.0.2"}, 0);
  AddRoute(stack, "10.3.0.0/16", {"10.0.0.2", "10.0.0.3"}, 20);
  AddRoute(stack, "10.2.0.0/16", {}, 0, RTN_UNREACHABLE);
  AddRoute(stack, "10.4.0.0/16", {}, 0, RTN_BLACKHOLE);
  AddRoute(stack, "0.0.0.0/0", {"10.0.0.2"}, 0);
  AddRoute(stack, "2001:db8:1::/48", {"2001:db8::2"}, 1024);
  AddRoute(stack, "2001:db8:2::/48", {}, 1024, RTN_UNREACHABLE);
  Neighbour neighbour;
  neighbour.ifindex = 2;
  neighbour.address = Addr("10.0.0.2");
  neighbour.state = NUD_PERMANENT;
  neighbour.mac = MacAddress{2, 0, 0, 0, 0, 0x99};
  ASSERT_TRUE(stack.NewNeighbour(neighbour, NLM_F_CREATE).ok());
}

// The kernel's files, by running the commands in a namespace of their own.
// Empty where that is not allowed here.
std::string KernelFile(const std::string& name) {
  static const std::string* prefix = [] {
    auto* path = new std::string(testing::TempDir() + "/proc_net");
    const pid_t child = fork();
    if (child == 0) {
      if (unshare(CLONE_NEWNET) != 0) _exit(7);
      setenv("OUT", path->c_str(), 1);
      execl("/bin/sh", "sh", "-c", kCommands, nullptr);
      _exit(6);
    }
    int status = -1;
    waitpid(child, &status, 0);
    if (status != 0) path->clear();
    return path;
  }();
  if (prefix->empty()) return "";
  std::stringstream text;
  text << std::ifstream(*prefix + "." + name).rdbuf();
  return text.str();
}

std::vector<std::string> SortedLines(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  std::sort(lines.begin(), lines.end());
  return lines;
}

class ProcNetTest : public testing::Test {
 protected:
  void SetUp() override {
    if (KernelFile("route").empty()) {
      GTEST_SKIP() << "needs root and iproute2";
    }
    Build(stack_);
  }
  std::string Ours(const std::string& name) {
    return ProcNetFile(stack_, name).value();
  }
  Stack stack_;
};

TEST_F(ProcNetTest, Route) { EXPECT_EQ(Ours("route"), KernelFile("route")); }

TEST_F(ProcNetTest, Arp) { EXPECT_EQ(Ours("arp"), KernelFile("arp")); }

TEST_F(ProcNetTest, Snmp) {
  EXPECT_EQ(Ours("snmp").substr(0, 400), KernelFile("snmp").substr(0, 400));
  // Names and their number, without what was counted.
  const std::vector<std::string> ours = absl::StrSplit(Ours("snmp"), '\n');
  const std::vector<std::string> kernel =
      absl::StrSplit(KernelFile("snmp"), '\n');
  ASSERT_EQ(ours.size(), kernel.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    if (i % 2 == 0) {
      EXPECT_EQ(ours[i], kernel[i]);
    }
    EXPECT_EQ(std::count(ours[i].begin(), ours[i].end(), ' '),
              std::count(kernel[i].begin(), kernel[i].end(), ' '));
  }
}

// The kernel goes by hash.
TEST_F(ProcNetTest, IfInet6) {
  EXPECT_EQ(SortedLines(Ours("if_inet6")), SortedLines(KernelFile("if_inet6")));
}

// But for what was counted.
TEST_F(ProcNetTest, Dev) {
  auto shape = [](const std::string& text) {
    std::string shape;
    for (const std::string& line :
         std::vector<std::string>(absl::StrSplit(text, '\n'))) {
      absl::StrAppend(&shape, line.substr(0, 7), line.size(), "\n");
    }
    return shape;
  };
  EXPECT_EQ(shape(Ours("dev")), shape(KernelFile("dev")));
}

// But for how often routes are referred to, and their order across tables.
TEST_F(ProcNetTest, Route6) {
  auto lines = [](std::string text) {
    std::vector<std::string> lines;
    for (std::string line :
         std::vector<std::string>(absl::StrSplit(text, '\n'))) {
      // The kernel shows the null entry of each table, which is no route.
      if (line.find(" ffffffff ") != std::string::npos) continue;
      if (line.size() > 120) line.replace(114, 8, "refcount");
      lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  };
  EXPECT_EQ(lines(Ours("ipv6_route")), lines(KernelFile("ipv6_route")));
}

TEST(ProcNetFileTest, TheRestIsTheKernels) {
  Stack stack;
  EXPECT_FALSE(ProcNetFile(stack, "unix").has_value());
  EXPECT_FALSE(ProcNetFile(stack, "").has_value());
}

}  // namespace
}  // namespace quiesce
