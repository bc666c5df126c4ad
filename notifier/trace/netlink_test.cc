// The kernel is asked and its answers are described.
#include "notifier/trace/netlink.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>
#include <random>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {
namespace {

template <typename T>
std::string Bytes(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}

std::string Attribute(uint16_t type, const std::string& value) {
  nlattr header = {static_cast<uint16_t>(sizeof(nlattr) + value.size()), type};
  std::string bytes = Bytes(header) + value;
  bytes.resize(NLA_ALIGN(bytes.size()));
  return bytes;
}

std::string Message(uint16_t type, uint16_t flags, const std::string& body) {
  nlmsghdr header = {static_cast<uint32_t>(sizeof(nlmsghdr) + body.size()),
                     type, flags, 7, 0};
  return Bytes(header) + body;
}

std::string V4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return std::string({static_cast<char>(a), static_cast<char>(b),
                      static_cast<char>(c), static_cast<char>(d)});
}

TEST(DescribeNetlinkTest, ARoute) {
  rtmsg route = {};
  route.rtm_family = AF_INET;
  route.rtm_dst_len = 16;
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_BGP;
  route.rtm_type = RTN_UNICAST;
  rtnexthop hop = {};
  const std::string gateway = Attribute(RTA_GATEWAY, V4(10, 0, 0, 2));
  hop.rtnh_len = sizeof(hop) + gateway.size();
  hop.rtnh_ifindex = 3;
  const std::string request = Message(
      RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
      Bytes(route) + Attribute(RTA_DST, V4(10, 1, 0, 0)) +
          Attribute(RTA_PRIORITY, Bytes(uint32_t{20})) +
          Attribute(RTA_METRICS | NLA_F_NESTED,
                    Attribute(RTAX_MTU, Bytes(uint32_t{1400}))) +
          Attribute(RTA_MULTIPATH, Bytes(hop) + gateway));
  EXPECT_EQ(DescribeNetlink(request),
            "[{RTM_NEWROUTE, flags=NLM_F_REQUEST|NLM_F_ACK|NLM_F_REPLACE|"
            "NLM_F_CREATE, seq=7, pid=0, rtm_family=AF_INET, rtm_dst_len=16, "
            "rtm_src_len=0, rtm_tos=0x0, rtm_table=254, "
            "rtm_protocol=RTPROT_BGP, rtm_scope=RT_SCOPE_UNIVERSE, "
            "rtm_type=RTN_UNICAST, rtm_flags=0x0, [RTA_DST=10.1.0.0, "
            "RTA_PRIORITY=20, RTA_METRICS=[RTAX_MTU=1400], "
            "RTA_MULTIPATH=[{rtnh_flags=0x0, rtnh_hops=0, rtnh_ifindex=3, "
            "[RTA_GATEWAY=10.0.0.2]}]]}]");
}

// Sends `request` and returns the kernel's first answer.
std::string Ask(const std::string& request) {
  UniqueFd file(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  int on = 1;
  setsockopt(file.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
  sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  sendto(file.get(), request.data(), request.size(), 0,
         reinterpret_cast<sockaddr*>(&kernel), sizeof(kernel));
  std::string answer(65536, '\0');
  const ssize_t size = recv(file.get(), answer.data(), answer.size(), 0);
  answer.resize(size < 0 ? 0 : size);
  return answer;
}

TEST(DescribeNetlinkTest, TheKernelsLoopback) {
  ifinfomsg link = {};
  link.ifi_index = 1;
  const std::string text =
      DescribeNetlink(Ask(Message(RTM_GETLINK, NLM_F_REQUEST, Bytes(link))));
  EXPECT_TRUE(absl::StartsWith(text, "[{RTM_NEWLINK, flags=0, seq=7, pid="))
      << text;
  EXPECT_TRUE(absl::StrContains(
      text, "ifi_family=AF_UNSPEC, ifi_type=772, ifi_index=1, "))
      << text;
  EXPECT_TRUE(absl::StrContains(text, "[IFLA_IFNAME=\"lo\", IFLA_TXQLEN="))
      << text;
  EXPECT_TRUE(absl::StrContains(text,
                                "IFLA_ADDRESS=00:00:00:00:00:00, "
                                "IFLA_BROADCAST=00:00:00:00:00:00"))
      << text;
}

TEST(DescribeNetlinkTest, TheKernelsRefusal) {
  rtmsg route = {};
  route.rtm_family = AF_INET;
  route.rtm_dst_len = 77;
  EXPECT_TRUE(absl::StartsWith(
      DescribeNetlink(Ask(
          Message(RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE, Bytes(route)))),
      "[{NLMSG_ERROR, flags="));
  const std::string text = DescribeNetlink(
      Ask(Message(RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE, Bytes(route))));
  EXPECT_TRUE(absl::StrContains(text,
                                "error=-EINVAL, msg={RTM_NEWROUTE, "
                                "seq=7}, [NLMSGERR_ATTR_MSG=\""))
      << text;
}

TEST(DescribeNetlinkTest, SeveralAndTheRest) {
  const std::string done = Message(NLMSG_DONE, NLM_F_MULTI, Bytes(int{0}));
  EXPECT_EQ(DescribeNetlink(done + done),
            "[{NLMSG_DONE, flags=NLM_F_MULTI, seq=7, pid=0, 0}, {NLMSG_DONE, "
            "flags=NLM_F_MULTI, seq=7, pid=0, 0}]");
  EXPECT_EQ(DescribeNetlink(done + "abc"),
            "[{NLMSG_DONE, flags=NLM_F_MULTI, seq=7, pid=0, 0}, [0x61, 0x62, "
            "0x63]]");
  EXPECT_EQ(DescribeNetlink(""), "[]");
  EXPECT_EQ(DescribeNetlink(done.substr(0, 17)),
            "[{NLMSG_DONE, flags=NLM_F_MULTI, seq=7, pid=0, 0, ...}]");
}

// Garbage ends in text.
TEST(DescribeNetlinkTest, SurvivesMutation) {
  ifinfomsg link = {};
  link.ifi_index = 1;
  const std::string answer =
      Ask(Message(RTM_GETLINK, NLM_F_REQUEST, Bytes(link)));
  ASSERT_GT(answer.size(), 100u);
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string mutant = answer.substr(0, random() % answer.size());
    for (int j = 0; j < 4 && !mutant.empty(); ++j) {
      mutant[random() % mutant.size()] = static_cast<char>(random());
    }
    const std::string text = DescribeNetlink(mutant);
    EXPECT_TRUE(absl::StartsWith(text, "[")) << text;
    EXPECT_TRUE(absl::EndsWith(text, "]")) << text;
  }
}

}  // namespace
}  // namespace quiesce
