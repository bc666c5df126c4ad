#include "testdata/guests/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "testdata/guests/harness.h"

namespace guest {
namespace {

constexpr int kPatienceMilliseconds = 10'000;

sockaddr_in* In4(Address& address) {
  return reinterpret_cast<sockaddr_in*>(&address.storage);
}
sockaddr_in6* In6(Address& address) {
  return reinterpret_cast<sockaddr_in6*>(&address.storage);
}

}  // namespace

int Address::port() const {
  Address copy = *this;
  if (family() == AF_INET) return ntohs(In4(copy)->sin_port);
  return ntohs(In6(copy)->sin6_port);
}

void Address::set_port(int port) {
  if (family() == AF_INET) {
    In4(*this)->sin_port = htons(port);
  } else {
    In6(*this)->sin6_port = htons(port);
  }
}

std::string Address::ToString() const {
  Address copy = *this;
  char text[INET6_ADDRSTRLEN] = "";
  if (size == 0) return "(none)";
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &In4(copy)->sin_addr, text, sizeof(text));
    return std::string(text) + ":" + std::to_string(port());
  }
  inet_ntop(AF_INET6, &In6(copy)->sin6_addr, text, sizeof(text));
  return "[" + std::string(text) + "]:" + std::to_string(port());
}

Address Ip(const std::string& text, int port) {
  Address address;
  if (text.find(':') == std::string::npos) {
    address.storage.ss_family = AF_INET;
    address.size = sizeof(sockaddr_in);
    EQ(inet_pton(AF_INET, text.c_str(), &In4(address)->sin_addr), 1);
  } else {
    address.storage.ss_family = AF_INET6;
    address.size = sizeof(sockaddr_in6);
    EQ(inet_pton(AF_INET6, text.c_str(), &In6(address)->sin6_addr), 1);
  }
  address.set_port(port);
  return address;
}

Address LocalOf(int fd) {
  Address address;
  address.size = sizeof(address.storage);
  OK(getsockname(fd, address.get(), &address.size));
  return address;
}

Address PeerOf(int fd) {
  Address address;
  address.size = sizeof(address.storage);
  OK(getpeername(fd, address.get(), &address.size));
  return address;
}

int Tcp(int family, int flags) {
  return OK(socket(family, SOCK_STREAM | flags, 0));
}

int BindTo(int fd, const Address& address) {
  return bind(fd, address.get(), address.size);
}

int ConnectTo(int fd, const Address& address) {
  return connect(fd, address.get(), address.size);
}

int Listener(const Address& address, int backlog) {
  int fd = Tcp(address.family());
  OK(BindTo(fd, address));
  OK(listen(fd, backlog));
  return fd;
}

int Listener() { return Listener(Ip("127.0.0.1", 0)); }

Pair ConnectedOver(const Address& listen_on) {
  int listener = Listener(listen_on);
  Pair pair;
  pair.client = Tcp(listen_on.family());
  OK(ConnectTo(pair.client, LocalOf(listener)));
  pair.server = OK(accept(listener, nullptr, nullptr));
  OK(close(listener));
  return pair;
}

Pair Connected() { return ConnectedOver(Ip("127.0.0.1", 0)); }
Pair Connected6() { return ConnectedOver(Ip("::1", 0)); }

Pending Connecting() {
  Pending pending;
  pending.listener = Listener(Ip("127.0.0.1", 0), 0);
  pending.first = Tcp();
  OK(ConnectTo(pending.first, LocalOf(pending.listener)));
  PollFor(pending.listener, POLLIN);
  pending.fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(pending.fd, LocalOf(pending.listener)), EINPROGRESS);
  return pending;
}

Address Unused() {
  int listener = Listener();
  Address address = LocalOf(listener);
  OK(close(listener));
  return address;
}

int PollNow(int fd, int events) {
  pollfd entry = {fd, static_cast<short>(events), 0};
  int count = OK(poll(&entry, 1, 0));
  EQ(count, entry.revents != 0 ? 1 : 0);
  return entry.revents;
}

int PollFor(int fd, int events) {
  pollfd entry = {fd, static_cast<short>(events), 0};
  if (OK(poll(&entry, 1, kPatienceMilliseconds)) == 0) {
    Fail(__FILE__, __LINE__, "no " + PollBits(events) + " within 10 s");
  }
  return entry.revents;
}

std::string PollBits(int events) {
  static constexpr struct {
    int bit;
    const char* name;
  } kNames[] = {
      {POLLIN, "IN"},         {POLLPRI, "PRI"},       {POLLOUT, "OUT"},
      {POLLERR, "ERR"},       {POLLHUP, "HUP"},       {POLLNVAL, "NVAL"},
      {POLLRDHUP, "RDHUP"},   {POLLRDNORM, "RDNORM"}, {POLLRDBAND, "RDBAND"},
      {POLLWRNORM, "WRNORM"}, {POLLWRBAND, "WRBAND"}};
  std::string text;
  for (const auto& [bit, name] : kNames) {
    if ((events & bit) == 0) continue;
    if (!text.empty()) text += '|';
    text += name;
  }
  return text.empty() ? "0" : text;
}

void WaitForBits(int fd, int wanted, const char* file, int line) {
  // Each pass waits for a bit that is wanted and missing, so nothing spins; a
  // bit too many, or one missing for good, fails.
  int missing = wanted & kAllBits;
  int now = PollNow(fd, kAllBits);
  for (int pass = 0; now != wanted && pass < 8; ++pass) {
    pollfd entry = {fd, static_cast<short>(missing & ~now), 0};
    poll(&entry, 1, entry.events == 0 ? 50 : 2'000);
    now = PollNow(fd, kAllBits);
  }
  if (now != wanted) {
    Fail(file, line,
         "poll shows " + PollBits(now) + ", expected " + PollBits(wanted));
  }
}

int GetInt(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  OK(getsockopt(fd, level, name, &value, &size));
  EQ(size, sizeof(value));
  return value;
}

int SetInt(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof(value));
}

int SoError(int fd) { return GetInt(fd, SOL_SOCKET, SO_ERROR); }

int TcpState(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  OK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size));
  return info.tcpi_state;
}

void SendAll(int fd, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    sent += OK(send(fd, bytes.data() + sent, bytes.size() - sent, 0));
  }
}

std::string ReadExactly(int fd, size_t size) {
  std::string bytes(size, '\0');
  size_t got = 0;
  while (got < size) {
    ssize_t count = OK(read(fd, bytes.data() + got, size - got));
    if (count == 0) {
      Fail(__FILE__, __LINE__,
           "end of stream after " + std::to_string(got) + " of " +
               std::to_string(size) + " bytes");
    }
    got += count;
  }
  return bytes;
}

void Abort(int fd) {
  linger hard = {1, 0};
  OK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)));
  OK(close(fd));
}

void SetNonBlocking(int fd, bool on) {
  int flags = OK(fcntl(fd, F_GETFL));
  OK(fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

size_t FillUp(int fd) {
  static char bytes[65536];
  size_t total = 0;
  while (true) {
    ssize_t count = send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) {
      EQ(errno, EAGAIN);
      return total;
    }
    total += count;
  }
}

void* Garbage() { return reinterpret_cast<void*>(8); }

}  // namespace guest
