#include "notifier/procfs/sysctls.h"

#include <linux/netconf.h>
#include <sys/socket.h>

#include <cerrno>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

class SysctlsTest : public testing::Test {
 protected:
  SysctlsTest() {
    eth0_ = stack_.AddEthernet("eth0", {2, 0, 0, 0, 0, 1}, 9000);
  }

  std::string Read(const std::string& path) {
    return sysctls_.Read(stack_, path).value_or("(the kernel's)");
  }
  int Write(const std::string& path, const std::string& value) {
    return sysctls_.Write(stack_, path, value, &effect_);
  }

  Stack stack_;
  Sysctls sysctls_;
  int eth0_ = 0;
  bool effect_ = false;
};

TEST_F(SysctlsTest, ForwardingIsTheStacks) {
  EXPECT_EQ(Read("ipv4/ip_forward"), "0\n");
  EXPECT_EQ(Write("ipv4/ip_forward", "1\n"), 0);
  EXPECT_TRUE(effect_);
  EXPECT_EQ(Read("ipv4/ip_forward"), "1\n");
  EXPECT_EQ(Read("ipv4/conf/all/forwarding"), "1\n");
  EXPECT_EQ(Read("ipv4/conf/eth0/forwarding"), "1\n");
  EXPECT_EQ(stack_.netconf(AF_INET, eth0_).forwarding, 1);
  EXPECT_EQ(Read("ipv6/conf/all/forwarding"), "0\n");
  EXPECT_EQ(Write("ipv6/conf/all/forwarding", "1"), 0);
  EXPECT_EQ(stack_.netconf(AF_INET6, NETCONFA_IFINDEX_ALL).forwarding, 1);
  EXPECT_EQ(Write("ipv4/conf/eth0/forwarding", " 0 \n"), 0);
  EXPECT_EQ(Read("ipv4/conf/eth0/forwarding"), "0\n");
  EXPECT_EQ(Read("ipv4/conf/all/forwarding"), "1\n");
}

TEST_F(SysctlsTest, WhatTheStackKnows) {
  EXPECT_EQ(Write("ipv4/conf/eth0/rp_filter", "2"), 0);
  EXPECT_EQ(stack_.netconf(AF_INET, eth0_).rp_filter, 2);
  EXPECT_EQ(Write("ipv6/conf/eth0/proxy_ndp", "1"), 0);
  EXPECT_EQ(stack_.netconf(AF_INET6, eth0_).proxy_neigh, 1);
  EXPECT_EQ(Read("ipv6/conf/eth0/mtu"), "9000\n");
  EXPECT_EQ(Write("ipv4/ip_nonlocal_bind", "1"), 0);
  EXPECT_TRUE(stack_.nonlocal_bind(AF_INET));
  EXPECT_FALSE(stack_.nonlocal_bind(AF_INET6));
  EXPECT_EQ(Read("ipv6/ip_nonlocal_bind"), "0\n");
}

TEST_F(SysctlsTest, TheRestOfAnInterfaceIsKept) {
  EXPECT_EQ(Read("ipv4/conf/eth0/arp_announce"), "0\n");
  EXPECT_EQ(Read("ipv6/conf/eth0/hop_limit"), "64\n");
  EXPECT_EQ(Write("ipv6/conf/eth0/hop_limit", "32\n"), 0);
  EXPECT_FALSE(effect_);
  EXPECT_EQ(Read("ipv6/conf/eth0/hop_limit"), "32\n");
}

TEST_F(SysctlsTest, TheKernelsOwn) {
  for (const char* path :
       {"ipv4/conf/all/arp_announce", "ipv4/conf/lo/arp_announce",
        "ipv4/conf/eth9/forwarding", "ipv4/conf/eth0/nonsense",
        "ipv4/tcp_syncookies", "core/somaxconn", "ipv4/conf/eth0", "ipv4/conf",
        "", "ipv4", "ipv4/conf/eth0/x/y"}) {
    EXPECT_EQ(Read(path), "(the kernel's)") << path;
  }
}

TEST_F(SysctlsTest, Nonsense) {
  EXPECT_EQ(Write("ipv4/ip_forward", "yes"), EINVAL);
  EXPECT_EQ(Write("ipv4/ip_forward", ""), EINVAL);
  EXPECT_EQ(Write("ipv4/conf/eth9/forwarding", "1"), EINVAL);
  EXPECT_EQ(Write("core/somaxconn", "1"), EINVAL);
}

}  // namespace
}  // namespace quiesce
