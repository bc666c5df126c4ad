// The lines are what Linux shows for the same sockets, but for inodes and the
// addresses of kernel objects.
#include "notifier/procfs/proc_net_sockets.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "notifier/kernel/socket_address.h"
#include "notifier/stream/tcp_protocol.h"
#include "notifier/stream/tcp_socket.h"
#include "notifier/testing/toy_world.h"

namespace quiesce {
namespace {

constexpr char kTail[] =
    "00000000:00000000 00:00000000 00000000     0        0 0 1 "
    "0000000000000000 ";

class ProcNetSocketsTest : public testing::Test {
 protected:
  ProcNetSocketsTest() : node_(world_.AddNode("a")) { TcpProtocol::Of(node_); }

  ToySocket New(int family) {
    ToySocket maker(node_, UniqueFd());
    ToyResult made = maker.Settle(TcpSocket::Create(node_, family, true, true));
    return ToySocket(node_, std::move(made.fd));
  }
  SockAddr Address(int family, const char* address, uint16_t port) {
    return FormatAddress(family, {*IpAddress::Parse(address), port, 0});
  }
  std::vector<std::string> Lines(const std::string& name) {
    call_.kernel = &node_;
    return absl::StrSplit(ProcNetSockets(call_, name).value(), '\n');
  }
  std::string Padded(const std::string& line) {
    return absl::StrFormat("%-149s", line);
  }

  ToyWorld world_;
  NodeKernel& node_;
  ToyCall call_;
};

TEST_F(ProcNetSocketsTest, Tcp) {
  ToySocket idle = New(AF_INET);
  ToySocket listener = New(AF_INET);
  ASSERT_EQ(listener.Bind(Address(AF_INET, "127.0.0.1", 8080)).error, 0);
  ASSERT_EQ(listener.Listen(10).error, 0);
  ToySocket client = New(AF_INET);
  ASSERT_EQ(client.Bind(Address(AF_INET, "127.0.0.1", 0xB14C)).error, 0);
  client.Connect(Address(AF_INET, "127.0.0.1", 8080));
  world_.Run();
  ASSERT_EQ(client.Connect(Address(AF_INET, "127.0.0.1", 8080)).error, 0);
  ToyResult accepted = listener.Accept();
  ASSERT_TRUE(accepted.fd.valid());

  const std::vector<std::string> lines = Lines("tcp");
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0],
            Padded("  sl  local_address rem_address   st tx_queue rx_queue tr "
                   "tm->when retrnsmt   uid  timeout inode"));
  EXPECT_EQ(lines[1], Padded("   0: 0100007F:1F90 00000000:0000 0A " +
                             std::string(kTail) + "100 0 0 10 0"));
  EXPECT_EQ(lines[2], Padded("   1: 0100007F:B14C 0100007F:1F90 01 " +
                             std::string(kTail) + "20 0 0 10 -1"));
  EXPECT_EQ(lines[3], Padded("   2: 0100007F:1F90 0100007F:B14C 01 " +
                             std::string(kTail) + "20 0 0 10 -1"));
  EXPECT_EQ(Lines("tcp6").size(), 2u);
}

TEST_F(ProcNetSocketsTest, Tcp6) {
  ToySocket listener = New(AF_INET6);
  ASSERT_EQ(listener.Bind(Address(AF_INET6, "::1", 9090)).error, 0);
  ASSERT_EQ(listener.Listen(10).error, 0);
  const std::vector<std::string> lines = Lines("tcp6");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(
      lines[0],
      "  sl  local_address                         remote_address         "
      "               st tx_queue rx_queue tr tm->when retrnsmt   uid  "
      "timeout inode");
  EXPECT_EQ(lines[1],
            "   0: 00000000000000000000000001000000:2382 "
            "00000000000000000000000000000000:0000 0A " +
                std::string(kTail) + "100 0 0 10 0");
  EXPECT_EQ(Lines("tcp").size(), 2u);
}

TEST_F(ProcNetSocketsTest, HeadsOfTheOthers) {
  for (const char* name : {"udp", "udp6", "raw", "raw6"}) {
    const std::vector<std::string> lines = Lines(name);
    ASSERT_EQ(lines.size(), 2u) << name;
    EXPECT_NE(lines[0].find("inode ref pointer drops"), std::string::npos);
  }
  call_.kernel = &node_;
  EXPECT_FALSE(ProcNetSockets(call_, "unix").has_value());
}

}  // namespace
}  // namespace quiesce
