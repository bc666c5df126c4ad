// Descriptors of other kinds next to emulated sockets, and what every socket
// call says of descriptors and pointers that are no good.
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

CASE(PollOfAClosedDescriptor) {
  int fd = Tcp();
  OK(close(fd));
  pollfd entry = {fd, POLLIN, 0};
  EQ(OK(poll(&entry, 1, -1)), 1);
  EQ(entry.revents, POLLNVAL);
  entry.fd = -1;
  EQ(OK(poll(&entry, 1, 0)), 0);
  EQ(entry.revents, 0);
}

CASE(PollArguments) {
  pollfd entry = {0, 0, 0};
  rlimit limit;
  OK(getrlimit(RLIMIT_NOFILE, &limit));
  // Raw: a hardened libc would stop what it can see is an overrun.
  ERRNO(syscall(SYS_poll, &entry, limit.rlim_cur + 1, 0), EINVAL);
  ERRNO(syscall(SYS_poll, Garbage(), 1, 0), EFAULT);
  EQ(OK(poll(nullptr, 0, 0)), 0);
}

CASE(KindsSideBySide) {
  Pair inet = Connected();
  Pair inet6 = Connected6();
  int local[2], datagram[2], pipes[2];
  OK(socketpair(AF_UNIX, SOCK_STREAM, 0, local));
  OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagram));
  OK(pipe(pipes));
  int event = OK(eventfd(0, 0));
  int watched[] = {inet.server, inet6.server, local[0],
                   datagram[0], pipes[0],     event};
  int epoll = OK(epoll_create1(0));
  for (int fd : watched) {
    epoll_event entry = {EPOLLIN, {}};
    entry.data.fd = fd;
    OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &entry));
  }
  epoll_event events[8];
  EQ(OK(epoll_wait(epoll, events, 8, 0)), 0);
  SendAll(inet.client, "x");
  SendAll(inet6.client, "x");
  SendAll(local[1], "x");
  SendAll(datagram[1], "x");
  OK(write(pipes[1], "x", 1));
  uint64_t one = 1;
  OK(write(event, &one, 8));
  PollFor(inet.server, POLLIN);
  PollFor(inet6.server, POLLIN);
  EQ(OK(epoll_wait(epoll, events, 8, 0)), 6);
}

CASE(UnixStreamByPath) {
  // AF_UNIX stays the kernel's own, names, credentials and all.
  const std::string path = FreshPath("socket");
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  strcpy(name.sun_path, path.c_str());
  int listener = OK(socket(AF_UNIX, SOCK_STREAM, 0));
  OK(bind(listener, reinterpret_cast<sockaddr*>(&name), sizeof(name)));
  OK(listen(listener, 2));
  int fd = OK(socket(AF_UNIX, SOCK_STREAM, 0));
  OK(connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)));
  int server = OK(accept(listener, nullptr, nullptr));
  ucred who = {};
  socklen_t size = sizeof(who);
  OK(getsockopt(server, SOL_SOCKET, SO_PEERCRED, &who, &size));
  EQ(who.pid, getpid());
  EQ(GetInt(server, SOL_SOCKET, SO_DOMAIN), AF_UNIX);
  SendAll(fd, "unix");
  EQ(ReadExactly(server, 4), "unix");
  sockaddr_un peer = {};
  size = sizeof(peer);
  OK(getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size));
  EQ(std::string(peer.sun_path), path);
  OK(unlink(path.c_str()));
}

CASE(UnixStreamAbstract) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  socklen_t size = sizeof(sa_family_t);
  int listener = OK(socket(AF_UNIX, SOCK_STREAM, 0));
  // Autobind gives a name of NUL and five digits.
  OK(bind(listener, reinterpret_cast<sockaddr*>(&name), size));
  size = sizeof(name);
  OK(getsockname(listener, reinterpret_cast<sockaddr*>(&name), &size));
  EQ(size, 8);
  EQ(name.sun_path[0], '\0');
  OK(listen(listener, 1));
  int fd = OK(socket(AF_UNIX, SOCK_STREAM, 0));
  OK(connect(fd, reinterpret_cast<sockaddr*>(&name), size));
  OK(accept(listener, nullptr, nullptr));
}

CASE(UnixDatagram) {
  int ends[2];
  OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
  SendAll(ends[0], "one");
  SendAll(ends[0], "three");
  char bytes[8];
  EQ(OK(recv(ends[1], bytes, 2, MSG_TRUNC)), 3);
  EQ(OK(recv(ends[1], bytes, 8, 0)), 5);
}

CASE(UnixErrors) {
  int fd = OK(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  strcpy(name.sun_path, "/tmp/no/such/socket");
  ERRNO(connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)), ENOENT);
  ERRNO(connect(fd, Ip("127.0.0.1", 1).get(), 16), EINVAL);
  ERRNO(accept(fd, nullptr, nullptr), EINVAL);
  EQ(SoError(fd), 0);
}

CASE(NotSockets) {
  // Every call that is answered for sockets is asked about something else.
  int others[2 + 2];
  OK(pipe(others));
  others[2] = OK(open("/dev/null", O_RDWR));
  others[3] = OK(epoll_create1(0));
  Address address = Ip("127.0.0.1", 1);
  socklen_t size = address.size;
  msghdr message = {};
  for (int fd : others) {
    ERRNO(bind(fd, address.get(), size), ENOTSOCK);
    ERRNO(connect(fd, address.get(), size), ENOTSOCK);
    ERRNO(listen(fd, 1), ENOTSOCK);
    ERRNO(accept(fd, nullptr, nullptr), ENOTSOCK);
    ERRNO(accept4(fd, nullptr, nullptr, SOCK_NONBLOCK), ENOTSOCK);
    ERRNO(getsockname(fd, address.get(), &size), ENOTSOCK);
    ERRNO(getpeername(fd, address.get(), &size), ENOTSOCK);
    ERRNO(shutdown(fd, SHUT_WR), ENOTSOCK);
    ERRNO(sendto(fd, "x", 1, 0, address.get(), size), ENOTSOCK);
    ERRNO(recvfrom(fd, &size, 1, 0, nullptr, nullptr), ENOTSOCK);
    ERRNO(sendmsg(fd, &message, 0), ENOTSOCK);
    ERRNO(recvmsg(fd, &message, 0), ENOTSOCK);
  }
}

CASE(NoDescriptors) {
  Address address = Ip("127.0.0.1", 1);
  socklen_t size = address.size;
  msghdr message = {};
  for (int fd : {-1, 500, INT_MAX}) {
    ERRNO(bind(fd, address.get(), size), EBADF);
    ERRNO(connect(fd, address.get(), size), EBADF);
    ERRNO(listen(fd, 1), EBADF);
    ERRNO(accept(fd, nullptr, nullptr), EBADF);
    ERRNO(getsockname(fd, address.get(), &size), EBADF);
    ERRNO(getpeername(fd, address.get(), &size), EBADF);
    ERRNO(shutdown(fd, SHUT_WR), EBADF);
    ERRNO(sendto(fd, "x", 1, 0, address.get(), size), EBADF);
    ERRNO(recvfrom(fd, &size, 1, 0, nullptr, nullptr), EBADF);
    ERRNO(sendmsg(fd, &message, 0), EBADF);
    ERRNO(recvmsg(fd, &message, 0), EBADF);
  }
}

CASE(PathDescriptorIsNoSocket) {
  int fd = OK(open("/tmp", O_PATH));
  ERRNO(listen(fd, 1), EBADF);
}

CASE(GarbagePointers) {
  Pair pair = Connected();
  int listener = Listener();
  auto* address = static_cast<sockaddr*>(Garbage());
  auto* size = static_cast<socklen_t*>(Garbage());
  socklen_t good = 16;
  ERRNO(bind(Tcp(), address, 16), EFAULT);
  ERRNO(connect(Tcp(), address, 16), EFAULT);
  ERRNO(getsockname(listener, address, &good), EFAULT);
  ERRNO(getsockname(listener, nullptr, size), EFAULT);
  ERRNO(getpeername(pair.client, address, &good), EFAULT);
  ERRNO(getpeername(pair.client, nullptr, size), EFAULT);
  OK(ConnectTo(Tcp(), LocalOf(listener)));
  ERRNO(accept(listener, address, &good), EFAULT);
  ERRNO(setsockopt(listener, SOL_SOCKET, SO_KEEPALIVE, address, 4), EFAULT);
  ERRNO(getsockopt(listener, SOL_SOCKET, SO_KEEPALIVE, address, &good), EFAULT);
  ERRNO(sendto(pair.client, address, 4, 0, nullptr, 0), EFAULT);
  ERRNO(sendmsg(pair.client, static_cast<msghdr*>(Garbage()), 0), EFAULT);
  ERRNO(recvmsg(pair.client, static_cast<msghdr*>(Garbage()), 0), EFAULT);
  ERRNO(epoll_ctl(OK(epoll_create1(0)), EPOLL_CTL_ADD, listener,
                  static_cast<epoll_event*>(Garbage())),
        EFAULT);
  // The connection still works.
  SendAll(pair.client, "fine");
  EQ(ReadExactly(pair.server, 4), "fine");
}

CASE(GarbageVectors) {
  Pair pair = Connected();
  iovec vector = {Garbage(), 4};
  msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  ERRNO(sendmsg(pair.client, &message, 0), EFAULT);
  message.msg_iov = static_cast<iovec*>(Garbage());
  ERRNO(sendmsg(pair.client, &message, 0), EFAULT);
  ERRNO(recvmsg(pair.client, &message, MSG_DONTWAIT), EFAULT);
  message.msg_iov = &vector;
  message.msg_iovlen = IOV_MAX + 1;
  ERRNO(sendmsg(pair.client, &message, 0), EMSGSIZE);
}
