// The connecting half of TcpSocket: connect(2) and what it leaves behind.
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/guest/thread_access.h"
#include "notifier/kernel/placeholder.h"
#include "notifier/kernel/socket_address.h"
#include "notifier/stream/tcp_protocol.h"
#include "notifier/stream/tcp_socket.h"

namespace quiesce {
namespace {

// Doubled by SO_SNDBUF: net.ipv4.tcp_wmem[2].
constexpr int kLargeBuffer = 2 << 20;
// AF_UNIX is writable while a quarter of the buffer is used at most, and the
// byte that stays unread keeps its whole piece: 64 KiB and more of sendfile().
constexpr int kSmallBuffer = 256 << 10;
// Call::scratch of the connect() that sent the SYN.
constexpr uint64_t kStarted = 1;

}  // namespace

// net/ipv4/af_inet.c:__inet_stream_connect.
Outcome TcpSocket::Connect(Call& call, int file, const SockAddr& address,
                           bool nonblocking) {
  if (address.size() < sizeof(sa_family_t)) return Outcome::Fail(EINVAL);
  if (call.scratch == kStarted) {
    return ConnectResult(call, file, nonblocking);
  }
  if (FamilyOf(address) == AF_UNSPEC) {
    Disconnect(call, file);
    return Outcome::Value(0);
  }
  if (phase_ == Phase::kConnected || listening_) return Outcome::Fail(EISCONN);
  if (phase_ == Phase::kConnecting) {
    return ConnectResult(call, file, nonblocking);
  }
  auto remote = ParseDestination(family(), address);
  if (!remote.ok()) return Outcome::Fail(remote.error());
  return StartConnect(call, file, *remote, nonblocking);
}

// net/ipv4/tcp.c:tcp_disconnect. The error stays until it is taken; a socket
// that cannot be made fresh shows its lost connection instead.
void TcpSocket::Disconnect(Call& call, int file) {
  if (listening_) {
    StopListening();
    shutdown(file, SHUT_RDWR);
    spent_ = true;
  }
  if (connection_ != nullptr) {
    TcpConnection* connection = std::exchange(connection_, nullptr);
    if (connection->tcp_state() != kTcpClose) error_ = ECONNRESET;
    connection->set_socket(nullptr);
    connection->set_claim(0);
    if (connection->attached()) spent_ = error_native_ = true;
    connection->Abort();
  }
  if (!port_bound_) ReleaseClaim();
  phase_ = Phase::kUnconnected;
  ForgetAddress();
  if (spent_) Renew(call, file);
  if (error_ != 0) kernel().CorrectReadiness();
  kernel().Touch();
}

// A connect() while another is under way, or the parked one come back.
Outcome TcpSocket::ConnectResult(Call& call, int file, bool nonblocking) {
  if (connection_ != nullptr && connection_->connecting()) {
    if (nonblocking) return Outcome::Fail(EALREADY);
    Nanos timeout = Timeout(SO_SNDTIMEO);
    Nanos deadline =
        timeout == kNever ? kNever : SaturatingAdd(call.started, timeout);
    if (kernel().now() < deadline) return Outcome::Park(deadline);
    if (!connection_->attached()) {
      if (int error = ShowConnecting(file)) return Outcome::Fail(error);
    }
    return Outcome::Fail(call.scratch == kStarted ? EINPROGRESS : EALREADY);
  }
  if (connection_ != nullptr) {
    if (int error = Materialise(file)) return Outcome::Fail(error);
    Tune(file);
    phase_ = Phase::kConnected;
    return Outcome::Value(0);
  }
  phase_ = Phase::kUnconnected;
  ForgetAddress();
  int error = TakeError(file);
  // tcp_disconnect(), by __inet_stream_connect(): as good as new.
  if (spent_) Renew(call, file);
  return Outcome::Fail(error != 0 ? error : ECONNABORTED);
}

// net/ipv4/tcp_ipv4.c:tcp_v4_connect, net/ipv6/tcp_ipv6.c:tcp_v6_connect.
Outcome TcpSocket::StartConnect(Call& call, int file, Endpoint remote,
                                bool nonblocking) {
  bool bound_any = !local_.address.valid() || local_.address.is_any();
  if (remote.address.is_any()) {
    // 0.0.0.0 and :: mean this host.
    remote.address = !bound_any            ? local_.address
                     : remote.address.v4() ? IpAddress::V4(INADDR_LOOPBACK)
                                           : IpAddress::From(in6addr_loopback);
  }
  if (remote.address.is_multicast()) return Outcome::Fail(ENETUNREACH);
  if (family() == AF_INET6 && remote.address.v4() && V6Only()) {
    return Outcome::Fail(ENETUNREACH);
  }
  if (!bound_any && local_.address.family() != remote.address.family()) {
    return Outcome::Fail(remote.address.v4() ? ENETUNREACH : EAFNOSUPPORT);
  }
  int oif = device_;
  if (remote.address.v6() && remote.address.is_link_local()) {
    if (remote.scope != 0) {
      // sk_dev_equal_l3scope(): a link of the socket's VRF will do.
      if (!kernel().stack().BoundTo(oif, remote.scope, /*accept=*/true)) {
        return Outcome::Fail(EINVAL);
      }
      oif = remote.scope;
    }
    if (oif == 0) return Outcome::Fail(EINVAL);
    remote.scope = oif;
  }
  Flow flow;
  flow.dst = remote.address;
  if (!bound_any) flow.src = local_.address;
  flow.oif = oif;
  flow.mark = options_.Get(SOL_SOCKET, SO_MARK);
  flow.tos = options_.Get(IPPROTO_IP, IP_TOS);
  flow.protocol = IPPROTO_TCP;
  flow.sport = local_.port;
  flow.dport = remote.port;
  RouteResult route = kernel().stack().ResolveOutput(flow);
  if (!route.ok()) return Outcome::Fail(route.error);
  if (route.type == RTN_BROADCAST || route.type == RTN_MULTICAST) {
    return Outcome::Fail(ENETUNREACH);
  }
  bool to_self = route.type == RTN_LOCAL;
  Endpoint local = local_;
  if (bound_any) local.address = route.source;
  if (!local.address.valid()) return Outcome::Fail(EADDRNOTAVAIL);
  if (local.address.v6() && local.address.is_link_local()) local.scope = oif;

  if (claim_ == 0) {
    PortClaim claim = NewClaim(local);
    auto port = protocol_->ports().ClaimForConnect(
        claim, kernel().Random(), kernel().now(), [&](uint16_t candidate) {
          return protocol_->Unique({local.address, candidate, local.scope},
                                   remote);
        });
    if (!port.ok()) return Outcome::Fail(port.error());
    claim_ = claim.id;
    protocol_->RegisterClaim(claim_, this);
    local.port = *port;
  } else if (!protocol_->Unique(local, remote)) {
    return Outcome::Fail(EADDRNOTAVAIL);
  }
  UniqueFd renewed;
  if (spent_) {  // the one thing a placeholder cannot do twice
    renewed = Renew(call, file);
    if (!renewed.valid()) {
      if (!port_bound_) ReleaseClaim();
      return Outcome::Fail(ECONNABORTED);
    }
    file = renewed.get();
  }

  local_ = local;
  error_ = 0;
  TcpPolicy policy = Policy();
  policy.oif = oif;
  TcpConnection* connection =
      protocol_->NewOpener(local, remote, to_self, std::move(policy));
  connection_ = connection;
  opener_ = call.tgid;
  opener_fd_ = call.Int(0);
  connection->set_socket(this);
  connection->set_claim(claim_);
  phase_ = Phase::kConnecting;
  connection->Open();

  if (connection_ == nullptr) {  // refused on the spot
    if (nonblocking) {
      ShowDead(file);
      return Outcome::Fail(EINPROGRESS);
    }
    phase_ = Phase::kUnconnected;
    ForgetAddress();
    return Outcome::Fail(std::exchange(error_, 0));
  }
  if (connection_->established()) {
    if (int error = Materialise(file)) return Outcome::Fail(error);
    Tune(file);
    if (nonblocking) return Outcome::Fail(EINPROGRESS);
    phase_ = Phase::kConnected;
    return Outcome::Value(0);
  }
  if (!nonblocking) {
    call.scratch = kStarted;
    Nanos timeout = Timeout(SO_SNDTIMEO);
    return Outcome::Park(
        timeout == kNever ? kNever : SaturatingAdd(call.started, timeout));
  }
  if (int error = ShowConnecting(file)) return Outcome::Fail(error);
  return Outcome::Fail(EINPROGRESS);
}

int TcpSocket::Materialise(int file) {
  if (connection_ == nullptr || connection_->attached() ||
      !connection_->established()) {
    return 0;
  }
  auto end = kernel().ConnectPlaceholder(file);
  if (!end.ok()) return end.error();
  spent_ = true;
  if (send(file, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1) return ENOBUFS;
  connection_->Attach(std::move(*end), 1);
  return 0;
}

void TcpSocket::ForgetAddress() {
  if (address_bound_) return;
  local_.address = local_.port != 0 ? IpAddress::Any(family()) : IpAddress();
  local_.scope = 0;
}

UniqueFd TcpSocket::Renew(Call& call, int file) {
  auto placeholder =
      NewPlaceholder(SOCK_STREAM, fcntl(file, F_GETFL) & O_NONBLOCK);
  if (!placeholder.ok()) return UniqueFd();
  uint64_t name = SocketCookie(placeholder->get());
  if (BindPlaceholder(placeholder->get(), name) != 0) return UniqueFd();
  if (int error = call.Replace(call.Int(0), placeholder->get())) {
    kernel().Confess(
        absl::StrCat("a TCP socket is used again after its "
                     "connection was lost: ",
                     strerror(error)));
    return UniqueFd();
  }
  kernel().Confess(
      "a TCP socket is used again after its connection was lost: other "
      "processes keep the old one");
  kernel().RenameSocket(cookie(), name);
  spent_ = tuned_ = error_native_ = false;
  SetNativeTimeouts(placeholder->get());
  SetNative(placeholder->get());
  return std::move(*placeholder);
}

void TcpSocket::SetNativeTimeouts(int file) {
  if (kernel().world().VirtualTime()) return;
  for (int name : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    Nanos timeout = Timeout(name);
    timeval tv{};
    if (timeout != kNever) {
      tv.tv_sec = timeout / kSecond;
      tv.tv_usec = std::max<Nanos>(timeout % kSecond / kMicrosecond,
                                   tv.tv_sec == 0 ? 1 : 0);
    }
    setsockopt(file, SOL_SOCKET, name, &tv, sizeof(tv));
  }
}

void TcpSocket::ShowDead(int file) {
  auto end = kernel().ConnectPlaceholder(file);
  if (!end.ok()) return;
  spent_ = true;
  error_native_ = true;
  send(file, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int TcpSocket::ShowConnecting(int file) {
  auto end = kernel().ConnectPlaceholder(file);
  if (!end.ok()) return end.error();
  spent_ = true;
  // A few bytes fill the smallest buffer there is. They go one by one: the last
  // stays unread, and must not take up much of it.
  SetSendBuffer(file, 0);
  tuned_ = false;
  size_t filler = 0;
  while (filler < TcpConnection::kMostFiller &&
         send(file, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1) {
    ++filler;
  }
  connection_->Attach(std::move(*end), filler);
  return 0;
}

bool TcpSocket::ConnectionMade() {
  if (opener_ == 0) return false;
  // It is most likely still where it was when connect() was called.
  UniqueFd file = FileOf(opener_, opener_fd_);
  if (!file.valid() || SocketCookie(file.get()) != cookie()) return false;
  Tune(file.get());
  return true;
}

bool TcpSocket::MayTune() const {
  return !tuned_ && connection_ != nullptr && connection_->established();
}

// The first chance to do it with the guest's descriptor at hand: TCP's own
// limits, so that many small writes fit (each costs 768 bytes of a unix
// socket's buffer, whatever its size).
void TcpSocket::Tune(int file) {
  if (!MayTune()) return;
  tuned_ = true;
  SetBuffer(file);
}

void TcpSocket::SetBuffer(int file) {
  SetSendBuffer(file, send_buffer_ == 0
                          ? kLargeBuffer
                          : std::max(send_buffer_ / 2, kSmallBuffer));
}

// Its peer's end is what gives a placeholder an error
// (net/unix/af_unix.c:unix_release_sock), and ours is open as long as there is
// a connection.
bool TcpSocket::MayHaveNativeError() const {
  return error_native_ ||
         (spent_ && (connection_ == nullptr || !connection_->attached()));
}

// SO_ERROR, once. The placeholder shows the error too until somebody takes it:
// a read() may have.
int TcpSocket::TakeError(int file) {
  int native = 0;
  socklen_t size = sizeof(native);
  if (spent_ && file >= 0) {
    getsockopt(file, SOL_SOCKET, SO_ERROR, &native, &size);
  }
  int error = std::exchange(error_, 0);
  if (std::exchange(error_native_, false) && native == 0) return 0;
  return error != 0 ? error : native;
}

}  // namespace quiesce
