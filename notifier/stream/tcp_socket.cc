#include "notifier/stream/tcp_socket.h"

#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "notifier/guest/thread_access.h"
#include "notifier/kernel/placeholder.h"
#include "notifier/kernel/socket_address.h"
#include "notifier/stream/tcp_protocol.h"

namespace quiesce {

Outcome TcpSocket::Create(NodeKernel& kernel, int family, bool nonblocking,
                          bool close_on_exec) {
  auto placeholder = NewPlaceholder(SOCK_STREAM, nonblocking);
  if (!placeholder.ok()) return Outcome::Fail(placeholder.error());
  uint64_t cookie = SocketCookie(placeholder->get());
  if (int error = BindPlaceholder(placeholder->get(), cookie)) {
    return Outcome::Fail(error);
  }
  kernel.AddSocket(
      std::make_unique<TcpSocket>(cookie, family, &TcpProtocol::Of(kernel)));
  NodeKernel* owner = &kernel;
  return Outcome::Install(std::move(*placeholder), close_on_exec,
                          [owner, cookie](bool installed) {
                            if (!installed) owner->RemoveSocket(cookie);
                          });
}

TcpSocket::TcpSocket(uint64_t cookie, int family, TcpProtocol* protocol)
    : Socket(cookie, family, SOCK_STREAM, IPPROTO_TCP), protocol_(protocol) {}

TcpSocket::~TcpSocket() {
  StopListening();
  if (connection_ != nullptr) {  // killed while its connect was parked
    connection_->set_socket(nullptr);
    TcpConnection* connection = std::exchange(connection_, nullptr);
    if (claim_ != 0) protocol_->UnregisterClaim(claim_);
    connection->Abort();
    return;
  }
  ReleaseClaim();
}

NodeKernel& TcpSocket::kernel() const { return protocol_->kernel(); }

bool TcpSocket::Alive() {
  return connection_ != nullptr && connection_->attached()
             ? true
             : PlaceholderLives(cookie());
}

bool TcpSocket::V6Only() const {
  return options_.Get(IPPROTO_IPV6, IPV6_V6ONLY) != 0;
}

// --- Ports -------------------------------------------------------------------

PortClaim TcpSocket::NewClaim(const Endpoint& local) const {
  PortClaim claim;
  claim.id = protocol_->NewClaim();
  claim.port = local.port;
  claim.family = family();
  claim.address =
      local.address.valid() ? local.address : IpAddress::Any(family());
  claim.v6_only = V6Only();
  claim.device = device_;
  if (!kernel().stack().socket_settings().tcp_l3mdev_accept) {
    claim.vrf = protocol_->L3Index(device_);
  }
  claim.reuse_address = options_.Get(SOL_SOCKET, SO_REUSEADDR) != 0;
  claim.reuse_port = options_.Get(SOL_SOCKET, SO_REUSEPORT) != 0;
  return claim;
}

void TcpSocket::ReleaseClaim() {
  if (claim_ == 0) return;
  protocol_->ports().Release(claim_);
  protocol_->UnregisterClaim(claim_);
  claim_ = 0;
}

// net/ipv4/af_inet.c:__inet_bind, net/ipv6/af_inet6.c:__inet6_bind; the order
// of the checks is theirs.
Outcome TcpSocket::Bind(Call& call, int, const SockAddr& address) {
  auto wanted = ParseBindAddress(family(), address);
  if (!wanted.ok()) return Outcome::Fail(wanted.error());
  Endpoint local = *wanted;
  if (family() == AF_INET6 && local.address.v4() && V6Only()) {
    return Outcome::Fail(EINVAL);
  }
  bool free_bind = options_.Get(IPPROTO_IP, IP_FREEBIND) ||
                   options_.Get(IPPROTO_IP, IP_TRANSPARENT) ||
                   options_.Get(IPPROTO_IPV6, IPV6_FREEBIND) ||
                   options_.Get(IPPROTO_IPV6, IPV6_TRANSPARENT);
  uint32_t scope = local.scope != 0 ? local.scope : device_;
  if (local.address.v6() && local.address.is_link_local()) {
    if (scope == 0) return Outcome::Fail(EINVAL);
    local.scope = scope;
  }
  if (!local.address.is_any() && !free_bind) {
    if (int error = kernel().stack().CanBind(local.address, scope)) {
      return Outcome::Fail(error);
    }
  }
  if (local.port != 0 && local.port < 1024 &&
      !call.Capable(CAP_NET_BIND_SERVICE)) {
    return Outcome::Fail(EACCES);
  }
  if (claim_ != 0 || listening_ || connection_ != nullptr) {
    return Outcome::Fail(EINVAL);
  }
  if (local.scope != 0) device_ = local.scope;
  if (local.port == 0 && options_.Get(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT)) {
    local_ = local;
    address_bound_ = !local.address.is_any();
    return Outcome::Value(0);
  }
  PortClaim claim = NewClaim(local);
  if (claim.reuse_port && call.tid > 0) claim.uid = UserOf(call.tid);
  if (local.port != 0) {
    int error =
        protocol_->ports().Claim(claim, kernel().now(), protocol_->Probe());
    if (error != 0) return Outcome::Fail(error);
  } else {
    auto port = protocol_->ports().ClaimAny(claim, kernel().Random(),
                                            kernel().now(), protocol_->Probe());
    if (!port.ok()) return Outcome::Fail(port.error());
    local.port = *port;
  }
  port_bound_ = wanted->port != 0;
  claim_ = claim.id;
  protocol_->RegisterClaim(claim_, this);
  local_ = local;
  address_bound_ = !local.address.is_any();
  return Outcome::Value(0);
}

int TcpSocket::Autobind() {
  PortClaim claim = NewClaim(local_);
  auto port = protocol_->ports().ClaimAny(claim, kernel().Random(),
                                          kernel().now(), protocol_->Probe());
  if (!port.ok()) return port.error();
  claim_ = claim.id;
  protocol_->RegisterClaim(claim_, this);
  if (!local_.address.valid()) local_.address = IpAddress::Any(family());
  local_.port = *port;
  return 0;
}

// --- Names -------------------------------------------------------------------

ErrnoOr<SockAddr> TcpSocket::LocalName() {
  return FormatAddress(family(), local_);
}

ErrnoOr<SockAddr> TcpSocket::PeerName() {
  if (connection_ == nullptr || !connection_->established() ||
      connection_->tcp_state() == kTcpClose) {
    return Errno(ENOTCONN);
  }
  return FormatAddress(family(), connection_->remote());
}

// --- Shutting down -----------------------------------------------------------

// net/ipv4/af_inet.c:inet_shutdown.
Outcome TcpSocket::Shutdown(Call& call, int file, int how) {
  if (how < 0 || how > 2) return Outcome::Fail(EINVAL);
  if (listening_) {
    if (how != SHUT_WR) Disconnect(call, file);
    return Outcome::Value(0);
  }
  if (connection_ == nullptr) {
    // Fails, and still wakes who waits for a hang-up.
    shutdown(file, how);
    return Outcome::Fail(ENOTCONN);
  }
  if (connection_->connecting()) {
    Disconnect(call, file);
    return Outcome::Value(0);
  }
  if (int error = Materialise(file)) return Outcome::Fail(error);
  connection_->GuestShutdown(how != SHUT_WR, how != SHUT_RD);
  shutdown(file, how);
  return Outcome::Value(0);
}

void TcpSocket::ForgetConnection() {
  connection_ = nullptr;
  if (claim_ != 0) protocol_->UnregisterClaim(claim_);
  claim_ = 0;
}

void TcpSocket::ConnectionDied(int error) {
  // The placeholder shows it, if it was connected at all.
  error_native_ = spent_;
  connection_ = nullptr;
  error_ = error;
  // tcp_set_state(TCP_CLOSE) gives the port back unless it was asked for.
  if (!port_bound_) ReleaseClaim();
}

}  // namespace quiesce
