#include "supervisor/report/results.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace quiesce {
namespace {

namespace fs = std::filesystem;

IpPrefix P(absl::string_view text) { return *IpPrefix::Parse(text); }

// Two routers on one link, each with a /24, given in either order.
Results TwoRouters(bool reversed) {
  Results results;
  for (int i : {0, 1}) {
    const std::string self = std::to_string(reversed ? 1 - i : i);
    const std::string other = std::to_string(reversed ? i : 1 - i);
    NodeFib fib("r" + self);
    fib.AddAddress("eth0", P("10.0.0." + self + "/31"));
    fib.AddAddress("lan", P("10.1." + self + ".1/24"));
    FibEntry entry;
    entry.network = P("10.1." + other + ".0/24");
    entry.next_hops = {{*IpAddress::Parse("10.0.0." + other), "eth0"}};
    entry.protocol = 186;
    fib.Add(entry);
    fib.Finish();
    results.fibs.push_back(std::move(fib));
    results.originated.push_back({"r" + self, P("10.1." + self + ".0/24"), {}});
    RibRow row;
    row.node = "r" + self;
    row.network = entry.network;
    row.status = "BEST";
    results.paths.push_back(row);
    BgpSession session;
    session.node = "r" + self;
    session.remote_ip = "10.0.0." + other;
    session.state = "Established";
    results.sessions.push_back(session);
  }
  results.links = {{"r0", "eth0", "r1", "eth0"}};
  return results;
}

std::map<std::string, std::string> FilesOf(const std::string& path) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(path)) {
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    files[entry.path().filename().string()] = text.str();
  }
  return files;
}

TEST(Results, TwoRunsLeaveTheSameBytes) {
  std::string root = testing::TempDir() + "/results.XXXXXX";
  ASSERT_NE(mkdtemp(root.data()), nullptr);
  std::map<std::string, std::string> files[2];
  for (int run : {0, 1}) {
    const std::string path = root + "/" + std::to_string(run);
    auto dir = OutputDir::Create(path);
    ASSERT_TRUE(dir.ok()) << dir.status();
    Results results = TwoRouters(run == 1);
    Summary summary;
    summary.set_topology("line:n=2");
    absl::Status status = WriteResults(&results, &summary, &*dir);
    ASSERT_TRUE(status.ok()) << status;
    files[run] = FilesOf(path);
    ASSERT_TRUE(WriteTiming(Timing(), &*dir).ok());
    EXPECT_TRUE(fs::exists(path + "/timing.json"));
  }
  EXPECT_EQ(files[0], files[1]);
  EXPECT_EQ(files[0].size(), 6);  // with the marker
  auto summary = nlohmann::json::parse(files[0]["summary.json"]);
  EXPECT_EQ(summary["pairs"], 2);
  EXPECT_EQ(summary["pairsReachable"], 2);
  EXPECT_EQ(summary["sessionsEstablished"], 2);
  EXPECT_EQ(summary["routes"], "2");
  EXPECT_EQ(summary["ribPaths"], "2");
  EXPECT_EQ(summary["digests"].size(), 4);
  auto reachability = nlohmann::json::parse(files[0]["reachability.json"]);
  EXPECT_EQ(reachability["pairs"][0]["Dispositions"][0], "ACCEPTED");
  fs::remove_all(root);
}

TEST(Results, AnotherTableHasAnotherDigest) {
  std::string root = testing::TempDir() + "/results.XXXXXX";
  ASSERT_NE(mkdtemp(root.data()), nullptr);
  std::string digest[2];
  for (int run : {0, 1}) {
    auto dir = OutputDir::Create(root);
    ASSERT_TRUE(dir.ok()) << dir.status();
    Results results = TwoRouters(false);
    if (run == 1) results.paths[0].metric = 1;
    Summary summary;
    ASSERT_TRUE(WriteResults(&results, &summary, &*dir).ok());
    for (const Digest& d : summary.digests()) {
      if (d.name() == "rib.jsonl") digest[run] = d.value();
    }
  }
  EXPECT_EQ(digest[0].size(), 24);
  EXPECT_NE(digest[0], digest[1]);
  fs::remove_all(root);
}

TEST(Results, ALinkToNowhereIsAnError) {
  std::string root = testing::TempDir() + "/results.XXXXXX";
  ASSERT_NE(mkdtemp(root.data()), nullptr);
  auto dir = OutputDir::Create(root);
  Results results = TwoRouters(false);
  results.links.push_back({"r0", "eth1", "ghost", "eth0"});
  Summary summary;
  EXPECT_EQ(WriteResults(&results, &summary, &*dir).code(),
            absl::StatusCode::kInvalidArgument);
  fs::remove_all(root);
}

}  // namespace
}  // namespace quiesce
