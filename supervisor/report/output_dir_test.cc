#include "supervisor/report/output_dir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

namespace fs = std::filesystem;

class OutputDirTest : public testing::Test {
 protected:
  OutputDirTest() {
    std::string name = testing::TempDir() + "/out.XXXXXX";
    root_ = mkdtemp(name.data());
    path_ = root_ + "/run";
  }
  ~OutputDirTest() override { fs::remove_all(root_); }

  static std::string Read(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static void Put(const std::string& path) { std::ofstream(path) << "x"; }

  std::string root_, path_;
};

TEST_F(OutputDirTest, MakesFilesAndNodeDirectories) {
  auto dir = OutputDir::Create(path_);
  ASSERT_TRUE(dir.ok()) << dir.status();
  ASSERT_TRUE(dir->WriteFile("a.json", "{}\n").ok());
  auto file = dir->File("b.csv");
  ASSERT_TRUE(file.ok());
  file->sink()("one\n");
  file->sink()("two\n");
  ASSERT_TRUE(file->Close().ok());
  auto node = dir->NodeDirectory("r1");
  ASSERT_TRUE(node.ok());
  EXPECT_EQ(*node, path_ + "/nodes/r1");
  EXPECT_TRUE(fs::is_directory(*node));
  EXPECT_EQ(Read(path_ + "/a.json"), "{}\n");
  EXPECT_EQ(Read(path_ + "/b.csv"), "one\ntwo\n");
}

TEST_F(OutputDirTest, ASecondRunStartsEmpty) {
  {
    auto dir = OutputDir::Create(path_);
    ASSERT_TRUE(dir.ok());
    ASSERT_TRUE(dir->WriteFile("a.json", "old").ok());
    auto node = dir->NodeDirectory("r1");
    ASSERT_TRUE(node.ok());
    Put(*node + "/bgpd.log");  // made by a daemon, not through us
  }
  auto dir = OutputDir::Create(path_);
  ASSERT_TRUE(dir.ok()) << dir.status();
  EXPECT_FALSE(fs::exists(path_ + "/a.json"));
  EXPECT_FALSE(fs::exists(path_ + "/nodes"));
  ASSERT_TRUE(OutputDir::Create(path_).ok());
}

TEST_F(OutputDirTest, ForeignFilesAreRefusedAndKept) {
  {
    auto dir = OutputDir::Create(path_);
    ASSERT_TRUE(dir.ok());
    ASSERT_TRUE(dir->WriteFile("a.json", "ours").ok());
  }
  Put(path_ + "/thesis.tex");
  auto dir = OutputDir::Create(path_);
  EXPECT_EQ(dir.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(dir.status().message().find("thesis.tex"), absl::string_view::npos);
  EXPECT_TRUE(fs::exists(path_ + "/thesis.tex"));
  EXPECT_TRUE(fs::exists(path_ + "/a.json"));
}

TEST_F(OutputDirTest, ADirectoryThatIsNotOursIsRefused) {
  fs::create_directory(path_);
  Put(path_ + "/a.json");
  EXPECT_EQ(OutputDir::Create(path_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  // Nor does a file called like the marker make it ours.
  std::ofstream(path_ + "/.quiesce") << "a.json\n";
  EXPECT_EQ(OutputDir::Create(path_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(fs::exists(path_ + "/a.json"));
}

TEST_F(OutputDirTest, AnEmptyDirectoryIsTaken) {
  fs::create_directory(path_);
  EXPECT_TRUE(OutputDir::Create(path_).ok());
}

TEST_F(OutputDirTest, LinksAreNotFollowed) {
  fs::create_directory(root_ + "/elsewhere");
  Put(root_ + "/elsewhere/precious");
  {
    auto dir = OutputDir::Create(path_);
    ASSERT_TRUE(dir.ok());
    ASSERT_TRUE(dir->NodeDirectory("r1").ok());
  }
  fs::remove_all(path_ + "/nodes");
  fs::create_directory_symlink(root_ + "/elsewhere", path_ + "/nodes");
  ASSERT_TRUE(OutputDir::Create(path_).ok());
  EXPECT_FALSE(fs::exists(fs::symlink_status(path_ + "/nodes")));
  EXPECT_TRUE(fs::exists(root_ + "/elsewhere/precious"));
}

TEST_F(OutputDirTest, AMarkerThatNamesTheWorldHarmsNobody) {
  Put(root_ + "/precious");
  fs::create_directory(path_);
  std::ofstream(path_ + "/.quiesce")
      << "# Files of quiesce; they may be removed.\n../precious\n/etc\n..\n";
  EXPECT_TRUE(OutputDir::Create(path_).ok());
  EXPECT_TRUE(fs::exists(root_ + "/precious"));
}

TEST_F(OutputDirTest, BadNamesAndPaths) {
  EXPECT_EQ(OutputDir::Create(root_ + "/no/such").status().code(),
            absl::StatusCode::kNotFound);
  Put(root_ + "/file");
  EXPECT_FALSE(OutputDir::Create(root_ + "/file").ok());
  auto dir = OutputDir::Create(path_);
  ASSERT_TRUE(dir.ok());
  for (const char* name : {"", ".", "..", "a/b", ".quiesce", "a\nb"}) {
    EXPECT_FALSE(dir->WriteFile(name, "").ok()) << name;
  }
  EXPECT_FALSE(dir->NodeDirectory("../r1").ok());
}

TEST_F(OutputDirTest, AFullDiskIsReported) {
  UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full.valid());
  OutputFile file(std::move(full), "/dev/full");
  file.Write("x");
  EXPECT_FALSE(file.Close().ok());
}

}  // namespace
}  // namespace quiesce
