#include "supervisor/sched/events.h"

#include "gtest/gtest.h"

namespace quiesce {
namespace {

using Kind = NetworkEvent::Kind;

NetworkEvent At(Nanos at, NodeId node, Kind kind = Kind::kNodeStop) {
  NetworkEvent event;
  event.at = at;
  event.kind = kind;
  event.node = node;
  return event;
}

NetworkEvent AtConvergence(uint32_t n, NodeId node,
                           Kind kind = Kind::kNodeStop) {
  NetworkEvent event = At(kNever, node, kind);
  event.at_convergence = n;
  return event;
}

TEST(EventQueue, EachIsDueOnceInOrderOfTime) {
  EventQueue queue({At(20, 1), At(10, 2), At(20, 3), At(30, 4)});
  EXPECT_EQ(queue.next(), 10);
  EXPECT_TRUE(queue.TakeDue(9).empty());
  const auto due = queue.TakeDue(20);
  ASSERT_EQ(due.size(), 3);
  EXPECT_EQ(due[0].node, 2);
  EXPECT_EQ(due[1].node, 1);
  EXPECT_EQ(due[2].node, 3);
  EXPECT_TRUE(queue.TakeDue(20).empty());
  EXPECT_EQ(queue.next(), 30);
  EXPECT_EQ(queue.TakeDue(kNever).size(), 1);
  EXPECT_EQ(queue.next(), kNever);
  EXPECT_TRUE(queue.TakeDue(kNever).empty());
}

TEST(EventQueue, ConvergencesAreCounted) {
  EventQueue queue({AtConvergence(2, 1), AtConvergence(1, 2), At(5, 3)});
  EXPECT_EQ(queue.next(), 5);
  ASSERT_EQ(queue.TakeAtConvergence(1).size(), 1);
  EXPECT_EQ(queue.TakeAtConvergence(1)[0].node, 2);
  EXPECT_EQ(queue.TakeAtConvergence(2)[0].node, 1);
  EXPECT_TRUE(queue.TakeAtConvergence(3).empty());
}

TEST(EventQueue, WhoIsAbsentAtFirst) {
  EventQueue queue({At(5, 1, Kind::kNodeStart), At(5, 2, Kind::kProcessKill),
                    At(3, 2, Kind::kNodeStart), At(4, 3, Kind::kNodeStop),
                    AtConvergence(1, 4, Kind::kNodeStart)});
  EXPECT_FALSE(queue.StartsLater(0));
  EXPECT_TRUE(queue.StartsLater(1));
  EXPECT_TRUE(queue.StartsLater(2));
  EXPECT_FALSE(queue.StartsLater(3));
  EXPECT_TRUE(queue.StartsLater(4));
}

}  // namespace
}  // namespace quiesce
