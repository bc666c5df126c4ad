#include "supervisor/record/recording_dir.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace quiesce {
namespace {

std::string Slurp(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class RecordingDir : public testing::Test {
 protected:
  RecordingDir()
      : path_(absl::StrCat(
            testing::TempDir(), "/recording.",
            testing::UnitTest::GetInstance()->current_test_info()->name())) {
    common_.mutable_topology()->add_node()->set_name("r1");
    common_.mutable_topology()->add_node()->set_name("r2");
    common_.set_seed(7);
    step_.set_time(12);
    step_.mutable_activate()->add_input()->set_payload(
        std::string("\0\n\xff", 3));
  }

  // Steps of r2, enough for more than one write(2).
  void Write(int steps) {
    auto writer = RecordingWriter::Create(path_, common_);
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (int i = 0; i < steps; ++i) {
      step_.set_time(i);
      (*writer)->Add(1, step_);
    }
    EXPECT_TRUE((*writer)->Close().ok());
    (*writer)->Add(1, step_);  // too late
  }

  const std::string path_;
  proto::Recording common_;
  proto::NodeStep step_;
};

TEST_F(RecordingDir, IsReadAsItWasWritten) {
  constexpr int kSteps = 5000;
  Write(kSteps);
  const auto common = ReadRecording(path_);
  ASSERT_TRUE(common.ok()) << common.status();
  EXPECT_EQ(common->SerializeAsString(), common_.SerializeAsString());
  const auto nothing = ReadSteps(path_, "r1");
  ASSERT_TRUE(nothing.ok()) << nothing.status();
  EXPECT_EQ(nothing->size(), 0);
  const auto steps = ReadSteps(path_, "r2");
  ASSERT_TRUE(steps.ok()) << steps.status();
  ASSERT_EQ(steps->size(), kSteps);
  step_.set_time(kSteps - 1);
  EXPECT_EQ(steps->back().SerializeAsString(), step_.SerializeAsString());
}

TEST_F(RecordingDir, TheSameStepsAreTheSameBytes) {
  Write(100);
  const std::string first = Slurp(path_ + "/r2.steps");
  EXPECT_FALSE(first.empty());
  Write(100);
  EXPECT_EQ(Slurp(path_ + "/r2.steps"), first);
}

TEST_F(RecordingDir, WhatIsMissingOrDamagedIsNamed) {
  EXPECT_FALSE(ReadRecording(path_).ok());
  Write(10);
  EXPECT_FALSE(ReadSteps(path_, "r3").ok());
  const std::string file = path_ + "/r2.steps";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  const auto steps = ReadSteps(path_, "r2");
  ASSERT_FALSE(steps.ok());
  EXPECT_NE(steps.status().message().find("damaged after step 9"),
            std::string::npos)
      << steps.status();
  std::ofstream(path_ + "/run.textproto") << "no: recording";
  EXPECT_FALSE(ReadRecording(path_).ok());
}

}  // namespace
}  // namespace quiesce
