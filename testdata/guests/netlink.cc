// NETLINK_ROUTE sockets: their life, dumps, acknowledgements, errors and
// notifications (net/netlink/af_netlink.c, net/core/rtnetlink.c).
#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

sockaddr_nl Kernel(uint32_t groups = 0, uint32_t port = 0) {
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  address.nl_pid = port;
  return address;
}

int Route(int flags = 0) {
  return OK(socket(AF_NETLINK, SOCK_RAW | flags, NETLINK_ROUTE));
}

int BindNl(int fd, uint32_t groups = 0, uint32_t port = 0) {
  sockaddr_nl address = Kernel(groups, port);
  return bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address));
}

int Subscribed(uint32_t groups) {
  int fd = Route();
  OK(BindNl(fd, groups));
  return fd;
}

sockaddr_nl NameOf(int fd) {
  sockaddr_nl name = {};
  socklen_t size = sizeof(name);
  OK(getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size));
  EQ(size, sizeof(name));
  EQ(name.nl_family, AF_NETLINK);
  return name;
}

// A message under construction.
class Request {
 public:
  Request(int type, int flags, uint32_t sequence = 1) {
    bytes_.resize(sizeof(nlmsghdr));
    header()->nlmsg_type = type;
    header()->nlmsg_flags = NLM_F_REQUEST | flags;
    header()->nlmsg_seq = sequence;
    Finish();
  }
  template <typename T>
  Request& Add(const T& body) {
    const char* data = reinterpret_cast<const char*>(&body);
    bytes_.insert(bytes_.end(), data, data + sizeof(body));
    return Finish();
  }
  Request& Attribute(int type, const void* value, int size) {
    rtattr attribute = {static_cast<unsigned short>(RTA_LENGTH(size)),
                        static_cast<unsigned short>(type)};
    Add(attribute);
    const char* data = static_cast<const char*>(value);
    bytes_.insert(bytes_.end(), data, data + size);
    return Finish();
  }
  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(bytes_.data()); }
  const std::vector<char>& bytes() const { return bytes_; }

 private:
  Request& Finish() {
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
    header()->nlmsg_len = bytes_.size();
    return *this;
  }
  std::vector<char> bytes_;
};

void Send(int fd, const Request& request) {
  sockaddr_nl kernel = Kernel();
  EQ(OK(sendto(fd, request.bytes().data(), request.bytes().size(), 0,
               reinterpret_cast<sockaddr*>(&kernel), sizeof(kernel))),
     request.bytes().size());
}

// A message that came.
struct Reply {
  nlmsghdr header;
  std::vector<char> body;

  template <typename T>
  const T* As() const {
    TRUE(body.size() >= sizeof(T));
    return reinterpret_cast<const T*>(body.data());
  }
  // The attribute after a fixed part of `fixed` bytes; empty when absent.
  std::string Attribute(size_t fixed, int type) const {
    int left = body.size() - NLMSG_ALIGN(fixed);
    auto* at =
        reinterpret_cast<const rtattr*>(body.data() + NLMSG_ALIGN(fixed));
    for (; RTA_OK(at, left); at = RTA_NEXT(at, left)) {
      if (at->rta_type == type) {
        return std::string(static_cast<const char*>(RTA_DATA(at)),
                           RTA_PAYLOAD(at));
      }
    }
    return "";
  }
  int error() const { return -As<nlmsgerr>()->error; }
};

// One datagram's messages, with the sender checked.
std::vector<Reply> Receive(int fd) {
  std::vector<char> bytes(65536);
  iovec vector = {bytes.data(), bytes.size()};
  sockaddr_nl from = {};
  msghdr message = {};
  message.msg_name = &from;
  message.msg_namelen = sizeof(from);
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  PollFor(fd, POLLIN);
  ssize_t size = OK(recvmsg(fd, &message, 0));
  EQ(message.msg_namelen, sizeof(from));
  EQ(from.nl_family, AF_NETLINK);
  EQ(from.nl_pid, 0);
  EQ(message.msg_flags & MSG_TRUNC, 0);
  std::vector<Reply> replies;
  auto* header = reinterpret_cast<nlmsghdr*>(bytes.data());
  for (; NLMSG_OK(header, size); header = NLMSG_NEXT(header, size)) {
    Reply reply = {*header, {}};
    const char* data = static_cast<char*>(NLMSG_DATA(header));
    reply.body.assign(data, data + NLMSG_PAYLOAD(header, 0));
    replies.push_back(reply);
  }
  return replies;
}

Reply ReceiveOne(int fd) {
  std::vector<Reply> replies = Receive(fd);
  EQ(replies.size(), 1);
  return replies[0];
}

// Everything up to NLMSG_DONE, which must be there.
std::vector<Reply> Dump(int fd, const Request& request) {
  Send(fd, request);
  std::vector<Reply> all;
  while (true) {
    for (Reply& reply : Receive(fd)) {
      if (reply.header.nlmsg_type == NLMSG_DONE) return all;
      TRUE(reply.header.nlmsg_type != NLMSG_ERROR);
      TRUE(reply.header.nlmsg_flags & NLM_F_MULTI);
      EQ(reply.header.nlmsg_pid, NameOf(fd).nl_pid);
      all.push_back(std::move(reply));
    }
  }
}

// Sends and gives the errno of the acknowledgement, 0 for success.
int Ack(int fd, Request& request) {
  request.header()->nlmsg_flags |= NLM_F_ACK;
  Send(fd, request);
  Reply reply = ReceiveOne(fd);
  EQ(reply.header.nlmsg_type, NLMSG_ERROR);
  EQ(reply.header.nlmsg_seq, request.header()->nlmsg_seq);
  EQ(reply.header.nlmsg_pid, NameOf(fd).nl_pid);
  return reply.error();
}

#define ACK(fd, request, wanted) \
  EQ(ErrnoName(Ack(fd, request)), ErrnoName(wanted))

Request DumpLinks() {
  Request request(RTM_GETLINK, NLM_F_DUMP);
  request.Add(ifinfomsg{});
  return request;
}

Request DumpAddresses(int family) {
  Request request(RTM_GETADDR, NLM_F_DUMP);
  ifaddrmsg body = {};
  body.ifa_family = family;
  request.Add(body);
  return request;
}

Request DumpRoutes(int family) {
  Request request(RTM_GETROUTE, NLM_F_DUMP);
  rtmsg body = {};
  body.rtm_family = family;
  request.Add(body);
  return request;
}

Request AddressChange(int type, int flags, const char* text, int length) {
  Request request(type, flags, 7);
  ifaddrmsg body = {};
  body.ifa_family = AF_INET;
  body.ifa_prefixlen = length;
  body.ifa_index = 1;
  request.Add(body);
  in_addr address;
  EQ(inet_pton(AF_INET, text, &address), 1);
  request.Attribute(IFA_LOCAL, &address, 4);
  request.Attribute(IFA_ADDRESS, &address, 4);
  return request;
}

Request RouteChange(int type, int flags, const char* text, int length) {
  Request request(type, flags, 9);
  rtmsg body = {};
  body.rtm_family = AF_INET;
  body.rtm_dst_len = length;
  body.rtm_table = RT_TABLE_MAIN;
  body.rtm_protocol = RTPROT_STATIC;
  body.rtm_scope = RT_SCOPE_LINK;
  body.rtm_type = RTN_UNICAST;
  request.Add(body);
  in_addr address;
  EQ(inet_pton(AF_INET, text, &address), 1);
  request.Attribute(RTA_DST, &address, 4);
  int lo = 1;
  request.Attribute(RTA_OIF, &lo, 4);
  return request;
}

// "10.0.0.0/8" of an IPv4 route message.
std::string Destination(const Reply& reply) {
  std::string bytes = reply.Attribute(sizeof(rtmsg), RTA_DST);
  if (bytes.size() != 4) return "default";
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, bytes.data(), text, sizeof(text));
  return std::string(text) + "/" +
         std::to_string(reply.As<rtmsg>()->rtm_dst_len);
}

bool HasRoute(const std::string& destination) {
  for (const Reply& reply : Dump(Route(), DumpRoutes(AF_INET))) {
    if (Destination(reply) == destination) return true;
  }
  return false;
}

}  // namespace

CASE(SocketKinds) {
  OK(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  OK(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE));
  ERRNO(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE), ESOCKTNOSUPPORT);
  ERRNO(socket(AF_NETLINK, SOCK_SEQPACKET, NETLINK_ROUTE), ESOCKTNOSUPPORT);
  ERRNO(socket(AF_NETLINK, SOCK_RAW, 99), EPROTONOSUPPORT);
}

CASE(SocketOptions) {
  int fd = Route();
  EQ(GetInt(fd, SOL_SOCKET, SO_DOMAIN), AF_NETLINK);
  EQ(GetInt(fd, SOL_SOCKET, SO_TYPE), SOCK_RAW);
  EQ(GetInt(fd, SOL_SOCKET, SO_PROTOCOL), NETLINK_ROUTE);
  EQ(GetInt(fd, SOL_SOCKET, SO_ERROR), 0);
}

CASE(SocketFlags) {
  int fd = Route(SOCK_NONBLOCK | SOCK_CLOEXEC);
  EQ(OK(fcntl(fd, F_GETFD)), FD_CLOEXEC);
  char byte;
  ERRNO(recv(fd, &byte, 1, 0), EAGAIN);
}

CASE(NameBeforeBind) { EQ(NameOf(Route()).nl_pid, 0); }

CASE(FirstSocketIsThePid) {
  int fd = Route();
  OK(BindNl(fd));
  EQ(NameOf(fd).nl_pid, getpid());
}

CASE(SecondSocketIsAnother) {
  int first = Subscribed(0);
  int second = Subscribed(0);
  int third = Subscribed(0);
  TRUE(NameOf(second).nl_pid != NameOf(first).nl_pid);
  TRUE(NameOf(third).nl_pid != NameOf(second).nl_pid);
  // The kernel counts down from -4096.
  TRUE(static_cast<int>(NameOf(second).nl_pid) < 0);
}

CASE(ChosenPort) {
  int fd = Route();
  OK(BindNl(fd, 0, 4242));
  EQ(NameOf(fd).nl_pid, 4242);
  ERRNO(BindNl(Route(), 0, 4242), EADDRINUSE);
  OK(close(fd));
  OK(BindNl(Route(), 0, 4242));
}

CASE(BindTwice) {
  int fd = Route();
  OK(BindNl(fd, 0, 4242));
  ERRNO(BindNl(fd, 0, 4243), EINVAL);
  OK(BindNl(fd, RTMGRP_LINK, 4242));
  EQ(NameOf(fd).nl_groups, RTMGRP_LINK);
}

CASE(BindErrors) {
  int fd = Route();
  sockaddr_nl address = Kernel();
  ERRNO(bind(fd, reinterpret_cast<sockaddr*>(&address), 11), EINVAL);
  address.nl_family = AF_INET;
  ERRNO(bind(fd, reinterpret_cast<sockaddr*>(&address), 12), EINVAL);
  ERRNO(bind(fd, static_cast<sockaddr*>(Garbage()), 12), EFAULT);
}

CASE(SendBinds) {
  int fd = Route();
  Dump(fd, DumpLinks());
  EQ(NameOf(fd).nl_pid, getpid());
}

CASE(ConnectAndSend) {
  int fd = Route();
  sockaddr_nl kernel = Kernel();
  OK(connect(fd, reinterpret_cast<sockaddr*>(&kernel), sizeof(kernel)));
  sockaddr_nl peer = {};
  socklen_t size = sizeof(peer);
  OK(getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size));
  EQ(peer.nl_pid, 0);
  Request request = DumpLinks();
  OK(send(fd, request.bytes().data(), request.bytes().size(), 0));
  EQ(Receive(fd)[0].header.nlmsg_type, RTM_NEWLINK);
}

CASE(WriteAndRead) {
  int fd = Route();
  Request request = DumpLinks();
  OK(write(fd, request.bytes().data(), request.bytes().size()));
  char bytes[32768];
  ssize_t size = OK(read(fd, bytes, sizeof(bytes)));
  TRUE(size > static_cast<ssize_t>(sizeof(nlmsghdr)));
  EQ(reinterpret_cast<nlmsghdr*>(bytes)->nlmsg_type, RTM_NEWLINK);
}

CASE(NotAStream) {
  int fd = Route();
  ERRNO(listen(fd, 1), EOPNOTSUPP);
  ERRNO(accept(fd, nullptr, nullptr), EOPNOTSUPP);
  ERRNO(shutdown(fd, SHUT_RDWR), EOPNOTSUPP);
}

CASE(PollBits) {
  int fd = Route();
  EQ(PollNow(fd, kAllBits), POLLOUT);
  Send(fd, DumpLinks());
  EQ(PollFor(fd, kAllBits), POLLIN | POLLOUT);
  while (Receive(fd).back().header.nlmsg_type != NLMSG_DONE) {
  }
  EQ(PollNow(fd, kAllBits), POLLOUT);
}

CASE(EpollEdge) {
  int fd = Subscribed(RTMGRP_IPV4_IFADDR);
  int epoll = OK(epoll_create1(0));
  epoll_event event = {EPOLLIN | EPOLLET, {}};
  OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
  EQ(OK(epoll_wait(epoll, &event, 1, 0)), 0);
  int other = Route();
  Request add = AddressChange(RTM_NEWADDR, NLM_F_CREATE, "10.9.0.1", 32);
  ACK(other, add, 0);
  EQ(OK(epoll_wait(epoll, &event, 1, 10'000)), 1);
  EQ(OK(epoll_wait(epoll, &event, 1, 0)), 0);
}

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

CASE(PeekTruncSizing) {
  // As FRR and libnl find out how much is coming.
  int fd = Route();
  Send(fd, DumpLinks());
  PollFor(fd, POLLIN);
  ssize_t wanted = OK(recv(fd, nullptr, 0, MSG_PEEK | MSG_TRUNC));
  TRUE(wanted > static_cast<ssize_t>(sizeof(nlmsghdr)));
  EQ(OK(recv(fd, nullptr, 0, MSG_PEEK | MSG_TRUNC)), wanted);
  std::vector<char> bytes(wanted);
  EQ(OK(recv(fd, bytes.data(), bytes.size(), 0)), wanted);
}

CASE(TruncatedDatagramIsLost) {
  int fd = Route();
  Request request(RTM_GETLINK, 0);
  ifinfomsg body = {};
  body.ifi_index = 1;
  Send(fd, request.Add(body));
  PollFor(fd, POLLIN);
  char bytes[20];
  iovec vector = {bytes, sizeof(bytes)};
  msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  EQ(OK(recvmsg(fd, &message, 0)), 20);
  EQ(message.msg_flags & MSG_TRUNC, MSG_TRUNC);
  EQ(PollNow(fd, POLLIN), 0);
}

CASE(ReceiveFromNamesTheKernel) {
  int fd = Route();
  Send(fd, DumpLinks());
  PollFor(fd, POLLIN);
  sockaddr_nl from = {};
  from.nl_pid = 99;
  socklen_t size = sizeof(from);
  char bytes[32768];
  OK(recvfrom(fd, bytes, sizeof(bytes), 0, reinterpret_cast<sockaddr*>(&from),
              &size));
  EQ(size, sizeof(from));
  EQ(from.nl_family, AF_NETLINK);
  EQ(from.nl_pid, 0);
  EQ(from.nl_groups, 0);
}

CASE(BlockingReceiveWaits) {
  int fd = Subscribed(RTMGRP_IPV4_IFADDR);
  std::thread adder([] {
    Request add = AddressChange(RTM_NEWADDR, NLM_F_CREATE, "10.9.1.1", 32);
    ACK(Route(), add, 0);
  });
  char bytes[4096];
  TRUE(OK(recv(fd, bytes, sizeof(bytes), 0)) > 0);
  adder.join();
}

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

CASE(SendAsVectors) {
  int fd = Route();
  Request request = DumpLinks();
  std::vector<char> bytes = request.bytes();
  iovec vectors[2] = {{bytes.data(), 16},
                      {bytes.data() + 16, bytes.size() - 16}};
  sockaddr_nl kernel = Kernel();
  msghdr message = {};
  message.msg_name = &kernel;
  message.msg_namelen = sizeof(kernel);
  message.msg_iov = vectors;
  message.msg_iovlen = 2;
  EQ(OK(sendmsg(fd, &message, 0)), bytes.size());
  EQ(Receive(fd)[0].header.nlmsg_type, RTM_NEWLINK);
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

CASE(JoinAndLeaveByOption) {
  int fd = Subscribed(0);
  OK(SetInt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, RTNLGRP_IPV4_IFADDR));
  EQ(NameOf(fd).nl_groups, RTMGRP_IPV4_IFADDR);
  Request add = AddressChange(RTM_NEWADDR, NLM_F_CREATE, "10.9.8.1", 32);
  ACK(Route(), add, 0);
  ReceiveOne(fd);
  OK(SetInt(fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, RTNLGRP_IPV4_IFADDR));
  Request remove = AddressChange(RTM_DELADDR, 0, "10.9.8.1", 32);
  ACK(Route(), remove, 0);
  EQ(PollNow(fd, POLLIN), 0);
  ERRNO(SetInt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 0), EINVAL);
  ERRNO(SetInt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 9999), EINVAL);
}

CASE(ListMemberships) {
  int fd = Subscribed(RTMGRP_LINK);
  socklen_t size = 0;
  OK(getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, nullptr, &size));
  TRUE(size >= 4);
  std::vector<uint32_t> groups(size / 4);
  OK(getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups.data(),
                &size));
  EQ(groups[0], RTMGRP_LINK);
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

CASE(ChangesNeedPrivilege) {
  int fd = Route();
  OK(setresuid(65534, 65534, 65534));
  Request add = AddressChange(RTM_NEWADDR, NLM_F_CREATE, "10.9.9.1", 32);
  ACK(Route(), add, EPERM);
  ACK(fd, add, EPERM);
  // Reading does not.
  TRUE(!Dump(Route(), DumpLinks()).empty());
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

CASE(InheritedByFork) {
  int fd = Subscribed(0);
  uint32_t port = NameOf(fd).nl_pid;
  pid_t child = OK(fork());
  if (child == 0) {
    EQ(NameOf(fd).nl_pid, port);
    EQ(Dump(fd, DumpLinks()).size() > 0, true);
    _exit(0);
  }
  int status;
  OK(waitpid(child, &status, 0));
  EQ(WEXITSTATUS(status), 0);
  EQ(PollNow(fd, POLLIN), 0);
}
