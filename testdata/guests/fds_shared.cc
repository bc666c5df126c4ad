// Sockets that several processes hold: fork, exec, passing over AF_UNIX.
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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
