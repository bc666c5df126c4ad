#include "supervisor/plan/image_needs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quiesce {
namespace {

using ::testing::HasSubstr;

TEST(ImageNeedsTest, WhatRoutersAskForIsThere) {
  proto::Image image;
  image.set_name("frr");
  image.mutable_needs()->add_socket(proto::SOCKET_TCP);
  image.mutable_needs()->add_socket(proto::SOCKET_NETLINK_ROUTE);
  for (const char* name : {"RTM_NEWROUTE", "RTM_GETLINK", "RTM_NEWNEXTHOP"}) {
    image.mutable_needs()->add_netlink(name);
  }
  EXPECT_EQ(CheckNeeds(image), absl::OkStatus());
}

TEST(ImageNeedsTest, EveryUnmetNeedIsListed) {
  proto::Image image;
  image.set_name("strange");
  image.mutable_needs()->add_socket(proto::SOCKET_NETLINK_GENERIC);
  image.mutable_needs()->add_netlink("RTM_NEWTFOO");
  const absl::Status status = CheckNeeds(image);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("image strange: needs sockets of kind "
                        "SOCKET_NETLINK_GENERIC"));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("RTM_NEWTFOO, which is no rtnetlink message"));
}

}  // namespace
}  // namespace quiesce
