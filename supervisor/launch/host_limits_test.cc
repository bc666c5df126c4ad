#include "supervisor/launch/host_limits.h"

#include <sys/resource.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quiesce {
namespace {

using ::testing::HasSubstr;

const HostLimit& Named(const std::vector<HostLimit>& limits,
                       const std::string& name) {
  for (const HostLimit& limit : limits) {
    if (limit.name == name) return limit;
  }
  ADD_FAILURE() << "no limit " << name;
  return limits.front();
}

TEST(HostLimits, ASmallNetworkFits) {
  ResourceNeeds needs;
  needs.descriptors = 100;
  needs.tasks = 10;
  needs.memory_kib = 1024;
  for (const HostLimit& limit : CompareWithHost(needs)) {
    EXPECT_TRUE(limit.Fits() && !limit.IsNear()) << limit.ToString();
  }
}

TEST(HostLimits, DescriptorsAreHeldAgainstTheHardLimit) {
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  ResourceNeeds needs;
  needs.descriptors = files.rlim_max;
  EXPECT_TRUE(Named(CompareWithHost(needs), "descriptors").Fits());
  EXPECT_TRUE(Named(CompareWithHost(needs), "descriptors").IsNear());
  ++needs.descriptors;
  const auto limits = CompareWithHost(needs);
  EXPECT_FALSE(Named(limits, "descriptors").Fits());
  EXPECT_THAT(Named(limits, "descriptors").remedy, HasSubstr("ulimit -Hn"));
}

TEST(HostLimits, NobodyHasThatMuch) {
  ResourceNeeds needs;
  needs.tasks = 5'000'000;
  needs.memory_kib = int64_t{1} << 40;
  needs.namespaces = int64_t{1} << 40;
  const auto limits = CompareWithHost(needs);
  EXPECT_THAT(Named(limits, "tasks").ToString(),
              HasSubstr("5,000,000 processes and threads; room "));
  EXPECT_THAT(Named(limits, "memory_kib").ToString(),
              HasSubstr("1048576.0 GiB of memory; what "));
  for (const char* name : {"tasks", "memory_kib", "net_namespaces"}) {
    EXPECT_FALSE(Named(limits, name).Fits());
    EXPECT_NE(Named(limits, name).remedy, "");
  }
}

TEST(HostLimits, WithoutALimitEverythingFits) {
  HostLimit none{"x", "things", 12};
  EXPECT_TRUE(none.Fits());
  EXPECT_FALSE(none.IsNear());
  EXPECT_EQ(none.ToString(), "12 things");
}

}  // namespace
}  // namespace quiesce
