// Filters are also attached to a real socket of this kernel: what it refuses we
// refuse, and what it lets through of a datagram we let through.
#include "notifier/bpf/socket_filter.h"

#include <linux/bpf_common.h>
#include <linux/if_ether.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

using Program = std::vector<sock_filter>;

constexpr sock_filter kKeepAll = BPF_STMT(BPF_RET | BPF_K, 0xffff);

// A pair of UNIX datagram sockets filters as any other: offset 0 is the first
// byte. -1: refused; else how many bytes come through.
int OfKernel(Program program, const std::string& packet) {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
  sock_fprog words = {static_cast<unsigned short>(program.size()),
                      program.data()};
  int result = -1;
  if (setsockopt(ends[0], SOL_SOCKET, SO_ATTACH_FILTER, &words,
                 sizeof(words)) == 0) {
    char bytes[256];
    send(ends[1], packet.data(), packet.size(), 0);
    const ssize_t got = recv(ends[0], bytes, sizeof(bytes), 0);
    result = got < 0 ? 0 : static_cast<int>(got);  // 0: filtered out
  }
  close(ends[0]);
  close(ends[1]);
  return result;
}

int Ours(const Program& program, const std::string& packet) {
  const auto filter = SocketFilter::Make(program);
  if (!filter) return -1;
  FilteredPacket words;
  words.frame = packet;
  return static_cast<int>(std::min<size_t>(filter->Run(words), packet.size()));
}

void ExpectAsKernel(const Program& program, const std::string& packet,
                    int wanted) {
  EXPECT_EQ(OfKernel(program, packet), wanted);
  EXPECT_EQ(Ours(program, packet), wanted);
}

// A = what `loads` computes; lets so many bytes through.
Program Returns(Program loads) {
  loads.push_back(BPF_STMT(BPF_RET | BPF_A, 0));
  return loads;
}

TEST(SocketFilter, KeepsSoMuch) {
  ExpectAsKernel({kKeepAll}, "0123456789", 10);
  ExpectAsKernel({BPF_STMT(BPF_RET | BPF_K, 4)}, "0123456789", 4);
  ExpectAsKernel({BPF_STMT(BPF_RET | BPF_K, 0)}, "0123456789", 0);
  ExpectAsKernel(Returns({BPF_STMT(BPF_LD | BPF_IMM, 7)}), "0123456789", 7);
}

TEST(SocketFilter, LoadsInNetworkOrder) {
  const std::string packet("\0\0\0\3\0\5\7\x46........................", 32);
  ExpectAsKernel(Returns({BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)}), packet, 3);
  ExpectAsKernel(Returns({BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4)}), packet, 5);
  ExpectAsKernel(Returns({BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6)}), packet, 7);
  ExpectAsKernel(Returns({BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)}), packet, 32);
  ExpectAsKernel(Returns({BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 7),
                          BPF_STMT(BPF_MISC | BPF_TXA, 0)}),
                 packet, 24);
  ExpectAsKernel(Returns({BPF_STMT(BPF_LDX | BPF_IMM, 2),
                          BPF_STMT(BPF_LD | BPF_B | BPF_IND, 4)}),
                 packet, 7);
}

TEST(SocketFilter, AnOffsetBeyondTheEndDrops) {
  ExpectAsKernel({BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 7), kKeepAll},
                 "0123456789", 0);
  ExpectAsKernel({BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 6), kKeepAll},
                 "0123456789", 10);
  ExpectAsKernel({BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 10), kKeepAll},
                 "0123456789", 0);
  ExpectAsKernel({BPF_STMT(BPF_LDX | BPF_IMM, 9),
                  BPF_STMT(BPF_LD | BPF_B | BPF_IND, 1), kKeepAll},
                 "0123456789", 0);
}

TEST(SocketFilter, Arithmetic) {
  const struct {
    uint16_t op;
    uint32_t a, k, wanted;
  } kCases[] = {
      {BPF_ADD, 3, 4, 7},  {BPF_SUB, 9, 4, 5}, {BPF_MUL, 3, 3, 9},
      {BPF_DIV, 9, 2, 4},  {BPF_MOD, 9, 5, 4}, {BPF_AND, 7, 10, 2},
      {BPF_OR, 5, 2, 7},   {BPF_XOR, 7, 2, 5}, {BPF_LSH, 1, 3, 8},
      {BPF_RSH, 64, 4, 4}, {BPF_DIV, 9, 0, 0}, {BPF_MOD, 9, 0, 0},
      {BPF_LSH, 1, 33, 2},
  };
  for (const auto& c : kCases) {
    const std::string packet(20, 'x');
    const sock_filter load = BPF_STMT(BPF_LD | BPF_IMM, c.a);
    ExpectAsKernel(
        Returns({BPF_STMT(BPF_LDX | BPF_IMM, c.k), load,
                 BPF_STMT(static_cast<uint16_t>(BPF_ALU | c.op | BPF_X), 0)}),
        packet, c.wanted);
    const bool refused = (c.k == 0 && (c.op == BPF_DIV || c.op == BPF_MOD)) ||
                         (c.k >= 32 && (c.op == BPF_LSH || c.op == BPF_RSH));
    ExpectAsKernel(
        Returns({load,
                 BPF_STMT(static_cast<uint16_t>(BPF_ALU | c.op | BPF_K), c.k)}),
        packet, refused ? -1 : static_cast<int>(c.wanted));
  }
  ExpectAsKernel(Returns({BPF_STMT(BPF_LD | BPF_IMM, 0xfffffffd),
                          BPF_STMT(BPF_ALU | BPF_NEG, 0)}),
                 "0123456789", 3);
}

TEST(SocketFilter, Jumps) {
  for (const uint16_t op : {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET}) {
    for (const uint32_t k : {1u, 5u, 8u}) {
      const bool holds = op == BPF_JEQ   ? 5 == k
                         : op == BPF_JGT ? 5 > k
                         : op == BPF_JGE ? 5 >= k
                                         : (5 & k) != 0;
      ExpectAsKernel(
          {BPF_STMT(BPF_LD | BPF_IMM, 5),
           BPF_JUMP(static_cast<uint16_t>(BPF_JMP | op | BPF_K), k, 1, 0),
           BPF_STMT(BPF_RET | BPF_K, 2), BPF_STMT(BPF_RET | BPF_K, 6)},
          "0123456789", holds ? 6 : 2);
    }
  }
  ExpectAsKernel({BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_RET | BPF_K, 2),
                  BPF_STMT(BPF_RET | BPF_K, 6)},
                 "0123456789", 6);
}

TEST(SocketFilter, Memory) {
  ExpectAsKernel(
      Returns({BPF_STMT(BPF_LD | BPF_IMM, 6), BPF_STMT(BPF_ST, 15),
               BPF_STMT(BPF_LD | BPF_IMM, 0), BPF_STMT(BPF_LDX | BPF_MEM, 15),
               BPF_STMT(BPF_STX, 1), BPF_STMT(BPF_LD | BPF_MEM, 1)}),
      "0123456789", 6);
}

TEST(SocketFilter, RefusesWhatTheKernelRefuses) {
  const std::string packet = "0123456789";
  const Program kBad[] = {
      {BPF_STMT(BPF_LD | BPF_IMM, 1)},            // no end
      {BPF_STMT(BPF_ST, 16), kKeepAll},           // no such word
      {BPF_STMT(BPF_LD | BPF_MEM, 3), kKeepAll},  // not written
      {BPF_STMT(BPF_JMP | BPF_JA, 1), kKeepAll},  // too far
      {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), kKeepAll},
      {BPF_STMT(0xffff, 0), kKeepAll},
      {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, uint32_t(SKF_AD_OFF + SKF_AD_MAX)),
       kKeepAll},
      {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, uint32_t(SKF_AD_OFF + 1)), kKeepAll},
      {BPF_STMT(BPF_RET | BPF_X, 0)},
      // Written on one way only.
      {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), BPF_STMT(BPF_ST, 0),
       BPF_STMT(BPF_LD | BPF_MEM, 0), kKeepAll},
  };
  for (const Program& program : kBad) ExpectAsKernel(program, packet, -1);
  EXPECT_FALSE(SocketFilter::Make({}));
  EXPECT_FALSE(SocketFilter::Make(Program(BPF_MAXINSNS + 1, kKeepAll)));
  EXPECT_TRUE(SocketFilter::Make(Program(BPF_MAXINSNS, kKeepAll)));
}

// Every code that there is, alone before a return.
TEST(SocketFilter, KnowsTheCodesThatTheKernelKnows) {
  for (uint32_t code = 0; code < 0x200; ++code) {
    const Program program = {BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_ST, 1),
                             BPF_STMT(static_cast<uint16_t>(code), 1), kKeepAll,
                             kKeepAll};
    EXPECT_EQ(SocketFilter::Make(program).has_value(),
              OfKernel(program, "0123456789") != -1)
        << "code " << code;
  }
}

TEST(SocketFilter, HeadersAndAncillaryData) {
  std::string frame(40, '\0');
  frame[12] = 8;
  frame[14] = 0x45;
  frame[23] = 17;  // UDP
  FilteredPacket packet;
  packet.frame = frame;
  packet.data = packet.network = 14;
  packet.protocol = ETH_P_IP;
  packet.type = 2;
  packet.ifindex = 5;
  packet.hardware = 1;
  packet.mark = 9;
  const auto load = [&](int offset, uint16_t size = BPF_W) {
    return SocketFilter::Make(
               Returns({BPF_STMT(static_cast<uint16_t>(BPF_LD | size | BPF_ABS),
                                 static_cast<uint32_t>(offset))}))
        ->Run(packet);
  };
  EXPECT_EQ(load(SKF_AD_OFF + SKF_AD_PROTOCOL), ETH_P_IP);
  EXPECT_EQ(load(SKF_AD_OFF + SKF_AD_PKTTYPE), 2);
  EXPECT_EQ(load(SKF_AD_OFF + SKF_AD_IFINDEX), 5);
  EXPECT_EQ(load(SKF_AD_OFF + SKF_AD_HATYPE), 1);
  EXPECT_EQ(load(SKF_AD_OFF + SKF_AD_MARK), 9);
  EXPECT_EQ(load(SKF_AD_OFF + SKF_AD_PAY_OFFSET), 26);
  EXPECT_EQ(load(SKF_LL_OFF + 12, BPF_H), ETH_P_IP);
  EXPECT_EQ(load(SKF_NET_OFF + 9, BPF_B), 17);
  EXPECT_EQ(load(0, BPF_B), 0x45);
  EXPECT_EQ(load(SKF_NET_OFF + 26, BPF_B), 0);
}

}  // namespace
}  // namespace quiesce
