// A socket is a descriptor like any other: numbers, flags, dup, limits.
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

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
