#include "supervisor/fabric/bgp_open.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

std::string Bytes(const std::vector<int>& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

// Version 4, AS 65001, a hold time of 180 s, an identifier.
std::string Head() { return Bytes({4, 0xfd, 0xe9, 0, 180, 1, 2, 3, 4}); }

// A parameter that holds these capabilities.
std::string Capabilities(const std::string& capabilities) {
  return Bytes({2, static_cast<int>(capabilities.size())}) + capabilities;
}

std::string Open(const std::string& parameters) {
  return Head() + Bytes({static_cast<int>(parameters.size())}) + parameters;
}

// Restarting (a flag), 120 s, IPv4 unicast with its forwarding state kept.
const std::string kRestart = Bytes({64, 6, 0x80, 120, 0, 1, 1, 0x80});
// IPv4 unicast for 1000 s, IPv6 for 70,000 s.
const std::string kLongLived =
    Bytes({71, 14, 0, 1, 1, 0, 0, 3, 0xe8, 0, 2, 1, 0, 1, 0x11, 0x70});

TEST(BgpOpen, WithoutCapabilities) {
  const BgpOpen open = ReadOpen(Open(""));
  EXPECT_EQ(open.hold, 180);
  EXPECT_EQ(open.restart, 0);
  EXPECT_EQ(open.stale, 0);
}

TEST(BgpOpen, CapabilitiesInOneParameterOrMany) {
  const std::string other = Bytes({65, 4, 0, 0, 0xfd, 0xe9});
  for (const std::string& parameters :
       {Capabilities(other + kRestart + kLongLived),
        Capabilities(kRestart) + Capabilities(other) +
            Capabilities(kLongLived)}) {
    const BgpOpen open = ReadOpen(Open(parameters));
    EXPECT_EQ(open.restart, 120);
    EXPECT_EQ(open.stale, 70000);
  }
}

TEST(BgpOpen, WhoOnlyHelpsAsksForNothing) {
  EXPECT_EQ(ReadOpen(Open(Capabilities(Bytes({64, 2, 0, 120})))).restart, 0);
}

TEST(BgpOpen, ExtendedParameters) {
  const std::string parameter =
      Bytes({2, 0, static_cast<int>(kRestart.size())}) + kRestart;
  EXPECT_EQ(ReadOpen(Head() +
                     Bytes({255, 255, 0, static_cast<int>(parameter.size())}) +
                     parameter)
                .restart,
            120);
}

TEST(BgpOpen, CutAnywhere) {
  const std::string whole = Open(Capabilities(kRestart + kLongLived));
  for (size_t size = 0; size < whole.size(); ++size) {
    const BgpOpen open = ReadOpen(whole.substr(0, size));
    EXPECT_LE(open.hold, 180) << size;
    EXPECT_LE(open.restart, 120) << size;
    EXPECT_LE(open.stale, 1000) << size;
  }
}

}  // namespace
}  // namespace quiesce
