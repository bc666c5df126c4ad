// Many sockets, threads and processes at once.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

CASE(HundredsOfSockets) {
  std::vector<int> sockets;
  for (int i = 0; i < 400; ++i) sockets.push_back(Tcp());
  for (int fd : sockets) OK(BindTo(fd, Ip("127.0.0.1", 0)));
  for (int fd : sockets) OK(close(fd));
}

CASE(HundredsOfConnections) {
  std::vector<Pair> pairs;
  for (int i = 0; i < 300; ++i) pairs.push_back(Connected());
  for (Pair& pair : pairs) SendAll(pair.client, "x");
  for (Pair& pair : pairs) EQ(ReadExactly(pair.server, 1), "x");
}

CASE(HundredsOfListeners) {
  std::vector<int> listeners;
  for (int i = 0; i < 200; ++i) listeners.push_back(Listener());
  for (int listener : listeners) {
    OK(ConnectTo(Tcp(), LocalOf(listener)));
    int server = OK(accept(listener, nullptr, nullptr));
    EQ(LocalOf(server).port(), LocalOf(listener).port());
  }
}

CASE(ConnectAndCloseManyTimes) {
  int listener = Listener();
  Address address = LocalOf(listener);
  for (int i = 0; i < 1000; ++i) {
    int fd = Tcp();
    OK(ConnectTo(fd, address));
    int server = OK(accept(listener, nullptr, nullptr));
    OK(close(fd));
    OK(close(server));
  }
}

CASE(PollOfHundreds) {
  constexpr int kCount = 200;
  std::vector<Pair> pairs;
  std::vector<pollfd> entries;
  for (int i = 0; i < kCount; ++i) {
    pairs.push_back(Connected());
    entries.push_back({pairs[i].server, POLLIN, 0});
  }
  EQ(OK(poll(entries.data(), kCount, 0)), 0);
  SendAll(pairs[kCount - 1].client, "x");
  EQ(OK(poll(entries.data(), kCount, 10'000)), 1);
  EQ(entries[kCount - 1].revents, POLLIN);
}

CASE(ThreadsConnectConcurrently) {
  constexpr int kThreads = 16;
  constexpr int kEach = 20;
  int listener = Listener(Ip("127.0.0.1", 0), 128);
  Address address = LocalOf(listener);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < kEach; ++j) {
        int fd = Tcp();
        OK(ConnectTo(fd, address));
        std::string word = std::to_string(i) + "/" + std::to_string(j);
        SendAll(fd, word);
        OK(shutdown(fd, SHUT_WR));
        EQ(ReadExactly(fd, word.size()), word);
        OK(close(fd));
      }
    });
  }
  for (int i = 0; i < kThreads * kEach; ++i) {
    int server = OK(accept(listener, nullptr, nullptr));
    char bytes[16];
    while (ssize_t count = OK(read(server, bytes, sizeof(bytes)))) {
      SendAll(server, std::string(bytes, count));
    }
    OK(close(server));
  }
  for (std::thread& thread : threads) thread.join();
}

CASE(ThreadsEachWithItsOwnListener) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < 10; ++j) {
        Pair pair = Connected();
        SendAll(pair.client, "mine");
        EQ(ReadExactly(pair.server, 4), "mine");
        OK(close(pair.client));
        OK(close(pair.server));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

CASE(ThreadsShareOneConnection) {
  // Writers take turns inside the kernel: no byte is lost.
  constexpr int kThreads = 8;
  constexpr int kEach = 2000;
  Pair pair = Connected();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) SendAll(pair.client, "12345678");
    });
  }
  size_t wanted = kThreads * kEach * 8;
  EQ(ReadExactly(pair.server, wanted).size(), wanted);
  for (std::thread& thread : threads) thread.join();
}

CASE(ThreadsPollTheSameSocket) {
  Pair pair = Connected();
  std::atomic<int> woken = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      pollfd entry = {pair.server, POLLIN, 0};
      EQ(OK(poll(&entry, 1, -1)), 1);
      ++woken;
    });
  }
  SendAll(pair.client, "x");
  for (std::thread& thread : threads) thread.join();
  EQ(woken, 8);
}

CASE(ThreadsWaitOnOneEpoll) {
  // One-shot: each event goes to one thread.
  constexpr int kCount = 64;
  int epoll = OK(epoll_create1(0));
  std::vector<Pair> pairs;
  for (int i = 0; i < kCount; ++i) {
    pairs.push_back(Connected());
    epoll_event event = {EPOLLIN | EPOLLONESHOT, {}};
    event.data.u32 = i;
    OK(epoll_ctl(epoll, EPOLL_CTL_ADD, pairs[i].server, &event));
  }
  std::atomic<int> seen[kCount] = {};
  std::atomic<int> total = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (total < kCount) {
        epoll_event event;
        int count = OK(epoll_wait(epoll, &event, 1, 20));
        if (count == 0) continue;
        ++seen[event.data.u32];
        ++total;
      }
    });
  }
  for (Pair& pair : pairs) SendAll(pair.client, "x");
  for (std::thread& thread : threads) thread.join();
  for (auto& count : seen) EQ(count.load(), 1);
}

CASE(ProcessesTalkInARing) {
  // A token goes round through six processes and comes back.
  constexpr int kProcesses = 6;
  int listeners[kProcesses];
  for (int& listener : listeners) listener = Listener();
  pid_t children[kProcesses];
  for (int i = 0; i < kProcesses; ++i) {
    children[i] = OK(fork());
    if (children[i] != 0) continue;
    int next = Tcp();
    OK(ConnectTo(next, LocalOf(listeners[(i + 1) % kProcesses])));
    int previous = OK(accept(listeners[i], nullptr, nullptr));
    if (i == 0) SendAll(next, "t");
    for (int round = 0; round < 50; ++round) {
      EQ(ReadExactly(previous, 1), "t");
      if (i != 0 || round < 49) SendAll(next, "t");
    }
    _exit(0);
  }
  for (pid_t child : children) {
    int status;
    OK(waitpid(child, &status, 0));
    EQ(WEXITSTATUS(status), 0);
  }
}

CASE(ThreadEndsWhileItsSocketLives) {
  // The socket belongs to the process, not to the thread that made it.
  Pair pair;
  std::thread maker([&] { pair = Connected(); });
  maker.join();
  SendAll(pair.client, "x");
  EQ(ReadExactly(pair.server, 1), "x");
}

CASE(LeaderThreadExits) {
  // The first thread ends; another one goes on making calls.
  pid_t child = OK(fork());
  if (child == 0) {
    static pthread_t leader = pthread_self();
    std::thread([] {
      pthread_join(leader, nullptr);
      Pair pair = Connected();
      SendAll(pair.client, "x");
      EQ(ReadExactly(pair.server, 1), "x");
      _exit(7);
    }).detach();
    pthread_exit(nullptr);
  }
  int status;
  OK(waitpid(child, &status, 0));
  TRUE(WIFEXITED(status));
  EQ(WEXITSTATUS(status), 7);
}

CASE(EventLoopOfOneThread) {
  // A server and its clients in one epoll loop, both ends in this thread.
  constexpr int kClients = 100;
  constexpr int kRounds = 5;
  int epoll = OK(epoll_create1(0));
  auto watch = [&](int fd, uint32_t events) {
    epoll_event event = {events, {}};
    event.data.fd = fd;
    OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
  };
  int listener = Listener(Ip("127.0.0.1", 0), kClients);
  SetNonBlocking(listener, true);
  watch(listener, EPOLLIN);
  std::vector<bool> is_client(2000);
  std::vector<int> rounds(2000);
  for (int i = 0; i < kClients; ++i) {
    int fd = Tcp(AF_INET, SOCK_NONBLOCK);
    is_client[fd] = true;
    ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
    watch(fd, EPOLLOUT | EPOLLONESHOT);
  }
  int finished = 0;
  while (finished < kClients) {
    epoll_event events[32];
    int count = OK(epoll_wait(epoll, events, 32, 10'000));
    TRUE(count > 0);
    for (int i = 0; i < count; ++i) {
      int fd = events[i].data.fd;
      char bytes[64];
      if (fd == listener) {
        int server = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (server >= 0) watch(server, EPOLLIN);
      } else if (is_client[fd] && (events[i].events & EPOLLOUT)) {
        EQ(SoError(fd), 0);
        SendAll(fd, "ping");
        epoll_event event = {EPOLLIN, {}};
        event.data.fd = fd;
        OK(epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event));
      } else {
        ssize_t size = OK(read(fd, bytes, sizeof(bytes)));
        if (size == 0) {
          OK(close(fd));
        } else if (!is_client[fd]) {
          SendAll(fd, std::string(bytes, size));
        } else if (++rounds[fd] == kRounds) {
          ++finished;
          is_client[fd] = false;
          OK(close(fd));
        } else {
          SendAll(fd, "ping");
        }
      }
    }
  }
}
