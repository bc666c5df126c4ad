// What TcpConnection does with what arrives.
#include <errno.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "notifier/stream/tcp_connection.h"
#include "notifier/stream/tcp_protocol.h"
#include "notifier/stream/tcp_socket.h"

namespace quiesce {

// tcp_inbound_hash(), and the min_ttl test of tcp_v4_rcv().
bool TcpConnection::Acceptable(const Message& message) const {
  if (message.ttl < policy_.min_ttl) return false;
  if (policy_.keys.empty()) return message.auth.empty();
  return message.auth == policy_.keys.AuthFor(message.source.address,
                                              protocol_->L3Index(message.iif));
}

void TcpConnection::Receive(Message message) {
  if (message.kind == MessageKind::kIcmpError) {
    Returned(std::move(message));
    return;
  }
  if (!Acceptable(message)) return;
  switch (message.kind) {
    case MessageKind::kTcpSyn:
      if (state_ == State::kSynSent && ToItself()) {
        next_in_ = 1;
        Established(peer_);
        return;
      }
      if (state_ == State::kEstablished) Welcome();  // asked again
      return;
    case MessageKind::kTcpSynAck:
      if (state_ == State::kSynSent) {
        next_in_ = 1;
        Established(message.from);
      }
      return;
    case MessageKind::kTcpAck:
      if (state_ != State::kEstablished) return;
      peer_taken_ = std::max(peer_taken_, message.value);
      asked_ = false;
      if (end_.valid()) Drain();
      return;
    case MessageKind::kTcpRst:
      if (state_ == State::kDead) return;
      // tcp_reset()
      Die(state_ == State::kSynSent ? ECONNREFUSED
          : peer_fin_               ? EPIPE
                                    : ECONNRESET);
      return;
    default:
      break;
  }
  if (state_ != State::kEstablished) return;
  if (message.sequence > next_in_) {
    early_.emplace(message.sequence, std::move(message));
    return;
  }
  if (message.sequence < next_in_) return;  // sent again for nothing
  InOrder(std::move(message));
  while (!early_.empty() && early_.begin()->first <= next_in_) {
    Message next = std::move(early_.begin()->second);
    early_.erase(early_.begin());
    if (next.sequence == next_in_) InOrder(std::move(next));
    if (state_ != State::kEstablished) return;
  }
}

void TcpConnection::InOrder(Message message) {
  ++next_in_;
  if (message.kind == MessageKind::kTcpFin) {
    peer_fin_ = true;
    if (guest_gone_) {
      Finish();
    } else {
      ApplyPeerFin();
      SomethingCame();
    }
    return;
  }
  if (guest_gone_) {
    // Data for nobody: tcp_rcv_state_process() answers with a reset.
    Send(NewMessage(MessageKind::kTcpRst));
    Die(ECONNRESET);
    return;
  }
  acknowledge_ |= message.value != 0;
  TakeData(std::move(message.payload), message.urgent);
}

// What TCP_DEFER_ACCEPT waits for.
void TcpConnection::SomethingCame() {
  if (deferred_ == nullptr) return;
  deferred_->Release(this);
  // The listener has gone before.
  if (state_ == State::kDead) Send(NewMessage(MessageKind::kTcpRst));
}

void TcpConnection::TakeData(std::string payload, bool urgent) {
  received_ += payload.size();
  inbound_.push_back({std::move(payload), urgent});
  if (urgent) protocol_->kernel().CorrectReadiness();
  if (end_.valid()) FlushInbound();
  SomethingCame();
}

// Into the placeholder, what can go at once of the first. Bytes taken, or -1.
// AF_UNIX knows urgent bytes, too, one at a time.
ssize_t TcpConnection::PutInbound() {
  const Inbound& first = inbound_.front();
  size_t size = first.bytes.size() - inbound_offset_;
  int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  if (first.urgent) {
    if (size > 1) {
      --size;
    } else {
      flags |= MSG_OOB;
    }
  }
  ssize_t sent =
      send(end_.get(), first.bytes.data() + inbound_offset_, size, flags);
  if (sent < 0 && errno == EAGAIN) return -1;
  // Else the guest has just closed; OnEnd() will hear of it.
  return sent < 0 ? size : sent;
}

void TcpConnection::FlushInbound() {
  if (guest_shut_read_) return;
  while (!inbound_.empty()) {
    ssize_t sent = PutInbound();
    if (sent < 0) {
      if (!std::exchange(full_, true)) {
        protocol_->kernel().WatchRoom(end_.get(), watch_, true);
      }
      return;
    }
    protocol_->kernel().Touch();
    Taken(sent);
  }
  if (std::exchange(full_, false)) {
    protocol_->kernel().WatchRoom(end_.get(), watch_, false);
  }
  if (acknowledge_) Acknowledge();
  ApplyPeerFin();
}

// Of the first that waits.
void TcpConnection::Taken(size_t size) {
  taken_ += size;
  inbound_offset_ += size;
  if (inbound_offset_ < inbound_.front().bytes.size()) return;
  inbound_.pop_front();
  inbound_offset_ = 0;
}

size_t TcpConnection::late() const {
  return guest_shut_read_ ? received_ - taken_ : 0;
}

std::string TcpConnection::TakeLate(size_t size, bool peek) {
  std::string bytes;
  size_t offset = inbound_offset_;
  for (const Inbound& piece : inbound_) {
    bytes.append(piece.bytes, offset, size - bytes.size());
    offset = 0;
    if (bytes.size() == size) break;
  }
  if (peek) return bytes;
  for (size_t left = bytes.size(); left > 0;) {
    size_t step =
        std::min(left, inbound_.front().bytes.size() - inbound_offset_);
    Taken(step);
    left -= step;
  }
  if (inbound_.empty() && acknowledge_) Acknowledge();
  ApplyPeerFin();
  return bytes;
}

void TcpConnection::Acknowledge() {
  acknowledge_ = false;
  Message ack = NewMessage(MessageKind::kTcpAck);
  ack.value = taken_;
  protocol_->kernel().Transmit(std::move(ack));
}

void TcpConnection::ApplyPeerFin() {
  if (!peer_fin_ || peer_fin_shown_ || !inbound_.empty() || !end_.valid()) {
    return;
  }
  peer_fin_shown_ = true;
  shutdown(end_.get(), SHUT_WR);
  protocol_->kernel().Touch();
}

}  // namespace quiesce
