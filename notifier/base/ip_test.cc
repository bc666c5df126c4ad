#include "notifier/base/ip.h"

#include <gtest/gtest.h>

namespace quiesce {
namespace {

TEST(IpAddressTest, ParsesAndPrintsBothFamilies) {
  for (const char* text : {"10.0.3.2", "0.0.0.0", "::", "::1", "fe80::1",
                           "2001:db8::a:b", "::ffff:10.0.0.1"}) {
    ASSERT_TRUE(IpAddress::Parse(text).ok()) << text;
    EXPECT_EQ(IpAddress::Parse(text)->ToString(), text);
  }
  for (const char* text : {"", "10.0.0", "10.0.0.256", "fe80::1%eth0", "x"}) {
    EXPECT_FALSE(IpAddress::Parse(text).ok()) << text;
  }
}

TEST(IpAddressTest, MapsAndUnmapsV4) {
  const IpAddress v4 = IpAddress::V4(0x0a000001);
  EXPECT_EQ(v4.ToMapped().ToString(), "::ffff:10.0.0.1");
  EXPECT_EQ(v4.ToMapped().Unmapped(), v4);
}

TEST(IpAddressTest, PlusCarriesAcrossBytes) {
  EXPECT_EQ(IpAddress::Parse("10.0.0.255")->Plus(1).ToString(), "10.0.1.0");
  EXPECT_EQ(IpAddress::Parse("2001:db8::ffff")->Plus(2).ToString(),
            "2001:db8::1:1");
}

TEST(IpPrefixTest, MasksAndContains) {
  const IpPrefix p = *IpPrefix::Parse("10.1.2.3/20");
  EXPECT_EQ(p.Network().ToString(), "10.1.0.0/20");
  EXPECT_TRUE(p.Contains(*IpAddress::Parse("10.1.15.255")));
  EXPECT_FALSE(p.Contains(*IpAddress::Parse("10.1.16.0")));
  EXPECT_FALSE(p.Contains(*IpAddress::Parse("::1")));
  EXPECT_TRUE(IpPrefix::Parse("::/0")->Contains(*IpAddress::Parse("::1")));
  EXPECT_FALSE(IpPrefix::Parse("10.0.0.0/33").ok());
}

TEST(EndpointTest, PrintsScopes) {
  EXPECT_EQ((Endpoint{*IpAddress::Parse("10.0.0.1"), 179, 0}.ToString()),
            "10.0.0.1:179");
  EXPECT_EQ((Endpoint{*IpAddress::Parse("fe80::1"), 179, 3}.ToString()),
            "[fe80::1%3]:179");
}

}  // namespace
}  // namespace quiesce
