// Sockets on a node with an interface: 10.0.0.1/24, 10.0.0.2/24 and
// 2001:db8::1/64 on an eth0 that nobody answers on.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

std::string Host(const Address& address) {
  std::string text = address.ToString();
  return text.substr(0, text.rfind(':'));
}

}  // namespace

CASE(BindToEach) {
  OK(BindTo(Tcp(), Ip("10.0.0.1", 0)));
  OK(BindTo(Tcp(), Ip("10.0.0.2", 0)));
  OK(BindTo(Tcp(AF_INET6), Ip("2001:db8::1", 0)));
  ERRNO(BindTo(Tcp(), Ip("10.0.0.3", 0)), EADDRNOTAVAIL);
  ERRNO(BindTo(Tcp(AF_INET6), Ip("2001:db8::2", 0)), EADDRNOTAVAIL);
}

CASE(BindToNetworkAndBroadcast) {
  // fib_check: a broadcast address may be bound to by TCP's bind, as any
  // address that is not somebody else's.
  OK(BindTo(Tcp(), Ip("10.0.0.255", 0)));
}

CASE(OwnAddressToItself) {
  Pair pair = ConnectedOver(Ip("10.0.0.1", 0));
  EQ(Host(LocalOf(pair.client)), "10.0.0.1");
  EQ(Host(PeerOf(pair.client)), "10.0.0.1");
  SendAll(pair.client, "x");
  EQ(ReadExactly(pair.server, 1), "x");
}

CASE(OwnAddressToTheOther) {
  int listener = Listener(Ip("10.0.0.1", 0));
  int fd = Tcp();
  OK(BindTo(fd, Ip("10.0.0.2", 0)));
  OK(ConnectTo(fd, LocalOf(listener)));
  EQ(Host(PeerOf(OK(accept(listener, nullptr, nullptr)))), "10.0.0.2");
}

CASE(LoopbackToOwnAddress) {
  int listener = Listener(Ip("10.0.0.1", 0));
  int fd = Tcp();
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  OK(ConnectTo(fd, LocalOf(listener)));
  EQ(Host(PeerOf(OK(accept(listener, nullptr, nullptr)))), "127.0.0.1");
}

CASE(SecondaryAddressIsNoSource) {
  // Its local route prefers the primary address of the subnet.
  Pair pair = ConnectedOver(Ip("10.0.0.2", 0));
  EQ(Host(LocalOf(pair.client)), "10.0.0.1");
}

CASE(Inet6OwnAddress) {
  Pair pair = ConnectedOver(Ip("2001:db8::1", 0));
  EQ(Host(LocalOf(pair.client)), "[2001:db8::1]");
  SendAll(pair.client, "x");
  EQ(ReadExactly(pair.server, 1), "x");
}

CASE(WildcardListenerHearsAll) {
  int listener = Listener(Ip("::", 0));
  int port = LocalOf(listener).port();
  for (const char* text : {"127.0.0.1", "10.0.0.1", "10.0.0.2"}) {
    OK(ConnectTo(Tcp(), Ip(text, port)));
    int server = OK(accept(listener, nullptr, nullptr));
    EQ(Host(LocalOf(server)), std::string("[::ffff:") + text + "]");
  }
  for (const char* text : {"::1", "2001:db8::1"}) {
    OK(ConnectTo(Tcp(AF_INET6), Ip(text, port)));
    int server = OK(accept(listener, nullptr, nullptr));
    EQ(Host(LocalOf(server)), std::string("[") + text + "]");
  }
}

CASE(SpecificListenerHearsOnlyItsOwn) {
  int listener = Listener(Ip("10.0.0.1", 0));
  int port = LocalOf(listener).port();
  ERRNO(ConnectTo(Tcp(), Ip("10.0.0.2", port)), ECONNREFUSED);
  ERRNO(ConnectTo(Tcp(), Ip("127.0.0.1", port)), ECONNREFUSED);
}

CASE(OnePortOnEachAddress) {
  int listener = Listener(Ip("10.0.0.1", 4750));
  OK(BindTo(Tcp(), Ip("10.0.0.2", 4750)));
  OK(BindTo(Tcp(), Ip("127.0.0.1", 4750)));
  OK(close(listener));
}

CASE(NeighbourWithoutAnswer) {
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, Ip("10.0.0.9", 179)), EINPROGRESS);
  pollfd entry = {fd, kAllBits, 0};
  EQ(OK(poll(&entry, 1, 200)), 0);
  EQ(TcpState(fd), TCP_SYN_SENT);
  EQ(Host(LocalOf(fd)), "10.0.0.1");
}

CASE(NeighbourWithoutAnswerIsUnreachable) {
  // Three ARP requests, one a second, then the neighbour is given up.
  int fd = Tcp();
  ERRNO(ConnectTo(fd, Ip("10.0.0.9", 179)), EHOSTUNREACH);
  EQ(SoError(fd), 0);
}

CASE(NeighbourWithoutAnswerBits) {
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, Ip("10.0.0.9", 179)), EINPROGRESS);
  EQ(guest::PollBits(PollFor(fd, kAllBits)), "IN|OUT|ERR|HUP|RDHUP");
  EQ(SoError(fd), EHOSTUNREACH);
}

CASE(BeyondTheLink) {
  // No default route.
  ERRNO(ConnectTo(Tcp(), Ip("10.0.1.1", 179)), ENETUNREACH);
  ERRNO(ConnectTo(Tcp(AF_INET6), Ip("2001:db8:1::1", 179)), ENETUNREACH);
}

CASE(BroadcastIsRefused) {
  ERRNO(ConnectTo(Tcp(), Ip("10.0.0.255", 179)), ENETUNREACH);
}

CASE(DeviceWithoutRoute) {
  // Where no route leads, a device that is asked for is taken as on-link.
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  OK(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
  ERRNO(ConnectTo(fd, Ip("10.0.1.1", 179)), EINPROGRESS);
}

CASE(DeviceOfAListener) {
  // Traffic of a node to itself counts as of the device its address is on.
  int listener = Tcp();
  OK(setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5));
  OK(BindTo(listener, Ip("0.0.0.0", 0)));
  OK(listen(listener, 1));
  OK(ConnectTo(Tcp(), Ip("10.0.0.1", LocalOf(listener).port())));
  OK(accept(listener, nullptr, nullptr));
  ERRNO(ConnectTo(Tcp(), Ip("127.0.0.1", LocalOf(listener).port())),
        ECONNREFUSED);
}

CASE(DeviceIsInherited) {
  int listener = Tcp();
  OK(setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5));
  OK(BindTo(listener, Ip("10.0.0.1", 0)));
  OK(listen(listener, 1));
  OK(ConnectTo(Tcp(), LocalOf(listener)));
  int server = OK(accept(listener, nullptr, nullptr));
  char name[IFNAMSIZ] = "";
  socklen_t size = sizeof(name);
  OK(getsockopt(server, SOL_SOCKET, SO_BINDTODEVICE, name, &size));
  EQ(name, std::string("eth0"));
}

CASE(DevicesSharePort) {
  int first = Tcp(), second = Tcp();
  OK(setsockopt(first, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5));
  OK(setsockopt(second, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
  OK(BindTo(first, Ip("0.0.0.0", 4760)));
  OK(listen(first, 1));
  OK(BindTo(second, Ip("0.0.0.0", 4760)));
  OK(listen(second, 1));
}

CASE(InterfaceAddresses) {
  ifaddrs* list = nullptr;
  OK(getifaddrs(&list));
  std::set<std::string> seen;
  for (ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(at->ifa_addr)->sin_addr,
              text, sizeof(text));
    seen.insert(std::string(at->ifa_name) + " " + text);
  }
  freeifaddrs(list);
  TRUE(seen.count("lo 127.0.0.1"));
  TRUE(seen.count("eth0 10.0.0.1"));
  TRUE(seen.count("eth0 10.0.0.2"));
}

CASE(InterfaceIoctls) {
  int fd = Tcp();
  ifreq request = {};
  strcpy(request.ifr_name, "eth0");
  OK(ioctl(fd, SIOCGIFINDEX, &request));
  EQ(request.ifr_ifindex, if_nametoindex("eth0"));
  TRUE(request.ifr_ifindex > 1);
  OK(ioctl(fd, SIOCGIFFLAGS, &request));
  int flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST;
  EQ(request.ifr_flags & (flags | IFF_LOOPBACK), flags);
  OK(ioctl(fd, SIOCGIFMTU, &request));
  EQ(request.ifr_mtu, 1500);
  OK(ioctl(fd, SIOCGIFADDR, &request));
  EQ(reinterpret_cast<sockaddr_in*>(&request.ifr_addr)->sin_addr.s_addr,
     htonl(0x0a000001));
  OK(ioctl(fd, SIOCGIFNETMASK, &request));
  EQ(reinterpret_cast<sockaddr_in*>(&request.ifr_netmask)->sin_addr.s_addr,
     htonl(0xffffff00));
}

CASE(SpeedOfTheLink) {
  int fd = Tcp();
  ethtool_cmd settings = {};
  settings.cmd = ETHTOOL_GSET;
  ifreq request = {};
  strcpy(request.ifr_name, "eth0");
  request.ifr_data = reinterpret_cast<char*>(&settings);
  OK(ioctl(fd, SIOCETHTOOL, &request));
  EQ(ethtool_cmd_speed(&settings), SPEED_10000);
  EQ(settings.duplex, DUPLEX_FULL);
  EQ(settings.port, PORT_TP);
  EQ(settings.autoneg, AUTONEG_DISABLE);
  strcpy(request.ifr_name, "lo");
  ERRNO(ioctl(fd, SIOCETHTOOL, &request), EOPNOTSUPP);
  strcpy(request.ifr_name, "nosuch0");
  ERRNO(ioctl(fd, SIOCETHTOOL, &request), ENODEV);
  request.ifr_data = nullptr;
  ERRNO(ioctl(fd, SIOCETHTOOL, &request), EFAULT);
}

CASE(MaxSegmentOfTheLink) {
  // 1500 less 40 of headers and 12 of time stamps; over lo it is lo's.
  Pair pair = ConnectedOver(Ip("10.0.0.1", 0));
  TRUE(GetInt(pair.client, IPPROTO_TCP, TCP_MAXSEG) > 1500);
}

CASE(UdpToOwnAddress) {
  int server = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(BindTo(server, Ip("10.0.0.1", 0)));
  int client = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(ConnectTo(client, LocalOf(server)));
  EQ(Host(LocalOf(client)), "10.0.0.1");
  SendAll(client, "x");
  EQ(ReadExactly(server, 1), "x");
}

CASE(LinkDownTakesRoutesAway) {
  int control = Tcp();
  ifreq request = {};
  strcpy(request.ifr_name, "eth0");
  OK(ioctl(control, SIOCGIFFLAGS, &request));
  short up = request.ifr_flags;
  request.ifr_flags = up & ~IFF_UP;
  OK(ioctl(control, SIOCSIFFLAGS, &request));
  ERRNO(ConnectTo(Tcp(), Ip("10.0.0.9", 179)), ENETUNREACH);
  // The address stays the node's own.
  OK(BindTo(Tcp(), Ip("10.0.0.1", 0)));
  request.ifr_flags = up;
  OK(ioctl(control, SIOCSIFFLAGS, &request));
  OK(ioctl(control, SIOCGIFFLAGS, &request));
  TRUE(request.ifr_flags & IFF_UP);
}
