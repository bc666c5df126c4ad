// Which binds conflict with which: wildcards, IPv4 and IPv6, SO_REUSEADDR,
// SO_REUSEPORT, connections and TIME_WAIT
// (net/ipv4/inet_connection_sock.c:inet_csk_get_port).
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr bool kListening = true;

// Who holds or asks for a port, and how.
struct Claim {
  const char* address;
  bool listening = false;
  int reuse_address = 0;
  int reuse_port = 0;
  int v6only = 0;
};

int Socket(const Claim& claim) {
  Address address = Ip(claim.address, 0);
  int fd = Tcp(address.family());
  if (claim.reuse_address) OK(SetInt(fd, SOL_SOCKET, SO_REUSEADDR, 1));
  if (claim.reuse_port) OK(SetInt(fd, SOL_SOCKET, SO_REUSEPORT, 1));
  if (claim.v6only) OK(SetInt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
  return fd;
}

// errno of the second claim's bind, or of its listen when bind succeeds; 0.
int Conflict(const Claim& first, const Claim& second) {
  int holder = Socket(first);
  OK(BindTo(holder, Ip(first.address, 0)));
  if (first.listening) OK(listen(holder, 1));
  int other = Socket(second);
  int error = 0;
  if (BindTo(other, Ip(second.address, LocalOf(holder).port())) != 0) {
    error = errno;
  } else if (second.listening && listen(other, 1) != 0) {
    error = errno;
  }
  OK(close(other));
  OK(close(holder));
  return error;
}

#define CONFLICT(...) EQ(ErrnoName(Conflict(__VA_ARGS__)), "EADDRINUSE")
#define NO_CONFLICT(...) EQ(ErrnoName(Conflict(__VA_ARGS__)), ErrnoName(0))

std::string Name(int fd) { return LocalOf(fd).ToString(); }

}  // namespace

CASE(ConflictSameAddress) { CONFLICT({"127.0.0.1"}, {"127.0.0.1"}); }

CASE(ConflictAnyAfterSpecific) { CONFLICT({"127.0.0.1"}, {"0.0.0.0"}); }

CASE(ConflictSpecificAfterAny) { CONFLICT({"0.0.0.0"}, {"127.0.0.1"}); }

CASE(ConflictAnyAny) { CONFLICT({"0.0.0.0"}, {"0.0.0.0"}); }

CASE(DifferentAddresses) { NO_CONFLICT({"127.0.0.1"}, {"127.0.0.2"}); }

CASE(DualStackReservesInet) {
  CONFLICT({"::"}, {"0.0.0.0"});
  CONFLICT({"::"}, {"127.0.0.1"});
  CONFLICT({"0.0.0.0"}, {"::"});
  CONFLICT({"127.0.0.1"}, {"::"});
}

CASE(DualStackReservesInet6) {
  CONFLICT({"::"}, {"::1"});
  CONFLICT({"::1"}, {"::"});
  CONFLICT({"::"}, {"::"});
}

CASE(V6OnlyLeavesInetAlone) {
  Claim only = {"::"};
  only.v6only = 1;
  NO_CONFLICT(only, {"0.0.0.0"});
  NO_CONFLICT(only, {"127.0.0.1"});
  NO_CONFLICT({"0.0.0.0"}, only);
  CONFLICT(only, {"::"});
  CONFLICT(only, {"::1"});
}

CASE(SpecificInet6LeavesInetAlone) {
  NO_CONFLICT({"::1"}, {"127.0.0.1"});
  NO_CONFLICT({"::1"}, {"0.0.0.0"});
  NO_CONFLICT({"127.0.0.1"}, {"::1"});
}

CASE(MappedIsInet) {
  CONFLICT({"::ffff:127.0.0.1"}, {"127.0.0.1"});
  CONFLICT({"::ffff:127.0.0.1"}, {"0.0.0.0"});
  CONFLICT({"127.0.0.1"}, {"::ffff:127.0.0.1"});
  CONFLICT({"::ffff:0.0.0.0"}, {"127.0.0.1"});
  NO_CONFLICT({"::ffff:127.0.0.1"}, {"127.0.0.2"});
  NO_CONFLICT({"::ffff:127.0.0.1"}, {"::1"});
}

CASE(ReuseAddressBothBound) {
  NO_CONFLICT({"127.0.0.1", false, 1}, {"127.0.0.1", false, 1});
  NO_CONFLICT({"0.0.0.0", false, 1}, {"127.0.0.1", false, 1});
}

CASE(ReuseAddressOneSided) {
  CONFLICT({"127.0.0.1", false, 1}, {"127.0.0.1", false, 0});
  CONFLICT({"127.0.0.1", false, 0}, {"127.0.0.1", false, 1});
}

CASE(ReuseAddressAgainstListener) {
  CONFLICT({"127.0.0.1", kListening, 1}, {"127.0.0.1", false, 1});
  CONFLICT({"0.0.0.0", kListening, 1}, {"127.0.0.1", false, 1});
  CONFLICT({"127.0.0.1", kListening, 1}, {"0.0.0.0", false, 1});
  NO_CONFLICT({"127.0.0.1", kListening, 1}, {"127.0.0.2", kListening, 1});
}

CASE(ReuseAddressSecondListenFails) {
  // Both may bind; only one may listen.
  int first = Socket({"127.0.0.1", false, 1});
  OK(BindTo(first, Ip("127.0.0.1", 0)));
  int second = Socket({"127.0.0.1", false, 1});
  OK(BindTo(second, LocalOf(first)));
  OK(listen(first, 1));
  ERRNO(listen(second, 1), EADDRINUSE);
}

CASE(ReusePortBoth) {
  NO_CONFLICT({"127.0.0.1", false, 0, 1}, {"127.0.0.1", false, 0, 1});
  NO_CONFLICT({"127.0.0.1", kListening, 0, 1}, {"127.0.0.1", kListening, 0, 1});
  NO_CONFLICT({"0.0.0.0", kListening, 0, 1}, {"127.0.0.1", kListening, 0, 1});
  NO_CONFLICT({"::", kListening, 0, 1}, {"0.0.0.0", kListening, 0, 1});
}

CASE(ReusePortOneSided) {
  CONFLICT({"127.0.0.1", kListening, 0, 1}, {"127.0.0.1", kListening, 0, 0});
  CONFLICT({"127.0.0.1", kListening, 0, 0}, {"127.0.0.1", kListening, 0, 1});
}

CASE(ReusePortOfAnotherUser) {
  int holder = Socket({"127.0.0.1", false, 0, 1});
  OK(BindTo(holder, Ip("127.0.0.1", 0)));
  Address address = LocalOf(holder);
  OK(setresuid(65534, 65534, 65534));
  int fd = Socket({"127.0.0.1", false, 0, 1});
  ERRNO(BindTo(fd, address), EADDRINUSE);
}

CASE(ReusePortDistributes) {
  int first = Socket({"127.0.0.1", true, 0, 1});
  OK(BindTo(first, Ip("127.0.0.1", 0)));
  OK(listen(first, 128));
  int second = Socket({"127.0.0.1", true, 0, 1});
  OK(BindTo(second, LocalOf(first)));
  OK(listen(second, 128));
  for (int i = 0; i < 100; ++i) OK(ConnectTo(Tcp(), LocalOf(first)));
  SetNonBlocking(first, true);
  SetNonBlocking(second, true);
  int count[2] = {};
  while (accept(first, nullptr, nullptr) >= 0) ++count[0];
  while (accept(second, nullptr, nullptr) >= 0) ++count[1];
  EQ(count[0] + count[1], 100);
  TRUE(count[0] > 0 && count[1] > 0);
}

CASE(MoreSpecificListenerWins) {
  int any = Socket({"0.0.0.0", true, 0, 1});
  OK(BindTo(any, Ip("0.0.0.0", 0)));
  OK(listen(any, 8));
  int specific = Socket({"127.0.0.1", true, 0, 1});
  OK(BindTo(specific, Ip("127.0.0.1", LocalOf(any).port())));
  OK(listen(specific, 8));
  OK(ConnectTo(Tcp(), LocalOf(specific)));
  OK(accept(specific, nullptr, nullptr));
  OK(ConnectTo(Tcp(), Ip("127.0.0.2", LocalOf(any).port())));
  OK(accept(any, nullptr, nullptr));
}

CASE(PortFreeAfterListenerCloses) {
  int listener = Listener();
  Address address = LocalOf(listener);
  OK(close(listener));
  OK(BindTo(Tcp(), address));
}

CASE(PortKeptByAcceptedConnection) {
  // An accepted connection holds its listener's port; SO_REUSEADDR, inherited,
  // lets a new listener have it.
  int listener = Socket({"127.0.0.1", true, 1});
  OK(BindTo(listener, Ip("127.0.0.1", 0)));
  OK(listen(listener, 1));
  Address address = LocalOf(listener);
  int client = Tcp();
  OK(ConnectTo(client, address));
  OK(accept(listener, nullptr, nullptr));
  OK(close(listener));
  ERRNO(BindTo(Tcp(), address), EADDRINUSE);
  int again = Socket({"127.0.0.1", true, 1});
  OK(BindTo(again, address));
  OK(listen(again, 1));
}

CASE(PortHeldInTimeWait) {
  for (int reuse : {0, 1}) {
    int listener = Socket({"127.0.0.1", true, reuse});
    OK(BindTo(listener, Ip("127.0.0.1", 0)));
    OK(listen(listener, 1));
    Address address = LocalOf(listener);
    int client = Tcp();
    OK(ConnectTo(client, address));
    int server = OK(accept(listener, nullptr, nullptr));
    OK(close(listener));
    // The server closes first, so it is the side that lingers.
    OK(shutdown(server, SHUT_WR));
    PollFor(client, POLLRDHUP);
    OK(close(client));
    PollFor(server, POLLHUP);
    OK(close(server));
    ERRNO(BindTo(Tcp(), address), EADDRINUSE);
    // Both the old and the new socket must have asked for reuse.
    int again = Socket({"127.0.0.1", true, 1});
    if (reuse == 0) {
      ERRNO(BindTo(again, address), EADDRINUSE);
    } else {
      OK(BindTo(again, address));
      OK(listen(again, 1));
    }
  }
}

CASE(PortFreeAfterAbort) {
  Pair pair = Connected();
  Address address = LocalOf(pair.server);
  Abort(pair.server);
  OK(BindTo(Tcp(), address));
}

CASE(TwoConnectionsOfOneSource) {
  // One source port towards two destinations: two connections.
  int first_listener = Listener();
  int second_listener = Listener();
  int first = Socket({"127.0.0.1", false, 1});
  OK(BindTo(first, Ip("127.0.0.1", 0)));
  int second = Socket({"127.0.0.1", false, 1});
  OK(BindTo(second, LocalOf(first)));
  OK(ConnectTo(first, LocalOf(first_listener)));
  OK(ConnectTo(second, LocalOf(second_listener)));
  EQ(Name(first), Name(second));
}

CASE(SameFourTuple) {
  int listener = Listener();
  int first = Socket({"127.0.0.1", false, 1});
  OK(BindTo(first, Ip("127.0.0.1", 0)));
  int second = Socket({"127.0.0.1", false, 1});
  OK(BindTo(second, LocalOf(first)));
  OK(ConnectTo(first, LocalOf(listener)));
  ERRNO(ConnectTo(second, LocalOf(listener)), EADDRNOTAVAIL);
}

CASE(DualStackAcceptsInet) {
  int listener = Listener(Ip("::", 0));
  int fd = Tcp();
  OK(ConnectTo(fd, Ip("127.0.0.1", LocalOf(listener).port())));
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(LocalOf(server).family(), AF_INET6);
  EQ(LocalOf(server).ToString(),
     "[::ffff:127.0.0.1]:" + std::to_string(LocalOf(listener).port()));
  EQ(PeerOf(server).ToString(),
     "[::ffff:127.0.0.1]:" + std::to_string(LocalOf(fd).port()));
  EQ(PeerOf(fd).family(), AF_INET);
}

CASE(DualStackAcceptsInet6) {
  int listener = Listener(Ip("::", 0));
  int fd = Tcp(AF_INET6);
  OK(ConnectTo(fd, Ip("::1", LocalOf(listener).port())));
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(PeerOf(server).ToString(), LocalOf(fd).ToString());
}

CASE(V6OnlyRefusesInet) {
  int listener = Tcp(AF_INET6);
  OK(SetInt(listener, IPPROTO_IPV6, IPV6_V6ONLY, 1));
  OK(BindTo(listener, Ip("::", 0)));
  OK(listen(listener, 1));
  ERRNO(ConnectTo(Tcp(), Ip("127.0.0.1", LocalOf(listener).port())),
        ECONNREFUSED);
}

CASE(V6OnlyBindOfMapped) {
  int fd = Tcp(AF_INET6);
  OK(SetInt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
  ERRNO(BindTo(fd, Ip("::ffff:127.0.0.1", 0)), EINVAL);
}

CASE(V6OnlyIsFixedByBind) {
  int fd = Tcp(AF_INET6);
  OK(BindTo(fd, Ip("::1", 0)));
  ERRNO(SetInt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1), EINVAL);
}
