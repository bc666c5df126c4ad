#include "tools/bench/markdown.h"

#include <gtest/gtest.h>

namespace quiesce {
namespace {

TEST(Markdown, ColumnsStandBelowEachOther) {
  EXPECT_EQ(MarkdownTable({{"", "kernel", "x"}, {"wall s", "1.00"}, {"a"}}),
            "|        | kernel |   x |\n"
            "| ------ | -----: | --: |\n"
            "| wall s |   1.00 |     |\n"
            "| a      |        |     |\n");
}

TEST(Markdown, FiguresHaveThePlacesThatTellSomething) {
  EXPECT_EQ(Figure(0.123), "0.12");
  EXPECT_EQ(Figure(9.99), "9.99");
  EXPECT_EQ(Figure(12.34), "12.3");
  EXPECT_EQ(Figure(999), "999.0");
  EXPECT_EQ(Figure(1234.6), "1,235");
  EXPECT_EQ(Figure(1234567), "1,234,567");
  EXPECT_EQ(Figure(-123456), "-123,456");
}

}  // namespace
}  // namespace quiesce
