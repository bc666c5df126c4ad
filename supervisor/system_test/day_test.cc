// A day of failures: 24 virtual hours of a fat-tree with default timers, in
// which each minute a random link fails. All sessions come back, and neither
// the supervisor nor the routers grow. Takes minutes, so it is run by hand.
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

class Day : public testing::TestWithParam<std::string> {};

TEST_P(Day, EverythingComesBackAndNothingGrows) {
  NEED_IMAGE(GetParam());
  const std::string out = FreshPath("out");
  RunOptions options;
  options.timeout = absl::Minutes(15);
  const Result run = Quiesce(
      {"--topo=fattree", "--image=" + GetParam(), "--flaps=every=60s,for=24h",
       "--sample=1h", "--event_reports=false", "--quiet=10m", "--out=" + out},
      options);
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  const nlohmann::json summary = ReadJson(out + "/summary.json");
  EXPECT_EQ(summary["sessionsEstablished"], 64);
  EXPECT_EQ(summary["ribPaths"], "528");

  const nlohmann::json samples = ReadJson(out + "/timing.json")["samples"];
  ASSERT_GE(samples.size(), 24);
  const nlohmann::json& early = samples[5];  // caches are full by then
  const nlohmann::json& late = samples.back();
  const auto number = [](const nlohmann::json& value) {
    return value.is_string() ? std::stod(value.get<std::string>())
                             : value.get<double>();
  };
  for (const auto& [what, most] : {std::pair{"supervisorPssKib", 1.10},
                                   {"routersPssKib", 1.02},
                                   {"supervisorDescriptors", 1.05},
                                   {"routersDescriptors", 1.05},
                                   {"routersProcesses", 1.0}}) {
    EXPECT_LE(number(late[what]), number(early[what]) * most) << what;
  }
}

INSTANTIATE_TEST_SUITE_P(Images, Day, testing::Values("frr10", "bird"),
                         [](const testing::TestParamInfo<std::string>& c) {
                           return c.param;
                         });

}  // namespace
}  // namespace quiesce::system_test
