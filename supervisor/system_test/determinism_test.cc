// One seed, one outcome: two runs leave the same bytes, however many cores they
// use. Without realtime priority guests run beside the supervisor and each
// other, and only what they agree on in the end is the same.
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

struct Case {
  std::string name;
  std::string topo;
  std::string image;
  int code = 0;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.topo << " " << c.image;
}

class Determinism : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    NEED_IMAGE("frr");
    NEED_IMAGE("bird");
    NEED_IMAGE("gobgp");
    base_ = Run({});
  }

  // Runs the network; the directory of its results.
  std::string Run(const Words& more) {
    const std::string out = FreshPath("out");
    Words flags = {"--topo=" + GetParam().topo, "--image=" + GetParam().image,
                   "--out=" + out};
    flags.insert(flags.end(), more.begin(), more.end());
    const Result run = Quiesce(flags);
    EXPECT_EQ(run.code, GetParam().code) << testing::PrintToString(run);
    return out;
  }

  // All but timing.json, which holds what is measured.
  void ExpectSame(const std::string& other) {
    const Words files = FilesBelow(base_);
    EXPECT_GT(files.size(), 6);
    EXPECT_EQ(files, FilesBelow(other));
    for (const std::string& file : files) {
      if (file == "timing.json") continue;
      const Words a = Lines(ReadFile(base_ + "/" + file));
      const Words b = Lines(ReadFile(other + "/" + file));
      if (a == b) continue;
      size_t line = 0;
      while (line < a.size() && line < b.size() && a[line] == b[line]) ++line;
      ADD_FAILURE() << file << " differs in line " << line + 1 << ":\n"
                    << (line < a.size() ? a[line] : "(end)") << "\n"
                    << (line < b.size() ? b[line] : "(end)");
    }
  }

  std::string base_;
};

TEST_P(Determinism, TwoRuns) { ExpectSame(Run({})); }
TEST_P(Determinism, OneShard) { ExpectSame(Run({"--shards=1"})); }
TEST_P(Determinism, ZeroPagesDropped) {
  ExpectSame(Run({"--zero_pages=drop"}));
}
TEST_P(Determinism, ZeroPagesDroppedAtEveryRest) {
  ExpectSame(Run({"--zero_pages=drop_at_every_rest"}));
}
TEST_P(Determinism, EqualPagesMerged) { ExpectSame(Run({"--ksm"})); }
INSTANTIATE_TEST_SUITE_P(
    Networks, Determinism,
    testing::Values(Case{"FatTreeFrr", "fattree", "frr"},
                    Case{"FatTreeBird", "fattree", "bird"},
                    Case{"RandomFrr", "random:n=10,seed=5", "frr"},
                    Case{"RandomBird46", "random:n=16,seed=5,af=46", "bird"},
                    Case{"MixedGrid", "grid:size=3x3,images=frr+bird", "frr"},
                    // Traffic does not cross GoBGP, which has no FIB.
                    Case{"MixedRing", "ring:n=6,images=frr+bird+gobgp", "frr",
                         1},
                    Case{"NetEmosFrr", "fattree:pods=2,leaves=2", "frr"}),
    [](const testing::TestParamInfo<Case>& c) { return c.param.name; });

TEST(EqualPages, AreNotMergedUnseenWhereTheHostDoesNot) {
  std::ifstream file("/sys/kernel/mm/ksm/run");
  int run_by_host = 0;
  if (!(file >> run_by_host)) GTEST_SKIP() << "a kernel without KSM";
  NEED_IMAGE("frr");
  const Result run =
      Quiesce({"--topo=ring:n=3", "--ksm", "--out=" + FreshPath("out")});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_EQ(Contains(run.err, "echo 1 > /sys/kernel/mm/ksm/run"),
            run_by_host != 1)
      << run.err;
}

// Routes whose choice does not depend on which came first.
void ExpectSameFibWithoutRealtime(const std::string& topo,
                                  const std::string& image) {
  NEED_IMAGE(image);
  std::string fibs[2];
  for (const int realtime : {0, 1}) {
    const std::string out = FreshPath("out");
    const Result run =
        Quiesce({"--topo=" + topo, "--image=" + image, "--out=" + out,
                 realtime ? "--realtime=true" : "--realtime=false"});
    EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
    fibs[realtime] =
        ReadFile(out + "/fib.csv") + ReadFile(out + "/reachability.json");
  }
  EXPECT_EQ(fibs[0], fibs[1]);
}

TEST(WithoutRealtime, SameFibFrr) {
  ExpectSameFibWithoutRealtime("fattree:compare_routerid=on", "frr");
}
TEST(WithoutRealtime, SameFibBird) {
  ExpectSameFibWithoutRealtime("fattree", "bird");
}

}  // namespace
}  // namespace quiesce::system_test
