// Every kind against its formulas, and what is said about wrong specs.
#include "topo/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "topo/kinds/kind.h"
#include "topo/textproto.h"

namespace quiesce {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Topology Make(const std::string& spec) {
  auto topology = ParseTopologySpec(spec, "frr");
  if (!topology.ok()) {
    ADD_FAILURE() << topology.status();
    std::abort();
  }
  return *topology;
}

std::string Fault(const std::string& spec) {
  const auto topology = ParseTopologySpec(spec, "frr");
  return topology.ok() ? "no fault" : std::string(topology.status().message());
}

int Networks(const Topology& topology) {
  int count = 0;
  for (const TopologyNode& node : topology.nodes()) {
    if (node.bgp) count += static_cast<int>(node.bgp->networks.size());
  }
  return count;
}

// A small GML file, for kinds that want one.
std::string SmallGml() {
  const std::string path = absl::StrCat(testing::TempDir(), "/small.gml");
  std::ofstream(path) << "graph [\n node [ id 5 label \"A\" ]\n"
                         " node [ id 6 label \"B\" ]\n"
                         " node [ id 9 label \"C\" ]\n"
                         " edge [ source 5 target 6 ]\n"
                         " edge [ source 6 target 9 ]\n"
                         " edge [ source 6 target 5 ]\n]\n";
  return path;
}

std::string SmallTextproto() {
  const std::string path = absl::StrCat(testing::TempDir(), "/n.textproto");
  std::ofstream(path)
      << "node { name: \"a\" }\nnode { name: \"b\" image: \"bird\" }\n"
         "link { a { node: \"a\" interface: \"x\" }"
         " b { node: \"b\" interface: \"x\" } }\n";
  return path;
}

struct Case {
  std::string spec;  // $GML and $TEXT are replaced
  int nodes;
  int links;
  int session_ends;
  int networks;

  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.spec; }
};

class Kinds : public testing::TestWithParam<Case> {
 protected:
  static std::string Spec() {
    std::string spec = GetParam().spec;
    if (const size_t at = spec.find("$GML"); at != std::string::npos) {
      spec.replace(at, 4, SmallGml());
    }
    if (const size_t at = spec.find("$TEXT"); at != std::string::npos) {
      spec.replace(at, 5, SmallTextproto());
    }
    return spec;
  }
};

TEST_P(Kinds, CountsFollowTheFormulas) {
  const Topology topology = Make(Spec());
  EXPECT_EQ(topology.nodes().size(), GetParam().nodes);
  EXPECT_EQ(topology.links().size(), GetParam().links);
  EXPECT_EQ(topology.SessionEnds(), GetParam().session_ends);
  EXPECT_EQ(Networks(topology), GetParam().networks);
}

TEST_P(Kinds, DumpReadsBackIdentically) {
  const std::string dump = Make(Spec()).DumpTextproto();
  const auto again = ParseTopologyText(dump, "dump.textproto", "");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->DumpTextproto(), dump);
}

TEST_P(Kinds, IsTheSameEveryTime) {
  EXPECT_EQ(Make(Spec()).DumpTextproto(), Make(Spec()).DumpTextproto());
}

TEST_P(Kinds, EverySessionHasItsOtherEndOnTheSameLink) {
  const Topology topology = Make(Spec());
  for (const TopologyNode& node : topology.nodes()) {
    if (!node.bgp) continue;
    for (const TopologyNeighbor& neighbor : node.bgp->neighbors) {
      ASSERT_EQ(topology.FindOwner(neighbor.address), neighbor.peer);
      const TopologyNode& peer = topology.node(neighbor.peer);
      EXPECT_EQ(neighbor.remote_as, peer.bgp->asn);
      int back = 0;
      for (const TopologyNeighbor& other : peer.bgp->neighbors) {
        back += other.peer == node.index &&
                other.address.family() == neighbor.address.family();
      }
      EXPECT_EQ(back, 1) << node.name << " " << peer.name;
    }
  }
}

// 5k^2/4 nodes, k^3/2 links, two session ends a link, k^3/4 prefixes.
constexpr Case FatTree(const char* spec, int k) {
  return {spec, 5 * k * k / 4, k * k * k / 2, k * k * k, k * k * k / 4};
}

// 4mn nodes, mn(m+n+1) links, sessions everywhere but at hosts.
constexpr Case NetEmos(const char* spec, int n, int m) {
  return {spec, 4 * m * n, m * n * (m + n + 1), 2 * m * n * (m + n), m * n};
}

INSTANTIATE_TEST_SUITE_P(
    All, Kinds,
    testing::Values(
        FatTree("fattree", 4), FatTree("fattree:k=2", 2),
        FatTree("fattree:k=8", 8), FatTree("fattree:16", 16),
        Case{"fattree:k=4,prefixes=5", 20, 32, 64, 40},
        Case{"fattree:k=4,af=6", 20, 32, 64, 16},
        Case{"fattree:k=4,af=46", 20, 32, 128, 32},
        NetEmos("fattree:pods=2,leaves=2", 2, 2),
        NetEmos("fattree:pods=3,leaves=5", 3, 5),
        Case{"fattree:pods=2,leaves=2,prefixes=3,af=46", 16, 20, 64, 24},
        Case{"line", 4, 3, 6, 4}, Case{"line:1", 1, 0, 0, 1},
        Case{"ring:n=7", 7, 7, 14, 7}, Case{"star:n=6", 6, 5, 10, 6},
        Case{"grid:4x3", 12, 17, 34, 12}, Case{"clos:8+4+2", 14, 40, 80, 8},
        Case{"clos:tiers=3,images=frr+bird", 3, 0, 0, 3},
        Case{"random:n=30,degree=4,seed=7", 30, 60, 120, 30},
        Case{"random:n=5,degree=0", 5, 4, 8, 5},
        Case{"random:n=5,degree=5", 5, 10, 20, 5}, Case{"gml:$GML", 3, 2, 4, 3},
        Case{"dup:$GML,n=3,seed=5", 9, 8, 16, 9},
        Case{"file:$TEXT", 2, 1, 0, 0}),
    [](const testing::TestParamInfo<Case>& info) {
      std::string name;
      for (char c : info.param.spec) name += std::isalnum(c) ? c : '_';
      return name;
    });

TEST(Spec, EveryKindHasACase) {
  const std::set<std::string> tested = {"clos", "dup",  "fattree", "file",
                                        "gml",  "grid", "line",    "random",
                                        "ring", "star"};
  std::set<std::string> kinds;
  for (const TopologyKind& kind : TopologyKinds()) {
    kinds.emplace(kind.name);
    EXPECT_THAT(TopologySpecHelp(), HasSubstr(std::string(kind.doc)));
  }
  EXPECT_EQ(kinds, tested) << "add a Case for the new kind";
}

TEST(Spec, FatTreeUsesOneAsForEachTorPodAndAllSpines) {
  const Topology topology = Make("fattree:k=4");
  std::set<uint32_t> all;
  const auto asn = [&](absl::string_view name) {
    const int node = topology.FindNode(name);
    EXPECT_GE(node, 0) << name;
    return topology.node(node).bgp->asn;
  };
  for (const TopologyNode& node : topology.nodes()) all.insert(node.bgp->asn);
  EXPECT_EQ(all.size(), 8 + 4 + 1);
  EXPECT_NE(asn("tor-0-0"), asn("tor-0-1"));
  EXPECT_EQ(asn("leaf-0-0"), asn("leaf-0-1"));
  EXPECT_NE(asn("leaf-0-0"), asn("leaf-1-0"));
  EXPECT_EQ(asn("spine-0-0"), asn("spine-1-1"));
  EXPECT_EQ(asn("tor-0-0"), 64512u);
  // Too many for 16 bits: all of them have 32.
  EXPECT_EQ(Make("line:n=1500").node(0).bgp->asn, 4200000000u);
}

TEST(Spec, AddressesFollowThePlan) {
  const Topology topology = Make("line:n=2,af=46");
  const TopologyNode& r1 = topology.node(0);
  const auto text = [](const TopologyInterface& interface) {
    std::vector<std::string> result;
    for (const IpPrefix& address : interface.addresses) {
      result.push_back(address.ToString());
    }
    return result;
  };
  EXPECT_THAT(text(r1.interfaces[0]),
              ElementsAre("192.168.0.1/32", "fd00:192::1/128", "10.0.0.1/24",
                          "fd00:10::1/64"));
  EXPECT_THAT(text(r1.interfaces[1]),
              ElementsAre("172.16.0.0/31", "fd00:172::/127"));
  EXPECT_THAT(text(topology.node(1).interfaces[1]),
              ElementsAre("172.16.0.1/31", "fd00:172::1/127"));
  EXPECT_EQ(r1.bgp->router_id.ToString(), "192.168.0.1");
  EXPECT_EQ(Make("line:n=2,af=6").node(1).bgp->router_id.ToString(),
            "192.168.0.2");
}

TEST(Spec, HostsHaveAnAddressAndAGateway) {
  const Topology topology = Make("fattree:pods=2,leaves=2");
  const TopologyNode& host = topology.node(topology.FindNode("host-1-0"));
  EXPECT_EQ(host.image, "host");
  EXPECT_FALSE(host.bgp.has_value());
  ASSERT_EQ(host.default_gateways.size(), 1);
  const int edge = topology.Peers(host.index, 1).at(0).node;
  EXPECT_EQ(topology.node(edge).name, "edge-1-0");
  EXPECT_EQ(topology.FindOwner(host.default_gateways[0]), edge);
  // The host's subnet is what its switch originates.
  EXPECT_EQ(topology.node(edge).bgp->networks[0],
            host.interfaces[1].addresses[0].Network());
}

TEST(Spec, ImagesAreGivenInTurn) {
  const Topology topology = Make("ring:n=4,images=frr+bird");
  EXPECT_EQ(topology.node(0).image, "frr");
  EXPECT_EQ(topology.node(1).image, "bird");
  EXPECT_EQ(topology.node(2).image, "frr");
  EXPECT_EQ(Make("ring:n=4,image=bird").node(2).image, "bird");
}

TEST(Spec, SeedsMakeDifferentGraphs) {
  EXPECT_NE(Make("random:n=20,seed=1").ToProto().link(5).DebugString() +
                Make("random:n=20,seed=1").ToProto().link(25).DebugString(),
            Make("random:n=20,seed=2").ToProto().link(5).DebugString() +
                Make("random:n=20,seed=2").ToProto().link(25).DebugString());
}

TEST(Spec, LargeFatTreesFitThePlan) {
  const Topology topology = Make("fattree:k=32");
  EXPECT_EQ(topology.nodes().size(), 1280);
  EXPECT_EQ(topology.links().size(), 16384);
  EXPECT_EQ(Networks(topology), 8192);
}

TEST(Spec, WrongSpecsAreExplained) {
  EXPECT_THAT(Fault("moebius"),
              AllOf(HasSubstr("no kind 'moebius'"), HasSubstr("fattree")));
  EXPECT_THAT(Fault("fattree:k=5"), HasSubstr("odd"));
  EXPECT_THAT(Fault("fattree:k=4,pods=2"),
              AllOf(HasSubstr("two forms"), HasSubstr("leaves: is missing")));
  EXPECT_THAT(Fault("ring:2"), HasSubstr("3..60000"));
  EXPECT_THAT(Fault("ring:n=4,n=5"), HasSubstr("twice"));
  EXPECT_THAT(Fault("grid:4"), HasSubstr("columns and rows"));
  EXPECT_THAT(Fault("gml"), HasSubstr("file: is missing"));
  EXPECT_THAT(Fault("gml:/nowhere.gml"), HasSubstr("/nowhere.gml"));
  EXPECT_THAT(Fault("file:/nowhere"), HasSubstr("No such file"));
  EXPECT_THAT(Fault("line:n=3,prefixes=60000"), HasSubstr("prefixes"));
  const std::string many =
      Fault("ring:n=x,size=3,af=5,image=a,images=b+c,compare_routerid=maybe");
  EXPECT_THAT(std::vector<std::string>(absl::StrSplit(many, '\n')),
              ElementsAre(HasSubstr("unknown key 'size'"), HasSubstr("'x'"),
                          HasSubstr("af"), HasSubstr("exclude each other"),
                          HasSubstr("maybe")));
}

TEST(Spec, NoImageIsAMistakeOfEveryNode) {
  const auto topology = ParseTopologySpec("ring:n=3", "");
  ASSERT_FALSE(topology.ok());
  const std::vector<std::string> lines =
      absl::StrSplit(std::string(topology.status().message()), '\n');
  EXPECT_EQ(lines.size(), 3);
}

// The Topology Zoo's files are not ours to ship.
TEST(Spec, TopologyZoo) {
  const char* directory = std::getenv("QUIESCE_TOPOZOO");
  if (directory == nullptr) {
    GTEST_SKIP() << "QUIESCE_TOPOZOO names no directory of GML files";
  }
  const Topology fccn = Make(absl::StrCat("gml:", directory, "/Fccn.gml"));
  EXPECT_EQ(fccn.nodes().size(), 23);
  EXPECT_EQ(fccn.links().size(), 25);  // of 27 edges, 2 are there twice
  EXPECT_GE(fccn.FindNode("Castelo-Branco"), 0);
  const Topology kdl = Make(absl::StrCat("gml:", directory, "/Kdl.gml"));
  EXPECT_EQ(kdl.nodes().size(), 754);
  EXPECT_EQ(kdl.links().size(), 895);
  const Topology twice = Make(absl::StrCat("dup:", directory, "/Kdl.gml,n=4"));
  EXPECT_EQ(twice.nodes().size(), 3016);
  EXPECT_EQ(twice.links().size(), 3583);
}

}  // namespace
}  // namespace quiesce
