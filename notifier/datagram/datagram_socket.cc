#include "notifier/datagram/datagram_socket.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "notifier/datagram/datagram_protocol.h"
#include "notifier/datagram/icmp_echo.h"
#include "notifier/kernel/packet_placeholder.h"
#include "notifier/kernel/placeholder.h"
#include "notifier/kernel/socket_address.h"
#include "notifier/sockopt/interface_ioctl.h"
#include "notifier/sockopt/option_shapes.h"

namespace quiesce {
namespace {

constexpr int kSolRaw = 255;      // SOL_RAW
constexpr int kNoSuchLevel = -1;  // what it is called differs

}  // namespace

Outcome DatagramSocket::Create(NodeKernel& kernel, int family, int type,
                               int protocol, bool nonblocking,
                               bool close_on_exec) {
  auto pair = NewPacketPlaceholder(nonblocking, 1 << 20);
  if (!pair.ok()) return Outcome::Fail(pair.error());
  uint64_t cookie = SocketCookie(pair->guest.get());
  kernel.AddSocket(std::make_unique<DatagramSocket>(
      cookie, family, type, protocol, &kernel,
      DatagramProtocol::Of(kernel, protocol), std::move(pair->ours)));
  NodeKernel* owner = &kernel;
  return Outcome::Install(std::move(pair->guest), close_on_exec,
                          [owner, cookie](bool installed) {
                            if (!installed) owner->RemoveSocket(cookie);
                          });
}

DatagramSocket::DatagramSocket(uint64_t cookie, int family, int type,
                               int number, NodeKernel* kernel,
                               DatagramProtocol* protocol, UniqueFd end)
    : Socket(cookie, family, type, number),
      kernel_(kernel),
      protocol_(protocol),
      end_(std::move(end)),
      options_(type == SOCK_RAW            ? kOnRaw
               : number == IPPROTO_UDPLITE ? kOnUdpLite
                                           : kOnUdp),
      multicast_(&kernel->stack()),
      mroute_(this, kernel) {
  if (family == AF_INET6 && number == IPPROTO_ICMPV6) {
    options_.Put(IPPROTO_IPV6, IPV6_CHECKSUM, 2);  // where it lies
  }
  if (ping()) options_.Put(SOL_SOCKET, SO_REUSEADDR, 1);
  watch_ = kernel_->Watch(end_.get(), this);
  if (protocol_ == nullptr) return;
  protocol_->Add(this);
  number_ = kernel_->session_base() + protocol_->NewClaim();
}

DatagramSocket::~DatagramSocket() {
  kernel_->Unwatch(watch_);
  if (protocol_ == nullptr) return;
  protocol_->Remove(this);
  DatagramProtocol* claims =
      ping() ? DatagramProtocol::Of(*kernel_, IPPROTO_ICMP) : protocol_;
  claims->ports().Release(claim_);
}

// What the guest wrote natively goes to the connected peer.
void DatagramSocket::OnEnd(uint32_t events) {
  if (events & EPOLLIN) {
    while (auto bytes = NextPacket(end_.get())) {
      if (!remote_.address.valid()) continue;
      if (ping() && !IsEcho(family(), *bytes)) continue;
      if (int error = Transmit(remote_, Choice(), *bytes)) error_ = error;
    }
  }
  if (events & EPOLLHUP) kernel_->RemoveSocket(cookie());
}

// --- Names -------------------------------------------------------------------

Outcome DatagramSocket::Bind(Call& call, int, const SockAddr& address) {
  auto wanted = ParseBindAddress(family(), address);
  if (!wanted.ok()) return Outcome::Fail(wanted.error());
  Endpoint local = *wanted;
  if (family() == AF_INET6 && local.address.v4() &&
      options_.Get(IPPROTO_IPV6, IPV6_V6ONLY)) {
    return Outcome::Fail(EINVAL);
  }
  uint32_t scope = local.scope != 0 ? local.scope : common_.device;
  if (local.address.v6() && local.address.is_link_local() && scope == 0) {
    return Outcome::Fail(EINVAL);
  }
  bool free_bind = options_.Get(IPPROTO_IP, IP_FREEBIND) ||
                   options_.Get(IPPROTO_IP, IP_TRANSPARENT) ||
                   options_.Get(IPPROTO_IPV6, IPV6_FREEBIND);
  if (!local.address.is_any() && !local.address.is_multicast() && !free_bind) {
    if (int error = kernel_->stack().CanBind(local.address, scope)) {
      return Outcome::Fail(error);
    }
  }
  if (raw()) {
    local.port = 0;
    local_ = local;
    if (local.scope != 0) common_.device = local.scope;
    return Outcome::Value(0);
  }
  // ping.c:ping_check_bind_addr
  if (ping() && !local.address.is_any() &&
      (local.address.is_multicast() ||
       kernel_->stack().IsBroadcast(local.address))) {
    return Outcome::Fail(EADDRNOTAVAIL);
  }
  if (!ping() && local.port != 0 && local.port < 1024 &&
      !call.Capable(CAP_NET_BIND_SERVICE)) {
    return Outcome::Fail(EACCES);
  }
  if (claim_ != 0) return Outcome::Fail(EINVAL);
  Endpoint before = local_;
  local_ = local;
  if (local.scope != 0) common_.device = local.scope;
  if (int error = Autobind()) {
    local_ = before;
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

// udp_lib_get_port(): for UDP, reuse lets two sockets have the very same name.
int DatagramSocket::Autobind() {
  if (raw() || claim_ != 0) return 0;
  if (ping()) return TakeIdentifier();
  PortClaim claim;
  claim.id = protocol_->NewClaim();
  claim.port = local_.port;
  claim.family = family();
  claim.address =
      local_.address.valid() ? local_.address : IpAddress::Any(family());
  claim.v6_only = options_.Get(IPPROTO_IPV6, IPV6_V6ONLY) != 0;
  claim.device = common_.device;
  claim.reuse_address = options_.Get(SOL_SOCKET, SO_REUSEADDR) != 0;
  claim.reuse_port = options_.Get(SOL_SOCKET, SO_REUSEPORT) != 0;
  if (local_.port != 0) {
    if (int error = protocol_->ports().Claim(claim, kernel_->now(),
                                             protocol_->Probe())) {
      return error;
    }
  } else {
    auto port = protocol_->ports().ClaimAny(claim, kernel_->Random(),
                                            kernel_->now(), protocol_->Probe());
    if (!port.ok()) return port.error();
    local_.port = *port;
  }
  if (!local_.address.valid()) local_.address = IpAddress::Any(family());
  claim_ = claim.id;
  return 0;
}

// ping.c:ping_get_port. Whoever has an identifier has it for both families and
// all addresses.
int DatagramSocket::TakeIdentifier() {
  DatagramProtocol* all = DatagramProtocol::Of(*kernel_, IPPROTO_ICMP);
  PortClaim claim;
  claim.id = kernel_->session_base() + all->NewClaim();
  claim.address = IpAddress::Any(AF_INET);
  claim.reuse_address = options_.Get(SOL_SOCKET, SO_REUSEADDR) != 0;
  claim.port = local_.port;
  for (int tries = 0; tries < 1 << 16; ++tries) {
    if (local_.port == 0) claim.port = all->NextIdentifier();
    if (all->ports().Claim(claim, kernel_->now(), nullptr) == 0) {
      if (!local_.address.valid()) local_.address = IpAddress::Any(family());
      local_.port = claim.port;
      claim_ = claim.id;
      return 0;
    }
    if (local_.port != 0) break;
  }
  return EADDRINUSE;
}

// net/ipv4/datagram.c:__ip4_datagram_connect.
Outcome DatagramSocket::Connect(Call&, int, const SockAddr& address, bool) {
  if (FamilyOf(address) == AF_UNSPEC) {
    remote_ = Endpoint();
    return Outcome::Value(0);
  }
  // An AF_INET6 datagram socket takes IPv4 names, too.
  auto remote = ParseDestination(
      FamilyOf(address) == AF_INET ? AF_INET : family(), address);
  if (family() == AF_INET && FamilyOf(address) != AF_INET) {
    return Outcome::Fail(EAFNOSUPPORT);
  }
  if (!remote.ok()) return Outcome::Fail(remote.error());
  if (remote->address.is_any()) {
    remote->address = remote->address.v4() ? IpAddress::V4(INADDR_LOOPBACK)
                                           : IpAddress::From(in6addr_loopback);
  }
  Flow flow;
  flow.dst = remote->address;
  bool bound = local_.address.valid() && !local_.address.is_any();
  if (bound) flow.src = local_.address;
  flow.oif = common_.device;
  if (remote->scope != 0) {
    if (!kernel_->stack().BoundTo(flow.oif, remote->scope, /*accept=*/true)) {
      return Outcome::Fail(EINVAL);
    }
    flow.oif = remote->scope;
  }
  if (flow.oif == 0 && remote->address.is_multicast()) {
    flow.oif = multicast_.device();
  }
  flow.mark = options_.Get(SOL_SOCKET, SO_MARK);
  flow.protocol = protocol();
  flow.dport = remote->port;
  RouteResult route = kernel_->stack().ResolveOutput(flow);
  if (!route.ok()) return Outcome::Fail(route.error);
  if (route.type == RTN_BROADCAST && !options_.Get(SOL_SOCKET, SO_BROADCAST)) {
    return Outcome::Fail(EACCES);
  }
  if (int error = Autobind()) return Outcome::Fail(error);
  if (!bound) local_.address = route.source;
  remote_ = *remote;
  return Outcome::Value(0);
}

Outcome DatagramSocket::Listen(Call&, int, int) {
  return Outcome::Fail(EOPNOTSUPP);
}
Outcome DatagramSocket::Accept(Call&, const GuestFile&, int, SockAddr*) {
  return Outcome::Fail(EOPNOTSUPP);
}

ErrnoOr<SockAddr> DatagramSocket::LocalName() {
  Endpoint name = local_;
  if (raw()) name.port = family() == AF_INET ? protocol() : 0;
  return FormatAddress(family(), name);
}

ErrnoOr<SockAddr> DatagramSocket::PeerName() {
  if (!remote_.address.valid()) return Errno(ENOTCONN);
  return FormatAddress(family(), remote_);
}

Outcome DatagramSocket::Shutdown(Call&, int file, int how) {
  if (how < 0 || how > 2) return Outcome::Fail(EINVAL);
  // shutdown() of the pair's guest end would hang up ours: reading only.
  if (how != SHUT_WR) shutdown(end_.get(), SHUT_WR);
  (void)file;
  return remote_.address.valid() ? Outcome::Value(0) : Outcome::Fail(ENOTCONN);
}

// --- Options -----------------------------------------------------------------

// Levels and names that lead nowhere: raw_setsockopt(), rawv6_setsockopt() and
// what they fall back on. 0, an errno, or kNoSuchLevel.
int DatagramSocket::CheckLevel(int level, int name) const {
  const bool v4 = family() == AF_INET;
  switch (level) {
    case SOL_SOCKET:
      return 0;
    case IPPROTO_IP:
      return !v4 && raw() ? ENOPROTOOPT : 0;
    case IPPROTO_IPV6:
      return v4 ? kNoSuchLevel : 0;
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
      return raw() || ping() ? kNoSuchLevel : 0;
    case kSolRaw:
      if (!raw()) return kNoSuchLevel;
      if (!v4) {
        bool known = name == IPV6_CHECKSUM || name == IPV6_HDRINCL;
        return known ? 0 : ENOPROTOOPT;
      }
      if (name != 1 /* ICMP_FILTER */) return ENOPROTOOPT;
      return protocol() == IPPROTO_ICMP ? 0 : EOPNOTSUPP;
    case IPPROTO_ICMPV6:
      if (v4 || !raw()) return kNoSuchLevel;
      if (protocol() != IPPROTO_ICMPV6) return EOPNOTSUPP;
      return name == 1 /* ICMP6_FILTER */ ? 0 : ENOPROTOOPT;
    default:
      return kNoSuchLevel;
  }
}

Outcome DatagramSocket::SetOption(Call& call, const GuestFile&, int level,
                                  int name, absl::string_view value) {
  if (int error = CheckLevel(level, name)) {
    return Outcome::Fail(error == kNoSuchLevel ? ENOPROTOOPT : error);
  }
  // rawv6_setsockopt(): it is the kernel that sums ICMPv6.
  if (level == IPPROTO_IPV6 && name == IPV6_CHECKSUM &&
      protocol() == IPPROTO_ICMPV6) {
    return Outcome::Fail(EINVAL);
  }
  if (int result = mroute_.Set(call, level, name, value); result >= 0) {
    return result == 0 ? Outcome::Value(0) : Outcome::Fail(result);
  }
  if (raw() && level == kSolRaw && family() == AF_INET6) level = IPPROTO_IPV6;
  if (int bad = CheckNumber(kernel_->stack(), level, name, value)) {
    return Outcome::Fail(bad);
  }
  if (level == IPPROTO_IPV6 && name == IPV6_ROUTER_ALERT && raw() &&
      protocol() != IPPROTO_RAW) {
    return Outcome::Fail(ENOPROTOOPT);
  }
  // Where a checksum lies is even.
  if (level == IPPROTO_IPV6 && name == IPV6_CHECKSUM && value.size() >= 4 &&
      value[0] & 1 && value[3] >= 0) {
    return Outcome::Fail(EINVAL);
  }
  // Not for sockets that have a port.
  if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && claim_ != 0) {
    return Outcome::Fail(EINVAL);
  }
  int error = options_.Set(&call, level, name, value);
  if (error == 0) ConfessOption(*kernel_, options_, level, name);
  if (error >= 0) return error == 0 ? Outcome::Value(0) : Outcome::Fail(error);
  if (level == SOL_SOCKET) return common_.Set(call, *kernel_, name, value);
  bool icmp6 = level == IPPROTO_ICMPV6 && protocol() == IPPROTO_ICMPV6;
  bool icmp4 = level == kSolRaw && protocol() == IPPROTO_ICMP;
  if (raw() && (icmp6 || icmp4) && name == 1 /* ICMP_FILTER, ICMP6_FILTER */) {
    filter_.assign(value.data(), value.size());
    filter_.resize(icmp6 ? 32 : 4, '\0');
    return Outcome::Value(0);
  }
  if (int result = multicast_.Set(level, name, value); result >= 0) {
    return result == 0 ? Outcome::Value(0) : Outcome::Fail(result);
  }
  if (level == IPPROTO_IP || level == IPPROTO_IPV6) {
    return SetShapedOption(level, name, value);
  }
  return Outcome::Fail(ENOPROTOOPT);
}

Outcome DatagramSocket::GetOption(Call&, const GuestFile&, int level, int name,
                                  std::string* value) {
  if (int error = CheckLevel(level, name)) {
    // ipv6_getsockopt() has another word for it than ip_getsockopt().
    int unknown = family() == AF_INET6 ? ENOPROTOOPT : EOPNOTSUPP;
    return Outcome::Fail(error == kNoSuchLevel ? unknown : error);
  }
  if (int result = mroute_.Get(level, name, value); result >= 0) {
    return result == 0 ? Outcome::Value(0) : Outcome::Fail(result);
  }
  if (raw() && level == kSolRaw && family() == AF_INET6) level = IPPROTO_IPV6;
  if (level == SOL_SOCKET && name == SO_ERROR) {
    PutInt(std::exchange(error_, 0), value);
    return Outcome::Value(0);
  }
  if (level == SOL_SOCKET) {
    Outcome common = common_.Get(*this, kernel_->stack(), name, value);
    if (common.kind() != Outcome::Kind::kPark) return common;
  }
  if (raw() && name == 1 && (level == IPPROTO_ICMPV6 || level == kSolRaw)) {
    std::string filter = filter_;
    filter.resize(level == IPPROTO_ICMPV6 ? 32 : 4, '\0');
    filter.resize(std::min(filter.size(), value->size()));
    *value = filter;
    return Outcome::Value(0);
  }
  if (options_.Read(level, name, value) == 0 ||
      multicast_.Get(level, name, value)) {
    return Outcome::Value(0);
  }
  if (level == IPPROTO_IP || level == IPPROTO_IPV6) {
    return GetShapedOption(level, name, value,
                           remote_.address.valid() ? 1500 : 0);
  }
  return Outcome::Fail(ENOPROTOOPT);
}

Outcome DatagramSocket::Ioctl(Call& call, const GuestFile& file,
                              uint32_t request, GuestAddr argument) {
  if (ping() && (request == SIOCINQ || request == SIOCOUTQ)) {
    return Outcome::Fail(ENOTTY);  // ping_prot has no ioctl
  }
  if (request == SIOCINQ) {  // the first one's size, not the sum
    ssize_t size =
        recv(file.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    return WriteInt(call, argument, size < 0 ? 0 : static_cast<int>(size));
  }
  if (request == SIOCOUTQ) return WriteInt(call, argument, 0);
  if (int result = mroute_.Ioctl(call, request, argument); result >= 0) {
    return result == 0 ? Outcome::Value(0) : Outcome::Fail(result);
  }
  return InterfaceIoctl(call, *kernel_, request, argument);
}

}  // namespace quiesce
