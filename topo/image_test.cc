#include "topo/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"

namespace quiesce {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

proto::Image Load(absl::string_view name) {
  auto image = LoadImage(name, ImageSearchPath());
  EXPECT_TRUE(image.ok()) << image.status();
  return image.ok() ? *image : proto::Image();
}

std::vector<std::string> Names(const proto::Image& image) {
  std::vector<std::string> names;
  for (const proto::Process& process : image.process()) {
    names.push_back(process.name());
  }
  return names;
}

TEST(Image, TheShippedOnesAreFoundByName) {
  const proto::Image frr = Load("frr");
  EXPECT_EQ(frr.rootfs().cache(), "frr");
  EXPECT_EQ(frr.renderer(), proto::FRR);
  EXPECT_THAT(Names(frr),
              ElementsAre("zebra", "bgpd", "staticd", "bfdd", "ospfd", "ospf6d",
                          "ripd", "ripngd", "isisd", "eigrpd", "babeld",
                          "ldpd", "pimd", "vrrpd", "pathd", "pbrd", "nhrpd",
                          "fabricd", "babeld-config", "pimd-config"));
  int position = 0;
  for (const proto::Process& process : frr.process()) {
    EXPECT_EQ(process.optional(), position++ > 2) << process.name();
  }
  EXPECT_EQ(frr.process(0).user(), "root");
  EXPECT_EQ(frr.config_file(0).mode(), 0640u);
  EXPECT_EQ(frr.directory(2).mode(), 01777u);
  EXPECT_NE(FindProcess(Load("frr10"), "pim6d"), nullptr);
  EXPECT_THAT(Names(Load("bird")), ElementsAre("bird"));
  EXPECT_THAT(Names(Load("gobgp")), ElementsAre("gobgpd", "originate"));
  EXPECT_THAT(Names(Load("host")), ElementsAre());
  EXPECT_TRUE(Load("host").rootfs().host());
  EXPECT_EQ(FindProcess(frr, "bgpd"), &frr.process(1));
  EXPECT_EQ(FindProcess(frr, "pim6d"), nullptr);
}

TEST(Image, APathIsAPath) {
  EXPECT_EQ(Load("testdata/images/bird.textproto").name(), "bird");
}

TEST(Image, AMissingOneSaysWhereWasLooked) {
  const auto image = LoadImage("nonesuch", {"/a", "/b"});
  ASSERT_EQ(image.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(image.status().message()),
              AllOf(HasSubstr("nonesuch.textproto"), HasSubstr("/a, /b")));
}

TEST(Image, DefaultsAreFilledIn) {
  const auto image = ParseImage(
      "rootfs { directory: \"root\" }\n"
      "process { name: \"p\" argv: \"/bin/p\" }\n"
      "directory { path: \"/run/p\" }\n",
      "some/where/mine.textproto");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->name(), "mine");
  EXPECT_EQ(image->rootfs().directory(), "some/where/root");
  EXPECT_EQ(image->process(0).user(), "root");
  EXPECT_EQ(image->process(0).working_directory(), "/");
  EXPECT_EQ(image->directory(0).mode(), 0755u);
  EXPECT_EQ(image->directory(0).owner(), "root");
}

TEST(Image, EveryMistakeIsListedWithItsLine) {
  const auto image = ParseImage(R"(name: "x"
renderer: BIRD
process { name: "p" argv: "relative" capability: "CAP_FLY" }
process { name: "p" argv: "/p" env: "NOVALUE"
          working_directory: "here" }
process { argv: "/q" readiness { } }
config_file { path: "/a" config: "zebra" }
config_file { path: "/a" config: "bird" mode: 99999 }
writable: "etc"
directory { path: "/run/../etc" }
needs { netlink: "GETLINK" }
)",
                                "x.textproto");
  ASSERT_FALSE(image.ok());
  const std::vector<std::string> lines =
      absl::StrSplit(std::string(image.status().message()), '\n');
  EXPECT_THAT(
      lines, ElementsAre(
                 HasSubstr("x.textproto: rootfs is missing"),
                 AllOf(HasSubstr("x.textproto:3:"), HasSubstr("absolute path")),
                 AllOf(HasSubstr(":3:"), HasSubstr("CAP_FLY")),
                 AllOf(HasSubstr(":4:"), HasSubstr("another process")),
                 AllOf(HasSubstr(":4:"), HasSubstr("NOVALUE")),
                 AllOf(HasSubstr(":5:"), HasSubstr("not an absolute path")),
                 AllOf(HasSubstr(":6:"), HasSubstr("no name")),
                 AllOf(HasSubstr(":6:"), HasSubstr("absolute path")),
                 AllOf(HasSubstr(":7:"), HasSubstr("makes no text 'zebra'")),
                 AllOf(HasSubstr(":8:"), HasSubstr("another file")),
                 AllOf(HasSubstr(":8:"), HasSubstr("07777")),
                 AllOf(HasSubstr(":9:"), HasSubstr("'etc'")),
                 AllOf(HasSubstr(":10:"), HasSubstr("not an absolute path")),
                 AllOf(HasSubstr(":11:"), HasSubstr("GETLINK"))));
}

}  // namespace
}  // namespace quiesce
