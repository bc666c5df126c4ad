#include "supervisor/report/tables.h"

#include <stdlib.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "supervisor/report/summary.h"

namespace quiesce {
namespace {

namespace fs = std::filesystem;

IpPrefix P(absl::string_view text) { return *IpPrefix::Parse(text); }

// Two routers on one link, each with a /24, in either order.
class TwoRouters {
 public:
  explicit TwoRouters(bool reversed) {
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
      fib.AddRule({AF_INET6, 7, "from all lookup 254"});
      fib.Finish();
      fibs_.push_back(std::move(fib));
      originated_.push_back({"r" + self, P("10.1." + self + ".0/24"), {}});
      RibRow row;
      row.node = "r" + self;
      row.network = entry.network;
      row.status = "BEST";
      paths.push_back(row);
    }
  }

  absl::Status Write(OutputDir* dir, Summary* summary) {
    const NodeFib* fibs[] = {&fibs_[0], &fibs_[1]};
    const NetworkLink links[] = {{"r0", "eth0", "r1", "eth0"}};
    auto plane = Forwarding::Create(fibs, links);
    EXPECT_TRUE(plane.ok());
    auto reachability = CheckReachability(*plane, fibs, originated_);
    EXPECT_TRUE(reachability.ok());
    return WriteTables(fibs, paths, *reachability, dir, summary);
  }

  std::vector<RibRow> paths;

 private:
  std::vector<NodeFib> fibs_;
  std::vector<OriginatedPrefix> originated_;
};

std::map<std::string, std::string> FilesOf(const std::string& path) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(path)) {
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    files[entry.path().filename().string()] = text.str();
  }
  return files;
}

class Tables : public testing::Test {
 protected:
  Tables() {
    root_ = testing::TempDir() + "/tables.XXXXXX";
    EXPECT_NE(mkdtemp(root_.data()), nullptr);
  }
  ~Tables() override { fs::remove_all(root_); }
  std::string root_;
};

TEST_F(Tables, TwoRunsLeaveTheSameBytes) {
  std::map<std::string, std::string> files[2];
  std::string summaries[2];
  for (int run : {0, 1}) {
    const std::string path = root_ + "/" + std::to_string(run);
    auto dir = OutputDir::Create(path);
    ASSERT_TRUE(dir.ok()) << dir.status();
    Summary summary;
    absl::Status status = TwoRouters(run == 1).Write(&*dir, &summary);
    ASSERT_TRUE(status.ok()) << status;
    files[run] = FilesOf(path);
    summaries[run] = *ReportJson(summary);
  }
  EXPECT_EQ(files[0], files[1]);
  EXPECT_EQ(files[0].size(), 6);  // with the marker
  EXPECT_EQ(summaries[0], summaries[1]);
  auto summary = nlohmann::json::parse(summaries[0]);
  EXPECT_EQ(summary["pairs"], 2);
  EXPECT_EQ(summary["pairsReachable"], 2);
  EXPECT_EQ(summary["routes"], "2");
  EXPECT_EQ(summary["ribPaths"], "2");
  EXPECT_EQ(summary["digests"].size(), 5);
  EXPECT_EQ(files[0]["rules.jsonl"],
            "{\"Node\":\"r0\",\"Family\":\"ipv6\",\"Priority\":7,"
            "\"Rule\":\"from all lookup 254\"}\n"
            "{\"Node\":\"r1\",\"Family\":\"ipv6\",\"Priority\":7,"
            "\"Rule\":\"from all lookup 254\"}\n");
  auto reachability = nlohmann::json::parse(files[0]["reachability.json"]);
  EXPECT_EQ(reachability["pairs"][0]["Dispositions"][0], "ACCEPTED");
}

TEST_F(Tables, AnotherTableHasAnotherDigest) {
  std::string digest[2];
  for (int run : {0, 1}) {
    auto dir = OutputDir::Create(root_ + "/out");
    ASSERT_TRUE(dir.ok()) << dir.status();
    TwoRouters network(false);
    if (run == 1) network.paths[0].metric = 1;
    Summary summary;
    ASSERT_TRUE(network.Write(&*dir, &summary).ok());
    for (const Digest& d : summary.digests()) {
      if (d.name() == "rib.jsonl") digest[run] = d.value();
    }
  }
  EXPECT_EQ(digest[0].size(), 24);
  EXPECT_NE(digest[0], digest[1]);
}

}  // namespace
}  // namespace quiesce
