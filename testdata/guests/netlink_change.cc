// Changes by rtnetlink: acknowledgements, errors, notifications.
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <string>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/netlink_message.h"
#include "testdata/guests/sockets.h"

using namespace guest;

CASE(UnknownType) {
  int fd = Route();
  Request request(RTM_BASE + 500, 0);
  ACK(fd, request.Add(ifinfomsg{}), EOPNOTSUPP);
}

CASE(ErrorCarriesTheRequest) {
  int fd = Route();
  Request request(RTM_BASE + 500, 0, 77);
  Send(fd, request.Add(ifinfomsg{}));
  Reply reply = ReceiveOne(fd);
  EQ(reply.header.nlmsg_type, NLMSG_ERROR);
  const nlmsgerr* error = reply.As<nlmsgerr>();
  EQ(error->msg.nlmsg_seq, 77);
  EQ(error->msg.nlmsg_type, RTM_BASE + 500);
  EQ(error->msg.nlmsg_len, request.bytes().size());
  EQ(reply.body.size(), sizeof(int) + request.bytes().size());
}

CASE(CappedError) {
  int fd = Route();
  OK(SetInt(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1));
  Request request(RTM_BASE + 500, 0, 77);
  Send(fd, request.Add(ifinfomsg{}));
  Reply reply = ReceiveOne(fd);
  EQ(reply.body.size(), sizeof(nlmsgerr));
  TRUE(reply.header.nlmsg_flags & NLM_F_CAPPED);
}

CASE(ExtendedAckOption) {
  int fd = Route();
  EQ(GetInt(fd, SOL_NETLINK, NETLINK_EXT_ACK), 0);
  OK(SetInt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1));
  EQ(GetInt(fd, SOL_NETLINK, NETLINK_EXT_ACK), 1);
  Request request = RouteChange(RTM_NEWROUTE, NLM_F_CREATE, "10.0.0.1", 8);
  // Host bits beyond the prefix: EINVAL with a sentence.
  Send(fd, request);
  Reply reply = ReceiveOne(fd);
  EQ(ErrnoName(reply.error()), "EINVAL");
  TRUE(reply.header.nlmsg_flags & NLM_F_ACK_TLVS);
}

CASE(NoAckUnlessAsked) {
  int fd = Route();
  Send(fd, AddressChange(RTM_NEWADDR, NLM_F_CREATE, "10.9.2.1", 32));
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(SeveralMessagesInOneSend) {
  int fd = Route();
  std::vector<char> bytes;
  for (uint32_t sequence : {11u, 12u, 13u}) {
    Request request(RTM_GETLINK, NLM_F_ACK, sequence);
    ifinfomsg body = {};
    body.ifi_index = sequence == 12 ? 77 : 1;
    request.Add(body);
    bytes.insert(bytes.end(), request.bytes().begin(), request.bytes().end());
  }
  sockaddr_nl kernel = Kernel();
  OK(sendto(fd, bytes.data(), bytes.size(), 0,
            reinterpret_cast<sockaddr*>(&kernel), sizeof(kernel)));
  std::vector<std::string> seen;
  while (seen.size() < 5) {
    for (const Reply& reply : Receive(fd)) {
      std::string text = std::to_string(reply.header.nlmsg_seq);
      if (reply.header.nlmsg_type == NLMSG_ERROR) {
        text += reply.error() == 0 ? " ack" : " " + ErrnoName(reply.error());
      } else {
        text += " link";
      }
      seen.push_back(text);
    }
  }
  std::vector<std::string> wanted = {"11 link", "11 ack", "12 ENODEV",
                                     "13 link", "13 ack"};
  for (size_t i = 0; i < wanted.size(); ++i) EQ(seen[i], wanted[i]);
}

CASE(HeaderCutShortIsIgnored) {
  int fd = Route();
  nlmsghdr header = {};
  header.nlmsg_len = 8;
  sockaddr_nl kernel = Kernel();
  EQ(OK(sendto(fd, &header, 8, 0, reinterpret_cast<sockaddr*>(&kernel),
               sizeof(kernel))),
     8);
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(BodyMissingIsIgnored) {
  // rtnetlink_rcv_msg: without even a family there is nothing to do.
  int fd = Route();
  Request request(RTM_NEWADDR, NLM_F_CREATE);
  ACK(fd, request, 0);
}

CASE(BodyCutShort) {
  int fd = Route();
  Request request(RTM_NEWADDR, NLM_F_CREATE);
  rtgenmsg family = {AF_INET};
  ACK(fd, request.Add(family), EINVAL);
}

CASE(AddAndDeleteAddress) {
  int fd = Route();
  Request add =
      AddressChange(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, "10.9.3.1", 24);
  ACK(fd, add, 0);
  ACK(fd, add, EEXIST);
  OK(BindTo(Tcp(), Ip("10.9.3.1", 0)));
  Request remove = AddressChange(RTM_DELADDR, 0, "10.9.3.1", 24);
  ACK(fd, remove, 0);
  ACK(fd, remove, EADDRNOTAVAIL);
  ERRNO(BindTo(Tcp(), Ip("10.9.3.1", 0)), EADDRNOTAVAIL);
}

CASE(AddressBringsRoutes) {
  int fd = Route();
  Request add = AddressChange(RTM_NEWADDR, NLM_F_CREATE, "10.9.4.1", 24);
  ACK(fd, add, 0);
  TRUE(HasRoute("10.9.4.1/32"));
  Request remove = AddressChange(RTM_DELADDR, 0, "10.9.4.1", 24);
  ACK(fd, remove, 0);
  TRUE(!HasRoute("10.9.4.1/32"));
}

CASE(AddAndDeleteRoute) {
  int fd = Route();
  Request add =
      RouteChange(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, "10.10.0.0", 16);
  ACK(fd, add, 0);
  TRUE(HasRoute("10.10.0.0/16"));
  ACK(fd, add, EEXIST);
  Request remove = RouteChange(RTM_DELROUTE, 0, "10.10.0.0", 16);
  ACK(fd, remove, 0);
  TRUE(!HasRoute("10.10.0.0/16"));
  ACK(fd, remove, ESRCH);
}

CASE(RouteWithoutCreate) {
  Request add = RouteChange(RTM_NEWROUTE, 0, "10.11.0.0", 16);
  ACK(Route(), add, ENOENT);
}

CASE(NotifiesOfAddress) {
  int fd = Subscribed(RTMGRP_IPV4_IFADDR);
  int other = Route();
  Request add = AddressChange(RTM_NEWADDR, NLM_F_CREATE, "10.9.5.1", 32);
  ACK(other, add, 0);
  Reply reply = ReceiveOne(fd);
  EQ(reply.header.nlmsg_type, RTM_NEWADDR);
  EQ(reply.header.nlmsg_seq, 7);
  EQ(reply.header.nlmsg_pid, NameOf(other).nl_pid);
  Request remove = AddressChange(RTM_DELADDR, 0, "10.9.5.1", 32);
  ACK(other, remove, 0);
  EQ(ReceiveOne(fd).header.nlmsg_type, RTM_DELADDR);
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(NotificationNamesItsGroup) {
  int fd = Subscribed(RTMGRP_IPV4_ROUTE);
  Request add = RouteChange(RTM_NEWROUTE, NLM_F_CREATE, "10.12.0.0", 16);
  ACK(Route(), add, 0);
  PollFor(fd, POLLIN);
  sockaddr_nl from = {};
  socklen_t size = sizeof(from);
  char bytes[4096];
  OK(recvfrom(fd, bytes, sizeof(bytes), 0, reinterpret_cast<sockaddr*>(&from),
              &size));
  EQ(from.nl_pid, 0);
  EQ(from.nl_groups, RTMGRP_IPV4_ROUTE);
}

CASE(NotifiesOfRoute) {
  int fd = Subscribed(RTMGRP_IPV4_ROUTE);
  Request add = RouteChange(RTM_NEWROUTE, NLM_F_CREATE, "10.13.0.0", 16);
  ACK(Route(), add, 0);
  Reply reply = ReceiveOne(fd);
  EQ(reply.header.nlmsg_type, RTM_NEWROUTE);
  EQ(Destination(reply), "10.13.0.0/16");
}

CASE(NotifiesOfLink) {
  int fd = Subscribed(RTMGRP_LINK);
  Request request(RTM_NEWLINK, 0);
  ifinfomsg body = {};
  body.ifi_index = 1;
  request.Add(body);
  uint32_t mtu = 30'000;
  request.Attribute(IFLA_MTU, &mtu, 4);
  ACK(Route(), request, 0);
  Reply reply = ReceiveOne(fd);
  EQ(reply.header.nlmsg_type, RTM_NEWLINK);
  std::string got = reply.Attribute(sizeof(ifinfomsg), IFLA_MTU);
  EQ(*reinterpret_cast<const uint32_t*>(got.data()), mtu);
  mtu = 65536;
  Request back(RTM_NEWLINK, 0);
  back.Add(body).Attribute(IFLA_MTU, &mtu, 4);
  ACK(Route(), back, 0);
}

CASE(OwnChangeIsHeardToo) {
  // A subscriber that makes the change gets the notification and the ack.
  int fd = Subscribed(RTMGRP_IPV4_IFADDR);
  Request add =
      AddressChange(RTM_NEWADDR, NLM_F_CREATE | NLM_F_ACK, "10.9.6.1", 32);
  Send(fd, add);
  std::multiset<int> types;
  while (types.size() < 2) {
    for (const Reply& reply : Receive(fd)) {
      types.insert(reply.header.nlmsg_type);
    }
  }
  EQ(types.count(RTM_NEWADDR), 1);
  EQ(types.count(NLMSG_ERROR), 1);
}

CASE(OtherGroupsAreNotHeard) {
  int fd = Subscribed(RTMGRP_LINK | RTMGRP_IPV6_IFADDR);
  Request add = AddressChange(RTM_NEWADDR, NLM_F_CREATE, "10.9.7.1", 32);
  ACK(Route(), add, 0);
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(ChangesNeedPrivilege) {
  int fd = Route();
  OK(setresuid(65534, 65534, 65534));
  Request add = AddressChange(RTM_NEWADDR, NLM_F_CREATE, "10.9.9.1", 32);
  ACK(Route(), add, EPERM);
  ACK(fd, add, EPERM);
  // Reading does not.
  TRUE(!Dump(Route(), DumpLinks()).empty());
}
