// rtnetlink requests and replies for the guests that test NETLINK_ROUTE.
#ifndef QUIESCE_TESTDATA_GUESTS_NETLINK_MESSAGE_H_
#define QUIESCE_TESTDATA_GUESTS_NETLINK_MESSAGE_H_

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <string>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

namespace guest {

inline sockaddr_nl Kernel(uint32_t groups = 0, uint32_t port = 0) {
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  address.nl_pid = port;
  return address;
}

inline int Route(int flags = 0) {
  return OK(socket(AF_NETLINK, SOCK_RAW | flags, NETLINK_ROUTE));
}

inline int BindNl(int fd, uint32_t groups = 0, uint32_t port = 0) {
  sockaddr_nl address = Kernel(groups, port);
  return bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address));
}

inline int Subscribed(uint32_t groups) {
  int fd = Route();
  OK(BindNl(fd, groups));
  return fd;
}

inline sockaddr_nl NameOf(int fd) {
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

inline void Send(int fd, const Request& request) {
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
inline std::vector<Reply> Receive(int fd) {
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

inline Reply ReceiveOne(int fd) {
  std::vector<Reply> replies = Receive(fd);
  EQ(replies.size(), 1);
  return replies[0];
}

// Everything up to NLMSG_DONE, which must be there.
inline std::vector<Reply> Dump(int fd, const Request& request) {
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
inline int Ack(int fd, Request& request) {
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

inline Request DumpLinks() {
  Request request(RTM_GETLINK, NLM_F_DUMP);
  request.Add(ifinfomsg{});
  return request;
}

inline Request DumpAddresses(int family) {
  Request request(RTM_GETADDR, NLM_F_DUMP);
  ifaddrmsg body = {};
  body.ifa_family = family;
  request.Add(body);
  return request;
}

inline Request DumpRoutes(int family) {
  Request request(RTM_GETROUTE, NLM_F_DUMP);
  rtmsg body = {};
  body.rtm_family = family;
  request.Add(body);
  return request;
}

inline Request AddressChange(int type, int flags, const char* text,
                             int length) {
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

inline Request RouteChange(int type, int flags, const char* text, int length) {
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
inline std::string Destination(const Reply& reply) {
  std::string bytes = reply.Attribute(sizeof(rtmsg), RTA_DST);
  if (bytes.size() != 4) return "default";
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, bytes.data(), text, sizeof(text));
  return std::string(text) + "/" +
         std::to_string(reply.As<rtmsg>()->rtm_dst_len);
}

inline bool HasRoute(const std::string& destination) {
  for (const Reply& reply : Dump(Route(), DumpRoutes(AF_INET))) {
    if (Destination(reply) == destination) return true;
  }
  return false;
}

}  // namespace guest

#endif  // QUIESCE_TESTDATA_GUESTS_NETLINK_MESSAGE_H_
