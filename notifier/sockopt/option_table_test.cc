#include "notifier/sockopt/option_table.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
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
    EXPECT_EQ(row.capability >= 0, row.refusal != 0) << row.label;
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
  // Of raw sockets only.
  EXPECT_EQ(values.Set(nullptr, IPPROTO_IP, IP_HDRINCL, std::string(4, '\0')),
            -1);
}

}  // namespace
}  // namespace quiesce
