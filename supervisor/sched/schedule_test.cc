#include "supervisor/sched/schedule.h"

#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

Message From(NodeId node, uint64_t session, uint64_t sequence,
             Nanos arrival = 0) {
  Message m;
  m.from = m.opener = node;
  m.to = 0;
  m.session = session;
  m.sequence = sequence;
  m.arrival = arrival;
  return m;
}

std::string Names(const std::vector<Message>& messages) {
  std::string text;
  for (const Message& m : messages) {
    text += std::to_string(m.from) + "." + std::to_string(m.session) + "." +
            std::to_string(m.sequence) + " ";
  }
  return text;
}

TEST(Schedule, RoundsTakesAllThatHasArrivedInTheDefinedOrder) {
  std::vector<Message> waiting = {From(2, 1, 0), From(1, 2, 0), From(1, 1, 0),
                                  From(1, 1, 1, 5), From(1, 3, 0, 4)};
  EXPECT_EQ(Names(RoundsSchedule()->Take(0, 4, &waiting)),
            "1.1.0 1.2.0 1.3.0 2.1.0 ");
  EXPECT_EQ(Names(waiting), "1.1.1 ");
}

TEST(Schedule, FifoTakesTheOneThatWasSentFirst) {
  std::vector<Message> waiting = {From(2, 1, 0, 9), From(2, 1, 1, 3),
                                  From(1, 1, 0, 3)};
  const auto fifo = FifoSchedule();
  EXPECT_EQ(Names(fifo->Take(0, 2, &waiting)), "");
  EXPECT_EQ(Names(fifo->Take(1, 9, &waiting)), "2.1.1 ");
  EXPECT_EQ(Names(fifo->Take(2, 9, &waiting)), "1.1.0 ");
  EXPECT_EQ(Names(fifo->Take(3, 9, &waiting)), "2.1.0 ");
  EXPECT_TRUE(waiting.empty());
}

std::vector<Message> ManySessions() {
  std::vector<Message> messages;
  for (NodeId node = 1; node <= 5; ++node) {
    for (uint64_t sequence = 0; sequence < 3; ++sequence) {
      messages.push_back(From(node, 7, sequence));
    }
  }
  return messages;
}

TEST(Schedule, RandomReordersSessionsButNothingWithinOne) {
  std::set<std::string> orders;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<Message> waiting = ManySessions();
    const std::vector<Message> taken =
        RandomSchedule(seed)->Take(0, 0, &waiting);
    ASSERT_EQ(taken.size(), 15);
    for (size_t i = 0; i < taken.size(); ++i) {
      EXPECT_EQ(taken[i].sequence, i % 3) << Names(taken);
      EXPECT_EQ(taken[i].from, taken[i / 3 * 3].from) << Names(taken);
    }
    orders.insert(Names(taken));
    std::vector<Message> again = ManySessions();
    EXPECT_EQ(Names(RandomSchedule(seed)->Take(0, 0, &again)), Names(taken));
  }
  EXPECT_GT(orders.size(), 10);
}

TEST(Schedule, RandomDelaysFollowFromTheSeed) {
  const auto one = RandomSchedule(1), same = RandomSchedule(1),
             other = RandomSchedule(2);
  std::set<int> delays;
  int differ = 0;
  for (uint64_t sequence = 0; sequence < 200; ++sequence) {
    const Message m = From(1, 1, sequence);
    delays.insert(one->DelayOf(m));
    EXPECT_EQ(one->DelayOf(m), same->DelayOf(m));
    differ += one->DelayOf(m) != other->DelayOf(m);
  }
  EXPECT_EQ(delays, (std::set<int>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_GT(differ, 100);
}

TEST(Schedule, NamesReadBack) {
  for (const char* text : {"rounds", "fifo", "random:seed=17"}) {
    auto schedule = ParseSchedule(text, 3);
    ASSERT_TRUE(schedule.ok()) << text;
    EXPECT_EQ((*schedule)->name(), text);
  }
  EXPECT_EQ((*ParseSchedule("random", 3))->name(), "random:seed=3");
  for (const char* text : {"", "round", "random:seed=", "random:seed=x"}) {
    EXPECT_FALSE(ParseSchedule(text, 3).ok()) << text;
  }
}

TEST(SessionOrder, NothingOvertakesWithinASession) {
  SessionOrder order;
  EXPECT_EQ(order.Arrival(From(1, 1, 0), 0, 50), 50);
  EXPECT_EQ(order.Arrival(From(1, 1, 1), 0, 20), 50);
  EXPECT_EQ(order.Arrival(From(1, 2, 0), 0, 20), 20);  // another session
  EXPECT_EQ(order.Arrival(From(1, 1, 2), 10, 60), 60);
  EXPECT_EQ(order.Arrival(From(1, 1, 3), 70, 70), 70);
}

TEST(SessionOrder, ForgetsOnlyWhatHasArrived) {
  SessionOrder order;
  for (uint64_t session = 0; session < 5000; ++session) {
    ASSERT_EQ(order.Arrival(From(1, session, 0), session, session + 3000),
              session + 3000);
  }
  for (uint64_t session = 2500; session < 5000; ++session) {
    EXPECT_EQ(order.Arrival(From(1, session, 1), 5000, 5000), session + 3000);
  }
}

}  // namespace
}  // namespace quiesce
