// Calls with arguments that make no sense: each must come back, and what is
// sound must go on working. What they give is the kernel's business as long as
// they give something.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

// Words that are unlikely to be any good, and a few that nearly are.
class Words {
 public:
  Words() : random_(1) {
    page_ = static_cast<char*>(mmap(nullptr, 8192, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    OK(mprotect(page_ + 4096, 4096, PROT_NONE));
    const_page_ = static_cast<char*>(
        mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  }
  long Next() {
    switch (random_() % 8) {
      case 0:
        return 0;
      case 1:
        return -1;
      case 2:
        return random_() % 4096;
      case 3:  // The last bytes before memory ends.
        return reinterpret_cast<long>(page_ + 4096 - random_() % 16);
      case 4:  // Memory that cannot be written.
        return reinterpret_cast<long>(const_page_ + random_() % 4000);
      case 5:  // The kernel's half.
        return 0xffff'8000'0000'0000 + random_() % 4096;
      case 6:
        return static_cast<long>(random_());
      default:
        return static_cast<int>(random_());
    }
  }

 private:
  std::mt19937_64 random_;
  char* page_;
  char* const_page_;
};

void ExpectWorking() {
  Pair pair = Connected();
  SendAll(pair.client, "works");
  EQ(ReadExactly(pair.server, 5), "works");
}

// Makes `call` many times on descriptors of each kind. In a child, as a call
// may by luck do something: what must hold is that it comes back. `keep` tells
// how many of the leading arguments after the descriptor stay as given.
void Throw(long call, std::vector<long> given = {}) {
  pid_t child = OK(fork());
  if (child == 0) {
    Words words;
    alarm(20);
    signal(SIGPIPE, SIG_IGN);
    int netlink = OK(socket(AF_NETLINK, SOCK_RAW, 0));
    int flags = OK(fcntl(netlink, F_GETFL));
    OK(fcntl(netlink, F_SETFL, flags | O_NONBLOCK));
    for (int i = 0; i < 60; ++i) {
      Pair pair = Connected();
      int listener = Listener();
      SetNonBlocking(listener, true);
      SetNonBlocking(pair.client, true);
      SetNonBlocking(pair.server, true);
      for (int fd : {Tcp(AF_INET, SOCK_NONBLOCK), listener, pair.client,
                     pair.server, netlink, -1, 1000, 0}) {
        long arguments[6] = {fd};
        for (int j = 1; j < 6; ++j) {
          bool fixed = j <= static_cast<int>(given.size());
          arguments[j] = fixed ? given[j - 1] : words.Next();
        }
        long result = syscall(call, arguments[0], arguments[1], arguments[2],
                              arguments[3], arguments[4], arguments[5]);
        if (result == -1 && errno == ENOSYS) _exit(9);
      }
      OK(close(pair.client));
      OK(close(pair.server));
      OK(close(listener));
    }
    _exit(0);
  }
  int status;
  OK(waitpid(child, &status, 0));
  if (WIFSIGNALED(status)) {
    EQ(WTERMSIG(status), 0);
  }
  EQ(WEXITSTATUS(status), 0);
  ExpectWorking();
}

}  // namespace

CASE(Bind) { Throw(SYS_bind); }
CASE(Connect) { Throw(SYS_connect); }
CASE(Listen) { Throw(SYS_listen); }
CASE(Accept) { Throw(SYS_accept); }
CASE(Accept4) { Throw(SYS_accept4); }
CASE(GetSockName) { Throw(SYS_getsockname); }
CASE(GetPeerName) { Throw(SYS_getpeername); }
CASE(Shutdown) { Throw(SYS_shutdown); }
CASE(SetSockOptSocket) { Throw(SYS_setsockopt, {SOL_SOCKET}); }
CASE(SetSockOptTcp) { Throw(SYS_setsockopt, {IPPROTO_TCP}); }
CASE(SetSockOptIp) { Throw(SYS_setsockopt, {IPPROTO_IP}); }
CASE(SetSockOptIp6) { Throw(SYS_setsockopt, {IPPROTO_IPV6}); }
CASE(SetSockOptAny) { Throw(SYS_setsockopt); }
CASE(GetSockOptSocket) { Throw(SYS_getsockopt, {SOL_SOCKET}); }
CASE(GetSockOptTcp) { Throw(SYS_getsockopt, {IPPROTO_TCP}); }
CASE(GetSockOptIp) { Throw(SYS_getsockopt, {IPPROTO_IP}); }
CASE(GetSockOptAny) { Throw(SYS_getsockopt); }
CASE(SendTo) { Throw(SYS_sendto); }
CASE(RecvFrom) { Throw(SYS_recvfrom); }
CASE(SendMsg) { Throw(SYS_sendmsg); }
CASE(RecvMsg) { Throw(SYS_recvmsg); }
CASE(Ioctl) {
  for (long request : {0x8910L, 0x8912L, 0x8913L, 0x8915L, 0x8921L, 0x8933L,
                       0x541bL, 0x5411L, 0x8942L}) {
    Throw(SYS_ioctl, {request});
  }
}

CASE(SocketEveryKind) {
  for (int family = -1; family < 48; ++family) {
    for (int type = -1; type < 12; ++type) {
      for (int protocol : {-1, 0, 1, 6, 17, 58, 89, 132, 255, 256, 1 << 20}) {
        int fd = socket(family, type, protocol);
        if (fd >= 0) OK(close(fd));
      }
    }
  }
  ExpectWorking();
}

CASE(NetlinkNoise) {
  // Random bytes behind a header that looks right.
  std::mt19937 random(2);
  int fd = OK(socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, 0));
  OK(setresuid(65534, 65534, 65534));
  char answer[32768];
  for (int i = 0; i < 2000; ++i) {
    unsigned char bytes[128];
    for (unsigned char& byte : bytes) byte = random();
    uint32_t length = 16 + random() % 112;
    uint16_t type = 16 + random() % 100;
    memcpy(bytes, &length, 4);
    memcpy(bytes + 4, &type, 2);
    bytes[6] |= 1;  // NLM_F_REQUEST
    send(fd, bytes, random() % 2 ? length : sizeof(bytes), 0);
    while (recv(fd, answer, sizeof(answer), 0) > 0) {
    }
  }
  ExpectWorking();
}

CASE(WaitsWithNonsense) {
  Words words;
  for (int i = 0; i < 300; ++i) {
    // The timeout is zero; everything else is not what it should be.
    timespec zero = {};
    syscall(SYS_poll, words.Next(), words.Next(), 0);
    syscall(SYS_ppoll, words.Next(), words.Next(), &zero, words.Next(), 8);
    syscall(SYS_epoll_wait, words.Next(), words.Next(), words.Next(), 0);
    syscall(SYS_nanosleep, 8, words.Next());
    syscall(SYS_clock_gettime, words.Next(), words.Next());
  }
  ExpectWorking();
}

CASE(DiesInEveryCall) {
  // Processes that are killed while a call of theirs may be on its way.
  for (int i = 0; i < 40; ++i) {
    int ends[2];
    OK(pipe(ends));
    pid_t child = OK(fork());
    if (child == 0) {
      OK(write(ends[1], "x", 1));
      while (true) {
        Pair pair = Connected();
        OK(close(pair.client));
        OK(close(pair.server));
      }
    }
    char byte;
    OK(read(ends[0], &byte, 1));
    OK(kill(child, SIGKILL));
    OK(waitpid(child, nullptr, 0));
    OK(close(ends[0]));
    OK(close(ends[1]));
  }
  ExpectWorking();
}

CASE(CrashesByItself) {
  pid_t child = OK(fork());
  if (child == 0) {
    Pair pair = Connected();
    SendAll(pair.client, "x");
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
  }
  int status;
  OK(waitpid(child, &status, 0));
  TRUE(WIFSIGNALED(status));
  ExpectWorking();
}
