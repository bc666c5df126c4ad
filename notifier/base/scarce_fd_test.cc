#include "notifier/base/scarce_fd.h"

#include <fcntl.h>

#include <utility>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

UniqueFd AnyFile() { return UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(ScarceFd, KeepsAsManyAsAreAllowed) {
  ScarceFd::Allow(2);
  ScarceFd a, b, c;
  EXPECT_FALSE(a.Keep(AnyFile()).valid());
  EXPECT_FALSE(b.Keep(AnyFile()).valid());
  EXPECT_TRUE(c.Keep(AnyFile()).valid()) << "given back";
  EXPECT_TRUE(a.valid() && b.valid());
  EXPECT_FALSE(c.valid());
}

TEST(ScarceFd, OneThatIsDroppedMakesRoom) {
  ScarceFd::Allow(1);
  ScarceFd a;
  {
    ScarceFd b;
    b.Keep(AnyFile());
    EXPECT_TRUE(a.Keep(AnyFile()).valid());
  }
  EXPECT_FALSE(a.Keep(AnyFile()).valid());
  // In its own place there always is.
  EXPECT_FALSE(a.Keep(AnyFile()).valid());
}

TEST(ScarceFd, MovingOneMovesItsPlace) {
  ScarceFd::Allow(1);
  ScarceFd a;
  a.Keep(AnyFile());
  ScarceFd b = std::move(a);
  EXPECT_TRUE(b.valid());
  EXPECT_TRUE(a.Keep(AnyFile()).valid());
  b = ScarceFd();
  EXPECT_FALSE(a.Keep(AnyFile()).valid());
}

}  // namespace
}  // namespace quiesce
