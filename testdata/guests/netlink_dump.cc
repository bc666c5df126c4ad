// Dumps and single requests of rtnetlink: links, addresses, routes, rules.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include <set>
#include <string>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/netlink_message.h"
#include "testdata/guests/sockets.h"

using namespace guest;

CASE(DumpLinksFindsLo) {
  std::vector<Reply> links = Dump(Route(), DumpLinks());
  TRUE(!links.empty());
  const ifinfomsg* lo = links[0].As<ifinfomsg>();
  EQ(lo->ifi_index, 1);
  EQ(lo->ifi_type, 772);  // ARPHRD_LOOPBACK
  TRUE(lo->ifi_flags & IFF_UP);
  TRUE(lo->ifi_flags & IFF_RUNNING);
  TRUE(lo->ifi_flags & IFF_LOOPBACK);
  EQ(links[0].Attribute(sizeof(ifinfomsg), IFLA_IFNAME), std::string("lo", 3));
  std::string mtu = links[0].Attribute(sizeof(ifinfomsg), IFLA_MTU);
  EQ(mtu.size(), 4);
  EQ(*reinterpret_cast<const uint32_t*>(mtu.data()), 65536);
  EQ(links[0].Attribute(sizeof(ifinfomsg), IFLA_ADDRESS).size(), 6);
}

CASE(GetOneLink) {
  int fd = Route();
  Request request(RTM_GETLINK, 0, 5);
  ifinfomsg body = {};
  body.ifi_index = 1;
  Send(fd, request.Add(body));
  Reply reply = ReceiveOne(fd);
  EQ(reply.header.nlmsg_type, RTM_NEWLINK);
  EQ(reply.header.nlmsg_seq, 5);
  EQ(reply.header.nlmsg_flags & NLM_F_MULTI, 0);
  EQ(reply.As<ifinfomsg>()->ifi_index, 1);
}

CASE(GetLinkByName) {
  int fd = Route();
  Request request(RTM_GETLINK, 0);
  Send(fd, request.Add(ifinfomsg{}).Attribute(IFLA_IFNAME, "lo", 3));
  EQ(ReceiveOne(fd).As<ifinfomsg>()->ifi_index, 1);
}

CASE(GetLinkThatIsNot) {
  int fd = Route();
  Request request(RTM_GETLINK, 0);
  ifinfomsg body = {};
  body.ifi_index = 77;
  Send(fd, request.Add(body));
  EQ(ErrnoName(ReceiveOne(fd).error()), "ENODEV");
}

CASE(DumpAddressesOfLo) {
  std::vector<Reply> all = Dump(Route(), DumpAddresses(AF_UNSPEC));
  std::set<std::string> texts;
  for (const Reply& reply : all) {
    const ifaddrmsg* body = reply.As<ifaddrmsg>();
    std::string bytes = reply.Attribute(sizeof(ifaddrmsg), IFA_ADDRESS);
    char text[INET6_ADDRSTRLEN];
    TRUE(inet_ntop(body->ifa_family, bytes.data(), text, sizeof(text)));
    if (body->ifa_index == 1 && body->ifa_scope == RT_SCOPE_HOST) {
      texts.insert(std::string(text) + "/" +
                   std::to_string(body->ifa_prefixlen));
    }
  }
  TRUE(texts.count("127.0.0.1/8"));
  TRUE(texts.count("::1/128"));
}

CASE(DumpAddressesByFamily) {
  for (int family : {AF_INET, AF_INET6}) {
    std::vector<Reply> all = Dump(Route(), DumpAddresses(family));
    TRUE(!all.empty());
    for (const Reply& reply : all) {
      EQ(reply.As<ifaddrmsg>()->ifa_family, family);
    }
  }
}

CASE(DumpRoutesHasLocalTable) {
  bool found = false;
  for (const Reply& reply : Dump(Route(), DumpRoutes(AF_INET))) {
    const rtmsg* body = reply.As<rtmsg>();
    if (Destination(reply) != "127.0.0.0/8") continue;
    found = true;
    EQ(body->rtm_table, RT_TABLE_LOCAL);
    EQ(body->rtm_type, RTN_LOCAL);
    EQ(body->rtm_scope, RT_SCOPE_HOST);
    EQ(body->rtm_protocol, RTPROT_KERNEL);
  }
  TRUE(found);
}

CASE(DumpRoutes6HasLoopback) {
  bool found = false;
  for (const Reply& reply : Dump(Route(), DumpRoutes(AF_INET6))) {
    const rtmsg* body = reply.As<rtmsg>();
    EQ(body->rtm_family, AF_INET6);
    if (body->rtm_type == RTN_LOCAL && body->rtm_dst_len == 128) found = true;
  }
  TRUE(found);
}

CASE(DumpRules) {
  Request request(RTM_GETRULE, NLM_F_DUMP);
  rtmsg body = {};
  body.rtm_family = AF_INET;
  std::vector<Reply> rules = Dump(Route(), request.Add(body));
  // local, main, default.
  EQ(rules.size(), 3);
  for (const Reply& rule : rules) EQ(rule.header.nlmsg_type, RTM_NEWRULE);
}

CASE(DumpNeighboursIsEmpty) {
  Request request(RTM_GETNEIGH, NLM_F_DUMP);
  EQ(Dump(Route(), request.Add(ndmsg{})).size(), 0);
}

CASE(RouteGetLocal) {
  int fd = Route();
  Request request(RTM_GETROUTE, 0);
  rtmsg body = {};
  body.rtm_family = AF_INET;
  body.rtm_dst_len = 32;
  in_addr address;
  inet_pton(AF_INET, "127.0.0.1", &address);
  Send(fd, request.Add(body).Attribute(RTA_DST, &address, 4));
  Reply reply = ReceiveOne(fd);
  EQ(reply.header.nlmsg_type, RTM_NEWROUTE);
  EQ(reply.As<rtmsg>()->rtm_type, RTN_LOCAL);
}

CASE(RouteGetUnreachable) {
  int fd = Route();
  Request request(RTM_GETROUTE, 0);
  rtmsg body = {};
  body.rtm_family = AF_INET;
  body.rtm_dst_len = 32;
  in_addr address;
  inet_pton(AF_INET, "192.0.2.1", &address);
  Send(fd, request.Add(body).Attribute(RTA_DST, &address, 4));
  EQ(ErrnoName(ReceiveOne(fd).error()), "ENETUNREACH");
}

CASE(DumpWhileDumpRuns) {
  // A second dump on a socket whose first is not read to its end.
  int fd = Route();
  Send(fd, DumpRoutes(AF_UNSPEC));
  Send(fd, DumpLinks());
  bool busy_or_done = false;
  for (int done = 0; done < 2 && !busy_or_done;) {
    for (const Reply& reply : Receive(fd)) {
      if (reply.header.nlmsg_type == NLMSG_ERROR) {
        EQ(ErrnoName(reply.error()), "EBUSY");
        busy_or_done = true;
      }
      if (reply.header.nlmsg_type == NLMSG_DONE && ++done == 2) {
        busy_or_done = true;
      }
    }
  }
  TRUE(busy_or_done);
}

CASE(StrictChecking) {
  int fd = Route();
  OK(SetInt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1));
  EQ(GetInt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK), 1);
  // The header must then be clean.
  Request request(RTM_GETADDR, NLM_F_DUMP);
  ifaddrmsg body = {};
  body.ifa_prefixlen = 8;
  Send(fd, request.Add(body));
  // A dump that fails ends at once, with the reason in NLMSG_DONE.
  Reply reply = ReceiveOne(fd);
  EQ(reply.header.nlmsg_type, NLMSG_DONE);
  EQ(ErrnoName(-*reply.As<int>()), "EINVAL");
}

CASE(StrictFilterByLink) {
  int fd = Route();
  OK(SetInt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1));
  Request request(RTM_GETADDR, NLM_F_DUMP);
  ifaddrmsg body = {};
  body.ifa_family = AF_INET;
  body.ifa_index = 1;
  for (const Reply& reply : Dump(fd, request.Add(body))) {
    EQ(reply.As<ifaddrmsg>()->ifa_index, 1);
  }
}

CASE(InterfaceAddresses) {
  ifaddrs* list = nullptr;
  OK(getifaddrs(&list));
  std::set<std::string> seen;
  for (ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr) continue;
    seen.insert(std::string(at->ifa_name) + " " +
                std::to_string(at->ifa_addr->sa_family));
  }
  freeifaddrs(list);
  TRUE(seen.count("lo " + std::to_string(AF_PACKET)));
  TRUE(seen.count("lo " + std::to_string(AF_INET)));
  TRUE(seen.count("lo " + std::to_string(AF_INET6)));
}

CASE(InterfaceNames) {
  struct if_nameindex* list = if_nameindex();
  TRUE(list != nullptr);
  EQ(list[0].if_index, 1);
  EQ(list[0].if_name, std::string("lo"));
  if_freenameindex(list);
  EQ(if_nametoindex("lo"), 1);
  ERRNO(if_nametoindex("none0") == 0 ? -1 : 0, ENODEV);
  char name[IF_NAMESIZE];
  TRUE(if_indextoname(1, name) != nullptr);
  EQ(name, std::string("lo"));
  TRUE(if_indextoname(77, name) == nullptr);
  EQ(ErrnoName(errno), "ENXIO");
}
