#include "topo/flaps.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "topo/spec.h"

namespace quiesce {
namespace {

using testing::HasSubstr;

Topology Ring() { return *ParseTopologySpec("ring:5", "frr"); }

TEST(WithFlaps, OneInEachSpanAndUpAgain) {
  const auto flapping = WithFlaps(Ring(), "every=60s,for=1h,seed=3");
  ASSERT_TRUE(flapping.ok()) << flapping.status();
  const auto& events = flapping->events();
  ASSERT_EQ(events.size(), 2 * 59);
  std::set<std::string> links;
  for (size_t i = 0; i < events.size(); i += 2) {
    const double begin = 60 * (i / 2 + 1);
    EXPECT_GE(events[i].at_seconds(), begin);
    EXPECT_LE(events[i].at_seconds(), begin + 50);
    EXPECT_NEAR(events[i + 1].at_seconds(), events[i].at_seconds() + 10, 1e-6);
    EXPECT_EQ(events[i].link_down().SerializeAsString(),
              events[i + 1].link_up().SerializeAsString());
    EXPECT_TRUE(events[i].carrier() && events[i + 1].carrier());
    links.insert(events[i].link_down().node());
  }
  EXPECT_EQ(links.size(), 5);
}

TEST(WithFlaps, TheSeedDecides) {
  const auto dump = [](const std::string& spec) {
    return WithFlaps(Ring(), spec)->DumpTextproto();
  };
  EXPECT_EQ(dump("seed=1"), dump("every=60s,for=1h"));
  EXPECT_NE(dump("seed=1"), dump("seed=2"));
  EXPECT_NE(dump("seed=1"), dump("seed=1,silent"));
}

TEST(WithFlaps, MistakesAreToldTogether) {
  const auto wrong = WithFlaps(Ring(), "every=often,down=2h,when=now");
  ASSERT_FALSE(wrong.ok());
  for (const char* part : {"every: 'often' is no time", "unknown key 'when'",
                           "up again before the next"}) {
    EXPECT_THAT(std::string(wrong.status().message()), HasSubstr(part));
  }
  EXPECT_THAT(std::string(WithFlaps(*ParseTopologySpec("line:1", "frr"), "")
                              .status()
                              .message()),
              HasSubstr("no link"));
}

}  // namespace
}  // namespace quiesce
