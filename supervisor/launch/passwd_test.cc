#include "supervisor/launch/passwd.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quiesce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const UserDatabase& Users() {
  static const auto* users = new UserDatabase(
      "root:x:0:0:root:/root:/bin/sh\n"
      "frr:x:101:102::/nonexistent:/usr/sbin/nologin\n"
      "garbage\n"
      "bad:x:minus:1::/:/\n",
      "root:x:0:\nfrr:x:102:\nfrrvty:x:103:bird,frr\nadm:x:4:frr\n"
      "frrlike:x:9:frrx\n");
  return *users;
}

TEST(UserDatabase, FindsByNameAndNumber) {
  EXPECT_EQ(Users().FindUser("frr")->uid, 101);
  EXPECT_EQ(Users().FindUser("frr")->gid, 102);
  EXPECT_EQ(Users().FindUser("101")->gid, 102);
  EXPECT_EQ(Users().FindUser("4242")->uid, 4242);
  EXPECT_EQ(Users().FindUser("4242")->gid, 4242);
  EXPECT_EQ(*Users().FindGroup("frrvty"), 103);
  EXPECT_EQ(*Users().FindGroup("77"), 77);
}

TEST(UserDatabase, UnknownNamesAreNamed) {
  EXPECT_THAT(std::string(Users().FindUser("bird").status().message()),
              HasSubstr("no user \"bird\""));
  EXPECT_FALSE(Users().FindUser("bad").ok());
  EXPECT_FALSE(Users().FindUser("garbage").ok());
  EXPECT_THAT(std::string(Users().FindGroup("bird").status().message()),
              HasSubstr("no group \"bird\""));
}

TEST(UserDatabase, MembershipIsByWholeName) {
  EXPECT_THAT(Users().GroupsOf("frr"), ElementsAre(103, 4));
  EXPECT_THAT(Users().GroupsOf("root"), ElementsAre());
}

TEST(UserDatabase, WithoutFilesOnlyRootAndNumbers) {
  UserDatabase nobody("", "");
  EXPECT_EQ(nobody.FindUser("root")->uid, 0);
  EXPECT_EQ(nobody.FindUser("5")->uid, 5);
  EXPECT_FALSE(nobody.FindUser("frr").ok());
}

}  // namespace
}  // namespace quiesce
