// Small networks on the real kernel. Needs root; the FRR case needs the image
// that `tools/image frr` builds.
#include "tools/kernel_runtime/kernel_run.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "tools/kernel_runtime/plan.h"
#include "topo/build.h"

namespace quiesce {
namespace {

using ::testing::HasSubstr;

constexpr char kHosts[] = R"pb(
  node {
    name: "left"
    interface { name: "eth1" address: "10.9.0.1/24" address: "fd09::1/64" }
    default_gateway: "10.9.0.2"
    default_gateway: "fd09::2"
  }
  node {
    name: "right"
    interface { name: "eth1" address: "10.9.0.2/24" address: "fd09::2/64" }
    route { prefix: "10.7.0.0/16" via: "10.9.0.1" }
    route { prefix: "10.8.0.0/16" blackhole: true }
  }
  link {
    a { node: "left" interface: "eth1" }
    b { node: "right" interface: "eth1" }
  }
)pb";

constexpr char kRouters[] = R"pb(
  node {
    name: "r1"
    interface { name: "lo" address: "10.0.1.1/24" }
    interface { name: "eth1" address: "10.9.0.0/31" }
    bgp {
      asn: 65001
      network: "10.0.1.0/24"
      neighbor { peer: "r2" }
    }
  }
  node {
    name: "r2"
    interface { name: "lo" address: "10.0.2.1/24" }
    interface { name: "eth1" address: "10.9.0.1/31" }
    bgp {
      asn: 65002
      network: "10.0.2.0/24"
      neighbor { peer: "r1" }
    }
  }
  link {
    a { node: "r1" interface: "eth1" }
    b { node: "r2" interface: "eth1" }
  }
)pb";

Topology Build(const std::string& text, const std::string& image) {
  proto::Topology words;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &words));
  BuildOptions options;
  options.default_image = image;
  auto topology = BuildTopology(words, options);
  EXPECT_TRUE(topology.ok()) << topology.status();
  return *topology;
}

class KernelRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(geteuid(), 0) << "needs root";
    auto launcher = Launcher::Start();
    ASSERT_TRUE(launcher.ok()) << launcher.status();
    launcher_ = std::move(*launcher);
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    auto out = OutputDir::Create(
        absl::StrCat(::testing::TempDir(), "/", info->name()));
    ASSERT_TRUE(out.ok()) << out.status();
    out_ = std::make_unique<OutputDir>(std::move(*out));
  }

  absl::StatusOr<std::vector<KernelNodePlan>> Plan(const Topology& topology) {
    return PlanNodes(topology, [this](const std::string& node) {
      return out_->NodeDirectory(node);
    });
  }

  absl::StatusOr<KernelTiming> Run(const Topology& topology,
                                   std::vector<KernelNodePlan> plans) {
    KernelRunOptions options;
    // bgpd waits up to a second for more to say (subgroup coalesce-time).
    options.convergence.quiet = absl::Seconds(3);
    return RunOnKernel(launcher_.get(), topology, std::move(plans), options,
                       out_.get(), [](const std::string&) {});
  }

  std::string Written(const std::string& name) {
    std::ifstream file(out_->path() + "/" + name);
    EXPECT_TRUE(file) << name;
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::unique_ptr<Launcher> launcher_;
  std::unique_ptr<OutputDir> out_;
};

TEST_F(KernelRunTest, HostsHaveTheirAddressesAndRoutes) {
  Topology topology = Build(kHosts, "host");
  auto plans = Plan(topology);
  ASSERT_TRUE(plans.ok()) << plans.status();
  auto timing = Run(topology, std::move(*plans));
  ASSERT_TRUE(timing.ok()) << timing.status();
  EXPECT_EQ(timing->nodes, 2);
  EXPECT_EQ(timing->session_ends, 0);
  EXPECT_EQ(Written("fib.csv"),
            "Node,VRF,Network,Next_Hop,Next_Hop_Interface,Protocol,Metric\n"
            "left,default,0.0.0.0/0,10.9.0.2,eth1,static,0\n"
            "left,default,10.9.0.0/24,,eth1,connected,0\n"
            "left,default,::/0,fd09::2,eth1,static,1024\n"
            "left,default,fd09::/64,,eth1,connected,256\n"
            "right,default,10.7.0.0/16,10.9.0.1,eth1,static,0\n"
            "right,default,10.8.0.0/16,discard,null_interface,static,0\n"
            "right,default,10.9.0.0/24,,eth1,connected,0\n"
            "right,default,fd09::/64,,eth1,connected,256\n");
}

TEST_F(KernelRunTest, TwoFrrRoutersExchangeTheirNetworks) {
  Topology topology = Build(kRouters, "frr");
  auto plans = Plan(topology);
  ASSERT_TRUE(plans.ok()) << plans.status();
  auto timing = Run(topology, std::move(*plans));
  ASSERT_TRUE(timing.ok()) << timing.status();
  EXPECT_EQ(timing->session_ends, 2);
  EXPECT_EQ(timing->rib_paths, 4);
  EXPECT_GT(timing->routers.cpu, absl::ZeroDuration());
  EXPECT_GT(timing->memory[0].pss_kib, 1024);
  EXPECT_EQ(Written("fib.csv"),
            "Node,VRF,Network,Next_Hop,Next_Hop_Interface,Protocol,Metric\n"
            "r1,default,10.0.2.0/24,10.9.0.1,eth1,bgp,20\n"
            "r1,default,10.9.0.0/31,,eth1,connected,0\n"
            "r2,default,10.0.1.0/24,10.9.0.0,eth1,bgp,20\n"
            "r2,default,10.9.0.0/31,,eth1,connected,0\n");
  EXPECT_THAT(Written("rib.jsonl"), HasSubstr(R"("AS_Path":"65002")"));
  EXPECT_THAT(Written("reachability.json"),
              HasSubstr(R"("Pairs":2,"Reachable":2,)"));
  EXPECT_THAT(Written("rules.jsonl"),
              HasSubstr(R"({"Node":"r1","Family":"ipv4","Priority":32766,)"
                        R"("Rule":"from all lookup 254 proto 2"})"));
}

TEST_F(KernelRunTest, ADaemonThatEndsIsNamed) {
  Topology topology = Build(kHosts, "host");
  auto plans = Plan(topology);
  ASSERT_TRUE(plans.ok()) << plans.status();
  KernelNodePlan& right = plans->at(1);
  right.image.add_process()->set_name("bgpd");
  right.processes.emplace_back();
  right.processes[0].name = "bgpd";
  right.processes[0].argv = {"/bin/sh", "-c", "exit 7"};
  auto timing = Run(topology, std::move(*plans));
  ASSERT_FALSE(timing.ok());
  EXPECT_THAT(std::string(timing.status().message()),
              HasSubstr("right: bgpd ended: exit status 7"));
}

TEST_F(KernelRunTest, AMissingRootFileSystemIsNamed) {
  Topology topology = Build(kHosts, "host");
  auto plans = Plan(topology);
  ASSERT_TRUE(plans.ok()) << plans.status();
  plans->at(0).spec.rootfs = "/does/not/exist";
  auto timing = Run(topology, std::move(*plans));
  ASSERT_FALSE(timing.ok());
  EXPECT_THAT(std::string(timing.status().message()),
              HasSubstr("/does/not/exist"));
}

}  // namespace
}  // namespace quiesce
