#include "supervisor/report/rib_query.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "gtest/gtest.h"
#include "supervisor/report/rib_questions.h"

namespace quiesce {
namespace {

std::string Sample(const std::string& name) {
  std::ifstream file("supervisor/report/testdata/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The daemon's side of the conversation, in this thread, `piece` bytes a time.
class Daemon {
 public:
  Daemon(UniqueFd fd, char end, std::string greeting,
         std::vector<std::string> replies)
      : fd_(std::move(fd)), end_(end), out_(greeting), replies_(replies) {}

  void Turn(size_t piece) {
    char buffer[4096];
    ssize_t n = recv(fd_.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
    for (ssize_t i = 0; i < n; ++i) {
      if (buffer[i] == end_ && next_ < replies_.size()) {
        out_ += replies_[next_++];
      }
    }
    std::string now = out_.substr(0, piece);
    if (now.empty()) return;
    ASSERT_EQ(send(fd_.get(), now.data(), now.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(now.size()));
    out_.erase(0, now.size());
  }
  void Close() { fd_.Reset(); }

 private:
  UniqueFd fd_;
  char end_;
  std::string out_;
  std::vector<std::string> replies_;
  size_t next_ = 0;
};

std::pair<UniqueFd, UniqueFd> Pair() {
  int fds[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

void Converse(RibQuery* query, Daemon* daemon, size_t piece) {
  for (int turn = 0; turn < 100000 && !query->done(); ++turn) {
    daemon->Turn(piece);
    pollfd p{query->fd(),
             static_cast<short>(POLLIN | (query->want_write() ? POLLOUT : 0)),
             0};
    ASSERT_GE(poll(&p, 1, 0), 0);
    if (p.revents & POLLOUT) {
      ASSERT_TRUE(query->OnWritable().ok());
    }
    if (p.revents & POLLIN) {
      ASSERT_TRUE(query->OnReadable().ok());
    }
  }
}

TEST(RibQuery, FrrAnswersOverASocket) {
  auto [ours, theirs] = Pair();
  const std::string end("\0\0\0\0", 4);
  Daemon daemon(std::move(theirs), '\0', "",
                {end, Sample("frr_summary.json") + end,
                 Sample("frr_rib_detail.json") + end,
                 Sample("frr_rib6_detail.json") + end});
  RibQuery query(
      std::move(ours),
      MakeDialogue(ControlKind::kFrr, ReportQuestions(ControlKind::kFrr)));
  EXPECT_TRUE(query.want_write());
  Converse(&query, &daemon, 97);
  ASSERT_TRUE(query.done());
  auto rib = ParseReport(ControlKind::kFrr, "f", query.replies());
  ASSERT_TRUE(rib.ok()) << rib.status();
  EXPECT_EQ(rib->paths.size(), 11);
  EXPECT_EQ(rib->sessions.size(), 5);
}

TEST(RibQuery, BirdAnswersOverASocket) {
  auto [ours, theirs] = Pair();
  std::string rib_bytes = Sample("bird_rib.ctl");
  std::string session_bytes = Sample("bird_protocols.ctl");
  const std::string greeting = rib_bytes.substr(0, rib_bytes.find('\n') + 1);
  Daemon daemon(std::move(theirs), '\n', greeting,
                {session_bytes.substr(greeting.size()),
                 rib_bytes.substr(greeting.size())});
  RibQuery query(
      std::move(ours),
      MakeDialogue(ControlKind::kBird, ReportQuestions(ControlKind::kBird)));
  EXPECT_FALSE(query.want_write());
  Converse(&query, &daemon, 31);
  ASSERT_TRUE(query.done());
  auto rib = ParseReport(ControlKind::kBird, "b1", query.replies());
  ASSERT_TRUE(rib.ok()) << rib.status();
  EXPECT_EQ(rib->paths.size(), 12);
  EXPECT_EQ(rib->sessions.size(), 4);
}

TEST(RibQuery, ADaemonThatGoesIsUnavailable) {
  auto [ours, theirs] = Pair();
  RibQuery query(
      std::move(ours),
      MakeDialogue(ControlKind::kFrr, ReportQuestions(ControlKind::kFrr)));
  theirs.Reset();
  EXPECT_EQ(query.OnReadable().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(query.OnWritable().code(), absl::StatusCode::kUnavailable);
}

TEST(RibQuery, NothingToReadIsNoError) {
  auto [ours, theirs] = Pair();
  RibQuery query(
      std::move(ours),
      MakeDialogue(ControlKind::kBird, ReportQuestions(ControlKind::kBird)));
  EXPECT_TRUE(query.OnReadable().ok());
  EXPECT_FALSE(query.done());
}

TEST(ConnectInRoot, FollowsLinksInsideTheRootOnly) {
  std::string root = testing::TempDir() + "/root.XXXXXX";
  ASSERT_NE(mkdtemp(root.data()), nullptr);
  ASSERT_EQ(mkdir((root + "/run").c_str(), 0755), 0);
  ASSERT_EQ(mkdir((root + "/var").c_str(), 0755), 0);
  // As in a rootfs: absolute, but meant inside.
  ASSERT_EQ(symlink("/run", (root + "/var/run").c_str()), 0);
  UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  UniqueFd at(open((root + "/run").c_str(), O_PATH | O_DIRECTORY));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  snprintf(address.sun_path, sizeof(address.sun_path),
           "/proc/self/fd/%d/quiesce_test.vty", at.get());
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address),
                 sizeof(address)),
            0);
  auto refused = ConnectInRoot(root, "/var/run/quiesce_test.vty");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  auto fd = ConnectInRoot(root, "/var/run/quiesce_test.vty");
  ASSERT_TRUE(fd.ok()) << fd.status();
  UniqueFd accepted(accept(listener.get(), nullptr, nullptr));
  EXPECT_TRUE(accepted.valid());
  EXPECT_EQ(ConnectInRoot(root, "/run/none").status().code(),
            absl::StatusCode::kNotFound);
  unlink((root + "/run/quiesce_test.vty").c_str());
  unlink((root + "/var/run").c_str());
  rmdir((root + "/run").c_str());
  rmdir((root + "/var").c_str());
  rmdir(root.c_str());
}

}  // namespace
}  // namespace quiesce
