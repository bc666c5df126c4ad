// SO_RCVLOWAT, urgent bytes and lost connections seen by those who wait: what
// does not count as readable yet wakes nobody, what does wakes everybody
// (net/ipv4/tcp.c:tcp_poll, tcp_stream_is_readable).
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "testdata/guests/harness.h"
#include "testdata/guests/interrupt.h"
#include "testdata/guests/sockets.h"
#include "testdata/guests/waits.h"

using namespace guest;

namespace {

constexpr uint32_t kAsked = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP;

int Epoll(int fd, uint32_t events) {
  int set = OK(epoll_create1(0));
  epoll_event event = {};
  event.events = events;
  event.data.u64 = 42;
  OK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
  return set;
}

// "IN|OUT" of the only event, "0" if there is none in time.
std::string Next(int set, int milliseconds = 0) {
  epoll_event events[2];
  int count = OK(epoll_wait(set, events, 2, milliseconds));
  if (count == 0) return "0";
  EQ(count, 1);
  EQ(events[0].data.u64, 42u);
  return PollBits(events[0].events);
}

Pair WithLowat(int bytes) {
  Pair pair = Connected();
  OK(SetInt(pair.server, SOL_SOCKET, SO_RCVLOWAT, bytes));
  return pair;
}

std::string Recv(int fd, size_t size, int flags = 0) {
  std::string bytes(size, '\0');
  bytes.resize(OK(recv(fd, bytes.data(), size, flags)));
  return bytes;
}

void Disconnect(int fd) {
  sockaddr unspec = {};
  unspec.sa_family = AF_UNSPEC;
  OK(connect(fd, &unspec, sizeof(unspec)));
}

void SendUrgent(int fd) { EQ(OK(send(fd, "!", 1, MSG_OOB)), 1); }

}  // namespace

CASE(LowatNonBlockingReadTakesWhatIsThere) {
  Pair pair = WithLowat(5);
  SendAll(pair.client, "abc");
  EQ(PollNow(pair.server, POLLIN), 0);
  EQ(Recv(pair.server, 10, MSG_DONTWAIT), "abc");
}

CASE(LowatBlockingReadWaits) {
  Pair pair = WithLowat(5);
  std::thread sender([&] {
    poll(nullptr, 0, 30);
    SendAll(pair.client, "abcde");
  });
  EQ(Recv(pair.server, 10), "abcde");
  sender.join();
}

CASE(LowatBlockingReadOfLess) {
  Pair pair = WithLowat(5);
  SendAll(pair.client, "abc");
  EQ(Recv(pair.server, 3), "abc");
}

CASE(LowatWhatIsLeftIsTooLittle) {
  Pair pair = WithLowat(3);
  SendAll(pair.client, "abcde");
  EQ(PollBits(PollFor(pair.server, POLLIN)), "IN");
  EQ(Recv(pair.server, 3), "abc");
  EQ(PollNow(pair.server, POLLIN), 0);
  SendAll(pair.client, "f");
  EQ(PollBits(PollFor(pair.server, POLLIN)), "IN");
}

CASE(LowatEndOfStreamCounts) {
  Pair pair = WithLowat(5);
  SendAll(pair.client, "abc");
  EQ(PollNow(pair.server, POLLIN), 0);
  OK(shutdown(pair.client, SHUT_WR));
  EQ(PollBits(PollFor(pair.server, POLLIN)), "IN");
  EQ(Recv(pair.server, 10), "abc");
  EQ(Recv(pair.server, 10), "");
}

CASE(LowatLoweredLater) {
  Pair pair = WithLowat(5);
  SendAll(pair.client, "abc");
  EQ(PollNow(pair.server, POLLIN), 0);
  OK(SetInt(pair.server, SOL_SOCKET, SO_RCVLOWAT, 3));
  EQ(PollNow(pair.server, POLLIN), POLLIN);
}

CASE(LowatOfTheListener) {
  int listener = Listener();
  OK(SetInt(listener, SOL_SOCKET, SO_RCVLOWAT, 4));
  int client = Tcp();
  OK(ConnectTo(client, LocalOf(listener)));
  PollFor(listener, POLLIN);
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(GetInt(server, SOL_SOCKET, SO_RCVLOWAT), 4);
  SendAll(client, "abc");
  EQ(PollNow(server, POLLIN), 0);
  SendAll(client, "d");
  EQ(PollNow(server, POLLIN), POLLIN);
}

CASE(LowatPollWaits) {
  Pair pair = WithLowat(4);
  SendAll(pair.client, "ab");
  std::thread sender([&] {
    poll(nullptr, 0, 20);
    SendAll(pair.client, "c");
    poll(nullptr, 0, 20);
    SendAll(pair.client, "d");
  });
  pollfd entry = {pair.server, POLLIN, 0};
  EQ(OK(poll(&entry, 1, -1)), 1);
  EQ(Recv(pair.server, 10, MSG_DONTWAIT), "abcd");
  sender.join();
}

CASE(LowatPollEnds) {
  Pair pair = WithLowat(4);
  SendAll(pair.client, "ab");
  pollfd entry = {pair.server, POLLIN, 0};
  TakesAtLeast(kShort, [&] { EQ(OK(poll(&entry, 1, 30)), 0); });
}

CASE(LowatPollBesideAPipe) {
  // Something else that is waited for is not missed.
  Pair pair = WithLowat(4);
  SendAll(pair.client, "ab");
  Pipe pipe;
  std::thread writer([&] {
    poll(nullptr, 0, 20);
    OK(write(pipe.write_end, "x", 1));
  });
  pollfd entries[] = {{pair.server, POLLIN, 0}, {pipe.read_end, POLLIN, 0}};
  EQ(OK(poll(entries, 2, -1)), 1);
  EQ(entries[0].revents, 0);
  EQ(entries[1].revents, POLLIN);
  writer.join();
}

CASE(LowatSelectWaits) {
  Pair pair = WithLowat(3);
  SendAll(pair.client, "ab");
  std::thread sender([&] {
    poll(nullptr, 0, 20);
    SendAll(pair.client, "c");
  });
  fd_set set;
  FD_ZERO(&set);
  FD_SET(pair.server, &set);
  EQ(OK(select(pair.server + 1, &set, nullptr, nullptr, nullptr)), 1);
  EQ(Recv(pair.server, 10, MSG_DONTWAIT), "abc");
  sender.join();
}

CASE(LowatEpollLevel) {
  Pair pair = WithLowat(3);
  int set = Epoll(pair.server, EPOLLIN);
  SendAll(pair.client, "ab");
  EQ(Next(set), "0");
  SendAll(pair.client, "cd");
  EQ(Next(set), "IN");
  EQ(Next(set), "IN");
  EQ(Recv(pair.server, 2), "ab");
  EQ(Next(set), "0");
}

CASE(LowatEpollEdge) {
  Pair pair = WithLowat(3);
  int set = Epoll(pair.server, EPOLLIN | EPOLLET);
  SendAll(pair.client, "ab");
  EQ(Next(set), "0");
  SendAll(pair.client, "c");
  EQ(Next(set), "IN");
  EQ(Next(set), "0");
}

CASE(LowatEpollWaits) {
  Pair pair = WithLowat(3);
  int set = Epoll(pair.server, EPOLLIN);
  SendAll(pair.client, "ab");
  std::thread sender([&] {
    poll(nullptr, 0, 20);
    SendAll(pair.client, "c");
  });
  EQ(Next(set, -1), "IN");
  EQ(Recv(pair.server, 10, MSG_DONTWAIT), "abc");
  sender.join();
}

CASE(LowatEpollOfMany) {
  // What is not to be shown does not stand in the way of what is.
  constexpr int kPairs = 5;
  Pair pairs[kPairs];
  int set = OK(epoll_create1(0));
  for (int i = 0; i < kPairs; ++i) {
    pairs[i] = WithLowat(i == kPairs - 1 ? 1 : 2);
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.fd = pairs[i].server;
    OK(epoll_ctl(set, EPOLL_CTL_ADD, pairs[i].server, &event));
    SendAll(pairs[i].client, "a");
  }
  epoll_event event;
  EQ(OK(epoll_wait(set, &event, 1, 1'000)), 1);
  EQ(event.data.fd, pairs[kPairs - 1].server);
}

CASE(LowatInterrupted) {
  Pair pair = WithLowat(3);
  SendAll(pair.client, "ab");
  pollfd entry = {pair.server, POLLIN, 0};
  for (int timeout : {-1, 10'000}) {
    Interrupted([&] { ERRNO(poll(&entry, 1, timeout), EINTR); });
    InterruptedAllTheSame([&] { ERRNO(poll(&entry, 1, timeout), EINTR); });
  }
}

CASE(LowatBesideAFullBuffer) {
  // Room that comes is not missed.
  Pair pair = WithLowat(4);
  SendAll(pair.client, "ab");
  Pair full = Connected();
  size_t size = FillUp(full.client);
  std::thread reader([&] {
    poll(nullptr, 0, 30);
    ReadExactly(full.server, size);
  });
  pollfd entries[] = {{pair.server, POLLIN, 0}, {full.client, POLLOUT, 0}};
  EQ(OK(poll(entries, 2, -1)), 1);
  EQ(entries[1].revents, POLLOUT);
  reader.join();
  Pipe pipe;
  SetNonBlocking(pipe.write_end, true);
  std::string bytes(1 << 16, 'x');
  while (write(pipe.write_end, bytes.data(), bytes.size()) > 0) {
  }
  std::thread drain([&] {
    poll(nullptr, 0, 30);
    OK(read(pipe.read_end, bytes.data(), bytes.size()));
  });
  entries[1] = {pipe.write_end, POLLOUT, 0};
  EQ(OK(poll(entries, 2, -1)), 1);
  EQ(entries[1].revents, POLLOUT);
  drain.join();
}

CASE(LowatWaiterIsKilled) {
  // What it waited for goes with it.
  Pair pair = WithLowat(3);
  SendAll(pair.client, "ab");
  EQ(PollNow(pair.server, POLLIN), 0);
  Pipe begun;
  pid_t child = OK(fork());
  if (child == 0) {
    close(pair.client);
    (void)!write(begun.write_end, "x", 1);
    pollfd entry = {pair.server, POLLIN, 0};
    poll(&entry, 1, -1);
    _exit(0);
  }
  OK(close(pair.server));
  char byte;
  EQ(OK(read(begun.read_end, &byte, 1)), 1);
  std::thread killer([&] {
    usleep(100'000);
    OK(kill(child, SIGKILL));
  });
  // It had not read everything.
  ERRNO(read(pair.client, &byte, 1), ECONNRESET);
  killer.join();
  OK(waitpid(child, nullptr, 0));
}

CASE(UrgentEpollLevel) {
  Pair pair = Connected();
  int set = Epoll(pair.server, kAsked);
  EQ(Next(set), "OUT");
  SendUrgent(pair.client);
  EQ(Next(set), "PRI|OUT");
  SendAll(pair.client, "x");
  EQ(Next(set), "IN|PRI|OUT");
  EQ(Recv(pair.server, 1, MSG_OOB), "!");
  EQ(Next(set), "IN|OUT");
  EQ(Recv(pair.server, 9), "x");
  EQ(Next(set), "OUT");
}

CASE(UrgentEpollEdge) {
  Pair pair = Connected();
  int set = Epoll(pair.server, EPOLLIN | EPOLLPRI | EPOLLET);
  EQ(Next(set), "0");
  SendUrgent(pair.client);
  EQ(Next(set), "PRI");
  EQ(Next(set), "0");
  SendAll(pair.client, "x");
  EQ(Next(set), "IN|PRI");
}

CASE(UrgentDoesNotWakeReaders) {
  Pair pair = Connected();
  SendUrgent(pair.client);
  EQ(PollNow(pair.server, POLLIN), 0);
  int set = Epoll(pair.server, EPOLLIN | EPOLLRDHUP);
  EQ(Next(set, 20), "0");
  SendAll(pair.client, "x");
  EQ(Next(set), "IN");
}

CASE(UrgentWakesWhoAsked) {
  Pair pair = Connected();
  std::thread sender([&] {
    poll(nullptr, 0, 30);
    SendUrgent(pair.client);
  });
  pollfd entry = {pair.server, POLLIN | POLLPRI, 0};
  EQ(OK(poll(&entry, 1, -1)), 1);
  EQ(PollBits(entry.revents), "PRI");
  sender.join();
}

CASE(UrgentWakesSelect) {
  Pair pair = Connected();
  std::thread sender([&] {
    poll(nullptr, 0, 30);
    SendUrgent(pair.client);
  });
  fd_set in, except;
  FD_ZERO(&in);
  FD_ZERO(&except);
  FD_SET(pair.server, &in);
  FD_SET(pair.server, &except);
  EQ(OK(select(pair.server + 1, &in, nullptr, &except, nullptr)), 1);
  TRUE(!FD_ISSET(pair.server, &in));
  TRUE(FD_ISSET(pair.server, &except));
  sender.join();
}

CASE(UrgentInLineCounts) {
  Pair pair = Connected();
  OK(SetInt(pair.server, SOL_SOCKET, SO_OOBINLINE, 1));
  SendUrgent(pair.client);
  BITS(pair.server, POLLIN | POLLPRI | POLLOUT);
}

CASE(UrgentWhileTheLastIsUnread) {
  Pair pair = Connected();
  SendAll(pair.client, "ab");
  SendUrgent(pair.client);
  BITS(pair.server, POLLIN | POLLPRI | POLLOUT);
  EQ(Recv(pair.server, 1), "a");
  BITS(pair.server, POLLIN | POLLPRI | POLLOUT);
  EQ(Recv(pair.server, 9), "b");
  BITS(pair.server, POLLPRI | POLLOUT);
  EQ(Recv(pair.server, 1, MSG_OOB), "!");
  BITS(pair.server, POLLOUT);
  char byte;
  ERRNO(recv(pair.server, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

CASE(DisconnectedInEpoll) {
  Pair pair = Connected();
  int set = Epoll(pair.client, kAsked);
  EQ(Next(set), "OUT");
  Disconnect(pair.client);
  EQ(Next(set), "OUT|ERR|HUP");
  EQ(SoError(pair.client), ECONNRESET);
  EQ(Next(set), "OUT|HUP");
}

CASE(DisconnectedThenConnected) {
  Pair pair = Connected();
  int set = Epoll(pair.client, kAsked);
  Disconnect(pair.client);
  int listener = Listener();
  OK(ConnectTo(pair.client, LocalOf(listener)));
  EQ(Next(set), "OUT");
  EQ(SoError(pair.client), 0);
  int server = OK(accept(listener, nullptr, nullptr));
  SendAll(server, "x");
  EQ(Next(set), "IN|OUT");
}

CASE(DisconnectedReadsTheErrorOnce) {
  Pair pair = Connected();
  Disconnect(pair.client);
  char byte;
  ERRNO(recv(pair.client, &byte, 1, 0), ECONNRESET);
  ERRNO(recv(pair.client, &byte, 1, 0), ENOTCONN);
  BITS(pair.client, POLLOUT | POLLHUP);
}

CASE(DisconnectedForgetsItsName) {
  Pair pair = Connected();
  int port = LocalOf(pair.client).port();
  Disconnect(pair.client);
  EQ(LocalOf(pair.client).ToString(), "0.0.0.0:" + std::to_string(port));
  Address peer;
  peer.size = sizeof(peer.storage);
  ERRNO(getpeername(pair.client, peer.get(), &peer.size), ENOTCONN);
}

CASE(DisconnectedListens) {
  Pair pair = Connected();
  Disconnect(pair.client);
  OK(listen(pair.client, 1));
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(pair.client)));
  EQ(PollBits(PollFor(pair.client, POLLIN)), "IN");
}

CASE(DisconnectedAfterTheEnd) {
  // Both sides are done: nothing is lost.
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_WR));
  OK(shutdown(pair.server, SHUT_WR));
  PollFor(pair.client, POLLRDHUP);
  PollFor(pair.server, POLLRDHUP);
  Disconnect(pair.server);
  BITS(pair.server, POLLOUT | POLLHUP);
  EQ(SoError(pair.server), 0);
}

CASE(DisconnectedWithAnErrorKeepsIt) {
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, Unused()), EINPROGRESS);
  PollFor(fd, POLLERR);
  Disconnect(fd);
  BITS(fd, POLLOUT | POLLERR | POLLHUP);
  EQ(SoError(fd), ECONNREFUSED);
}

CASE(ShutWhileConnectingConnectsAgain) {
  Pending pending = Connecting();
  OK(shutdown(pending.fd, SHUT_RDWR));
  EQ(SoError(pending.fd), ECONNRESET);
  int listener = Listener();
  ERRNO(ConnectTo(pending.fd, LocalOf(listener)), EINPROGRESS);
  BITS(pending.fd, POLLOUT);
}

CASE(BandIsNeverWritable) {
  Pair pair = Connected();
  pollfd entry = {pair.client, POLLWRBAND, 0};
  EQ(OK(poll(&entry, 1, 30)), 0);
}
