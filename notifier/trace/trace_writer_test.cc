#include "notifier/trace/trace_writer.h"

#include <fstream>
#include <sstream>
#include <thread>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

std::string Contents(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string Path() {
  return testing::TempDir() + "/trace." +
         testing::UnitTest::GetInstance()->current_test_info()->name();
}

TEST(TraceWriterTest, ALine) {
  EXPECT_EQ(FormatTraceLine({3, "r1", "bgpd", 12}, "close(1) = 0",
                            61 * kSecond + 23 * kMicrosecond + 7),
            "[r1/bgpd:12] close(1) = 0 <vt=61.000023>\n");
}

TEST(TraceWriterTest, WritesAsCallsFinish) {
  auto writer = TraceWriter::Open(Path(), TraceWriter::Order::kAsFinished);
  ASSERT_TRUE(writer.ok()) << writer.status();
  (*writer)->Add({2, "b", "x", 1}, "one", 0);
  EXPECT_EQ(Contents(Path()), "[b/x:1] one <vt=0.000000>\n");
  (*writer)->Add({1, "a", "x", 1}, "two", kSecond);
  EXPECT_EQ(Contents(Path()),
            "[b/x:1] one <vt=0.000000>\n[a/x:1] two <vt=1.000000>\n");
}

// Whatever the threads do, the file is the same.
TEST(TraceWriterTest, ARoundIsWrittenNodeByNode) {
  std::string first;
  for (int run = 0; run < 5; ++run) {
    {
      auto writer = TraceWriter::Open(Path(), TraceWriter::Order::kByNode);
      ASSERT_TRUE(writer.ok()) << writer.status();
      for (int round = 0; round < 3; ++round) {
        std::vector<std::thread> shards;
        for (int shard = 0; shard < 4; ++shard) {
          shards.emplace_back([&, shard] {
            for (int call = 0; call < 50; ++call) {
              for (int node = shard; node < 12; node += 4) {
                (*writer)->Add({node, "n" + std::to_string(node), "p", 1},
                               "call " + std::to_string(call), round);
              }
            }
          });
        }
        for (std::thread& shard : shards) shard.join();
        (*writer)->EndRound();
      }
      EXPECT_TRUE((*writer)->Flush().ok());
    }
    const std::string text = Contents(Path());
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3 * 12 * 50);
    if (run == 0) first = text;
    EXPECT_EQ(text, first);
  }
}

TEST(TraceWriterTest, WhatIsLeftIsWrittenAtTheEnd) {
  {
    auto writer = TraceWriter::Open(Path(), TraceWriter::Order::kByNode);
    ASSERT_TRUE(writer.ok());
    (*writer)->Add({1, "a", "x", 1}, "one", 0);
  }
  EXPECT_EQ(Contents(Path()), "[a/x:1] one <vt=0.000000>\n");
}

TEST(TraceWriterTest, Errors) {
  EXPECT_FALSE(
      TraceWriter::Open("/no/such/place", TraceWriter::Order::kByNode).ok());
  auto writer = TraceWriter::Open("/dev/full", TraceWriter::Order::kAsFinished);
  ASSERT_TRUE(writer.ok());
  (*writer)->Add({1, "a", "x", 1}, "one", 0);
  EXPECT_FALSE((*writer)->Flush().ok());
}

}  // namespace
}  // namespace quiesce
