#include "supervisor/sched/output_bound.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/sched/output_tail.h"

namespace quiesce {
namespace {

class OutputBoundTest : public testing::Test {
 protected:
  OutputBoundTest() {
    unlink(path_.c_str());
    process_.stdout_to = StdioSpec::File(path_);
    process_.stderr_to = process_.stdout_to;
    printer_.Reset(open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
  }
  void Print(const std::string& text) {
    ASSERT_EQ(write(printer_.get(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }
  std::string File() const {
    std::ifstream in(path_);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  const std::string path_ = absl::StrCat(testing::TempDir(), "/output");
  ProcessSpec process_;
  UniqueFd printer_;
};

TEST_F(OutputBoundTest, KeepsTheBeginning) {
  OutputBound bound(8);
  bound.Add(process_);
  Print("12345678");
  EXPECT_FALSE(bound.Cut());
  Print("9");
  EXPECT_TRUE(bound.Cut());
  Print("abc");  // where it was cut, not where it was
  EXPECT_EQ(File(), "12345678abc");
  EXPECT_TRUE(bound.Cut());
  EXPECT_EQ(File(), "12345678");
}

TEST_F(OutputBoundTest, IsNobodyElses) {
  ProcessSpec other;
  other.stdout_to = StdioSpec::Fd(printer_.get());
  other.stderr_to = StdioSpec::File("/dev/null");
  OutputBound bound(0);
  bound.Add(other);
  Print("text");
  EXPECT_FALSE(bound.Cut());
  EXPECT_EQ(File(), "text");
}

TEST_F(OutputBoundTest, TailIsShort) {
  EXPECT_EQ(OutputTail(process_), "");
  Print("one\ntwo\n");
  EXPECT_EQ(OutputTail(process_), "\n  its last output:\n    one\n    two");
  // A line without end is not read whole.
  Print(std::string(1 << 20, 'x'));
  EXPECT_LT(OutputTail(process_).size(), 100'000u);
  std::string numbers;
  for (int i = 0; i < 20; ++i) absl::StrAppend(&numbers, "\n", i);
  Print(numbers);
  EXPECT_EQ(OutputTail(process_),
            "\n  its last output:\n    10\n    11\n    12\n    13\n    14\n    "
            "15\n    16\n    17\n    18\n    19");
}

}  // namespace
}  // namespace quiesce
