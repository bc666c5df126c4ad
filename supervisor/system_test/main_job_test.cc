// The main job on networks of every kind: it converges, and every node ends up
// with every session, every prefix and every next hop.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

// What fib.csv says: node -> prefix -> next hops.
using Fib = std::map<std::string, std::map<std::string, std::set<std::string>>>;

Fib ReadFib(const std::string& out) {
  Fib fib;
  const Words lines = Lines(ReadFile(out + "/fib.csv"));
  EXPECT_FALSE(lines.empty());
  EXPECT_EQ(lines[0],
            "Node,VRF,Network,Next_Hop,Next_Hop_Interface,Protocol,Metric");
  for (size_t i = 1; i < lines.size(); ++i) {
    const Words cells = absl::StrSplit(lines[i], ',');
    EXPECT_EQ(cells.size(), 7) << lines[i];
    fib[cells[0]][cells[2]].insert(absl::StrCat(cells[3], "@", cells[4]));
  }
  return fib;
}

struct Network {
  std::string name;
  std::string topo;
  std::string image;
  int nodes, links, session_ends, prefixes;
  // Nodes that run no BGP, whose FIB holds what they were given.
  std::string silent_prefix = "-";
};

void PrintTo(const Network& network, std::ostream* out) {
  *out << network.topo << " " << network.image;
}

class MainJob : public testing::TestWithParam<Network> {};

TEST_P(MainJob, Converges) {
  const Network& network = GetParam();
  for (const std::string image :
       {"frr", "bird", "frr10", "bird3", "bird-static"}) {
    if (Contains(network.image + network.topo, image)) NEED_IMAGE(image);
  }
  const std::string out = FreshPath("out");
  Words flags = {"--topo=" + network.topo, "--out=" + out};
  if (!network.image.empty()) flags.push_back("--image=" + network.image);
  const Result run = Quiesce(flags);
  ASSERT_EQ(run.code, 0) << testing::PrintToString(run);

  const nlohmann::json summary = ReadJson(out + "/summary.json");
  EXPECT_EQ(summary["nodes"], network.nodes);
  EXPECT_EQ(summary["links"], network.links);
  EXPECT_EQ(summary["sessionsExpected"], network.session_ends);
  EXPECT_EQ(summary["sessionsEstablished"], network.session_ends);
  EXPECT_TRUE(summary["sessionsDown"].empty()) << summary["sessionsDown"];
  EXPECT_EQ(summary["prefixes"], network.prefixes);
  EXPECT_EQ(summary["converged"], true);
  EXPECT_EQ(summary["pairs"], summary["pairsReachable"]);
  EXPECT_GT(summary["pairs"], 0);
  // The terminal's table says the same.
  EXPECT_TRUE(
      Contains(run.out, absl::StrCat("sessions         ", network.session_ends,
                                     " of ", network.session_ends)))
      << run.out;

  // Every prefix that anybody originates is in every router's RIB, and in its
  // FIB unless it is its own: Linux keeps the subnets of lo in the table of
  // local addresses.
  std::map<std::string, std::set<std::string>> rib, own;
  std::set<std::string> prefixes;
  for (const std::string& line : Lines(ReadFile(out + "/rib.jsonl"))) {
    const nlohmann::json row = nlohmann::json::parse(line);
    rib[row["Node"]].insert(row["Network"].get<std::string>());
    prefixes.insert(row["Network"].get<std::string>());
    if (row["AS_Path"] == "") {
      own[row["Node"]].insert(row["Network"].get<std::string>());
    }
  }
  EXPECT_EQ(prefixes.size(), network.prefixes);
  for (const auto& [node, seen] : rib) {
    EXPECT_EQ(seen.size(), prefixes.size()) << node;
  }
  const Fib fib = ReadFib(out);
  EXPECT_EQ(fib.size(), network.nodes);
  for (const auto& [node, routes] : fib) {
    if (node.rfind(network.silent_prefix, 0) == 0) continue;
    for (const std::string& prefix : prefixes) {
      EXPECT_TRUE(routes.contains(prefix) || own[node].contains(prefix))
          << node << " lacks " << prefix;
    }
  }
}

std::vector<Network> Networks() {
  std::vector<Network> all = {
      {"FatTreeFrr", "fattree", "frr", 20, 32, 64, 16},
      {"FatTreeBird", "fattree", "bird", 20, 32, 64, 16},
      {"FatTreeMixed", "fattree:images=frr+bird", "", 20, 32, 64, 16},
      {"FatTree8Bird", "fattree:k=8", "bird", 80, 256, 512, 128},
      {"RingFrr", "ring:6", "frr", 6, 6, 12, 6},
      {"RingBird", "ring:6", "bird", 6, 6, 12, 6},
      {"LineFrr", "line:5", "frr", 5, 4, 8, 5},
      {"LineBirdPrefixes", "line:n=5,prefixes=3", "bird", 5, 4, 8, 15},
      {"StarFrr", "star:6", "frr", 6, 5, 10, 6},
      {"StarBird", "star:6", "bird", 6, 5, 10, 6},
      {"GridFrr", "grid:3x3", "frr", 9, 12, 24, 9},
      {"GridBird", "grid:4x3", "bird", 12, 17, 34, 12},
      {"ClosFrr", "clos:tiers=4+2", "frr", 6, 8, 16, 4},
      {"ClosBird", "clos:tiers=8+4+2", "bird", 14, 40, 80, 8},
      {"RandomFrr", "random:n=12,degree=3,seed=3", "frr", 12, 18, 36, 12},
      {"RandomBird", "random:n=30,degree=4,seed=2", "bird", 30, 60, 120, 30},
      {"NetEmosFrr", "fattree:pods=2,leaves=2", "frr", 16, 20, 32, 4, "host"},
      {"NetEmosBird", "fattree:pods=2,leaves=2", "bird", 16, 20, 32, 4, "host"},
      {"RingFrr6", "ring:n=5,af=6", "frr", 5, 5, 10, 5},
      {"RingBird6", "ring:n=5,af=6", "bird", 5, 5, 10, 5},
      {"FatTreeFrr46", "fattree:af=46", "frr", 20, 32, 128, 32},
      {"FatTreeBird46", "fattree:af=46", "bird", 20, 32, 128, 32},
      {"MixedRing46", "ring:n=6,af=46,images=frr+bird", "", 6, 6, 24, 12},
      {"RingFrr10", "ring:n=4,af=46", "frr10", 4, 4, 16, 8},
      {"RingBird3", "ring:n=4,af=46", "bird3", 4, 4, 16, 8},
      {"RingBirdStatic", "ring:n=4,af=46", "bird-static", 4, 4, 16, 8},
      {"NewerMixed", "fattree:images=frr10+bird+bird3+bird-static+frr", "", 20,
       32, 64, 16},
      {"Multihop",
       "file:" + Data("testdata/topologies/multihop_loopback"
                      ".textproto"),
       "frr", 3, 2, 2, 2},
  };
  if (const char* zoo = std::getenv("QUIESCE_TOPOZOO")) {
    for (const std::string image : {"frr", "bird"}) {
      all.push_back({"Fccn_" + image, absl::StrCat("gml:", zoo, "/Fccn.gml"),
                     image, 23, 25, 50, 23});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Kinds, MainJob, testing::ValuesIn(Networks()),
                         [](const testing::TestParamInfo<Network>& network) {
                           return network.param.name;
                         });

// In a fat-tree every path that RFC 7938 promises is used: from a ToR to
// another pod through all its leaves, from a leaf through all its spines.
void ExpectAllNextHops(const std::string& image) {
  NEED_IMAGE(image);
  const std::string out = FreshPath("out");
  const Result run =
      Quiesce({"--topo=fattree:k=4", "--image=" + image, "--out=" + out});
  ASSERT_EQ(run.code, 0) << testing::PrintToString(run);
  int rows = 0;
  for (const auto& [node, routes] : ReadFib(out)) {
    const Words name = absl::StrSplit(node, '-');
    for (const auto& [prefix, hops] : routes) {
      // 10.0.N.0/24: two prefixes a ToR, two ToRs a pod.
      if (prefix.rfind("10.0.", 0) != 0) continue;
      const int number = std::atoi(prefix.c_str() + 5);
      const std::string tor =
          absl::StrCat("tor-", number / 4, "-", number / 2 % 2);
      const std::string pod = absl::StrCat(number / 4);
      size_t expected = 1;
      if (name[0] == "tor") {
        expected = 2;  // both leaves
      } else if (name[0] == "leaf" && name[1] != pod) {
        expected = 2;  // both spines of its group
      }
      EXPECT_EQ(hops.size(), expected) << node << " " << prefix;
      ++rows;
    }
  }
  EXPECT_EQ(rows, 20 * 16 - 16);  // each but at its origin
}

TEST(EqualPaths, AreCompleteWithFrr) { ExpectAllNextHops("frr"); }
TEST(EqualPaths, AreCompleteWithBird) { ExpectAllNextHops("bird"); }

TEST(MixedNetwork, FrrBirdGobgpAndAHost) {
  for (const std::string image : {"frr", "bird", "gobgp"}) NEED_IMAGE(image);
  const std::string out = FreshPath("out");
  const Result run =
      Quiesce({"--topo=file:" + Data("testdata/topologies/mixed.textproto"),
               "--out=" + out});
  ASSERT_EQ(run.code, 0) << testing::PrintToString(run);
  const nlohmann::json summary = ReadJson(out + "/summary.json");
  EXPECT_EQ(summary["images"],
            nlohmann::json({"bird", "frr", "gobgp", "host"}));
  EXPECT_EQ(summary["pairs"], summary["pairsReachable"]);
  EXPECT_GT(summary["pairs"], 0);
}

// Daemons that keep a RIB and have no way to the kernel's routes.
class RibOnly : public testing::TestWithParam<const char*> {};

TEST_P(RibOnly, EveryPrefixIsInEveryRib) {
  NEED_IMAGE(GetParam());
  const std::string out = FreshPath("out");
  const Result run =
      Quiesce({"--topo=ring:n=4,af=46", absl::StrCat("--image=", GetParam()),
               "--out=" + out});
  EXPECT_EQ(run.code, 1) << testing::PrintToString(run);  // unreachable
  const nlohmann::json summary = ReadJson(out + "/summary.json");
  EXPECT_EQ(summary["converged"], true);
  EXPECT_EQ(summary["sessionsEstablished"], 16) << summary["sessionsDown"];
  std::map<std::string, std::set<std::string>> rib;
  for (const std::string& line : Lines(ReadFile(out + "/rib.jsonl"))) {
    const nlohmann::json row = nlohmann::json::parse(line);
    if (row["Status"] != "BEST") continue;
    rib[row["Node"]].insert(row["Network"].get<std::string>());
  }
  ASSERT_EQ(rib.size(), 4);
  for (const auto& [node, networks] : rib) EXPECT_EQ(networks.size(), 8);
}

INSTANTIATE_TEST_SUITE_P(Daemons, RibOnly, testing::Values("gobgp", "openbgpd"),
                         [](const testing::TestParamInfo<const char*>& image) {
                           return std::string(image.param);
                         });

// --- What a run leaves ---

class Results : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!HasImage("bird")) return;
    out_ = FreshPath("out");
    run_ = Quiesce({"--topo=ring:5", "--image=bird", "--out=" + out_});
  }
  void SetUp() override {
    NEED_IMAGE("bird");
    ASSERT_EQ(run_.code, 0) << testing::PrintToString(run_);
  }
  static std::string out_;
  static Result run_;
};
std::string Results::out_;
Result Results::run_;

TEST_F(Results, AllFilesAreThere) {
  for (const char* name : {"summary.json", "timing.json", "fib.csv",
                           "fib.jsonl", "rib.jsonl", "reachability.json"}) {
    EXPECT_GT(ReadFile(out_ + "/" + name).size(), 0) << name;
  }
  int nodes = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(out_ + "/nodes")) {
    ++nodes;
    EXPECT_TRUE(std::filesystem::exists(entry.path() / "bird.conf"));
    EXPECT_TRUE(std::filesystem::exists(entry.path() / "bird.log"));
  }
  EXPECT_EQ(nodes, 5);
}

TEST_F(Results, TablesAreSorted) {
  for (const char* name : {"fib.csv", "rib.jsonl"}) {
    std::string last;
    Words lines = Lines(ReadFile(out_ + "/" + name));
    if (std::string(name) == "fib.csv") lines.erase(lines.begin());
    for (const std::string& line : lines) {
      const std::string node =
          Contains(line, "\"Node\"")
              ? nlohmann::json::parse(line)["Node"].get<std::string>()
              : line.substr(0, line.find(','));
      EXPECT_LE(last, node) << name;
      last = node;
    }
  }
}

TEST_F(Results, FibIsTheSameInBothForms) {
  Words from_json;
  for (const std::string& line : Lines(ReadFile(out_ + "/fib.jsonl"))) {
    const nlohmann::json row = nlohmann::json::parse(line);
    from_json.push_back(absl::StrCat(
        row["Node"].get<std::string>(), ",", row["VRF"].get<std::string>(), ",",
        row["Network"].get<std::string>(), ",",
        row["Next_Hop"].get<std::string>(), ",",
        row["Next_Hop_Interface"].get<std::string>(), ",",
        row["Protocol"].get<std::string>(), ",", row["Metric"].get<int>()));
  }
  Words from_csv = Lines(ReadFile(out_ + "/fib.csv"));
  from_csv.erase(from_csv.begin());
  EXPECT_EQ(from_csv, from_json);
}

TEST_F(Results, SummaryHoldsNothingMeasured) {
  const std::string text = ReadFile(out_ + "/summary.json");
  for (const char* word : {"wall", "cpu", "Cpu", "pss", "Pss"}) {
    EXPECT_FALSE(Contains(text, word)) << word;
  }
  const nlohmann::json timing = ReadJson(out_ + "/timing.json");
  EXPECT_EQ(timing["phases"].size(), 4);
  EXPECT_GT(timing["wallSeconds"], 0);
  EXPECT_GT(timing["routersCpuSeconds"], 0);
  EXPECT_EQ(timing["nodes"].size(), 5);
}

TEST_F(Results, PlainLinesWithoutATerminal) {
  EXPECT_FALSE(Contains(run_.err, "\x1b")) << run_.err;
  EXPECT_FALSE(Contains(run_.err, "\r")) << run_.err;
  for (const char* phase : {"prepare", "start", "converge", "export"}) {
    EXPECT_TRUE(Contains(run_.err, phase)) << run_.err;
  }
}

}  // namespace
}  // namespace quiesce::system_test
