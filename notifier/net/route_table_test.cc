#include "notifier/net/route_table.h"

#include <random>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

IpPrefix P(const std::string& text) { return *IpPrefix::Parse(text); }
IpAddress A(const std::string& text) { return *IpAddress::Parse(text); }

Route* Add(RouteTable& table, const std::string& text) {
  auto route = std::make_unique<Route>();
  route->destination = P(text);
  return table.Insert(std::move(route), 0);
}

std::vector<std::string> Matches(const RouteTable& table,
                                 const std::string& address) {
  std::vector<std::string> found;
  table.VisitMatches(A(address), [&](const RouteList& list) {
    found.push_back(list.front()->destination.ToString());
    return false;
  });
  return found;
}

TEST(RouteTableTest, VisitsLongestFirst) {
  RouteTable table(AF_INET, RT_TABLE_MAIN);
  for (const char* text : {"10.0.0.0/8", "0.0.0.0/0", "10.1.0.0/16",
                           "10.1.2.3/32", "10.2.0.0/16"}) {
    Add(table, text);
  }
  EXPECT_EQ(Matches(table, "10.1.2.3"),
            (std::vector<std::string>{"10.1.2.3/32", "10.1.0.0/16",
                                      "10.0.0.0/8", "0.0.0.0/0"}));
  EXPECT_EQ(Matches(table, "11.1.2.3"),
            (std::vector<std::string>{"0.0.0.0/0"}));
}

TEST(RouteTableTest, RemovedIsGone) {
  RouteTable table(AF_INET6, RT_TABLE_MAIN);
  const Route* wide = Add(table, "2001:db8::/32");
  Add(table, "2001:db8:1::/48");
  EXPECT_NE(table.Remove(wide), nullptr);
  EXPECT_EQ(table.Remove(wide), nullptr);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_TRUE(Matches(table, "2001:db8:2::1").empty());
  EXPECT_FALSE(table.HasLength(32));
  EXPECT_TRUE(table.HasLength(48));
}

std::vector<std::string> Dump(const RouteTable& table) {
  std::vector<std::string> shown;
  for (const Route* route : table.Sorted()) {
    shown.push_back(route->destination.ToString());
  }
  return shown;
}

TEST(RouteTableTest, DumpOrderOfLinux) {
  RouteTable v4(AF_INET, RT_TABLE_MAIN);
  for (const char* text : {"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24",
                           "10.0.0.0/16", "9.0.0.0/8", "10.0.1.0/24"}) {
    Add(v4, text);
  }
  EXPECT_EQ(Dump(v4), (std::vector<std::string>{"0.0.0.0/0", "9.0.0.0/8",
                                                "10.0.0.0/24", "10.0.0.0/16",
                                                "10.0.0.0/8", "10.0.1.0/24"}));
  RouteTable v6(AF_INET6, RT_TABLE_MAIN);
  for (const char* text : {"::/0", "2001:db8::/32", "2001:db8:1::/48",
                           "2001:db8:2::/48", "fe80::/64"}) {
    Add(v6, text);
  }
  EXPECT_EQ(Dump(v6),
            (std::vector<std::string>{"2001:db8:1::/48", "2001:db8:2::/48",
                                      "2001:db8::/32", "fe80::/64", "::/0"}));
}

// Against the definition: the longest of all prefixes that contain it.
TEST(RouteTableTest, AgreesWithASearchThroughAll) {
  std::mt19937 random(1);
  RouteTable table(AF_INET, RT_TABLE_MAIN);
  std::vector<IpPrefix> all;
  for (int i = 0; i < 2000; ++i) {
    const IpPrefix prefix = IpPrefix{IpAddress::V4(random() & 0x0fffffff),
                                     static_cast<int>(random() % 33)}
                                .Network();
    if (table.Find(prefix) != nullptr) continue;
    Add(table, prefix.ToString());
    all.push_back(prefix);
  }
  for (int i = 0; i < 2000; ++i) {
    const IpAddress address = IpAddress::V4(random() & 0x0fffffff);
    int longest = -1;
    for (const IpPrefix& prefix : all) {
      if (prefix.Contains(address)) longest = std::max(longest, prefix.length);
    }
    int found = -1;
    table.VisitMatches(address, [&](const RouteList& list) {
      found = list.front()->destination.length;
      return true;
    });
    EXPECT_EQ(found, longest) << address.ToString();
  }
}

}  // namespace
}  // namespace quiesce
