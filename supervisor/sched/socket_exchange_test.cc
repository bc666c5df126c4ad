#include "supervisor/sched/socket_exchange.h"

#include <sys/socket.h>

#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

std::vector<std::unique_ptr<SocketExchange>> Swarm(int size) {
  std::vector<UniqueFd> ours;
  std::vector<std::unique_ptr<SocketExchange>> swarm(size);
  for (int rank = 1; rank < size; ++rank) {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours.emplace_back(ends[0]);
    std::vector<UniqueFd> theirs;
    theirs.emplace_back(ends[1]);
    swarm[rank] =
        std::make_unique<SocketExchange>(size, rank, std::move(theirs));
  }
  swarm[0] = std::make_unique<SocketExchange>(size, 0, std::move(ours));
  return swarm;
}

// Each emulator on a thread of its own; what each has heard of all, in order.
TEST(SocketExchange, EverybodyHearsEverybody) {
  constexpr int kSize = 3, kRounds = 50;
  // More than a socket holds.
  const std::string large(1 << 20, 'x');
  auto swarm = Swarm(kSize);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < kSize; ++rank) {
    threads.emplace_back([&, rank] {
      for (int round = 0; round < kRounds; ++round) {
        proto::Part mine;
        mine.add_node()->set_node(rank);
        mine.mutable_node(0)->set_routes(round);
        if (round == 7) mine.set_results(large);
        const auto parts = swarm[rank]->Meet(mine);
        ASSERT_TRUE(parts.ok()) << parts.status();
        ASSERT_EQ(parts->size(), kSize);
        for (int other = 0; other < kSize; ++other) {
          const proto::Part& part = (*parts)[other];
          ASSERT_EQ(part.node_size(), 1);
          EXPECT_EQ(part.node(0).node(), other);
          EXPECT_EQ(part.node(0).routes(), round);
          EXPECT_EQ(part.results().size(), round == 7 ? large.size() : 0);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(SocketExchange, TheEndOfOneIsNoticedByAll) {
  auto swarm = Swarm(3);
  swarm[2].reset();
  std::thread one(
      [&] { EXPECT_TRUE(absl::IsUnavailable(swarm[1]->Meet({}).status())); });
  EXPECT_TRUE(absl::IsUnavailable(swarm[0]->Meet({}).status()));
  swarm[0].reset();
  one.join();
}

}  // namespace
}  // namespace quiesce
