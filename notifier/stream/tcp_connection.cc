#include "notifier/stream/tcp_connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "notifier/kernel/placeholder.h"
#include "notifier/stream/tcp_protocol.h"
#include "notifier/stream/tcp_socket.h"

namespace quiesce {
namespace {

constexpr size_t kMaxPayload = 256 << 10;
constexpr Nanos kSynTimeout = kSecond;             // TCP_TIMEOUT_INIT
constexpr Nanos kFirstRetry = 200 * kMillisecond;  // TCP_RTO_MIN
constexpr Nanos kLongestRetry = 120 * kSecond;     // TCP_RTO_MAX
constexpr int kDataRetries = 15;                   // net.ipv4.tcp_retries2
constexpr int kOrphanRetries = 8;                  // tcp_orphan_retries()

Nanos RetryAfter(int retries) {
  return std::min(kLongestRetry, kFirstRetry << std::min(retries, 20));
}

// Bytes waiting in a stream socket.
size_t Waiting(int fd) {
  int count = 0;
  return ioctl(fd, FIONREAD, &count) == 0 && count > 0 ? count : 0;
}

// Takes exactly `size` bytes that are known to be there.
void Discard(int fd, size_t size) {
  static constexpr size_t kChunk = 64 << 10;
  std::array<char, kChunk> scratch;
  while (size > 0) {
    ssize_t got =
        recv(fd, scratch.data(), std::min(size, kChunk), MSG_DONTWAIT);
    if (got <= 0) return;
    size -= got;
  }
}

}  // namespace

int IcmpErrno(int family, uint64_t value) {
  int type = static_cast<int>(value >> 8);
  int code = static_cast<int>(value & 0xff);
  if (family == AF_INET) {
    if (type == ICMP_TIME_EXCEEDED) return EHOSTUNREACH;
    if (type == ICMP_PARAMETERPROB) return EPROTO;
    if (type != ICMP_DEST_UNREACH) return 0;
    static constexpr int kErrnos[] = {
        ENETUNREACH,  EHOSTUNREACH, ENOPROTOOPT,  ECONNREFUSED,
        EMSGSIZE,     EOPNOTSUPP,   ENETUNREACH,  EHOSTDOWN,
        ENONET,       ENETUNREACH,  EHOSTUNREACH, ENETUNREACH,
        EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH, EHOSTUNREACH};
    return code < static_cast<int>(std::size(kErrnos)) ? kErrnos[code] : 0;
  }
  if (type == 3) return EHOSTUNREACH;  // time exceeded
  if (type == 4) return EPROTO;        // parameter problem
  if (type != 1) return 0;             // destination unreachable
  static constexpr int kErrnos6[] = {ENETUNREACH,  EACCES,       EHOSTUNREACH,
                                     EHOSTUNREACH, ECONNREFUSED, EACCES,
                                     EACCES};
  return code < static_cast<int>(std::size(kErrnos6)) ? kErrnos6[code] : EPROTO;
}

TcpConnection::TcpConnection(TcpProtocol* protocol, TcpKey key, NodeId peer,
                             Endpoint local, Endpoint remote, TcpPolicy policy)
    : protocol_(protocol),
      key_(key),
      peer_(peer),
      local_(local),
      remote_(remote),
      policy_(std::move(policy)),
      state_(key.we_opened ? State::kSynSent : State::kEstablished) {}

TcpConnection::~TcpConnection() {
  if (watch_ != 0) protocol_->kernel().Unwatch(watch_);
}

bool TcpConnection::IsLocal() const {
  return peer_ == protocol_->kernel().id();
}

TcpState TcpConnection::tcp_state() const {
  if (state_ == State::kSynSent) return kTcpSynSent;
  if (state_ == State::kDead) return kTcpClose;
  if (fin_sent_) return peer_fin_ ? kTcpClose : kTcpFinWait2;
  return peer_fin_ ? kTcpCloseWait : kTcpEstablished;
}

uint64_t TcpConnection::Outstanding() const {
  if (!end_.valid()) return 0;
  size_t waiting = Waiting(end_.get());
  return waiting > stale_ ? waiting - stale_ : 0;
}

// --- Sending -----------------------------------------------------------------

Message TcpConnection::NewMessage(MessageKind kind) {
  Message m;
  m.kind = kind;
  m.protocol = IPPROTO_TCP;
  m.source = local_;
  m.destination = remote_;
  m.session = key_.session;
  m.opener = key_.opener;
  m.from_opener = key_.we_opened;
  m.ttl = policy_.ttl;
  m.tos = policy_.tos;
  m.mark = policy_.mark;
  m.oif = policy_.oif;
  m.to = peer_;
  if (!policy_.keys.empty()) {
    m.auth =
        policy_.keys.AuthFor(remote_.address, protocol_->L3Index(policy_.oif));
  }
  return m;
}

void TcpConnection::Send(Message message) {
  message.sequence = next_out_++;
  if (!returned_.empty()) {  // behind what has to be sent again
    returned_.push_back(std::move(message));
    return;
  }
  if (retries_ > 0 &&
      protocol_->kernel().now() > last_retry_ + RetryAfter(retries_)) {
    retries_ = 0;  // what was sent again has not come back
    first_loss_ = 0;
  }
  protocol_->kernel().Transmit(std::move(message));
}

void TcpConnection::Open() {
  first_loss_ = protocol_->kernel().now();
  protocol_->SetTimer(this, protocol_->kernel().now() + kSynTimeout);
  Message syn = NewMessage(MessageKind::kTcpSyn);
  syn.sequence = 0;
  next_out_ = 1;
  protocol_->kernel().Transmit(std::move(syn));
}

void TcpConnection::Welcome() {
  Message answer = NewMessage(MessageKind::kTcpSynAck);
  answer.sequence = 0;
  next_out_ = std::max<uint64_t>(next_out_, 1);
  next_in_ = std::max<uint64_t>(next_in_, 1);
  protocol_->kernel().Transmit(std::move(answer));
}

// A message of ours that could not be delivered.
void TcpConnection::Returned(Message message) {
  if (state_ == State::kDead) return;
  int error =
      message.value == 0
          ? 0
          : IcmpErrno(message.destination.address.family(), message.value);
  if (state_ == State::kSynSent) {
    // tcp_v4_err(): fatal while connecting. Otherwise the SYN's timer runs.
    if (error != 0) Die(error);
    return;
  }
  if (message.about == MessageKind::kTcpRst ||
      message.about == MessageKind::kTcpAck) {
    return;
  }
  if (error != 0) soft_error_ = error;
  message.kind = message.about;
  message.value = 0;
  message.to = peer_;
  message.ttl = policy_.ttl;
  message.iif = 0;
  auto where = std::find_if(
      returned_.begin(), returned_.end(),
      [&](const Message& m) { return m.sequence > message.sequence; });
  returned_.insert(where, std::move(message));
  Nanos now = protocol_->kernel().now();
  if (first_loss_ == 0) first_loss_ = now;
  if (timer != kNever) return;
  // The news may have taken longer than the timer runs, from the sending on.
  const Nanos sent = retries_ > 0 ? last_retry_ : now;
  protocol_->SetTimer(this, std::max(now, sent + RetryAfter(retries_)));
}

void TcpConnection::OnTimer(Nanos now) {
  protocol_->SetTimer(this, kNever);
  if (state_ == State::kDead) return;
  bool timed_out = policy_.user_timeout > 0 &&
                   now - first_loss_ >= policy_.user_timeout && retries_ > 0;
  if (state_ == State::kSynSent) {
    if (retries_ >= policy_.syn_retries || timed_out) {
      Die(soft_error_ != 0 ? soft_error_ : ETIMEDOUT);
      return;
    }
    ++retries_;
    Nanos next = std::min(kLongestRetry, kSynTimeout << std::min(retries_, 7));
    if (policy_.user_timeout > 0) {  // tcp_clamp_rto_to_user_timeout
      next = std::min(next, std::max(kMillisecond,
                                     first_loss_ + policy_.user_timeout - now));
    }
    protocol_->SetTimer(this, now + next);
    Message syn = NewMessage(MessageKind::kTcpSyn);
    syn.sequence = 0;
    protocol_->kernel().Transmit(std::move(syn));
    return;
  }
  if (deferred_ != nullptr) deferred_->Release(this);
  if (state_ == State::kDead || returned_.empty()) return;
  if (retries_ >= (guest_gone_ ? kOrphanRetries : kDataRetries) || timed_out) {
    Die(soft_error_ != 0 ? soft_error_ : ETIMEDOUT);
    return;
  }
  ++retries_;
  last_retry_ = now;
  std::deque<Message> again;
  again.swap(returned_);
  for (Message& m : again) protocol_->kernel().Transmit(std::move(m));
}

// --- The guest's side --------------------------------------------------------

void TcpConnection::Attach(UniqueFd end, size_t filler) {
  end_ = std::move(end);
  SetSendBuffer(end_.get(), policy_.receive_buffer);
  stale_ = filler;
  watch_ = protocol_->kernel().Watch(end_.get(), this);
  if (state_ == State::kEstablished) FlushInbound();
}

void TcpConnection::OnEnd(uint32_t events) {
  if (state_ == State::kDead || !end_.valid()) return;
  end_events_ |= events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
  if (state_ == State::kSynSent) {
    if (events & EPOLLHUP) GuestGone();
    return;
  }
  if (events & EPOLLOUT) FlushInbound();
  Drain();
}

// Reads what the guest has written, but for the last byte, which is peeked at
// and dropped the next time.
void TcpConnection::Drain() {
  while (state_ == State::kEstablished && end_.valid()) {
    uint64_t on_their_way = sent_ - peer_taken_;
    size_t waiting = Waiting(end_.get());
    if (waiting <= stale_) {
      AfterDrain();
      return;
    }
    if (fin_sent_) {  // written before a shutdown that was already told
      return;
    }
    if (on_their_way >= policy_.window) {
      window_shut_ = true;
      return;
    }
    const size_t unsent = waiting - stale_;
    size_t size = std::min<uint64_t>(
        {unsent, kMaxPayload, policy_.window - on_their_way});
    Message m = NewMessage(MessageKind::kTcpData);
    m.payload.resize(size);
    if (!urgent_.empty()) {
      size = std::min<uint64_t>(size, urgent_.front() - sent_);
    }
    char dropped[kMostFiller];
    iovec pieces[2] = {{dropped, stale_}, {m.payload.data(), size - 1}};
    msghdr header{};
    header.msg_iov = pieces;
    header.msg_iovlen = size > 1 ? 2 : 1;
    ssize_t got = recvmsg(end_.get(), &header, MSG_DONTWAIT);
    if (got < static_cast<ssize_t>(stale_)) return;
    got -= std::exchange(stale_, 1) - 1;
    if (recv(end_.get(), m.payload.data() + got - 1, 1,
             MSG_DONTWAIT | MSG_PEEK) != 1) {
      return;
    }
    m.payload.resize(got);
    sent_ += got;
    if (!urgent_.empty() && urgent_.front() == sent_) {
      urgent_.pop_front();
      m.urgent = true;
    }
    if (!asked_ && sent_ - peer_taken_ >= policy_.window / 2) {
      asked_ = true;
      m.value = 1;
    }
    Send(std::move(m));
    if (static_cast<size_t>(got) == unsent) {
      AfterDrain();
      return;
    }
  }
}

void TcpConnection::MarkUrgent() {
  uint64_t end = sent_ + Outstanding();
  if (end > sent_ && (urgent_.empty() || urgent_.back() < end)) {
    urgent_.push_back(end);
  }
}

// Everything the guest wrote is on its way; has it also closed?
void TcpConnection::AfterDrain() {
  window_shut_ = false;
  bool gone = end_events_ & EPOLLHUP;
  // With both directions shut, hang-up does not mean closed.
  if (gone && guest_shut_write_ && (peer_fin_shown_ || guest_shut_read_)) {
    gone = socket_ == nullptr || !PlaceholderLives(socket_->cookie());
  }
  if (gone) {
    GuestGone();
    return;
  }
  if ((end_events_ & EPOLLRDHUP) && !fin_sent_) {
    guest_shut_write_ = true;
    fin_sent_ = true;
    fin_sent_first_ = !peer_fin_;
    Send(NewMessage(MessageKind::kTcpFin));
  }
}

void TcpConnection::GuestShutdown(bool read_side, bool write_side) {
  guest_shut_read_ |= read_side;
  guest_shut_write_ |= write_side;
}

void TcpConnection::GuestGone() {
  guest_gone_ = true;
  bool reset = (end_events_ & EPOLLERR) || !inbound_.empty() ||
               (policy_.linger && policy_.linger_seconds == 0);
  if (watch_ != 0) protocol_->kernel().Unwatch(std::exchange(watch_, 0));
  end_.Reset();
  if (TcpSocket* socket = std::exchange(socket_, nullptr)) {
    socket->ForgetConnection();
    protocol_->kernel().RemoveSocket(socket->cookie());
  }
  protocol_->kernel().Touch();
  if (state_ == State::kSynSent) {
    Die(ECONNABORTED);
    return;
  }
  if (reset) {
    Send(NewMessage(MessageKind::kTcpRst));
    Die(ECONNRESET);
    return;
  }
  if (!fin_sent_) {
    fin_sent_ = true;
    fin_sent_first_ = !peer_fin_;
    Send(NewMessage(MessageKind::kTcpFin));
  }
  if (peer_fin_) Finish();
}

void TcpConnection::CheckAbandoned() {
  if (attached() || socket_ == nullptr || state_ == State::kDead) return;
  if (PlaceholderLives(socket_->cookie())) return;
  GuestGone();
}

void TcpConnection::Abort() {
  if (state_ == State::kDead) {
    protocol_->ports().Release(claim_);
    protocol_->Remove(this);
    return;
  }
  if (state_ == State::kEstablished) {
    Send(NewMessage(MessageKind::kTcpRst));
  }
  queued_ = false;
  Die(ECONNRESET);
}

void TcpConnection::Vanish() {
  deferred_ = nullptr;
  queued_ = false;
  Die(ECONNRESET);
}

// --- The end of a handshake and of everything --------------------------------

void TcpConnection::Established(NodeId peer) {
  peer_ = peer;
  state_ = State::kEstablished;
  retries_ = 0;
  first_loss_ = 0;
  protocol_->SetTimer(this, kNever);
  protocol_->kernel().Touch();
  if (!end_.valid()) {
    protocol_->ExpectAttachment(this);
    return;
  }
  // The guest's end becomes writable, by a larger buffer or an emptier one. (By
  // both it would twice, which an edge-triggered epoll would tell.)
  if (socket_ == nullptr || !socket_->ConnectionMade()) {
    Discard(end_.get(), std::exchange(stale_, 1) - 1);
  }
  Drain();
}

void TcpConnection::Die(int error) {
  state_ = State::kDead;
  error_ = error;
  protocol_->SetTimer(this, kNever);
  if (watch_ != 0) protocol_->kernel().Unwatch(std::exchange(watch_, 0));
  end_.Reset();  // with a byte unread: a reset
  protocol_->kernel().Touch();
  if (deferred_ != nullptr) {  // never to be accepted
    deferred_->Forget(this);
    queued_ = false;
  }
  if (TcpSocket* socket = std::exchange(socket_, nullptr)) {
    socket->ConnectionDied(error);
  } else if (!queued_) {
    protocol_->ports().Release(claim_);
  }
  if (!queued_) protocol_->Remove(this);
}

void TcpConnection::Finish() {
  state_ = State::kDead;
  if (fin_sent_first_) {
    protocol_->ports().ReleaseLater(
        claim_, protocol_->kernel().now() + 60 * kSecond);  // TCP_TIMEWAIT_LEN
  } else {
    protocol_->ports().Release(claim_);
  }
  protocol_->SetTimer(this, kNever);
  protocol_->Remove(this);
}

}  // namespace quiesce
