// What the comparison with the kernel cannot show: privileges, options of the
// socket, the size of datagrams, multicast delivery. Needs no privilege.
#include "notifier/netlink/rtnetlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "notifier/netlink/attributes.h"
#include "notifier/netlink/message_types.h"
#include "notifier/netlink/message_writer.h"

namespace quiesce {
namespace {

nlmsghdr Header(const std::string& datagram) {
  nlmsghdr header;
  std::memcpy(&header, datagram.data(), sizeof(header));
  return header;
}

int ErrorOf(const std::string& datagram) {
  nlmsgerr error;
  std::memcpy(&error, datagram.data() + sizeof(nlmsghdr), sizeof(error));
  return -error.error;
}

class RtnetlinkTest : public ::testing::Test {
 protected:
  RtnetlinkTest()
      : notifications_(stack_, [this](const Notification& one) {
          heard_.push_back(one);
        }) {
    socket_.portid = 77;
    eth0_ = stack_.AddEthernet("eth0", {2, 0, 0, 0, 0, 1}, 1500);
    stack_.SetUp(eth0_);
    stack_.AddAddress(eth0_, *IpPrefix::Parse("10.0.0.1/24"));
    heard_.clear();
  }

  std::vector<std::string> Ask(const std::string& request,
                               bool net_admin = true) {
    return HandleRequest(stack_, socket_, request, net_admin, &notifications_,
                         &gaps_);
  }
  std::string NewRoute(const std::string& to, uint16_t flags,
                       uint32_t sequence = 5) {
    const IpPrefix prefix = *IpPrefix::Parse(to);
    MessageWriter m(RTM_NEWROUTE, NLM_F_REQUEST | flags, sequence, 0);
    rtmsg header = {};
    header.rtm_family = AF_INET;
    header.rtm_dst_len = prefix.length;
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_type = RTN_UNICAST;
    m.Struct(header);
    m.Address(RTA_DST, prefix.address);
    m.Address(RTA_GATEWAY, *IpAddress::Parse("10.0.0.9"));
    return m.Finish();
  }
  std::string DumpRoutes(uint32_t sequence) {
    MessageWriter m(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, sequence, 0);
    rtmsg header = {};
    header.rtm_family = AF_INET;
    m.Struct(header);
    return m.Finish();
  }

  Stack stack_;
  std::vector<Notification> heard_;
  Notifications notifications_;
  RtnetlinkSocketState socket_;
  std::vector<std::string> gaps_;
  int eth0_ = 0;
};

TEST_F(RtnetlinkTest, ChangesNeedNetAdmin) {
  const std::string request = NewRoute("10.9.0.0/16", NLM_F_CREATE);
  const auto answers = Ask(request, /*net_admin=*/false);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(ErrorOf(answers[0]), EPERM);
  EXPECT_TRUE(heard_.empty());
  EXPECT_GT(Ask(DumpRoutes(1), /*net_admin=*/false).size(), 1u);
}

TEST_F(RtnetlinkTest, ErrorsCarryTheRequestUnlessCapped) {
  std::string request = NewRoute("10.9.0.1/16", NLM_F_CREATE);
  std::vector<std::string> answers = Ask(request);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(ErrorOf(answers[0]), EINVAL);
  EXPECT_EQ(answers[0].size(), sizeof(nlmsghdr) + 4 + request.size());
  EXPECT_EQ(answers[0].substr(20), request);
  EXPECT_EQ(Header(answers[0]).nlmsg_flags, 0);
  socket_.cap_ack = true;
  answers = Ask(request);
  EXPECT_EQ(answers[0].size(), sizeof(nlmsghdr) + sizeof(nlmsgerr));
  EXPECT_EQ(Header(answers[0]).nlmsg_flags, NLM_F_CAPPED);
  socket_.ext_ack = true;
  answers = Ask(request);
  EXPECT_EQ(Header(answers[0]).nlmsg_flags, NLM_F_CAPPED | NLM_F_ACK_TLVS);
  const Attributes attributes(absl::string_view(answers[0])
                                  .substr(sizeof(nlmsghdr) + sizeof(nlmsgerr)));
  EXPECT_EQ(attributes.text(NLMSGERR_ATTR_MSG),
            "Invalid prefix for given prefix length");
}

using testing::ElementsAre;

TEST_F(RtnetlinkTest, WhatIsNotThereIsConfessed) {
  Ask(NewRoute("10.9.0.0/16", NLM_F_CREATE));
  EXPECT_THAT(gaps_, ElementsAre());
  MessageWriter qdisc(RTM_NEWQDISC, NLM_F_REQUEST | NLM_F_CREATE, 1, 0);
  qdisc.Struct(tcmsg{});
  EXPECT_EQ(ErrorOf(Ask(qdisc.Finish()).at(0)), EOPNOTSUPP);
  MessageWriter filters(RTM_GETTFILTER, NLM_F_REQUEST | NLM_F_DUMP, 1, 0);
  filters.Struct(tcmsg{});
  Ask(filters.Finish());
  EXPECT_THAT(gaps_, ElementsAre("rtnetlink message 36: refused",
                                 "RTM_GETTFILTER: no traffic filters"));
}

TEST_F(RtnetlinkTest, AttributesWithoutEffectAreConfessed) {
  const auto change = [&](bool nested) {
    gaps_.clear();
    MessageWriter m(RTM_NEWLINK, NLM_F_REQUEST, 1, 0);
    ifinfomsg header = {};
    header.ifi_index = eth0_;
    m.Struct(header);
    m.U32(IFLA_MTU, 1400);
    const size_t nest = nested ? m.BeginNest(IFLA_AF_SPEC) : 0;
    m.U32(nested ? AF_MPLS : IFLA_NUM_VF, 1);
    if (nested) m.EndNest(nest);
    EXPECT_THAT(Ask(m.Finish()), ElementsAre());
  };
  change(/*nested=*/false);
  EXPECT_THAT(gaps_, ElementsAre("RTM_NEWLINK: attribute 21 is ignored"));
  change(/*nested=*/true);
  EXPECT_THAT(gaps_, ElementsAre("RTM_NEWLINK: attribute 28 in 26 is ignored"));
}

TEST_F(RtnetlinkTest, AnswersNameTheSocketAndTheSequence) {
  for (const std::string& answer : Ask(DumpRoutes(4242))) {
    EXPECT_EQ(Header(answer).nlmsg_pid, 77u);
    EXPECT_EQ(Header(answer).nlmsg_seq, 4242u);
  }
}

TEST_F(RtnetlinkTest, DumpsAreCutToTheReceiversBuffer) {
  for (int i = 0; i < 1000; ++i) {
    const IpAddress to = IpAddress::V4(0x14000000 + (i << 8));
    ASSERT_TRUE(Ask(NewRoute(to.ToString() + "/24", NLM_F_CREATE)).empty());
  }
  auto count = [&](size_t limit) {
    size_t routes = 0;
    const auto answers = Ask(DumpRoutes(1));
    EXPECT_EQ(Header(answers.back()).nlmsg_type, NLMSG_DONE);
    for (const std::string& answer : answers) {
      EXPECT_LE(answer.size(), limit);
      absl::string_view rest = answer;
      while (!rest.empty()) {
        nlmsghdr header;
        std::memcpy(&header, rest.data(), sizeof(header));
        EXPECT_TRUE(header.nlmsg_flags & NLM_F_MULTI);
        routes += header.nlmsg_type == RTM_NEWROUTE;
        rest.remove_prefix(NLMSG_ALIGN(header.nlmsg_len));
      }
    }
    return std::make_pair(answers.size(), routes);
  };
  const auto small = count(3776);
  socket_.max_receive = 1 << 20;
  const auto large = count(32448);
  EXPECT_EQ(small.second, large.second);
  EXPECT_GE(small.second, 1003u);
  EXPECT_GT(small.first, large.first);
}

TEST_F(RtnetlinkTest, NotificationsNameTheRequester) {
  Ask(NewRoute("10.9.0.0/16", NLM_F_CREATE, 99));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].group, static_cast<uint32_t>(RTNLGRP_IPV4_ROUTE));
  EXPECT_EQ(heard_[0].except_portid, 0u);
  EXPECT_EQ(Header(heard_[0].bytes).nlmsg_pid, 77u);
  EXPECT_EQ(Header(heard_[0].bytes).nlmsg_seq, 99u);
  heard_.clear();
  // What the cable does is nobody's request.
  stack_.SetCarrier(eth0_, false);
  ASSERT_FALSE(heard_.empty());
  EXPECT_EQ(heard_[0].group, static_cast<uint32_t>(RTNLGRP_LINK));
  EXPECT_EQ(Header(heard_[0].bytes).nlmsg_pid, 0u);
}

TEST_F(RtnetlinkTest, AnEchoComesToTheRequesterAlone) {
  const auto answers =
      Ask(NewRoute("10.9.0.0/16", NLM_F_CREATE | NLM_F_ECHO | NLM_F_ACK));
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(Header(answers[0]).nlmsg_type, RTM_NEWROUTE);
  EXPECT_EQ(Header(answers[1]).nlmsg_type, NLMSG_ERROR);
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].except_portid, 77u);
}

TEST_F(RtnetlinkTest, ManyRequestsInOneDatagram) {
  std::string batch;
  for (int i = 0; i < 50; ++i) {
    const IpAddress to = IpAddress::V4(0x14000000 + (i << 8));
    batch += NewRoute(to.ToString() + "/24", NLM_F_CREATE | NLM_F_ACK, i + 1);
  }
  const auto answers = Ask(batch);
  ASSERT_EQ(answers.size(), 50u);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(ErrorOf(answers[i]), 0);
    EXPECT_EQ(Header(answers[i]).nlmsg_seq, i + 1u);
  }
  EXPECT_EQ(heard_.size(), 50u);
}

// Whatever a guest sends, it gets an answer or none, and we live.
TEST_F(RtnetlinkTest, RubbishIsSurvived) {
  uint32_t random = 12345;
  auto next = [&] { return random = random * 1664525 + 1013904223; };
  size_t answered = 0;
  for (int i = 0; i < 20000; ++i) {
    MessageWriter m(16 + next() % 110, (next() >> 16) | NLM_F_REQUEST, i, 0);
    std::string body(next() % 120, '\0');
    for (char& byte : body) {
      byte = (next() >> 24) % 7 == 0 ? next() >> 24 : (next() >> 24) % 16;
    }
    if (!body.empty()) body[0] = (next() >> 24) % 2 ? AF_INET : AF_INET6;
    m.Raw(body.data(), body.size());
    answered += !Ask(m.Finish()).empty();
  }
  EXPECT_GT(answered, 10000u);
}

TEST(MessageTypesTest, RowsAreFoundAndNamed) {
  for (const NetlinkMessageType& row : NetlinkMessageTypes()) {
    EXPECT_EQ(FindMessageType(row.type, row.family), &row) << row.name;
    EXPECT_EQ(NetlinkTypeName(row.type), row.name);
    if (row.support != NetlinkSupport::kFull) {
      EXPECT_STRNE(row.note, "") << row.name;
    }
    if (row.support == NetlinkSupport::kRefused) {
      EXPECT_EQ(row.act, nullptr) << row.name;
      EXPECT_EQ(row.dump, nullptr) << row.name;
    }
  }
  EXPECT_EQ(FindMessageType(RTM_GETSTATS, AF_INET), nullptr);
  EXPECT_EQ(NetlinkTypeName(9999), "");
}

}  // namespace
}  // namespace quiesce
