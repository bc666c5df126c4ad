#include "supervisor/report/answers.h"

#include <gtest/gtest.h>

namespace quiesce {
namespace {

TEST(Answers, TimesAreLeftOut) {
  EXPECT_EQ(WithoutTimes("eth1  10.1.1.2   00:01:12  7 s\n10.1.1.3 2d03h  up"),
            "eth1 10.1.1.2 - -\n10.1.1.3 - up");
  EXPECT_EQ(
      WithoutTimes("up 10:21:07.25, hold 15000 msec, 3.5 seconds ago  \n"),
      "up -, hold -, - ago\n");
}

TEST(Answers, WhatIsNoTimeStays) {
  for (const char* text :
       {"10.1.1.1/24 via fd00:1:1::1", "label 16/17", "fe80::11:22:33",
        "0 dropped, 16 routes", "02:00:5e:00:01:05", "IPv4 6s4"}) {
    EXPECT_EQ(WithoutTimes(text), text);
  }
}

TEST(Answers, ALineForEach) {
  std::string text;
  WriteAnswersJsonl({{"r1", {"ip", "rule"}, 0, "0:\n"}, {"r2", {"x"}, 9, ""}},
                    [&](absl::string_view piece) {
                      text.append(piece.data(), piece.size());
                    });
  EXPECT_EQ(text,
            "{\"Node\":\"r1\",\"Command\":\"ip rule\",\"Exit_Status\":0,"
            "\"Answer\":\"0:\\n\"}\n"
            "{\"Node\":\"r2\",\"Command\":\"x\",\"Exit_Status\":137,"
            "\"Answer\":\"\"}\n");
}

}  // namespace
}  // namespace quiesce
