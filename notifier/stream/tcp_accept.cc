// The listening half of TcpSocket: listen(2), accept(2), and what a SYN meets.
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <utility>

#include "notifier/kernel/placeholder.h"
#include "notifier/kernel/socket_address.h"
#include "notifier/stream/tcp_protocol.h"
#include "notifier/stream/tcp_socket.h"

namespace quiesce {

TcpSocket::Queued::Queued(TcpSocket* listener, TcpConnection* connection,
                          UniqueFd token)
    : listener(listener), connection(connection), token(std::move(token)) {
  watch = listener->kernel().Watch(this->token.get(), this);
}

TcpSocket::Queued::~Queued() { listener->kernel().Unwatch(watch); }

void TcpSocket::Queued::OnEnd(uint32_t events) {
  if (!(events & (EPOLLHUP | EPOLLERR))) return;
  // All its connections go with it, this one too.
  listener->kernel().RemoveSocket(listener->cookie());
}

// net/ipv4/af_inet.c:inet_listen.
Outcome TcpSocket::Listen(Call& call, int file, int backlog) {
  if (connection_ != nullptr || phase_ != Phase::kUnconnected) {
    return Outcome::Fail(EINVAL);
  }
  UniqueFd renewed;
  if (spent_) {
    renewed = Renew(call, file);
    if (!renewed.valid()) return Outcome::Fail(EINVAL);
    file = renewed.get();
  }
  if (!listening_) {
    if (claim_ == 0) {
      if (int error = Autobind()) return Outcome::Fail(error);
    }
    if (int error = protocol_->ports().Listen(claim_, kernel().now(),
                                              protocol_->Probe())) {
      return Outcome::Fail(error);
    }
  }
  if (listen(file, backlog) != 0) return Outcome::Fail(errno);
  listening_ = true;
  backlog_ = backlog;
  if (!local_.address.valid()) local_.address = IpAddress::Any(family());
  return Outcome::Value(0);
}

void TcpSocket::StopListening() {
  if (!listening_) return;
  listening_ = false;
  if (PortClaim* claim = protocol_->ports().Find(claim_)) {
    claim->listening = false;
  }
  // inet_csk_listen_stop(): who was not accepted is reset.
  std::deque<std::unique_ptr<Queued>> queue;
  queue.swap(queue_);
  for (auto& queued : queue) queued->connection->Abort();
  std::vector<TcpConnection*> deferred;
  deferred.swap(deferred_);
  // A request that was not answered to the end is dropped in silence.
  for (TcpConnection* connection : deferred) connection->Vanish();
}

TcpSocket::Admission TcpSocket::AdmitSyn(const Message& syn) {
  // tcp_v4_rcv(): min_ttl, then tcp_inbound_hash(); both drop in silence.
  int min_ttl = syn.source.address.v4()
                    ? options_.Get(IPPROTO_IP, IP_MINTTL)
                    : options_.Get(IPPROTO_IPV6, IPV6_MINHOPCOUNT);
  if (syn.ttl < min_ttl) return Admission::kDropped;
  if (keys_.AuthFor(syn.source.address, protocol_->L3Index(syn.iif)) !=
      syn.auth) {
    return Admission::kDropped;
  }
  if (options_.Get(IPPROTO_TCP, TCP_DEFER_ACCEPT) > 0) {
    return Alive() ? Admission::kAdmitted : Admission::kGone;
  }
  auto token = NewPlaceholder(SOCK_STREAM, true);
  if (!token.ok()) return Admission::kDropped;
  switch (ConnectToPlaceholder(token->get(), cookie())) {
    case 0:
      break;
    case EAGAIN:
      return Admission::kDropped;  // tcp_conn_request(): the backlog is full
    default:
      return Alive() ? Admission::kRefused : Admission::kGone;
  }
  token_ = std::move(*token);
  return Admission::kAdmitted;
}

void TcpSocket::Enqueue(TcpConnection* child) {
  child->set_queued(true);
  PortClaim claim = NewClaim(child->local());
  claim.address = child->local().address;
  protocol_->ports().ClaimUnchecked(claim);
  child->set_claim(claim.id);
  if (token_.valid()) {
    queue_.push_back(std::make_unique<Queued>(this, child, std::move(token_)));
    return;
  }
  deferred_.push_back(child);
  child->set_deferred(this);
  protocol_->SetTimer(
      child,
      kernel().now() + options_.Get(IPPROTO_TCP, TCP_DEFER_ACCEPT) * kSecond);
}

// tcp_check_req() no longer drops the bare acknowledgement of the handshake.
void TcpSocket::Release(TcpConnection* child) {
  UniqueFd token = NewToken();
  if (!token.valid()) {  // the queue is full: what it sent is sent again
    if (!Alive()) {
      kernel().RemoveSocket(cookie());
    } else {
      protocol_->SetTimer(child, kernel().now() + kSecond);
    }
    return;
  }
  Forget(child);
  queue_.push_back(std::make_unique<Queued>(this, child, std::move(token)));
  kernel().Touch();
}

void TcpSocket::Forget(TcpConnection* child) {
  child->set_deferred(nullptr);
  std::erase(deferred_, child);
}

TcpPolicy TcpSocket::ChildPolicy() const { return Policy(); }

// net/ipv4/inet_connection_sock.c:inet_csk_accept.
Outcome TcpSocket::Accept(Call& call, const GuestFile& file, int flags,
                          SockAddr* peer) {
  if (!listening_) return Outcome::Fail(EINVAL);
  if (queue_.empty()) {
    if (file.nonblocking()) return Outcome::Fail(EAGAIN);
    Nanos timeout = Timeout(SO_RCVTIMEO);
    if (timeout == kNever) return Outcome::Park();
    Nanos deadline = call.started + timeout;
    return kernel().now() >= deadline ? Outcome::Fail(EAGAIN)
                                      : Outcome::Park(deadline);
  }
  auto placeholder = NewPlaceholder(SOCK_STREAM, flags & SOCK_NONBLOCK);
  if (!placeholder.ok()) return Outcome::Fail(placeholder.error());
  uint64_t child = SocketCookie(placeholder->get());
  if (int error = BindPlaceholder(placeholder->get(), child)) {
    return Outcome::Fail(error);
  }
  auto end = kernel().ConnectPlaceholder(placeholder->get());
  if (!end.ok()) return Outcome::Fail(end.error());
  if (send(placeholder->get(), "", 1, MSG_DONTWAIT) != 1) {
    return Outcome::Fail(ENOBUFS);
  }
  SetBuffer(placeholder->get());
  if (options_.Get(SOL_SOCKET, SO_OOBINLINE) ||
      options_.Get(SOL_SOCKET, SO_RCVLOWAT) > 1) {
    SetNative(placeholder->get());
  }
  if (receive_timeout_ != 0 || send_timeout_ != 0) {
    SetNativeTimeouts(placeholder->get());
  }
  // One token less: when the queue is empty the listener is not readable.
  UniqueFd token(accept4(file.get(), nullptr, nullptr, SOCK_CLOEXEC));
  TcpConnection* connection = queue_.front()->connection;
  *peer = FormatAddress(family(), connection->remote());
  auto ours = std::make_shared<UniqueFd>(std::move(*end));
  NodeKernel* owner = &kernel();
  return Outcome::Install(
      std::move(*placeholder), flags & SOCK_CLOEXEC,
      [owner, listener = cookie(), child, ours](bool installed) {
        auto* self = static_cast<TcpSocket*>(owner->FindSocket(listener));
        if (self == nullptr || self->queue_.empty()) return;
        if (installed) {
          self->Accepted(child, std::move(*ours));
          return;
        }
        // EMFILE: Linux would not have taken it from the queue.
        UniqueFd again = self->NewToken();
        if (!again.valid()) return;
        self->queue_.front() = std::make_unique<Queued>(
            self, self->queue_.front()->connection, std::move(again));
      });
}

UniqueFd TcpSocket::NewToken() {
  auto token = NewPlaceholder(SOCK_STREAM, true);
  if (!token.ok() || ConnectToPlaceholder(token->get(), cookie()) != 0) {
    return UniqueFd();
  }
  return std::move(*token);
}

void TcpSocket::Accepted(uint64_t cookie, UniqueFd end) {
  std::unique_ptr<Queued> queued = std::move(queue_.front());
  queue_.pop_front();
  TcpConnection* connection = queued->connection;
  auto child = std::make_unique<TcpSocket>(cookie, family(), protocol_);
  // sk_clone_lock(): a child begins with its listener's options.
  child->options_ = options_;
  child->keys_ = keys_;
  child->device_ = connection->policy().oif;
  child->linger_ = linger_;
  child->linger_seconds_ = linger_seconds_;
  child->receive_timeout_ = receive_timeout_;
  child->send_timeout_ = send_timeout_;
  child->send_buffer_ = send_buffer_;
  child->receive_buffer_ = receive_buffer_;
  child->priority_ = priority_;
  child->congestion_ = congestion_;
  child->max_segment_ = max_segment_;
  child->window_clamp_ = window_clamp_;
  child->local_ = connection->local();
  child->address_bound_ = true;
  child->phase_ = Phase::kConnected;
  child->spent_ = true;
  child->tuned_ = true;
  child->claim_ = connection->claim();
  auto* socket = static_cast<TcpSocket*>(kernel().AddSocket(std::move(child)));
  protocol_->RegisterClaim(socket->claim_, socket);
  connection->set_queued(false);
  socket->connection_ = connection;
  if (connection->dead()) {
    end.Reset();  // with the filler unread: a reset
    int error = connection->error();
    protocol_->Remove(connection);
    socket->ConnectionDied(error);
    return;
  }
  connection->set_socket(socket);
  connection->Attach(std::move(end), 1);
}

}  // namespace quiesce
