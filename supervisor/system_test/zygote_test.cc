// Processes that are copies of one differ in nothing from those that start by
// themselves.
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

// What a run leaves, without what it has cost.
std::map<std::string, std::string> Results(const Words& flags,
                                           const std::string& zygote,
                                           Result* run) {
  const std::string out = FreshPath("out");
  const std::string messages = FreshPath("messages.jsonl");
  Words all = flags;
  for (const std::string& flag :
       {absl::StrCat("--message_log=", messages),
        absl::StrCat("--zygote=", zygote), absl::StrCat("--out=", out)}) {
    all.push_back(flag);
  }
  *run = Quiesce(all);
  std::map<std::string, std::string> results;
  for (const std::string& file : FilesBelow(out)) {
    if (file != "timing.json") results[file] = ReadFile(out + "/" + file);
  }
  EXPECT_EQ(Contains(ReadFile(out + "/timing.json"), "\"stoppedBy\""),
            zygote == "on");
  results["messages"] = ReadFile(messages);
  return results;
}

// The run with copies, after it has been compared.
Result ExpectSame(const Words& flags) {
  Result off, on;
  const auto expected = Results(flags, "off", &off);
  const auto results = Results(flags, "on", &on);
  EXPECT_EQ(on.code, off.code) << testing::PrintToString(on);
  EXPECT_GT(expected.size(), 4);
  EXPECT_EQ(results.size(), expected.size());
  for (const auto& [file, text] : expected) {
    const auto it = results.find(file);
    EXPECT_TRUE(it != results.end()) << file;
    if (it != results.end()) EXPECT_EQ(it->second, text) << file;
  }
  return on;
}

std::string Starter(const std::string& way) {
  return GuestImage("starter", {"/sys/class/net/lo/mtu", way});
}

TEST(Zygote, CopiesSeeWhatTheyWouldHaveSeen) {
  const Result run =
      ExpectSame({"--topo=ring:6", "--image=" + Starter(""), "--shards=1"});
  EXPECT_TRUE(Contains(run.err, "5 copies, 1 started; ")) << run.err;
  EXPECT_TRUE(Contains(run.err, "/sys/class/net/lo/mtu is the node's own"))
      << run.err;
}

TEST(Zygote, WhatIsDerivedFromTheHostNameIsNotCopied) {
  const Result run =
      ExpectSame({"--topo=ring:6", "--image=" + Starter("hash"), "--shards=1"});
  EXPECT_TRUE(Contains(run.err, "no copies, 6 started: ")) << run.err;
}

TEST(Zygote, ATemplateStopsBeforeItsFirstThread) {
  const Result run = ExpectSame(
      {"--topo=ring:6", "--image=" + Starter("thread"), "--shards=1"});
  EXPECT_TRUE(Contains(run.err, "5 copies, 1 started; ")) << run.err;
  EXPECT_TRUE(Contains(run.err, "stopped at system call")) << run.err;
}

// In one node it has another pid than its template: this shows when it has been
// copied already; the other process is then copied once more.
TEST(Zygote, ANodeWhoseCopyFailsIsStartedAgain) {
  const std::string image =
      GuestImage("starter", {"/sys/class/net/lo/mtu"}, "",
                 "process { name: \"first\" argv: \"/bin/starter\" "
                 "argv: \"/sys/class/net/lo/mtu\" argv: \"forks\" }");
  const Result run =
      ExpectSame({"--topo=ring:6", "--image=" + image, "--shards=1"});
  EXPECT_TRUE(Contains(run.err, "zygote of first: 6 copies, 1 started"))
      << run.err;
  EXPECT_FALSE(Contains(run.err, "zygote of starter: 5 copies")) << run.err;
  EXPECT_TRUE(Contains(run.err, "of its node, not 3")) << run.err;
}

TEST(Zygote, WhatItCannotBeUsedWithIsSaid) {
  for (const char* other :
       {"--clock=real", "--record=recording", "--threads=random:seed=1"}) {
    const Result run = Quiesce({"--topo=line:2", "--zygote=on", other});
    EXPECT_EQ(run.code, 2) << other;
    EXPECT_TRUE(Contains(run.err, "--zygote=on wants")) << run.err;
  }
  EXPECT_EQ(Quiesce({"--topo=line:2", "--zygote=maybe"}).code, 2);
}

TEST(Zygote, NetworksOfDaemonsAreTheSame) {
  NEED_IMAGE("frr");
  const Result run = ExpectSame({"--topo=fattree:k=4", "--image=frr"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_TRUE(Contains(run.err, " copies, ")) << run.err;
  EXPECT_FALSE(Contains(run.err, "no copies")) << run.err;
}

// BIRD makes its state of chance of random bytes before it reads its
// configuration.
TEST(Zygote, WhatIsDerivedFromRandomBytesIsNotCopied) {
  NEED_IMAGE("bird-static");
  const Result run = ExpectSame({"--topo=ring:6", "--image=bird-static"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_TRUE(Contains(run.err, "zygote of bird: no copies")) << run.err;
}

}  // namespace
}  // namespace quiesce::system_test
