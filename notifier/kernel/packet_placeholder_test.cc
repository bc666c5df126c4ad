#include "notifier/kernel/packet_placeholder.h"

#include <sys/socket.h>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

class NextPacketTest : public testing::Test {
 protected:
  NextPacketTest() {
    auto pair = NewPacketPlaceholder(/*nonblocking=*/true, 1 << 16);
    EXPECT_TRUE(pair.ok());
    guest_ = std::move(pair->guest);
    ours_ = std::move(pair->ours);
  }
  void Write(const std::string& bytes) {
    EXPECT_EQ(send(guest_.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }

  UniqueFd guest_, ours_;
};

TEST_F(NextPacketTest, PacketsInTheirOrderEmptyOnesToo) {
  EXPECT_EQ(NextPacket(ours_.get()), std::nullopt);
  Write("one");
  Write("");
  Write(std::string(10000, 'x'));
  EXPECT_EQ(NextPacket(ours_.get()), "one");
  EXPECT_EQ(NextPacket(ours_.get()), "");
  EXPECT_EQ(NextPacket(ours_.get()), std::string(10000, 'x'));
  EXPECT_EQ(NextPacket(ours_.get()), std::nullopt);
}

TEST_F(NextPacketTest, NoneWithoutEndWhenTheGuestHasClosed) {
  Write("last");
  guest_.Reset(-1);
  EXPECT_EQ(NextPacket(ours_.get()), "last");
  EXPECT_EQ(NextPacket(ours_.get()), std::nullopt);
}

}  // namespace
}  // namespace quiesce
