// The same links in the kernel and in a Stack show the same files.
#include "notifier/procfs/class_net.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

namespace quiesce {
namespace {

// A file that cannot be read has the content "EINVAL".
constexpr char kCommands[] = R"sh(
  mount -t sysfs none /sys || exit 9
  ip link add d0 index 2 address 02:00:00:00:00:01 type veth \
    peer name d1 index 3 address 02:00:00:00:00:02 || exit 9
  ip link set lo up
  ip link set d0 up alias "the first" mtu 1400
  cd /sys/class/net
  for link in lo d0 d1; do
    for file in $link/* $link/statistics/rx_bytes; do
      [ -f $file ] || continue
      name="$OUT.$(echo $file | tr / -)"
      cat $file > "$name" 2> /dev/null || echo EINVAL > "$name"
    done
  done
)sh";

// Empty where that is not allowed here.
std::string KernelFile(const std::string& path) {
  static const std::string* prefix = [] {
    auto* path = new std::string(testing::TempDir() + "/class_net");
    const pid_t child = fork();
    if (child == 0) {
      if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 ||
          mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        _exit(7);
      }
      setenv("OUT", path->c_str(), 1);
      execl("/bin/sh", "sh", "-c", kCommands, nullptr);
      _exit(6);
    }
    int status = -1;
    waitpid(child, &status, 0);
    if (status != 0) path->clear();
    return path;
  }();
  if (prefix->empty()) return "";
  std::stringstream text;
  text << std::ifstream(*prefix + "." + absl::StrReplaceAll(path, {{"/", "-"}}))
              .rdbuf();
  return text.str();
}

class ClassNetTest : public testing::Test {
 protected:
  ClassNetTest() {
    stack_.AddEthernet("d0", {2, 0, 0, 0, 0, 1}, 1400);
    stack_.AddEthernet("d1", {2, 0, 0, 0, 0, 2}, 1500);
    LinkChange change;
    change.alias = "the first";
    EXPECT_TRUE(stack_.ChangeLink(2, change).ok());
    // The other end of a cable is down.
    EXPECT_TRUE(stack_.SetCarrier(2, false).ok());
    EXPECT_TRUE(stack_.SetUp(1).ok());
    EXPECT_TRUE(stack_.SetUp(2).ok());
  }
  std::string Ours(const std::string& path) {
    ErrnoOr<std::string> content = ClassNetFile(stack_, path);
    if (content.ok()) return *content;
    return content.error() == EINVAL ? "EINVAL\n" : "ENOENT\n";
  }

  Stack stack_;
};

TEST_F(ClassNetTest, IsTheKernels) {
  if (KernelFile("lo/mtu").empty()) GTEST_SKIP() << "needs root and iproute2";
  for (const char* link : {"lo", "d0", "d1"}) {
    for (const char* name :
         {"addr_len", "address",      "broadcast",
          "carrier",  "dev_id",       "dev_port",
          "dormant",  "duplex",       "flags",
          "ifalias",  "ifindex",      "link_mode",
          "mtu",      "netdev_group", "proto_down",
          "speed",    "testing",      "tx_queue_len",
          "type",     "uevent",       "statistics/rx_bytes"}) {
      const std::string path = absl::StrCat(link, "/", name);
      EXPECT_EQ(Ours(path), KernelFile(path)) << path;
    }
  }
  EXPECT_EQ(Ours("lo/operstate"), KernelFile("lo/operstate"));
  EXPECT_EQ(Ours("d1/operstate"), KernelFile("d1/operstate"));
  // The other end is in another namespace, so to say.
  EXPECT_EQ(Ours("d0/operstate"), "down\n");
}

TEST_F(ClassNetTest, FollowsTheLink) {
  EXPECT_TRUE(stack_.SetCarrier(2, true).ok());
  EXPECT_EQ(Ours("d0/carrier"), "1\n");
  EXPECT_EQ(Ours("d0/operstate"), "up\n");
  EXPECT_TRUE(stack_.SetUp(2, false).ok());
  EXPECT_EQ(Ours("d0/carrier"), "EINVAL\n");
  EXPECT_EQ(Ours("d0/flags"), "0x1002\n");
}

TEST_F(ClassNetTest, WhatThereIsNot) {
  for (const char* path : {"eth0/mtu", "d0/nonsense", "d0/statistics/mtu",
                           "d0/", "/mtu", "d0", "", "d0/mtu/x"}) {
    EXPECT_EQ(Ours(path), "ENOENT\n") << path;
  }
}

}  // namespace
}  // namespace quiesce
