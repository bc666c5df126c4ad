// setsockopt(2) of TcpSocket: what the table of notifier/sockopt does not say
// by itself.
#include <errno.h>
#include <linux/capability.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "notifier/kernel/placeholder.h"
#include "notifier/sockopt/option_shapes.h"
#include "notifier/stream/tcp_protocol.h"
#include "notifier/stream/tcp_socket.h"

namespace quiesce {
namespace {

// net.core.wmem_max and rmem_max; SOCK_MIN_SNDBUF and SOCK_MIN_RCVBUF.
constexpr int kMaxBuffer = 212992;
constexpr int kMinSendBuffer = 4608;
constexpr int kMinReceiveBuffer = 2304;
constexpr int kLargestWindow = 6 << 20;  // tcp_rmem[2]

// include/net/route.h:rt_tos2priority.
int PriorityOfTos(int tos) {
  static constexpr int kPriorities[16] = {0, 0, 0, 0, 2, 2, 2, 2,
                                          6, 6, 6, 6, 4, 4, 4, 4};
  return kPriorities[(tos & 0x1e) >> 1];
}

// net/ipv4/tcp.c:secs_to_retrans and back: seconds become whole
// retransmissions of a timer that begins at 1 s and doubles to 120 s.
int DeferAcceptSeconds(int seconds) {
  if (seconds <= 0) return 0;
  int total = 1, timeout = 1;
  for (int count = 1; seconds > total && count < 255; ++count) {
    timeout = std::min(timeout * 2, 120);
    total += timeout;
  }
  return total;
}

}  // namespace

Nanos TcpSocket::Timeout(int name) const {
  Nanos timeout = name == SO_RCVTIMEO ? receive_timeout_ : send_timeout_;
  return timeout == 0 ? kNever : timeout;
}

TcpPolicy TcpSocket::Policy() const {
  TcpPolicy policy;
  bool v4 = local_.address.v4();
  policy.ttl = v4 ? options_.Get(IPPROTO_IP, IP_TTL)
                  : options_.Get(IPPROTO_IPV6, IPV6_UNICAST_HOPS);
  policy.tos = v4 ? options_.Get(IPPROTO_IP, IP_TOS)
                  : options_.Get(IPPROTO_IPV6, IPV6_TCLASS);
  policy.min_ttl = v4 ? options_.Get(IPPROTO_IP, IP_MINTTL)
                      : options_.Get(IPPROTO_IPV6, IPV6_MINHOPCOUNT);
  policy.mark = options_.Get(SOL_SOCKET, SO_MARK);
  policy.oif = device_;
  policy.syn_retries = options_.Get(IPPROTO_TCP, TCP_SYNCNT);
  policy.user_timeout =
      options_.Get(IPPROTO_TCP, TCP_USER_TIMEOUT) * kMillisecond;
  policy.linger = linger_;
  policy.linger_seconds = linger_seconds_;
  if (send_buffer_ != 0) policy.window = send_buffer_;
  if (receive_buffer_ != 0) policy.receive_buffer = receive_buffer_;
  policy.keys = keys_;
  return policy;
}

void TcpSocket::SetNative(int file) {
  for (int name : {SO_OOBINLINE, SO_RCVLOWAT}) {
    int value = options_.Get(SOL_SOCKET, name);
    setsockopt(file, SOL_SOCKET, name, &value, sizeof(value));
  }
}

void TcpSocket::PolicyChanged() {
  if (connection_ == nullptr) return;
  int oif = connection_->policy().oif;
  connection_->policy() = Policy();
  connection_->policy().oif = oif;
}

Outcome TcpSocket::SetOption(Call& call, const GuestFile& file, int level,
                             int name, absl::string_view value) {
  if (MayTune()) Tune(file.get());
  Outcome result = Outcome::Fail(ENOPROTOOPT);
  int bad = CheckNumber(kernel().stack(), level, name, value);
  if (bad != 0 && (level != IPPROTO_IPV6 || family() == AF_INET6)) {
    return Outcome::Fail(bad);
  }
  // For sockets that have no connection yet (or are none).
  if (level == IPPROTO_TCP &&
      ((name == TCP_FASTOPEN_CONNECT && (listening_ || connection_)) ||
       ((name == TCP_FASTOPEN || name == TCP_FASTOPEN_NO_COOKIE) &&
        connection_))) {
    return Outcome::Fail(EINVAL);
  }
  int tos_before = options_.Get(IPPROTO_IP, IP_TOS);
  int error = options_.Set(&call, level, name, value);
  if (level == IPPROTO_IPV6 && family() == AF_INET) error = -1;
  if (error >= 0) {
    if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY &&
        (claim_ != 0 || connection_ != nullptr)) {
      return Outcome::Fail(EINVAL);
    }
    if (error == 0 && level == IPPROTO_IP && name == IP_TOS) {
      // __ip_sock_set_tos(): ECN is TCP's own.
      int tos = (options_.Get(level, name) & ~3) | (tos_before & 3);
      options_.Put(level, name, tos);
      priority_ = PriorityOfTos(tos);
    }
    if (error == 0 && level == IPPROTO_TCP && name == TCP_DEFER_ACCEPT) {
      options_.Put(level, name, DeferAcceptSeconds(options_.Get(level, name)));
    }
    if (error == 0 && level == SOL_SOCKET && name == SO_RCVLOWAT) {
      // tcp_set_rcvlowat()
      int most = (receive_buffer_ != 0 ? receive_buffer_ : kLargestWindow) / 2;
      options_.Put(level, name, std::min(options_.Get(level, name), most));
      kernel().CorrectReadiness();
    }
    if (error == 0 && level == SOL_SOCKET &&
        (name == SO_OOBINLINE || name == SO_RCVLOWAT)) {
      SetNative(file.get());
    }
    if (error == 0) ConfessOption(kernel(), options_, level, name);
    result = error == 0 ? Outcome::Value(0) : Outcome::Fail(error);
    if (error == 0 && claim_ != 0 && level == SOL_SOCKET) {
      if (PortClaim* claim = protocol_->ports().Find(claim_)) {
        claim->reuse_address = options_.Get(SOL_SOCKET, SO_REUSEADDR) != 0;
        claim->reuse_port = options_.Get(SOL_SOCKET, SO_REUSEPORT) != 0;
      }
    }
  } else if (level == SOL_SOCKET) {
    result = SetSocketLevel(call, file, name, value);
  } else if (level == IPPROTO_TCP) {
    result = SetTcpLevel(name, value);
  } else if (level == IPPROTO_IP ||
             (level == IPPROTO_IPV6 && family() == AF_INET6)) {
    // Memberships, packet infos and header options make no difference to TCP.
    result = SetShapedOption(level, name, value);
  }
  PolicyChanged();
  return result;
}

Outcome TcpSocket::SetSocketLevel(Call& call, const GuestFile& file, int name,
                                  absl::string_view value) {
  int number = 0;
  if (value.size() >= sizeof(number)) {
    memcpy(&number, value.data(), sizeof(number));
  }
  switch (name) {
    case SO_SNDBUFFORCE:
    case SO_RCVBUFFORCE:
      if (!call.Capable(CAP_NET_ADMIN)) return Outcome::Fail(EPERM);
      [[fallthrough]];
    case SO_SNDBUF:
    case SO_RCVBUF: {
      if (value.size() < sizeof(number)) return Outcome::Fail(EINVAL);
      bool send = name == SO_SNDBUF || name == SO_SNDBUFFORCE;
      bool force = name == SO_SNDBUFFORCE || name == SO_RCVBUFFORCE;
      if (force && number < 0) number = 0;
      if (!force) {
        number = static_cast<int>(std::min<uint32_t>(number, kMaxBuffer));
      }
      number = std::min(number, INT_MAX / 2) * 2;
      if (send) {
        send_buffer_ = std::max(number, kMinSendBuffer);
        // Without a connection nothing is written; with one, Tune() comes.
        if (connection_ != nullptr && connection_->established()) {
          SetBuffer(file.get());
        }
      } else {
        receive_buffer_ = std::max(number, kMinReceiveBuffer);
      }
      return Outcome::Value(0);
    }
    case SO_LINGER: {
      linger value_in;
      if (value.size() < sizeof(value_in)) return Outcome::Fail(EINVAL);
      memcpy(&value_in, value.data(), sizeof(value_in));
      linger_ = value_in.l_onoff != 0;
      if (linger_) linger_seconds_ = std::max(0, value_in.l_linger);
      return Outcome::Value(0);
    }
    case SO_RCVTIMEO:
    case SO_SNDTIMEO: {
      Nanos timeout;
      if (int error = ParseTimeout(value, &timeout)) {
        return Outcome::Fail(error);
      }
      (name == SO_RCVTIMEO ? receive_timeout_ : send_timeout_) = timeout;
      SetNativeTimeouts(file.get());
      return Outcome::Value(0);
    }
    case SO_BINDTODEVICE:
    case SO_BINDTOIFINDEX: {
      int device = 0;
      if (int error = ParseDevice(call, kernel().stack(), name, value, device_,
                                  &device)) {
        return Outcome::Fail(error);
      }
      device_ = device;
      if (PortClaim* claim = protocol_->ports().Find(claim_)) {
        claim->device = device;
        claim->vrf = NewClaim(local_).vrf;
      }
      return Outcome::Value(0);
    }
    case SO_PRIORITY:
      if (value.size() < sizeof(number)) return Outcome::Fail(EINVAL);
      if ((number < 0 || number > 6) && !call.Capable(CAP_NET_ADMIN)) {
        return Outcome::Fail(EPERM);
      }
      priority_ = number;
      return Outcome::Value(0);
    case SO_MAX_PACING_RATE:
      if (value.size() < sizeof(number)) return Outcome::Fail(EINVAL);
      pacing_rate_ = static_cast<uint32_t>(number);
      if (value.size() >= sizeof(pacing_rate_)) {
        memcpy(&pacing_rate_, value.data(), sizeof(pacing_rate_));
      }
      return Outcome::Value(0);
    case SO_PEEK_OFF:
      if (value.size() < sizeof(number)) return Outcome::Fail(EINVAL);
      setsockopt(file.get(), SOL_SOCKET, name, &number, sizeof(number));
      return Outcome::Value(0);
    default:
      return SetFilterOption(kernel(), name, value, &filtered_);
  }
}

Outcome TcpSocket::SetTcpLevel(int name, absl::string_view value) {
  switch (name) {
    case TCP_MD5SIG:
    case TCP_MD5SIG_EXT: {
      if (int error = keys_.Set(family(), name == TCP_MD5SIG_EXT, value)) {
        return Outcome::Fail(error);
      }
      return Outcome::Value(0);
    }
    case TCP_CONGESTION: {
      std::string wanted(value.substr(0, 15));
      wanted = wanted.c_str();
      if (value.empty()) return Outcome::Fail(EINVAL);
      if (wanted != "cubic" && wanted != "reno") return Outcome::Fail(ENOENT);
      congestion_ = wanted;
      return Outcome::Value(0);
    }
    case TCP_ULP:
      return Outcome::Fail(ENOENT);
    case TCP_REPAIR_QUEUE:
    case TCP_REPAIR_WINDOW:
      return Outcome::Fail(EPERM);  // it is not under repair
    case TCP_QUEUE_SEQ:
      return Outcome::Fail(connection_ != nullptr || listening_ ? EPERM
                                                                : EINVAL);
    case TCP_REPAIR_OPTIONS:
    case TCP_FASTOPEN_KEY:
      return Outcome::Fail(EINVAL);
    default:
      break;
  }
  if (value.size() < sizeof(int)) return Outcome::Fail(EINVAL);
  int number;
  memcpy(&number, value.data(), sizeof(number));
  switch (name) {
    case TCP_MAXSEG:
      // Values outside are refused, not clamped (tcp_sock_set_maxseg).
      if (number != 0 && (number < 88 || number > 32767)) {
        return Outcome::Fail(EINVAL);
      }
      max_segment_ = number;
      return Outcome::Value(0);
    case TCP_WINDOW_CLAMP:
      if (number == 0) {
        if (connection_ != nullptr || listening_) return Outcome::Fail(EINVAL);
        window_clamp_ = 0;
      } else {
        window_clamp_ = std::max(number, kMinReceiveBuffer / 2);
      }
      return Outcome::Value(0);
    default:
      return Outcome::Fail(ENOPROTOOPT);
  }
}

}  // namespace quiesce
