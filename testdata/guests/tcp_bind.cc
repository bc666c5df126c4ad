// bind(2): what may be bound, and the names sockets have in each state.
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <set>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

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
