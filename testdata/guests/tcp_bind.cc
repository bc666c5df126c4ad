// bind(2), ports and addresses: what conflicts with what
// (net/ipv4/inet_connection_sock.c:inet_csk_get_port), and the names sockets
// have in each state.
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <set>

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

CASE(PortZeroIsChosen) {
  int fd = Tcp();
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  int port = LocalOf(fd).port();
  TRUE(port >= 32768 && port <= 60999);
}

CASE(PortZeroIsNeverTheSame) {
  std::set<int> ports;
  for (int i = 0; i < 100; ++i) {
    int fd = Tcp();
    OK(BindTo(fd, Ip("0.0.0.0", 0)));
    TRUE(ports.insert(LocalOf(fd).port()).second);
  }
}

CASE(ConnectChoosesPort) {
  std::set<int> ports;
  int listener = Listener(Ip("127.0.0.1", 0), 100);
  for (int i = 0; i < 50; ++i) {
    int fd = Tcp();
    OK(ConnectTo(fd, LocalOf(listener)));
    int port = LocalOf(fd).port();
    TRUE(port >= 32768 && port <= 60999);
    TRUE(ports.insert(port).second);
  }
}

CASE(ListenChoosesPort) {
  int fd = Tcp();
  OK(listen(fd, 1));
  Address name = LocalOf(fd);
  TRUE(name.port() >= 32768 && name.port() <= 60999);
  EQ(name.ToString(), "0.0.0.0:" + std::to_string(name.port()));
}

CASE(NameWhileUnbound) {
  EQ(Name(Tcp()), "0.0.0.0:0");
  EQ(Name(Tcp(AF_INET6)), "[::]:0");
}

CASE(NameWhileBound) {
  int fd = Tcp();
  OK(BindTo(fd, Ip("127.0.0.3", 4711)));
  EQ(Name(fd), "127.0.0.3:4711");
  OK(listen(fd, 1));
  EQ(Name(fd), "127.0.0.3:4711");
}

CASE(NameOfWildcardListener) {
  int fd = Listener(Ip("0.0.0.0", 4712));
  EQ(Name(fd), "0.0.0.0:4712");
  int client = Tcp();
  OK(ConnectTo(client, Ip("127.0.0.1", 4712)));
  int server = OK(accept(fd, nullptr, nullptr));
  EQ(Name(server), "127.0.0.1:4712");
  EQ(Name(fd), "0.0.0.0:4712");
}

CASE(NamesOfAPair) {
  Pair pair = Connected();
  EQ(Name(pair.client), PeerOf(pair.server).ToString());
  EQ(Name(pair.server), PeerOf(pair.client).ToString());
}

CASE(NamesOfAPair6) {
  Pair pair = Connected6();
  EQ(Name(pair.client), PeerOf(pair.server).ToString());
  EQ(Name(pair.server), PeerOf(pair.client).ToString());
  EQ(LocalOf(pair.client).size, 28);
}

CASE(NameWhileConnecting) {
  Pending pending = Connecting();
  EQ(Name(pending.fd).rfind("127.0.0.1:", 0), 0);
  Address peer;
  peer.size = sizeof(peer.storage);
  ERRNO(getpeername(pending.fd, peer.get(), &peer.size), ENOTCONN);
}

CASE(NameAfterRefusal) {
  int fd = Tcp();
  ERRNO(ConnectTo(fd, Unused()), ECONNREFUSED);
  // The address is given back; the port is still shown though it is free.
  Address name = LocalOf(fd);
  EQ(name.ToString(), "0.0.0.0:" + std::to_string(name.port()));
}

CASE(NamesAfterPeerFin) {
  Pair pair = Connected();
  std::string peer = PeerOf(pair.client).ToString();
  OK(close(pair.server));
  PollFor(pair.client, POLLRDHUP);
  EQ(PeerOf(pair.client).ToString(), peer);
}

CASE(NamesAfterReset) {
  Pair pair = Connected();
  Abort(pair.server);
  PollFor(pair.client, POLLIN);
  Address peer;
  peer.size = sizeof(peer.storage);
  ERRNO(getpeername(pair.client, peer.get(), &peer.size), ENOTCONN);
  EQ(Name(pair.client).rfind("127.0.0.1:", 0), 0);
}

CASE(PeerNameErrors) {
  Address peer;
  peer.size = sizeof(peer.storage);
  ERRNO(getpeername(Tcp(), peer.get(), &peer.size), ENOTCONN);
  ERRNO(getpeername(Listener(), peer.get(), &peer.size), ENOTCONN);
  ERRNO(getpeername(-1, peer.get(), &peer.size), EBADF);
  ERRNO(getpeername(OK(open("/dev/null", O_RDONLY)), peer.get(), &peer.size),
        ENOTSOCK);
}

CASE(NameTruncated) {
  // The length says what there is, the buffer gets what fits.
  int fd = Tcp();
  OK(BindTo(fd, Ip("127.0.0.1", 4713)));
  char bytes[16];
  memset(bytes, 0x55, sizeof(bytes));
  socklen_t size = 4;
  OK(getsockname(fd, reinterpret_cast<sockaddr*>(bytes), &size));
  EQ(size, 16);
  EQ(bytes[0], AF_INET);
  EQ(bytes[4], 0x55);
}

CASE(NameBadArguments) {
  int fd = Tcp();
  Address name;
  name.size = -1;
  ERRNO(getsockname(fd, name.get(), &name.size), EINVAL);
  ERRNO(getsockname(fd, name.get(), nullptr), EFAULT);
  name.size = 16;
  ERRNO(getsockname(fd, static_cast<sockaddr*>(Garbage()), &name.size), EFAULT);
}

CASE(BindTwice) {
  int fd = Tcp();
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  ERRNO(BindTo(fd, Ip("127.0.0.1", 0)), EINVAL);
}

CASE(BindAfterConnect) {
  Pair pair = Connected();
  ERRNO(BindTo(pair.client, Ip("127.0.0.1", 0)), EINVAL);
}

CASE(BindAfterFailedBind) {
  int holder = Listener();
  int fd = Tcp();
  ERRNO(BindTo(fd, LocalOf(holder)), EADDRINUSE);
  EQ(Name(fd), "0.0.0.0:0");
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
}

CASE(ForeignAddress) {
  ERRNO(BindTo(Tcp(), Ip("192.0.2.1", 0)), EADDRNOTAVAIL);
  ERRNO(BindTo(Tcp(AF_INET6), Ip("2001:db8::1", 0)), EADDRNOTAVAIL);
}

CASE(ForeignAddressFreebind) {
  int fd = Tcp();
  OK(SetInt(fd, IPPROTO_IP, IP_FREEBIND, 1));
  OK(BindTo(fd, Ip("192.0.2.1", 4714)));
  EQ(Name(fd), "192.0.2.1:4714");
}

CASE(ForeignAddressTransparent) {
  int fd = Tcp();
  OK(SetInt(fd, IPPROTO_IP, IP_TRANSPARENT, 1));
  OK(BindTo(fd, Ip("192.0.2.1", 4714)));
}

CASE(MulticastAddress) {
  ERRNO(BindTo(Tcp(AF_INET6), Ip("ff02::1", 0)), EINVAL);
}

CASE(LoopbackRange) { OK(BindTo(Tcp(), Ip("127.1.2.3", 0))); }

CASE(LinkLocalNeedsScope) {
  ERRNO(BindTo(Tcp(AF_INET6), Ip("fe80::1", 0)), EINVAL);
}

CASE(WrongFamily) {
  ERRNO(BindTo(Tcp(), Ip("::1", 0)), EAFNOSUPPORT);
  Address address = Ip("127.0.0.1", 0);
  address.storage.ss_family = AF_UNIX;
  ERRNO(BindTo(Tcp(), address), EAFNOSUPPORT);
}

CASE(UnspecFamilyMeansInetForAny) {
  Address address = Ip("0.0.0.0", 0);
  address.storage.ss_family = AF_UNSPEC;
  OK(BindTo(Tcp(), address));
  Address loopback = Ip("127.0.0.1", 0);
  loopback.storage.ss_family = AF_UNSPEC;
  ERRNO(BindTo(Tcp(), loopback), EAFNOSUPPORT);
}

CASE(WrongFamily6) {
  Address inet = Ip("127.0.0.1", 0);
  ERRNO(BindTo(Tcp(AF_INET6), inet), EINVAL);
  inet.size = sizeof(inet.storage);
  ERRNO(BindTo(Tcp(AF_INET6), inet), EAFNOSUPPORT);
}

CASE(ShortAddress) {
  Address address = Ip("127.0.0.1", 0);
  ERRNO(bind(Tcp(), address.get(), 15), EINVAL);
  ERRNO(bind(Tcp(), address.get(), 0), EINVAL);
  ERRNO(bind(Tcp(), address.get(), -1), EINVAL);
  ERRNO(bind(Tcp(), address.get(), 200), EINVAL);
  Address address6 = Ip("::1", 0);
  ERRNO(bind(Tcp(AF_INET6), address6.get(), 23), EINVAL);
  OK(bind(Tcp(AF_INET6), address6.get(), 24));
}

CASE(BadArguments) {
  ERRNO(bind(Tcp(), static_cast<sockaddr*>(Garbage()), 16), EFAULT);
  ERRNO(BindTo(-1, Ip("127.0.0.1", 0)), EBADF);
  ERRNO(BindTo(OK(open("/dev/null", O_RDONLY)), Ip("127.0.0.1", 0)), ENOTSOCK);
}

CASE(PrivilegedPortAsRoot) { OK(BindTo(Tcp(), Ip("127.0.0.1", 179))); }

CASE(PrivilegedPortAsUser) {
  OK(setresuid(65534, 65534, 65534));
  ERRNO(BindTo(Tcp(), Ip("127.0.0.1", 179)), EACCES);
  ERRNO(BindTo(Tcp(AF_INET6), Ip("::1", 179)), EACCES);
  ERRNO(BindTo(Tcp(), Ip("127.0.0.1", 1023)), EACCES);
  OK(BindTo(Tcp(), Ip("127.0.0.1", 1024)));
  OK(BindTo(Tcp(), Ip("127.0.0.1", 0)));
}

CASE(PrivilegedPortByCapability) {
  // As bgpd runs: another user that kept CAP_NET_BIND_SERVICE.
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  data[0].effective = data[0].permitted = 1u << CAP_NET_BIND_SERVICE;
  OK(syscall(SYS_capset, &header, data));
  OK(BindTo(Tcp(), Ip("127.0.0.1", 179)));
  data[0].effective = data[0].permitted = 0;
  OK(syscall(SYS_capset, &header, data));
  ERRNO(BindTo(Tcp(), Ip("127.0.0.1", 180)), EACCES);
}

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

CASE(BoundToDevice) {
  int listener = Tcp();
  OK(setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
  char name[IFNAMSIZ] = "";
  socklen_t size = sizeof(name);
  OK(getsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, name, &size));
  EQ(name, std::string("lo"));
  EQ(size, 3);
  OK(BindTo(listener, Ip("127.0.0.1", 0)));
  OK(listen(listener, 1));
  OK(ConnectTo(Tcp(), LocalOf(listener)));
}

CASE(BoundToDeviceThatIsNot) {
  ERRNO(setsockopt(Tcp(), SOL_SOCKET, SO_BINDTODEVICE, "eth7", 5), ENODEV);
}

CASE(BoundToDeviceUndone) {
  int fd = Tcp();
  OK(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
  OK(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
  char name[IFNAMSIZ] = "";
  socklen_t size = sizeof(name);
  OK(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &size));
  EQ(size, 0);
}
