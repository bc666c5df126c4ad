#include "supervisor/sched/descriptor_watch.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "notifier/kernel/placeholder.h"

namespace quiesce {
namespace {

TEST(DescriptorWatch, RemembersTheMost) {
  DescriptorWatch watch;
  EXPECT_TRUE(watch.Look().ok());
  const int before = watch.most();
  EXPECT_EQ(before, OpenDescriptors());
  {
    std::vector<UniqueFd> files;
    for (int i = 0; i < 10; ++i) {
      files.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    EXPECT_TRUE(watch.Look().ok());
  }
  EXPECT_TRUE(watch.Look().ok());
  EXPECT_EQ(OpenDescriptors(), before);
  EXPECT_EQ(watch.most(), before + 10);
}

// The last of this process: what it has seen it keeps.
TEST(DescriptorWatch, SaysWhenASocketWasRefused) {
  DescriptorWatch watch;
  rlimit few{OpenDescriptors() + kDescriptorReserve + 10ul, 0};
  few.rlim_max = few.rlim_cur;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<UniqueFd> sockets;
  while (true) {
    ErrnoOr<UniqueFd> socket = NewPlaceholder(SOCK_STREAM, true);
    if (!socket.ok()) {
      EXPECT_EQ(socket.error(), ENFILE);
      break;
    }
    EXPECT_TRUE(watch.Look().ok());
    sockets.push_back(std::move(*socket));
    ASSERT_LE(sockets.size(), 10);
  }
  const absl::Status status = watch.Look();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(std::string(status.message()).find("remedy: raise"),
            std::string::npos)
      << status;
}

}  // namespace
}  // namespace quiesce
