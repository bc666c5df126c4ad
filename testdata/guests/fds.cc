// A socket is a descriptor like any other: dup, fork, exec, passing, closing,
// numbers, kinds of descriptors side by side, and what every socket call says
// of descriptors and pointers that are no good.
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

void PassDescriptor(int through, int fd) {
  char byte = 'f';
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof(fd));
  EQ(OK(sendmsg(through, &message, 0)), 1);
}

int TakeDescriptor(int through) {
  char byte;
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  EQ(OK(recvmsg(through, &message, 0)), 1);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  TRUE(header != nullptr && header->cmsg_type == SCM_RIGHTS);
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  return fd;
}

// Waits for a child and passes its failure on.
void Reap(pid_t child) {
  int status;
  OK(waitpid(child, &status, 0));
  TRUE(WIFEXITED(status));
  EQ(WEXITSTATUS(status), 0);
}

}  // namespace

CASE(LowestNumberFirst) {
  int a = Tcp(), b = Tcp(), c = Tcp();
  EQ(b, a + 1);
  EQ(c, a + 2);
  OK(close(b));
  EQ(Tcp(AF_INET6), b);
  OK(close(a));
  OK(close(c));
  EQ(OK(open("/dev/null", O_RDONLY)), a);
  EQ(Tcp(), c);
}

CASE(NumberReusedAtOnce) {
  for (int i = 0; i < 100; ++i) {
    int fd = Tcp();
    OK(BindTo(fd, Ip("127.0.0.1", 0)));
    TRUE(LocalOf(fd).port() != 0);
    OK(close(fd));
    int again = Tcp();
    EQ(again, fd);
    // Nothing of the old socket is left.
    EQ(LocalOf(again).port(), 0);
    OK(close(again));
  }
}

CASE(StandardInputIsASocket) {
  OK(close(0));
  EQ(Tcp(), 0);
  int listener = Listener();
  OK(ConnectTo(0, LocalOf(listener)));
  SendAll(0, "zero");
  EQ(ReadExactly(OK(accept(listener, nullptr, nullptr)), 4), "zero");
}

CASE(SocketFlags) {
  EQ(OK(fcntl(Tcp(), F_GETFD)), 0);
  EQ(OK(fcntl(Tcp(AF_INET, SOCK_CLOEXEC), F_GETFD)), FD_CLOEXEC);
  EQ(OK(fcntl(Tcp(), F_GETFL)), O_RDWR);
  EQ(OK(fcntl(Tcp(AF_INET, SOCK_NONBLOCK), F_GETFL)), O_RDWR | O_NONBLOCK);
}

CASE(SocketErrors) {
  ERRNO(socket(AF_INET, 77, 0), EINVAL);
  ERRNO(socket(AF_INET, SOCK_STREAM | 0x100000, 0), EINVAL);
  ERRNO(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
  ERRNO(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP), EPROTONOSUPPORT);
  ERRNO(socket(AF_INET, SOCK_STREAM, 300), EINVAL);
  ERRNO(socket(AF_INET, SOCK_STREAM, -1), EINVAL);
  ERRNO(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
  ERRNO(socket(-1, SOCK_STREAM, 0), EAFNOSUPPORT);
  OK(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
  OK(socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP));
}

CASE(SocketPairIsNotForInet) {
  int ends[2];
  ERRNO(socketpair(AF_INET, SOCK_STREAM, 0, ends), EOPNOTSUPP);
}

CASE(TooManyDescriptors) {
  rlimit limit = {10, 10};
  OK(setrlimit(RLIMIT_NOFILE, &limit));
  while (socket(AF_INET, SOCK_STREAM, 0) >= 0) {
  }
  EQ(ErrnoName(errno), "EMFILE");
}

CASE(AcceptWithoutDescriptorLeft) {
  int listener = Listener();
  OK(ConnectTo(Tcp(), LocalOf(listener)));
  rlimit limit = {static_cast<rlim_t>(listener + 2),
                  static_cast<rlim_t>(listener + 2)};
  OK(setrlimit(RLIMIT_NOFILE, &limit));
  ERRNO(accept(listener, nullptr, nullptr), EMFILE);
}

CASE(IsASocket) {
  struct stat info;
  OK(fstat(Tcp(), &info));
  TRUE(S_ISSOCK(info.st_mode));
  char target[64] = "";
  std::string path = "/proc/self/fd/" + std::to_string(Tcp());
  OK(readlink(path.c_str(), target, sizeof(target) - 1));
  EQ(std::string(target).rfind("socket:[", 0), 0);
}

CASE(NotSeekable) {
  ERRNO(lseek(Tcp(), 0, SEEK_SET), ESPIPE);
  char byte = 0;
  ERRNO(pread(Tcp(), &byte, 1, 0), ESPIPE);
}

CASE(DupIsTheSameSocket) {
  Pair pair = Connected();
  int copy = OK(dup(pair.client));
  SendAll(copy, "via dup");
  EQ(ReadExactly(pair.server, 7), "via dup");
  EQ(LocalOf(copy).ToString(), LocalOf(pair.client).ToString());
  OK(close(pair.client));
  SendAll(copy, "still");
  EQ(ReadExactly(pair.server, 5), "still");
  OK(close(copy));
  BITS(pair.server, POLLIN | POLLOUT | POLLRDHUP);
}

CASE(DupSharesStatusFlags) {
  int fd = Tcp();
  int copy = OK(dup(fd));
  SetNonBlocking(fd, true);
  EQ(OK(fcntl(copy, F_GETFL)) & O_NONBLOCK, O_NONBLOCK);
}

CASE(DupBeforeConnect) {
  int listener = Listener();
  int fd = Tcp();
  int copy = OK(dup(fd));
  OK(ConnectTo(copy, LocalOf(listener)));
  EQ(PeerOf(fd).ToString(), LocalOf(listener).ToString());
  SendAll(fd, "x");
}

CASE(Dup2ReplacesASocket) {
  Pair old_pair = Connected();
  Pair pair = Connected();
  EQ(OK(dup2(pair.client, old_pair.client)), old_pair.client);
  BITS(old_pair.server, POLLIN | POLLOUT | POLLRDHUP);
  SendAll(old_pair.client, "new");
  EQ(ReadExactly(pair.server, 3), "new");
}

CASE(Dup3AndFcntlDup) {
  int fd = Tcp();
  EQ(OK(dup3(fd, 50, O_CLOEXEC)), 50);
  EQ(OK(fcntl(50, F_GETFD)), FD_CLOEXEC);
  EQ(OK(fcntl(fd, F_DUPFD, 60)), 60);
  OK(BindTo(60, Ip("127.0.0.1", 4730)));
  EQ(LocalOf(50).ToString(), "127.0.0.1:4730");
}

CASE(CloseRange) {
  int fd = Tcp();
  int other = Tcp();
  OK(syscall(SYS_close_range, fd, other, 0));
  ERRNO(BindTo(fd, Ip("127.0.0.1", 0)), EBADF);
  ERRNO(BindTo(other, Ip("127.0.0.1", 0)), EBADF);
}

CASE(DupOfListenerAccepts) {
  int listener = Listener();
  int copy = OK(dup(listener));
  OK(close(listener));
  OK(ConnectTo(Tcp(), LocalOf(copy)));
  OK(accept(copy, nullptr, nullptr));
}

CASE(ForkInheritsConnection) {
  Pair pair = Connected();
  pid_t child = OK(fork());
  if (child == 0) {
    SendAll(pair.client, ReadExactly(pair.client, 4));
    _exit(0);
  }
  SendAll(pair.server, "fork");
  EQ(ReadExactly(pair.server, 4), "fork");
  Reap(child);
  // The parent still holds the client end.
  EQ(PollNow(pair.server, POLLIN), 0);
}

CASE(ForkLastCloseEnds) {
  Pair pair = Connected();
  int hold[2];
  OK(pipe(hold));
  pid_t child = OK(fork());
  if (child == 0) {
    OK(close(hold[1]));
    char byte;
    (void)!read(hold[0], &byte, 1);
    _exit(0);
  }
  OK(close(pair.client));
  BITS(pair.server, POLLOUT);
  OK(close(hold[1]));
  Reap(child);
  BITS(pair.server, POLLIN | POLLOUT | POLLRDHUP);
}

CASE(ForkedChildAccepts) {
  int listener = Listener();
  pid_t child = OK(fork());
  if (child == 0) {
    int server = OK(accept(listener, nullptr, nullptr));
    SendAll(server, "from child");
    _exit(0);
  }
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  EQ(ReadExactly(fd, 10), "from child");
  Reap(child);
}

CASE(ForkedChildConnects) {
  int listener = Listener();
  pid_t child = OK(fork());
  if (child == 0) {
    int fd = Tcp();
    OK(ConnectTo(fd, LocalOf(listener)));
    SendAll(fd, "hi");
    _exit(0);
  }
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(ReadExactly(server, 2), "hi");
  Reap(child);
  BITS(server, POLLIN | POLLOUT | POLLRDHUP);
}

CASE(PreForkedServers) {
  constexpr int kChildren = 4;
  constexpr int kClients = 20;
  int listener = Listener(Ip("127.0.0.1", 0), kClients);
  pid_t children[kChildren];
  for (pid_t& child : children) {
    child = OK(fork());
    if (child != 0) continue;
    while (true) {
      int server = OK(accept(listener, nullptr, nullptr));
      SendAll(server, ReadExactly(server, 1));
      OK(close(server));
    }
  }
  for (int i = 0; i < kClients; ++i) {
    int fd = Tcp();
    OK(ConnectTo(fd, LocalOf(listener)));
    SendAll(fd, "e");
    EQ(ReadExactly(fd, 1), "e");
    OK(close(fd));
  }
  for (pid_t child : children) {
    OK(kill(child, SIGKILL));
    OK(waitpid(child, nullptr, 0));
  }
}

CASE(KilledProcessClosesItsSockets) {
  int listener = Listener();
  pid_t child = OK(fork());
  if (child == 0) {
    int fd = Tcp();
    OK(ConnectTo(fd, LocalOf(listener)));
    SendAll(fd, "x");
    while (true) pause();
  }
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(ReadExactly(server, 1), "x");
  OK(kill(child, SIGKILL));
  OK(waitpid(child, nullptr, 0));
  BITS(server, POLLIN | POLLOUT | POLLRDHUP);
}

CASE(ExecKeepsSockets) {
  Pair pair = Connected();
  pid_t child = OK(fork());
  if (child == 0) {
    OK(dup2(pair.client, 0));
    OK(dup2(pair.client, 1));
    execl("/bin/cat", "cat", nullptr);
    _exit(127);
  }
  OK(close(pair.client));
  SendAll(pair.server, "through cat");
  EQ(ReadExactly(pair.server, 11), "through cat");
  OK(shutdown(pair.server, SHUT_WR));
  char byte;
  EQ(OK(read(pair.server, &byte, 1)), 0);
  Reap(child);
}

CASE(ExecClosesCloseOnExec) {
  int listener = Listener();
  int fd = Tcp(AF_INET, SOCK_CLOEXEC);
  OK(ConnectTo(fd, LocalOf(listener)));
  int server = OK(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  int hold[2];
  OK(pipe(hold));
  pid_t child = OK(fork());
  if (child == 0) {
    OK(dup2(hold[0], 0));
    OK(close(hold[1]));
    execl("/bin/cat", "cat", nullptr);
    _exit(127);
  }
  OK(close(fd));
  // The exec in the child closes the other descriptor of the socket.
  BITS(server, POLLIN | POLLOUT | POLLRDHUP);
  OK(close(hold[1]));
  Reap(child);
}

CASE(PassedToAnotherProcess) {
  Pair pair = Connected();
  int channel[2];
  OK(socketpair(AF_UNIX, SOCK_STREAM, 0, channel));
  pid_t child = OK(fork());
  if (child == 0) {
    OK(close(pair.client));
    int fd = TakeDescriptor(channel[1]);
    TRUE(PeerOf(fd).port() == LocalOf(pair.server).port());
    SendAll(fd, "passed");
    _exit(0);
  }
  PassDescriptor(channel[0], pair.client);
  OK(close(pair.client));
  EQ(ReadExactly(pair.server, 6), "passed");
  Reap(child);
}

CASE(PassedWithinAProcess) {
  Pair pair = Connected();
  int channel[2];
  OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, channel));
  PassDescriptor(channel[0], pair.client);
  OK(close(pair.client));
  // In flight it is open.
  EQ(PollNow(pair.server, POLLIN), 0);
  int fd = TakeDescriptor(channel[1]);
  SendAll(fd, "x");
  EQ(ReadExactly(pair.server, 1), "x");
}

CASE(PassedListener) {
  int listener = Listener();
  Address address = LocalOf(listener);
  int channel[2];
  OK(socketpair(AF_UNIX, SOCK_STREAM, 0, channel));
  PassDescriptor(channel[0], listener);
  OK(close(listener));
  int fd = Tcp();
  OK(ConnectTo(fd, address));
  int taken = TakeDescriptor(channel[1]);
  OK(accept(taken, nullptr, nullptr));
}

CASE(ClosedWhilePolled) {
  // poll holds the file: the close is no event, the peer's FIN would be.
  Pair pair = Connected();
  int ends[2];
  OK(pipe(ends));
  std::thread waiter([&] {
    pollfd entries[2] = {{pair.client, POLLIN, 0}, {ends[0], POLLIN, 0}};
    EQ(OK(poll(entries, 2, -1)), 1);
    EQ(entries[0].revents, 0);
    EQ(entries[1].revents, POLLIN);
  });
  pollfd never = {pair.server, POLLIN, 0};
  EQ(OK(poll(&never, 1, 20)), 0);
  OK(write(ends[1], "x", 1));
  waiter.join();
  OK(close(pair.client));
  BITS(pair.server, POLLIN | POLLOUT | POLLRDHUP);
}

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
  std::string path = "/tmp/guest_fds_" + std::to_string(getpid());
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
