#include "notifier/sockopt/option_table.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>
#include <set>
#include <string>
#include <tuple>

namespace quiesce {
namespace {

TEST(OptionTable, EachOptionOncePerKind) {
  std::set<std::tuple<int, int, int>> seen;
  for (const OptionRow& row : OptionTable()) {
    for (int kind : {kOnTcp, kOnUdp, kOnRaw}) {
      if (!(row.kinds & kind)) continue;
      EXPECT_TRUE(seen.insert({row.level, row.name, kind}).second) << row.label;
    }
    EXPECT_LE(row.min, row.max) << row.label;
    if (row.access == Access::kReadWrite) {
      EXPECT_EQ(row.capability >= 0, row.refusal != 0) << row.label;
    }
  }
}

TEST(OptionTable, OneByteIsEnoughForIp) {
  OptionValues values(kOnTcp);
  EXPECT_EQ(values.Set(nullptr, IPPROTO_IP, IP_TTL, "\x21"), 0);
  std::string one(1, '\0');
  EXPECT_EQ(values.Read(IPPROTO_IP, IP_TTL, &one), 0);
  EXPECT_EQ(one, "\x21");
  EXPECT_EQ(values.Set(nullptr, IPPROTO_IP, IP_TTL, ""), EINVAL);
  EXPECT_EQ(values.Set(nullptr, SOL_SOCKET, SO_KEEPALIVE, "\x01"), EINVAL);
}

TEST(OptionTable, UnknownAndReadOnly) {
  OptionValues values(kOnTcp);
  EXPECT_EQ(values.Set(nullptr, SOL_SOCKET, 9999, std::string(4, '\0')), -1);
  EXPECT_EQ(values.Set(nullptr, SOL_SOCKET, SO_SNDLOWAT, std::string(4, '\0')),
            ENOPROTOOPT);
  // Of raw sockets only, though all can be asked.
  EXPECT_EQ(values.Set(nullptr, IPPROTO_IP, IP_HDRINCL, std::string(4, '\0')),
            ENOPROTOOPT);
  std::string value(4, '\1');
  EXPECT_EQ(values.Read(IPPROTO_IP, IP_HDRINCL, &value), 0);
  EXPECT_EQ(value, std::string(4, '\0'));
  // UDP's.
  EXPECT_EQ(values.Read(IPPROTO_UDP, UDP_CORK, &value), -1);
  // Not to be read at all.
  EXPECT_EQ(values.Set(nullptr, SOL_SOCKET, SO_CNX_ADVICE, value), 0);
  EXPECT_EQ(values.Read(SOL_SOCKET, SO_CNX_ADVICE, &value), ENOPROTOOPT);
}

}  // namespace
}  // namespace quiesce
