#include "notifier/syscalls/path_calls.h"

#include <fcntl.h>
#include <linux/netconf.h>
#include <linux/openat2.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "notifier/kernel/node_kernel.h"

namespace quiesce {
namespace {

class ToyWorld : public World {
 public:
  Nanos Now() const override { return now; }
  bool VirtualTime() const override { return virtual_time; }
  void Send(Message) override {}
  void Confess(NodeId, absl::string_view what) override {
    confessed.emplace_back(what);
  }
  Nanos now = 0;
  bool virtual_time = true;
  std::vector<std::string> confessed;
};

// This process's own memory, as far as it is one object.
class ToyMemory : public GuestMemory {
 public:
  int Read(GuestAddr from, void* to, size_t size) override {
    if (from == GuestAddr::kNull) return EFAULT;
    std::memcpy(to, Pointer(from), size);
    return 0;
  }
  int Write(GuestAddr, const void*, size_t) override { return EFAULT; }
  ErrnoOr<std::string> ReadString(GuestAddr from, size_t) override {
    if (from == GuestAddr::kNull) return Errno(EFAULT);
    return std::string(static_cast<const char*>(Pointer(from)));
  }

 private:
  static const void* Pointer(GuestAddr address) {
    return reinterpret_cast<const void*>(static_cast<uintptr_t>(address));
  }
};

class ToyCall : public Call {
 public:
  bool Capable(int) override { return capable; }
  bool capable = true;
};

class PathCallsTest : public testing::Test {
 protected:
  PathCallsTest() {
    kernel_ = NodeKernel::Create(1, "r1", 7, &world_).value();
    kernel_->stack().AddEthernet("eth0", {2, 0, 0, 0, 0, 1}, 1500);
    call_.kernel = kernel_.get();
    call_.memory = &memory_;
  }

  Outcome Open(const char* path, int flags = O_RDONLY) {
    call_.args = {static_cast<uint64_t>(AT_FDCWD),
                  reinterpret_cast<uint64_t>(path),
                  static_cast<uint64_t>(flags)};
    return SysOpenat(call_);
  }
  UniqueFd Opened(const char* path, int flags = O_RDONLY) {
    Outcome outcome = Open(path, flags);
    EXPECT_EQ(outcome.kind(), Outcome::Kind::kInstall) << path;
    return std::move(outcome.fd());
  }
  std::string Contents(const char* path) {
    UniqueFd file = Opened(path);
    char buffer[4096];
    const ssize_t size = read(file.get(), buffer, sizeof(buffer));
    return std::string(buffer, std::max<ssize_t>(size, 0));
  }
  bool IsNative(const char* path, int flags = O_RDONLY) {
    return Open(path, flags).kind() == Outcome::Kind::kNative;
  }
  int Refused(const char* path, int flags) { return Open(path, flags).error(); }

  ToyWorld world_;
  ToyMemory memory_;
  std::unique_ptr<NodeKernel> kernel_;
  ToyCall call_;
};

TEST_F(PathCallsTest, EverythingElseIsNative) {
  for (const char* path :
       {"/etc/passwd", "", "net/dev", "./proc/net/dev", "/proc/net",
        "/proc/net/", "/proc/self/maps", "/proc/self/ns/net", "/dev/null",
        "/proc/sys/net/core/somaxconn", "/proc/net/../net/dev",
        "/proc/sys/net/ipv4/conf/eth7/forwarding", "/proc/network"}) {
    EXPECT_TRUE(IsNative(path)) << path;
  }
  EXPECT_TRUE(IsNative(nullptr));
  EXPECT_TRUE(IsNative("/proc/net/dev", O_PATH));
}

TEST_F(PathCallsTest, AFileIsReadOnlyAndASnapshot) {
  UniqueFd file = Opened("/proc/net/dev");
  EXPECT_EQ(fcntl(file.get(), F_GETFL) & O_ACCMODE, O_RDONLY);
  EXPECT_EQ(write(file.get(), "x", 1), -1);
  struct stat info;
  ASSERT_EQ(fstat(file.get(), &info), 0);
  EXPECT_EQ(info.st_mode, static_cast<mode_t>(S_IFREG | 0444));
  kernel_->stack().AddEthernet("eth1", {2, 0, 0, 0, 0, 2}, 1500);
  char buffer[4096];
  const ssize_t size = read(file.get(), buffer, sizeof(buffer));
  const absl::string_view before(buffer, size);
  EXPECT_TRUE(absl::StrContains(before, "  eth0:"));
  EXPECT_FALSE(absl::StrContains(before, "  eth1:"));
  EXPECT_EQ(read(file.get(), buffer, sizeof(buffer)), 0);
  EXPECT_TRUE(absl::StrContains(Contents("/proc/net/dev"), "  eth1:"));
}

TEST_F(PathCallsTest, PathsOfTheSameFile) {
  const std::string dev = Contents("/proc/net/dev");
  for (const char* path : {"/proc/self/net/dev", "/proc/thread-self/net/dev",
                           "/proc//net///dev", "/proc/./net/./dev"}) {
    EXPECT_EQ(Contents(path), dev) << path;
  }
}

TEST_F(PathCallsTest, Flags) {
  EXPECT_FALSE(Open("/proc/net/dev").close_on_exec());
  EXPECT_TRUE(Open("/proc/net/dev", O_CLOEXEC).close_on_exec());
  UniqueFd file = Opened("/proc/net/dev", O_NONBLOCK);
  EXPECT_NE(fcntl(file.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(Refused("/proc/net/dev", O_WRONLY), EACCES);
  EXPECT_EQ(Refused("/proc/net/dev", O_RDWR), EACCES);
  EXPECT_EQ(Refused("/proc/net/dev", O_CREAT | O_EXCL), EEXIST);
  EXPECT_EQ(Refused("/proc/net/dev", O_DIRECTORY), ENOTDIR);
}

TEST_F(PathCallsTest, ASysctlIsWritten) {
  constexpr const char* kPath = "/proc/sys/net/ipv4/ip_forward";
  EXPECT_EQ(Contents(kPath), "0\n");
  UniqueFd file = Opened(kPath, O_WRONLY | O_CREAT | O_TRUNC);
  ASSERT_EQ(write(file.get(), "1\n", 2), 2);
  // Still open, and seen by the next open.
  EXPECT_EQ(Contents(kPath), "1\n");
  EXPECT_EQ(kernel_->stack().netconf(AF_INET, NETCONFA_IFINDEX_ALL).forwarding,
            1);
  // Not at the start of the file: ignored.
  ASSERT_EQ(write(file.get(), "0\n", 2), 2);
  EXPECT_EQ(Contents(kPath), "1\n");
  file = Opened(kPath, O_WRONLY);
  ASSERT_EQ(write(file.get(), "0", 1), 1);
  file.Reset();
  kernel_->Pump();
  EXPECT_EQ(Contents(kPath), "0\n");
  EXPECT_TRUE(world_.confessed.empty());
}

TEST_F(PathCallsTest, ASysctlIsReadAndWritten) {
  UniqueFd file =
      Opened("/proc/sys/net/ipv4/conf/eth0/rp_filter", O_RDWR | O_CLOEXEC);
  UniqueFd other = Opened("/proc/sys/net/ipv4/conf/eth0/rp_filter", O_RDWR);
  char buffer[16];
  ASSERT_EQ(read(file.get(), buffer, sizeof(buffer)), 2);
  EXPECT_EQ(std::string(buffer, 2), "0\n");
  EXPECT_EQ(read(file.get(), buffer, sizeof(buffer)), 0);
  // Behind what was read: ignored.
  ASSERT_EQ(write(file.get(), "1", 1), 1);
  EXPECT_EQ(Contents("/proc/sys/net/ipv4/conf/eth0/rp_filter"), "0\n");
  ASSERT_EQ(write(other.get(), "2", 1), 1);
  EXPECT_EQ(Contents("/proc/sys/net/ipv4/conf/eth0/rp_filter"), "2\n");
}

TEST_F(PathCallsTest, WhatHasNoEffectIsConfessed) {
  UniqueFd file = Opened("/proc/sys/net/ipv6/conf/eth0/hop_limit", O_WRONLY);
  ASSERT_EQ(write(file.get(), "9\n", 2), 2);
  kernel_->Pump();
  ASSERT_EQ(world_.confessed.size(), 1u);
  EXPECT_TRUE(absl::StrContains(world_.confessed[0], "hop_limit: kept"));
  file = Opened("/proc/sys/net/ipv6/conf/eth0/hop_limit", O_WRONLY);
  ASSERT_EQ(write(file.get(), "nine\n", 5), 5);
  kernel_->Pump();
  ASSERT_EQ(world_.confessed.size(), 2u);
}

TEST_F(PathCallsTest, WritingTakesAPrivilege) {
  call_.capable = false;
  EXPECT_EQ(Refused("/proc/sys/net/ipv4/ip_forward", O_WRONLY), EACCES);
  EXPECT_EQ(Contents("/proc/sys/net/ipv4/ip_forward"), "0\n");
}

std::string ReadAll(int fd, size_t size) {
  std::string bytes(size, '\0');
  size_t got = 0;
  while (got < size) {
    const ssize_t n = read(fd, bytes.data() + got, size - got);
    if (n <= 0) break;
    got += n;
  }
  bytes.resize(got);
  return bytes;
}

TEST_F(PathCallsTest, ChanceNeverEndsAndIsTheNodesOwn) {
  auto draw = [](NodeKernel& kernel, Call& call, size_t size) {
    call.kernel = &kernel;
    call.args = {0, reinterpret_cast<uint64_t>("/dev/urandom"), O_NONBLOCK};
    Outcome outcome = SysOpenat(call);
    std::string bytes;
    while (bytes.size() < size) {
      const std::string more = ReadAll(
          outcome.fd().get(), std::min<size_t>(size - bytes.size(), 999));
      bytes += more;
      if (more.empty() && !kernel.Pump()) break;
    }
    return bytes;
  };
  const std::string first = draw(*kernel_, call_, 100'000);
  EXPECT_EQ(first.size(), 100'000u);
  auto same = NodeKernel::Create(1, "r1", 7, &world_).value();
  EXPECT_TRUE(draw(*same, call_, 100'000) == first);
  EXPECT_FALSE(draw(*same, call_, 100) == first.substr(0, 100));
  auto other = NodeKernel::Create(1, "r1", 8, &world_).value();
  EXPECT_FALSE(draw(*other, call_, 100) == first.substr(0, 100));
  // How much was drawn changes nothing else.
  auto lazy = NodeKernel::Create(1, "r1", 7, &world_).value();
  draw(*lazy, call_, 10);
  auto eager = NodeKernel::Create(1, "r1", 7, &world_).value();
  draw(*eager, call_, 100'000);
  EXPECT_EQ(lazy->Random(), eager->Random());
}

TEST_F(PathCallsTest, LinksAreTheNodesOwn) {
  EXPECT_EQ(Contents("/sys/class/net/eth0/mtu"), "1500\n");
  EXPECT_EQ(Refused("/sys/class/net/eth0/mtu", O_WRONLY), EACCES);
  // Down.
  EXPECT_EQ(Refused("/sys/class/net/eth0/carrier", O_RDONLY), EINVAL);
  // Whatever the host has.
  EXPECT_EQ(Refused("/sys/class/net/eth1/mtu", O_RDONLY), ENOENT);
  EXPECT_TRUE(IsNative("/sys/class/net/eth0", O_RDONLY | O_DIRECTORY));
  EXPECT_TRUE(IsNative("/sys/class/net"));
  EXPECT_TRUE(IsNative("/sys/class/net/../../kernel/mm"));
}

TEST_F(PathCallsTest, TimeAndNames) {
  world_.now = 61 * kSecond + 239 * kMillisecond;
  EXPECT_EQ(Contents("/proc/uptime"), "61.23 61.23\n");
  const std::string boot = Contents("/proc/sys/kernel/random/boot_id");
  EXPECT_EQ(boot.size(), 37u);
  EXPECT_EQ(boot[14], '4');
  EXPECT_EQ(Contents("/proc/sys/kernel/random/boot_id"), boot);
  EXPECT_NE(Contents("/proc/sys/kernel/random/uuid"),
            Contents("/proc/sys/kernel/random/uuid"));
}

TEST_F(PathCallsTest, WithTheHostsClockChanceAndTimeAreTheHosts) {
  world_.virtual_time = false;
  for (const char* path :
       {"/dev/urandom", "/proc/uptime", "/proc/sys/kernel/random/boot_id"}) {
    EXPECT_TRUE(IsNative(path)) << path;
  }
  EXPECT_FALSE(IsNative("/proc/net/dev"));
}

TEST_F(PathCallsTest, TheOtherOpens) {
  const char* path = "/proc/net/dev";
  call_.args = {reinterpret_cast<uint64_t>(path), O_RDONLY};
  EXPECT_EQ(SysOpen(call_).kind(), Outcome::Kind::kInstall);
  open_how how = {};
  call_.args = {3, reinterpret_cast<uint64_t>(path),
                reinterpret_cast<uint64_t>(&how), sizeof(how)};
  EXPECT_EQ(SysOpenat2(call_).kind(), Outcome::Kind::kInstall);
  how.resolve = RESOLVE_BENEATH;
  EXPECT_EQ(SysOpenat2(call_).kind(), Outcome::Kind::kNative);
  call_.args[2] = 0;
  EXPECT_EQ(SysOpenat2(call_).kind(), Outcome::Kind::kNative);
}

// Nothing of ours is left open once the guest has closed its end.
TEST_F(PathCallsTest, ClosedFilesLeaveNothing) {
  const int before = dup(0);
  close(before);
  for (int i = 0; i < 100; ++i) {
    Opened("/dev/urandom");
    Opened("/proc/sys/net/ipv4/ip_forward", O_WRONLY);
    Opened("/proc/net/dev");
  }
  kernel_->Pump();
  const int after = dup(0);
  close(after);
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace quiesce
