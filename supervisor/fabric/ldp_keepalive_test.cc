#include "supervisor/fabric/ldp_keepalive.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace quiesce {
namespace {

std::string LdpMessage(int type, int number, const std::string& body) {
  const int size = 4 + body.size();
  std::string text = {static_cast<char>(type >> 8),
                      static_cast<char>(type),
                      static_cast<char>(size >> 8),
                      static_cast<char>(size),
                      0,
                      0,
                      0,
                      static_cast<char>(number)};
  return text + body;
}

std::string Pdu(const std::string& messages) {
  const int size = 6 + messages.size();
  std::string text = {
      0, 1, static_cast<char>(size >> 8), static_cast<char>(size), 10, 0, 0, 1,
      0, 0};
  return text + messages;
}

const std::string kAlive = LdpMessage(0x201, 7, "");
const std::string kMapping = LdpMessage(0x400, 8, "a label");

TEST(LdpKeepalive, KeepalivesAlone) {
  EXPECT_TRUE(OnlyLdpKeepalives(Pdu(kAlive)));
  EXPECT_TRUE(OnlyLdpKeepalives(Pdu(kAlive) + Pdu(kAlive + kAlive)));
}

TEST(LdpKeepalive, WhatElseIsNews) {
  EXPECT_FALSE(OnlyLdpKeepalives(""));
  EXPECT_FALSE(OnlyLdpKeepalives(Pdu(kMapping)));
  EXPECT_FALSE(OnlyLdpKeepalives(Pdu(kAlive + kMapping)));
  EXPECT_FALSE(OnlyLdpKeepalives(Pdu(kAlive) + Pdu(kMapping)));
  EXPECT_FALSE(OnlyLdpKeepalives("some other protocol on this port"));
}

TEST(LdpKeepalive, NothingIsReadBeyondTheEnd) {
  const std::string whole = Pdu(kAlive + kAlive);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(OnlyLdpKeepalives(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(OnlyLdpKeepalives(std::string("\0\1\0\2", 4)));
}

}  // namespace
}  // namespace quiesce
