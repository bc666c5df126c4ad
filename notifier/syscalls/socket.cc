// socket(2): which families, types and protocols there are, and who makes them.
#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "notifier/datagram/datagram_protocol.h"
#include "notifier/datagram/datagram_socket.h"
#include "notifier/guest/thread_access.h"
#include "notifier/netlink_socket/netlink_socket.h"
#include "notifier/packet/packet_socket.h"
#include "notifier/stream/tcp_protocol.h"
#include "notifier/stream/tcp_socket.h"
#include "notifier/syscalls/socket_calls.h"

namespace quiesce {
namespace {

constexpr int kTypeMask = 0xf;           // SOCK_TYPE_MASK
constexpr int kFamilies = 46;            // AF_MAX
constexpr int kTypes = SOCK_PACKET + 1;  // SOCK_MAX
constexpr int kProtocols = 263;          // IPPROTO_MAX
constexpr int kNetlinkProtocols = 32;    // MAX_LINKS

// net/ipv4/af_inet.c:inet_create, net/ipv6/af_inet6.c:inet6_create, with TCP,
// UDP, UDP-Lite, ping and raw sockets registered.
Outcome InternetSocket(Call& call, int family, int type, int protocol,
                       bool nonblocking, bool close_on_exec) {
  if (protocol < 0 || protocol >= kProtocols) return Outcome::Fail(EINVAL);
  const int ping = family == AF_INET ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  NodeKernel& kernel = *call.kernel;
  switch (type) {
    case SOCK_STREAM:
      if (protocol != 0 && protocol != IPPROTO_TCP) {
        return Outcome::Fail(EPROTONOSUPPORT);
      }
      return TcpSocket::Create(kernel, family, nonblocking, close_on_exec);
    case SOCK_DGRAM:
      if (protocol == 0) protocol = IPPROTO_UDP;
      if (protocol == ping) {  // ping.c:ping_init_sock
        const SocketSettings& settings = kernel.stack().socket_settings();
        if (settings.ping_group_from > settings.ping_group_to ||
            !InGroups(call.tid, settings.ping_group_from,
                      settings.ping_group_to)) {
          return Outcome::Fail(EACCES);
        }
      } else if (protocol != IPPROTO_UDP && protocol != IPPROTO_UDPLITE) {
        return Outcome::Fail(EPROTONOSUPPORT);
      }
      return DatagramSocket::Create(kernel, family, type, protocol, nonblocking,
                                    close_on_exec);
    case SOCK_RAW:
      if (protocol == 0) return Outcome::Fail(EPROTONOSUPPORT);
      if (!call.Capable(CAP_NET_RAW)) return Outcome::Fail(EPERM);
      return DatagramSocket::Create(kernel, family, type, protocol, nonblocking,
                                    close_on_exec);
    default:
      return Outcome::Fail(ESOCKTNOSUPPORT);
  }
}

// A socket that we keep, if there is room for one.
template <typename Make>
Outcome Emulated(Call& call, Make make) {
  Outcome made =
      call.kernel->HasRoomForSocket() ? make() : Outcome::Fail(ENFILE);
  if (made.kind() == Outcome::Kind::kFail && made.error() == ENFILE) {
    call.kernel->Confess(
        "socket(2) has failed with ENFILE: the node has as many sockets as the "
        "supervisor's own limit of descriptors allows");
  }
  return made;
}

// net/netlink/af_netlink.c:netlink_create.
Outcome NetlinkFamily(Call& call, int type, int protocol, bool nonblocking,
                      bool close_on_exec) {
  if (type != SOCK_RAW && type != SOCK_DGRAM) {
    return Outcome::Fail(ESOCKTNOSUPPORT);
  }
  if (protocol < 0 || protocol >= kNetlinkProtocols) {
    return Outcome::Fail(EPROTONOSUPPORT);
  }
  if (protocol == NETLINK_ROUTE) {
    return NetlinkSocket::Create(*call.kernel, call.tgid, type, nonblocking,
                                 close_on_exec);
  }
  // The namespace would say that there are no sockets. Without it, as on a
  // kernel without CONFIG_INET_DIAG, ss reads /proc/net/tcp, which knows.
  if (protocol == NETLINK_SOCK_DIAG) return Outcome::Fail(EPROTONOSUPPORT);
  // The node's own empty network namespace answers the others truthfully:
  // there is nothing there.
  call.kernel->Confess(
      "netlink other than NETLINK_ROUTE: answered by an empty "
      "network namespace");
  return Outcome::Native();
}

// net/packet/af_packet.c:packet_create.
Outcome PacketFamily(Call& call, int type, int protocol, bool nonblocking,
                     bool close_on_exec) {
  if (!call.Capable(CAP_NET_RAW)) return Outcome::Fail(EPERM);
  if (type == SOCK_PACKET) {
    call.kernel->Confess("SOCK_PACKET: not there; SOCK_RAW is");
    return Outcome::Fail(ESOCKTNOSUPPORT);
  }
  if (type != SOCK_RAW && type != SOCK_DGRAM) {
    return Outcome::Fail(ESOCKTNOSUPPORT);
  }
  return PacketSocket::Create(*call.kernel, type, protocol, nonblocking,
                              close_on_exec);
}

}  // namespace

void AddProtocols(NodeKernel& kernel) {
  TcpProtocol::Of(kernel);
  DatagramProtocol::AddAll(kernel);
}

// net/socket.c:__sys_socket, __sock_create.
Outcome SysSocket(Call& call) {
  int family = call.Int(0);
  int type = call.Int(1) & kTypeMask;
  int flags = call.Int(1) & ~kTypeMask;
  int protocol = call.Int(2);
  if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) return Outcome::Fail(EINVAL);
  if (family < 0 || family >= kFamilies) return Outcome::Fail(EAFNOSUPPORT);
  if (type < 0 || type >= kTypes) return Outcome::Fail(EINVAL);
  if (family == AF_INET && type == SOCK_PACKET) family = AF_PACKET;
  bool nonblocking = flags & SOCK_NONBLOCK;
  bool close_on_exec = flags & SOCK_CLOEXEC;
  if (family == AF_UNIX || family == AF_ALG) return Outcome::Native();
  Outcome made = Emulated(call, [&] {
    switch (family) {
      case AF_INET:
      case AF_INET6:
        return InternetSocket(call, family, type, protocol, nonblocking,
                              close_on_exec);
      case AF_NETLINK:
        return NetlinkFamily(call, type, protocol, nonblocking, close_on_exec);
      case AF_PACKET:
        return PacketFamily(call, type, protocol, nonblocking, close_on_exec);
      default:
        return Outcome::Fail(EAFNOSUPPORT);
    }
  });
  if (made.kind() == Outcome::Kind::kFail &&
      (made.error() == EAFNOSUPPORT || made.error() == EPROTONOSUPPORT)) {
    call.kernel->Confess(absl::StrCat("socket(2) is refused: family ", family,
                                      " type ", type, " protocol ", protocol));
  }
  return made;
}

}  // namespace quiesce
