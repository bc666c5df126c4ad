#include "supervisor/report/session_remarks.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "supervisor/report/summary.h"
#include "topo/build.h"

namespace quiesce {
namespace {

constexpr char kTwo[] = R"pb(
  node {
    name: "a"
    interface { name: "eth1" address: "10.1.1.1/24" }
    bgp {
      asn: 65001
      neighbor { address: "10.1.1.2" remote_as: 65009 }
    }
  }
  node {
    name: "b"
    interface { name: "eth1" address: "10.1.1.2/24" }
    bgp {
      asn: 65002
      neighbor { address: "10.1.1.1" remote_as: 65001 }
    }
  }
  link {
    a { node: "a" interface: "eth1" }
    b { node: "b" interface: "eth1" }
  }
)pb";

void AddDown(const char* node, const char* to, uint32_t as, Summary* summary) {
  SessionDown* down = summary->add_sessions_down();
  down->set_node(node);
  down->set_remote_ip(to);
  down->set_remote_as(as);
  down->set_state("Active");
}

TEST(SessionRemarks, AnotherAsThanExpectedIsNamed) {
  proto::Topology words;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kTwo, &words));
  BuildOptions options;
  options.default_image = "frr";
  const auto topology = BuildTopology(words, options);
  ASSERT_TRUE(topology.ok()) << topology.status();
  Summary summary;
  AddDown("a", "10.1.1.2", 65009, &summary);
  AddDown("b", "10.1.1.1", 65001, &summary);
  AddDown("b", "10.1.1.9", 65001, &summary);
  AddDown("b", "nowhere", 65001, &summary);
  RemarkOnSessions(*topology, &summary);
  EXPECT_EQ(summary.sessions_down(0).remark(), "b is of AS 65002");
  for (int i : {1, 2, 3}) EXPECT_EQ(summary.sessions_down(i).remark(), "") << i;
  const std::string table = FinalTable(summary, Timing());
  EXPECT_NE(table.find("a to 10.1.1.2 AS 65009: Active; b is of AS 65002\n"),
            std::string::npos)
      << table;
}

}  // namespace
}  // namespace quiesce
