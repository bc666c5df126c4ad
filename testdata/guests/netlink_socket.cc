// The life of a NETLINK_ROUTE socket (net/netlink/af_netlink.c): names, groups,
// reading and writing, readiness.
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/netlink_message.h"
#include "testdata/guests/sockets.h"

using namespace guest;

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
