// Rendered configuration against goldens, and what cannot be rendered.
//
// `bazel-bin/topo/render_test --update` below the repository's root writes the
// goldens anew; read the difference before it is committed.
#include "topo/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "topo/image.h"
#include "topo/read_file.h"
#include "topo/spec.h"
#include "topo/textproto.h"

namespace quiesce {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

bool update_goldens = false;

proto::Image Image(absl::string_view name) {
  auto image = LoadImage(name, ImageSearchPath());
  EXPECT_TRUE(image.ok()) << image.status();
  return *std::move(image);
}

// Every feature that the languages have words for.
constexpr char kRich[] = R"(
node {
  name: "r1"
  interface { name: "lo" address: "192.168.0.1/32" address: "10.0.1.1/24"
              address: "fd00:10::1/64" }
  interface { name: "eth1" address: "172.16.0.0/31" address: "fd00:172::/127" }
  interface { name: "eth2" address: "172.16.0.2/31" }
  route { prefix: "192.168.0.9/32" via: "172.16.0.1" }
  route { prefix: "10.9.0.0/16" blackhole: true }
  route { prefix: "10.8.0.0/16" interface: "eth2" }
  route { prefix: "fd00:9::/64" via: "fd00:172::1" }
  bgp {
    asn: 65001
    compare_routerid: true
    multipath: 8
    network: "10.0.1.0/24"
    network: "fd00:10::/64"
    neighbor { peer: "r2" hold_time: 9 connect_retry: 5 }
    neighbor { address: "192.168.0.9" remote_as: 65009 ebgp_multihop: 3
               update_source: "192.168.0.1" password: "secret" passive: true }
    neighbor { peer: "r3" next_hop_self: true route_reflector_client: true }
  }
}
node {
  name: "r2"
  interface { name: "eth1" address: "172.16.0.1/31" address: "fd00:172::1/127" }
  bgp { asn: 65002 neighbor { peer: "r1" ttl_security_hops: 1 } }
}
node {
  name: "r3"
  interface { name: "eth1" address: "172.16.0.3/31" }
  bgp { asn: 65001 neighbor { peer: "r1" } }
}
link { a { node: "r1" interface: "eth1" } b { node: "r2" interface: "eth1" } }
link { a { node: "r1" interface: "eth2" } b { node: "r3" interface: "eth1" } }
)";

std::string Rendered(const Topology& topology, const std::string& node,
                     const proto::Image& image) {
  const auto files =
      RenderNode(topology, topology.node(topology.FindNode(node)), image);
  if (!files.ok()) return std::string(files.status().message());
  std::string text;
  for (const RenderedFile& file : *files) {
    absl::StrAppendFormat(&text, "==> %s %04o %s:%s <==\n%s", file.path,
                          file.mode, file.owner, file.group, file.content);
  }
  return text;
}

void ExpectGolden(const std::string& name, const std::string& text) {
  const std::string path = absl::StrCat("topo/goldens/", name, ".golden");
  if (update_goldens) {
    std::ofstream(path) << text;
    return;
  }
  const auto golden = ReadFile(path);
  ASSERT_TRUE(golden.ok()) << golden.status();
  EXPECT_EQ(text, *golden) << "run with --update to write " << path;
}

struct Golden {
  const char* name;
  const char* spec;  // "": kRich
  const char* node;
  const char* image;

  friend void PrintTo(const Golden& g, std::ostream* out) { *out << g.name; }
};

class Goldens : public testing::TestWithParam<Golden> {};

TEST_P(Goldens, Match) {
  const auto topology = GetParam().spec[0] == '\0'
                            ? ParseTopologyText(kRich, "rich.textproto", "frr")
                            : ParseTopologySpec(GetParam().spec, "frr");
  ASSERT_TRUE(topology.ok()) << topology.status();
  ExpectGolden(GetParam().name,
               Rendered(*topology, GetParam().node, Image(GetParam().image)));
}

INSTANTIATE_TEST_SUITE_P(
    All, Goldens,
    testing::Values(
        Golden{"frr_tor", "fattree:k=2,compare_routerid=on", "tor-0-0", "frr"},
        Golden{"frr_both_families", "line:n=2,af=46", "r1", "frr"},
        Golden{"frr_rich", "", "r1", "frr"},
        Golden{"frr_ttl_security", "", "r2", "frr"},
        Golden{"bird_tor", "fattree:k=2", "tor-0-0", "bird"},
        Golden{"bird_both_families", "line:n=2,af=46", "r1", "bird"},
        Golden{"bird_rich", "", "r1", "bird"},
        Golden{"bird_ttl_security", "", "r2", "bird"},
        Golden{"gobgp_ttl_security", "", "r2", "gobgp"},
        Golden{"gobgp_line", "line:n=2,af=46", "r1", "gobgp"},
        Golden{"openbgpd_both_families", "line:n=2,af=46", "r2", "openbgpd"},
        Golden{"openbgpd_ttl_security", "", "r2", "openbgpd"},
        Golden{"exabgp_both_families", "line:n=2,af=46", "r2", "exabgp"}),
    [](const testing::TestParamInfo<Golden>& info) { return info.param.name; });

TEST(Render, HostsNeedNoFile) {
  const auto topology = ParseTopologySpec("fattree:pods=1,leaves=1", "frr");
  ASSERT_TRUE(topology.ok()) << topology.status();
  const auto files = RenderNode(
      *topology, topology->node(topology->FindNode("host-0-0")), Image("host"));
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_TRUE(files->empty());
}

absl::StatusOr<std::vector<RenderedFile>> RenderText(const std::string& text,
                                                     const char* image) {
  const auto topology = ParseTopologyText(text, "t.textproto", image);
  EXPECT_TRUE(topology.ok()) << topology.status();
  return RenderNode(*topology, topology->node(0), Image(image));
}

std::string ContentOf(const std::vector<RenderedFile>& files,
                      absl::string_view path) {
  for (const RenderedFile& file : files) {
    if (file.path == path) return file.content;
  }
  return absl::StrCat("there is no ", path);
}

TEST(Render, OneFrrConfIsDivided) {
  const auto files = RenderText(R"(node { name: "a"
    config { daemon: "frr" content: "ip forwarding\nrouter bgp 1\n"
             "ip route 1.0.0.0/8 Null0\n" } })",
                                "frr");
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(ContentOf(*files, "/etc/frr/zebra.conf"), "ip forwarding\n");
  EXPECT_EQ(ContentOf(*files, "/etc/frr/bgpd.conf"), "router bgp 1\nexit\n");
  EXPECT_EQ(ContentOf(*files, "/etc/frr/staticd.conf"),
            "ip route 1.0.0.0/8 Null0\n");
}

TEST(Render, ADaemonsOwnFileReplacesWhatIsRendered) {
  const auto files = RenderText(R"(node { name: "a"
    bgp { asn: 5 }
    route { prefix: "1.0.0.0/8" blackhole: true }
    config { daemon: "bgpd" content: "router bgp 6\n" }
    file { path: "/etc/frr/zebra.conf" content: "! mine\n" mode: 0600 }
    file { path: "/etc/motd" content: "hello" } })",
                                "frr");
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(ContentOf(*files, "/etc/frr/bgpd.conf"), "router bgp 6\n");
  EXPECT_THAT(ContentOf(*files, "/etc/frr/staticd.conf"),
              HasSubstr("ip route 1.0.0.0/8 blackhole"));
  EXPECT_EQ(ContentOf(*files, "/etc/frr/zebra.conf"), "! mine\n");
  EXPECT_EQ(ContentOf(*files, "/etc/motd"), "hello");
  EXPECT_EQ(files->size(), 5);
}

TEST(Render, WhatTheImageCannotDoIsAMistake) {
  EXPECT_THAT(
      std::string(RenderText(R"(node { name: "a"
    config { daemon: "frr" content: "\nipv6 pim keep-alive-timer 9\n" }
    config { daemon: "bird" content: "" } })",
                             "frr")
                      .status()
                      .message()),
      AllOf(HasSubstr("node a: frr.conf line 2: 'ipv6 pim keep-alive-timer 9' "
                      "is for pim6d"),
            HasSubstr("configuration for bird")));
  EXPECT_THAT(std::string(RenderText(R"(node { name: "a"
    bgp { asn: 5 neighbor { address: "1.0.0.1" remote_as: 5
                            next_hop_self: true } } })",
                                     "gobgp")
                              .status()
                              .message()),
              HasSubstr("next_hop_self"));
  // By hand it may say what it likes.
  EXPECT_TRUE(
      RenderText(R"(node { name: "a" bgp { asn: 5 network: "10.0.0.0/8" }
    config { daemon: "gobgpd" content: "" } })",
                 "gobgp")
          .ok());
}

// FRR's other daemons run where they are configured; a line that many daemons
// know makes none of them run.
TEST(Render, OptionalDaemonsHaveFilesWhereTheyAreConfigured) {
  const auto paths = [](const std::string& config) {
    const auto files = RenderText(
        "node { name: \"a\" interface { name: \"eth1\" } " + config + " }",
        "frr");
    EXPECT_TRUE(files.ok()) << files.status();
    std::string result;
    for (const RenderedFile& file : *files) {
      absl::StrAppend(&result, file.path, " ");
    }
    return result;
  };
  const std::string always = paths(
      "config { daemon: \"frr\" content: "
      "\"interface eth1\\n ip address 10.0.0.1/24\\n\" }");
  EXPECT_THAT(always, HasSubstr("bgpd.conf"));
  EXPECT_THAT(always, Not(HasSubstr("ospfd.conf")));
  EXPECT_EQ(paths(""), always);
  const std::string ospf = paths(
      "config { daemon: \"frr\" content: "
      "\"interface eth1\\n ip ospf area 0\\n\" }");
  EXPECT_THAT(ospf, HasSubstr("/ospfd.conf"));
  EXPECT_THAT(ospf, Not(HasSubstr("ospf6d.conf")));
  EXPECT_THAT(paths("config { daemon: \"ripd\" content: \"\" }"),
              HasSubstr("/ripd.conf"));
}

TEST(Render, TheShippedTopologiesRender) {
  for (const char* name : {"disagree", "bad_gadget", "good_gadget",
                           "multihop_loopback", "mixed"}) {
    const auto topology = ParseTopologySpec(
        absl::StrCat("file:testdata/topologies/", name, ".textproto"), "");
    ASSERT_TRUE(topology.ok()) << topology.status();
    EXPECT_EQ(topology->name(), name);
    EXPECT_GT(topology->SessionEnds(), 0) << name;
    for (const TopologyNode& node : topology->nodes()) {
      const auto files = RenderNode(*topology, node, Image(node.image));
      EXPECT_TRUE(files.ok()) << name << ": " << files.status();
    }
  }
}

}  // namespace
}  // namespace quiesce

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  quiesce::update_goldens = argc > 1 && std::string(argv[1]) == "--update";
  return RUN_ALL_TESTS();
}
