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
    if (device_ != 0 && scope != device_) return Outcome::Fail(EINVAL);
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
    if (how == SHUT_WR) return Outcome::Value(0);
    StopListening();
    if (!port_bound_) ReleaseClaim();
    shutdown(file, SHUT_RDWR);
    spent_ = true;
    Renew(call, file);
    return Outcome::Value(0);
  }
  if (connection_ == nullptr) {
    // Fails, and still wakes who waits for a hang-up.
    shutdown(file, how);
    return Outcome::Fail(ENOTCONN);
  }
  if (connection_->connecting()) {  // tcp_disconnect()
    TcpConnection* connection = std::exchange(connection_, nullptr);
    connection->set_socket(nullptr);
    bool shown = connection->attached();
    if (shown) spent_ = true;
    connection->set_claim(0);
    connection->Abort();
    if (!port_bound_) ReleaseClaim();
    phase_ = Phase::kUnconnected;
    kernel().Touch();
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

// --- Sending and receiving ---------------------------------------------------

// What a stream socket does with an address or ancillary data: nothing. The
// bytes are copied here, since AF_UNIX would not ignore them; and so are urgent
// ones, since the place of the last is needed.
Outcome TcpSocket::Send(Call& call, int file, GuestMessage& message,
                        bool nonblocking) {
  if (connection_ == nullptr) {
    return BeforeNative(call, file, true, nonblocking);
  }
  if (!connection_->attached() && connection_->established()) {
    if (int error = Materialise(file)) return Outcome::Fail(error);
  }
  Tune(file);
  const bool urgent = message.flags & MSG_OOB;
  if (message.name.empty() && message.control.empty() && !urgent) {
    return NativeWrite(call, file, nonblocking);
  }
  constexpr size_t kChunk = 1 << 20;
  uint64_t skip = call.scratch;
  std::string bytes;
  for (const auto& piece : message.pieces) {
    if (skip >= piece.size) {
      skip -= piece.size;
      continue;
    }
    uint64_t size =
        std::min<uint64_t>(piece.size - skip, kChunk - bytes.size());
    size_t old = bytes.size();
    bytes.resize(old + size);
    if (int error =
            call.memory->Read(piece.base + skip, bytes.data() + old, size)) {
      return Outcome::Fail(error);
    }
    skip = 0;
    if (bytes.size() == kChunk) break;
  }
  uint64_t total = 0;
  for (const auto& piece : message.pieces) total += piece.size;
  ssize_t sent =
      send(file, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) {
    return call.scratch > 0 ? Outcome::Value(call.scratch)
                            : Outcome::Fail(errno);
  }
  if (sent > 0) call.scratch += sent;
  if (urgent && sent > 0 && (call.scratch == total || nonblocking)) {
    connection_->MarkUrgent();  // tcp_mark_urg()
  }
  if (call.scratch == total) return Outcome::Value(total);
  if (nonblocking) {
    return call.scratch > 0 ? Outcome::Value(call.scratch)
                            : Outcome::Fail(EAGAIN);
  }
  return Outcome::Park();
}

// SO_SNDTIMEO would count the host's time. (What is written once there is room
// for some of it waits for the rest without a timeout.)
Outcome TcpSocket::NativeWrite(Call& call, int file, bool nonblocking) {
  if (nonblocking || send_timeout_ == 0 || !kernel().world().VirtualTime()) {
    return Outcome::Native();
  }
  pollfd writable{file, POLLOUT, 0};
  if (poll(&writable, 1, 0) != 0) return Outcome::Native();
  Nanos deadline = SaturatingAdd(call.started, send_timeout_);
  return kernel().now() >= deadline ? Outcome::Fail(EAGAIN)
                                    : Outcome::Park(deadline);
}

// What AF_UNIX would say otherwise than TCP does.
Outcome TcpSocket::BeforeNative(Call& call, int file, bool writing,
                                bool nonblocking) {
  if (connection_ != nullptr) {
    if (connection_->established() && !connection_->attached()) {
      if (int error = Materialise(file)) return Outcome::Fail(error);
    }
    if (writing) return NativeWrite(call, file, nonblocking);
    if (nonblocking || receive_timeout_ == 0 ||
        !kernel().world().VirtualTime()) {
      return Outcome::Native();
    }
    pollfd readable{file, POLLIN, 0};
    if (poll(&readable, 1, 0) != 0) return Outcome::Native();
    Nanos deadline = SaturatingAdd(call.started, receive_timeout_);
    return kernel().now() >= deadline ? Outcome::Fail(EAGAIN)
                                      : Outcome::Park(deadline);
  }
  if (writing) {
    // tcp_sendmsg_locked(): sk_stream_wait_connect(), sk_stream_error(): the
    // error that is pending, after that EPIPE with a signal.
    int error = TakeError(file);
    if (error != 0 && error != EPIPE) return Outcome::Fail(error);
    if (listening_) return Outcome::Fail(EPIPE);
    if (!spent_) {
      // A placeholder whose other end is gone raises the signal by itself.
      spent_ = kernel().ConnectPlaceholder(file).ok();
    }
    return Outcome::Native();
  }
  if (!spent_) {
    int error = TakeError(file);
    return Outcome::Fail(error != 0 ? error : ENOTCONN);
  }
  if (error_ == ECONNRESET || error_ == 0) return Outcome::Native();
  int waiting = 0;
  if (ioctl(file, FIONREAD, &waiting) == 0 && waiting > 0) {
    return Outcome::Native();
  }
  // tcp_recvmsg_locked(): what follows a FIN is the end, whatever the error.
  if (error_ == EPIPE) return Outcome::Value(0);
  return Outcome::Fail(TakeError(file));
}

// MSG_OOB, SIOCATMARK and POLLPRI are AF_UNIX's own (net/unix/af_unix.c:
// unix_stream_recv_urg): they do what TCP's do.
Outcome TcpSocket::Receive(Call& call, int file, GuestMessage& message,
                           bool nonblocking) {
  message.name_size = 0;  // inet_recvmsg() of a stream
  const bool urgent = message.flags & MSG_OOB;
  if (urgent && !spent_ && !listening_) return Outcome::Fail(EINVAL);
  if (connection_ == nullptr && !spent_) {
    return BeforeNative(call, file, false, nonblocking);
  }
  if (connection_ != nullptr && !connection_->attached() &&
      connection_->established()) {
    if (int error = Materialise(file)) return Outcome::Fail(error);
  }
  if (message.flags & MSG_ERRQUEUE) return Outcome::Fail(EAGAIN);
  bool truncate = message.flags & MSG_TRUNC;
  if (message.name_addr == GuestAddr::kNull && !truncate) {
    if (urgent) return Outcome::Native();
    return BeforeNative(call, file, false, nonblocking);
  }
  uint64_t room = 0;
  for (const auto& piece : message.pieces) room += piece.size;
  if (room == 0) return Outcome::Value(0);
  std::string bytes(std::min<uint64_t>(room - call.scratch, 1 << 20), '\0');
  ssize_t got = recv(file, bytes.data(), bytes.size(),
                     MSG_DONTWAIT | (message.flags & (MSG_PEEK | MSG_OOB)));
  if (got < 0 && errno == EAGAIN && !nonblocking && !urgent) {
    Nanos timeout = Timeout(SO_RCVTIMEO);
    if (timeout == kNever || kernel().now() < call.started + timeout) {
      return Outcome::Park(timeout == kNever ? kNever : call.started + timeout);
    }
  }
  if (got < 0) {
    int error = errno;
    if (error == ECONNRESET && error_ != 0) {
      error = std::exchange(error_, 0);
    }
    return call.scratch > 0 ? Outcome::Value(call.scratch)
                            : Outcome::Fail(error);
  }
  uint64_t skip = call.scratch;
  ssize_t written = 0;
  for (const auto& piece : message.pieces) {
    if (truncate || written == got) break;
    if (skip >= piece.size) {
      skip -= piece.size;
      continue;
    }
    size_t size = std::min<uint64_t>(piece.size - skip, got - written);
    if (int error = call.memory->Write(piece.base + skip,
                                       bytes.data() + written, size)) {
      return Outcome::Fail(error);
    }
    written += size;
    skip = 0;
  }
  call.scratch += got;
  if (got > 0 && (message.flags & MSG_WAITALL) && call.scratch < room &&
      !(message.flags & MSG_PEEK) && !nonblocking && !urgent) {
    return Outcome::Park();
  }
  return Outcome::Value(call.scratch);
}

}  // namespace quiesce
