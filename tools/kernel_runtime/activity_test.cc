// A BGP connection made by hand in a network namespace of the test's own.
// Needs root.
#include "tools/kernel_runtime/activity.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "absl/time/clock.h"
#include "tools/kernel_runtime/in_namespace.h"
#include "tools/kernel_runtime/ip_command.h"

namespace quiesce {
namespace {

sockaddr* Loopback(sockaddr_in* address, int port) {
  *address = {};
  address->sin_family = AF_INET;
  address->sin_port = htons(port);
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return reinterpret_cast<sockaddr*>(address);
}

class ActivityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto netns = NewNetworkNamespace();
    ASSERT_TRUE(netns.ok()) << netns.status();
    netns_ = std::move(*netns);
    ASSERT_TRUE(RunIpBatch(netns_.get(), "link set lo up\n").ok());
    activity_ = std::make_unique<Activity>(1);
    const absl::Status status = activity_->Watch(0, netns_.get());
    ASSERT_TRUE(status.ok()) << status;
  }

  // A connection to `port` inside; its ends are client_ and server_.
  void Connect(int port) {
    auto inside = InNamespace::Enter(netns_.get());
    ASSERT_TRUE(inside.ok()) << inside.status();
    sockaddr_in address;
    UniqueFd listener(socket(AF_INET, SOCK_STREAM, 0));
    ASSERT_EQ(bind(listener.get(), Loopback(&address, port), sizeof(address)),
              0);
    ASSERT_EQ(listen(listener.get(), 1), 0);
    client_.Reset(socket(AF_INET, SOCK_STREAM, 0));
    ASSERT_EQ(connect(client_.get(), Loopback(&address, port), sizeof(address)),
              0);
    server_.Reset(accept(listener.get(), nullptr, nullptr));
    ASSERT_TRUE(server_.valid());
  }

  // Sends so many bytes and waits until they have arrived.
  void Send(int bytes) {
    std::string data(bytes, 'x');
    ASSERT_EQ(send(client_.get(), data.data(), bytes, 0), bytes);
    ASSERT_EQ(recv(server_.get(), data.data(), bytes, MSG_WAITALL), bytes);
  }

  // Did anything change since the last call, as the connections have it?
  bool Changed() {
    absl::Time before = activity_->last_change();
    EXPECT_TRUE(activity_->PollConnections().ok());
    return activity_->last_change() > before;
  }

  UniqueFd netns_, client_, server_;
  std::unique_ptr<Activity> activity_;
};

TEST_F(ActivityTest, ANewSessionIsAChangeAtBothEnds) {
  EXPECT_FALSE(Changed());
  Connect(179);
  EXPECT_TRUE(Changed());
  EXPECT_EQ(activity_->connected_ends(), 2);
  EXPECT_FALSE(Changed());
}

TEST_F(ActivityTest, OtherConnectionsDoNotCount) {
  Connect(1790);
  EXPECT_FALSE(Changed());
  EXPECT_EQ(activity_->connected_ends(), 0);
}

TEST_F(ActivityTest, KeepalivesAreNoChangeAndUpdatesAre) {
  Connect(179);
  EXPECT_TRUE(Changed());
  Send(19);
  EXPECT_FALSE(Changed());
  Send(3 * 19);
  EXPECT_FALSE(Changed());
  Send(23);  // End-of-RIB
  EXPECT_TRUE(Changed());
  EXPECT_LE(activity_->last_change(), absl::Now());
}

TEST_F(ActivityTest, ALostSessionIsAChange) {
  Connect(179);
  EXPECT_TRUE(Changed());
  client_.Reset();
  server_.Reset();
  EXPECT_TRUE(Changed());
  EXPECT_EQ(activity_->connected_ends(), 0);
}

TEST_F(ActivityTest, ARouteIsAChange) {
  EXPECT_TRUE(activity_->PollRoutes().ok());
  int64_t events = activity_->route_events();
  absl::Time before = absl::Now();
  absl::Status added = RunIpBatch(netns_.get(),
                                  "route add blackhole 10.0.0.0/8\n"
                                  "route add blackhole fd00::/8\n");
  ASSERT_TRUE(added.ok()) << added;
  EXPECT_TRUE(activity_->PollRoutes().ok());
  EXPECT_EQ(activity_->route_events(), events + 2);
  EXPECT_GE(activity_->last_change(), before);
  EXPECT_TRUE(activity_->PollRoutes().ok());
  EXPECT_EQ(activity_->route_events(), events + 2);
}

}  // namespace
}  // namespace quiesce
