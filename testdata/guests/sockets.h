// Addresses, connections in known states and exact readiness, for the guests
// that test sockets.
#ifndef QUIESCE_TESTDATA_GUESTS_SOCKETS_H_
#define QUIESCE_TESTDATA_GUESTS_SOCKETS_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

namespace guest {

// An IPv4 or IPv6 socket address with its length.
struct Address {
  sockaddr_storage storage = {};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  int family() const { return storage.ss_family; }
  int port() const;
  void set_port(int port);
  // "127.0.0.1:80", "[::1]:80"; "(none)" when empty.
  std::string ToString() const;
};

// A numeric address of either family.
Address Ip(const std::string& text, int port);

// getsockname and getpeername; the case fails when they do.
Address LocalOf(int fd);
Address PeerOf(int fd);

// A TCP socket; `flags` may hold SOCK_NONBLOCK and SOCK_CLOEXEC.
int Tcp(int family = AF_INET, int flags = 0);
int BindTo(int fd, const Address& address);
int ConnectTo(int fd, const Address& address);

// A listener on `address` (port 0 is chosen by the kernel).
int Listener(const Address& address, int backlog = 16);
int Listener();  // On 127.0.0.1.

// Both ends of an established connection over 127.0.0.1, blocking; the listener
// is gone.
struct Pair {
  int client;
  int server;
};
Pair Connected();
Pair ConnectedOver(const Address& listen_on);
// The same over ::1.
Pair Connected6();

// A non-blocking socket whose connect is in progress and stays so for at least
// a second: the listener's queue of one is full, so its SYN is dropped.
struct Pending {
  int fd;
  int listener;
  int first;  // The connection that fills the queue.
};
Pending Connecting();

// An address of this host that nobody listens on.
Address Unused();

// revents of `fd` for `events`, now (timeout 0).
int PollNow(int fd, int events);
// Waits until one of `events` (or an error, a hang-up) is there: revents. The
// case fails after ten seconds.
int PollFor(int fd, int events);
// "POLLIN|POLLRDHUP".
std::string PollBits(int events);

// All bits a TCP socket can show.
inline constexpr int kAllBits = 0x1 | 0x2 | 0x4 | 0x2000;  // IN PRI OUT RDHUP

// Waits until a poll for all bits shows exactly `wanted`. Events that cross the
// loopback are there when the call that caused them has returned, so `wanted`
// is an end state and no passing one.
void WaitForBits(int fd, int wanted, const char* file, int line);
#define BITS(fd, wanted) guest::WaitForBits(fd, wanted, __FILE__, __LINE__)

// SO_ERROR, which clears it.
int SoError(int fd);
int GetInt(int fd, int level, int name);
int SetInt(int fd, int level, int name, int value);
// tcpi_state (TCP_ESTABLISHED ...).
int TcpState(int fd);

void SendAll(int fd, const std::string& bytes);
// Reads exactly `size` bytes; the case fails at an early end.
std::string ReadExactly(int fd, size_t size);
// close() that sends a reset.
void Abort(int fd);
void SetNonBlocking(int fd, bool on);
// Writes without blocking until EAGAIN; bytes written.
size_t FillUp(int fd);

// An address where no memory is.
void* Garbage();

}  // namespace guest

#endif  // QUIESCE_TESTDATA_GUESTS_SOCKETS_H_
