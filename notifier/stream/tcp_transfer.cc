// Sending and receiving of TcpSocket, and what it shows to poll(2).
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "notifier/kernel/guest_message.h"
#include "notifier/stream/tcp_protocol.h"
#include "notifier/stream/tcp_socket.h"

namespace quiesce {

// What a stream socket does with an address or ancillary data: nothing. The
// bytes are copied here, since AF_UNIX would not ignore them; and so are urgent
// ones, since the place of the last is needed.
Outcome TcpSocket::Send(Call& call, const GuestFile& of,
                        GuestMessage& message) {
  if (connection_ == nullptr) {
    return BeforeNative(call, of, nullptr, message.flags);
  }
  const int file = of.get();
  const bool nonblocking = of.MustNotWait(message.flags);
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

// net/ipv4/tcp.c:tcp_poll. Readable is who has SO_RCVLOWAT bytes, and one more
// where the urgent one, which is read out of band, comes next.
short TcpSocket::Readiness(int file, short bits) {
  bits &= ~POLLWRBAND;
  if (listening_) return bits;
  if (error_ != 0 && !error_native_) bits |= POLLERR;
  if (!(bits & POLLIN) || (bits & POLLRDHUP)) return bits;
  if (connection_ != nullptr && connection_->backed_up()) return bits;
  int waiting = 0;
  int at_mark = 0;
  ioctl(file, FIONREAD, &waiting);
  ioctl(file, SIOCATMARK, &at_mark);
  if ((bits & POLLPRI) && at_mark && !options_.Get(SOL_SOCKET, SO_OOBINLINE)) {
    --waiting;
  }
  if (waiting < options_.Get(SOL_SOCKET, SO_RCVLOWAT)) {
    bits &= ~(POLLIN | POLLRDNORM);
  }
  return bits;
}

Outcome TcpSocket::ReceiveLate(Call& call, int file,
                               const GuestMessage& message) {
  if (connection_ == nullptr || connection_->late() == 0) {
    return Outcome::Native();
  }
  int first = 0;  // lies in the placeholder
  if (ioctl(file, FIONREAD, &first) != 0 || first > 0) {
    return Outcome::Native();
  }
  const std::string bytes = connection_->TakeLate(TotalSize(message), true);
  if (!(message.flags & MSG_TRUNC)) {
    if (int error = Scatter(call, message, bytes)) return Outcome::Fail(error);
  }
  if (!(message.flags & MSG_PEEK)) connection_->TakeLate(bytes.size(), false);
  return Outcome::Value(bytes.size());
}

// What AF_UNIX would say otherwise than TCP does.
Outcome TcpSocket::BeforeNative(Call& call, const GuestFile& of,
                                GuestMessage* into, int flags) {
  const int file = of.get();
  const bool nonblocking = of.MustNotWait(flags);
  if (connection_ != nullptr) {
    if (connection_->established() && !connection_->attached()) {
      if (int error = Materialise(file)) return Outcome::Fail(error);
    }
    if (into == nullptr) return NativeWrite(call, file, nonblocking);
    Outcome late = ReceiveLate(call, file, *into);
    if (late.kind() != Outcome::Kind::kNative) return late;
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
  if (into == nullptr) {
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
Outcome TcpSocket::Receive(Call& call, const GuestFile& of,
                           GuestMessage& message) {
  const int file = of.get();
  const bool nonblocking = of.MustNotWait(message.flags);
  message.name_size = 0;  // inet_recvmsg() of a stream
  const bool urgent = message.flags & MSG_OOB;
  if (urgent && !spent_ && !listening_) return Outcome::Fail(EINVAL);
  if (connection_ == nullptr && !spent_) {
    return BeforeNative(call, of, &message, message.flags);
  }
  if (connection_ != nullptr && !connection_->attached() &&
      connection_->established()) {
    if (int error = Materialise(file)) return Outcome::Fail(error);
  }
  if (message.flags & MSG_ERRQUEUE) return Outcome::Fail(EAGAIN);
  bool truncate = message.flags & MSG_TRUNC;
  if (message.name_addr == GuestAddr::kNull && !truncate) {
    if (urgent) return Outcome::Native();
    return BeforeNative(call, of, &message, message.flags);
  }
  Outcome late = ReceiveLate(call, file, message);
  if (late.kind() != Outcome::Kind::kNative) return late;
  const uint64_t room = TotalSize(message);
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
