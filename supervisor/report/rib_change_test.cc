#include "supervisor/report/rib_change.h"

#include "gtest/gtest.h"

namespace quiesce {
namespace {

RibRow Path(const std::string& node, const std::string& network,
            const std::string& status, const std::string& from) {
  RibRow row;
  row.node = node;
  row.network = *IpPrefix::Parse(network);
  row.status = status;
  row.next_hop = from;
  row.received_from_ip = from;
  row.protocol = "bgp";
  row.as_path = "65001";
  row.origin_type = "igp";
  return row;
}

TEST(CompareRibs, EqualOnesHaveNoChanges) {
  const std::vector<RibRow> rows = {
      Path("r1", "10.0.0.0/24", "BEST", "1.1.1.1"),
      Path("r1", "10.0.0.0/24", "BACKUP", "1.1.1.2")};
  EXPECT_TRUE(CompareRibs(rows, {rows[1], rows[0]}).empty());
}

TEST(CompareRibs, EachNetworkIsOneChange) {
  RibRow better = Path("r1", "10.0.0.0/24", "BEST", "1.1.1.2");
  better.local_pref = 200;
  better.communities = {"65001:1", "65001:2"};
  const auto changes =
      CompareRibs({Path("r1", "10.0.0.0/24", "BEST", "1.1.1.1"),
                   Path("r2", "10.0.9.0/24", "BEST", "1.1.1.1")},
                  {Path("r1", "10.0.0.0/24", "BACKUP", "1.1.1.1"), better,
                   Path("r2", "10.0.10.0/24", "INVALID", "1.1.1.1")});
  ASSERT_EQ(changes.size(), 3);
  EXPECT_EQ(changes[0].node, "r1");
  EXPECT_EQ(changes[0].before,
            "BEST via 1.1.1.1 from 1.1.1.1 path 65001 lp 100 med 0");
  EXPECT_EQ(changes[0].after,
            "BEST via 1.1.1.2 from 1.1.1.2 path 65001 lp 200 med 0 "
            "communities 65001:1 65001:2; "
            "BACKUP via 1.1.1.1 from 1.1.1.1 path 65001 lp 100 med 0");
  EXPECT_EQ(changes[1].network, "10.0.9.0/24");
  EXPECT_EQ(changes[1].after, "");
  EXPECT_EQ(changes[2].network, "10.0.10.0/24");
  EXPECT_EQ(changes[2].before, "");
}

}  // namespace
}  // namespace quiesce
