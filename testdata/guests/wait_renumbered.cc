// A thread polls the same numbers again and again, as the event loop of a
// router does, and between two polls a number comes to mean another file. What
// was known of the old one must not count.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"
#include "testdata/guests/waits.h"

using namespace guest;

namespace {

int PollIn(int fd, int64_t timeout) {
  pollfd entry = {fd, POLLIN, 0};
  const timespec time = Spec(timeout);
  return OK(ppoll(&entry, 1, &time, nullptr));
}

// An end that is polled until whoever watches knows it.
struct Known : Pipe {
  Known() {
    for (int i = 0; i < 4; ++i) EQ(PollIn(read_end, kMillisecond), 0);
  }
};

struct Ready : Pipe {
  Ready() { OK(write(write_end, "x", 1)); }
};

// `renumber` gives number `old` to the file of `now`.
void IsReadyAfter(const std::function<void(int now, int old)>& renumber) {
  Known known;
  Ready ready;
  renumber(ready.read_end, known.read_end);
  IsWoken([&] { EQ(PollIn(known.read_end, kLong), 1); });
}

}  // namespace

CASE(IsWrittenTo) {
  Known known;
  std::thread writer([&] { OK(write(known.write_end, "x", 1)); });
  IsWoken([&] { EQ(PollIn(known.read_end, kLong), 1); });
  writer.join();
  char byte;
  EQ(OK(read(known.read_end, &byte, 1)), 1);
  TakesAtLeast(kShort, [&] { EQ(PollIn(known.read_end, kShort), 0); });
}

CASE(HangsUp) {
  Known known;
  OK(close(known.write_end));
  pollfd entry = {known.read_end, POLLIN, 0};
  IsWoken([&] { EQ(OK(poll(&entry, 1, 30'000)), 1); });
  EQ(entry.revents, POLLHUP);
}

CASE(Dup2) {
  IsReadyAfter([](int now, int old) { EQ(OK(dup2(now, old)), old); });
}

CASE(Dup3) {
  IsReadyAfter(
      [](int now, int old) { EQ(OK(dup3(now, old, O_CLOEXEC)), old); });
}

CASE(ClosedAndDuplicated) {
  IsReadyAfter([](int now, int old) {
    OK(close(old));
    EQ(OK(fcntl(now, F_DUPFD, old)), old);
  });
}

CASE(ClosedAsARange) {
  IsReadyAfter([](int now, int old) {
    if (syscall(SYS_close_range, old, old, 0) != 0) SKIP("no close_range");
    EQ(OK(fcntl(now, F_DUPFD, old)), old);
  });
}

CASE(OldFileIsStillOpen) {
  IsReadyAfter([](int now, int old) {
    OK(dup(old));
    EQ(OK(dup2(now, old)), old);
  });
}

CASE(ByAnotherThread) {
  IsReadyAfter([](int now, int old) {
    std::thread([&] { EQ(OK(dup2(now, old)), old); }).join();
  });
}

// Two processes with one table.
CASE(ByAProcessThatSharesTheTable) {
  IsReadyAfter([](int now, int old) {
    const pid_t child =
        OK(syscall(SYS_clone, CLONE_FILES | SIGCHLD, nullptr, 0, 0, 0));
    if (child == 0) _exit(dup2(now, old) == old ? 0 : 1);
    int status;
    OK(waitpid(child, &status, 0));
    EQ(status, 0);
  });
}

CASE(Received) {
  IsReadyAfter([](int now, int old) {
    int ends[2];
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    char byte = 'x', control[CMSG_SPACE(sizeof(int))] = {};
    iovec data = {&byte, 1};
    msghdr message = {};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    *reinterpret_cast<int*>(CMSG_DATA(header)) = now;
    OK(sendmsg(ends[0], &message, 0));
    // The lowest number that is free: fill what lies below.
    std::vector<int> filled;
    for (int fd = OK(dup(0)); fd < old; fd = OK(dup(0))) filled.push_back(fd);
    OK(close(old));
    OK(recvmsg(ends[1], &message, 0));
    EQ(*reinterpret_cast<int*>(CMSG_DATA(CMSG_FIRSTHDR(&message))), old);
    for (int fd : filled) OK(close(fd));
  });
}

// What was ready is not, and the old file, which becomes ready, is not asked
// about.
CASE(NewFileIsNotReady) {
  Known known;
  Pipe empty;
  OK(dup(known.read_end));
  EQ(OK(dup2(empty.read_end, known.read_end)), known.read_end);
  OK(write(known.write_end, "x", 1));
  TakesAtLeast(kShort, [&] { EQ(PollIn(known.read_end, kShort), 0); });
  TakesAtLeast(kShort, [&] { EQ(PollIn(known.read_end, kShort), 0); });
  OK(write(empty.write_end, "x", 1));
  IsWoken([&] { EQ(PollIn(known.read_end, kLong), 1); });
}

// A child's table is its own: the parent's numbers keep their meaning, and the
// child's get a new one.
CASE(InAChild) {
  Known known;
  const pid_t child = OK(fork());
  if (child == 0) {
    Known own;
    Ready ready;
    dup2(ready.read_end, known.read_end);
    _exit(PollIn(known.read_end, kLong) == 1 ? 0 : 1);
  }
  int status;
  OK(waitpid(child, &status, 0));
  EQ(status, 0);
  TakesAtLeast(kShort, [&] { EQ(PollIn(known.read_end, kShort), 0); });
  OK(write(known.write_end, "x", 1));
  IsWoken([&] { EQ(PollIn(known.read_end, kLong), 1); });
}

CASE(Closed) {
  Known known;
  OK(close(known.read_end));
  pollfd entry = {known.read_end, POLLIN, 0};
  IsWoken([&] { EQ(OK(poll(&entry, 1, 30'000)), 1); });
  EQ(entry.revents, POLLNVAL);
}

// Twice the same one, one that is left out, and one that is always ready.
CASE(OddArrays) {
  Pipe pipe;
  for (int i = 0; i < 4; ++i) {
    pollfd fds[] = {
        {pipe.read_end, POLLIN, 0}, {-1, POLLIN, 0}, {pipe.read_end, 0, 0}};
    EQ(OK(poll(fds, 3, 1)), 0);
  }
  const int file = OK(open("/proc/self/exe", O_RDONLY));
  for (int i = 0; i < 4; ++i) {
    pollfd fds[] = {{pipe.read_end, POLLIN, 0}, {file, POLLIN, 0}};
    IsWoken([&] { EQ(OK(poll(fds, 2, 30'000)), 1); });
    EQ(fds[1].revents, POLLIN);
  }
  OK(write(pipe.write_end, "x", 1));
  pollfd fds[] = {
      {pipe.read_end, POLLIN, 0}, {-1, POLLIN, 0}, {pipe.read_end, 0, 0}};
  IsWoken([&] { EQ(OK(poll(fds, 3, 30'000)), 1); });
  EQ(fds[0].revents, POLLIN);
  EQ(fds[2].revents, 0);
}

// What is asked for changes: there was no room, and then that is not asked.
CASE(OtherEvents) {
  int ends[2];
  OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  for (int i = 0; i < 4; ++i) EQ(PollIn(ends[0], kMillisecond), 0);
  pollfd entry = {ends[0], POLLIN | POLLOUT, 0};
  IsWoken([&] { EQ(OK(poll(&entry, 1, 30'000)), 1); });
  EQ(entry.revents, POLLOUT);
  TakesAtLeast(kShort, [&] { EQ(PollIn(ends[0], kShort), 0); });
}
