// getsockopt(2), setsockopt(2) and ioctl(2) of TcpSocket: what the table of
// notifier/sockopt does not say by itself.
#include <errno.h>
#include <linux/capability.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <utility>

#include "notifier/kernel/placeholder.h"
#include "notifier/sockopt/interface_ioctl.h"
#include "notifier/sockopt/option_shapes.h"
#include "notifier/stream/tcp_protocol.h"
#include "notifier/stream/tcp_socket.h"

namespace quiesce {
namespace {

// net.core.wmem_max and rmem_max; SOCK_MIN_SNDBUF and SOCK_MIN_RCVBUF.
constexpr int kMaxBuffer = 212992;
constexpr int kMinSendBuffer = 4608;
constexpr int kMinReceiveBuffer = 2304;
// net.ipv4.tcp_wmem[1], tcp_rmem[1].
constexpr int kDefaultSendBuffer = 16384;
constexpr int kDefaultReceiveBuffer = 131072;
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

int TcpSocket::PathMtu() const {
  if (connection_ == nullptr) return 1500;
  Flow flow;
  flow.dst = connection_->remote().address;
  flow.src = connection_->local().address;
  flow.oif = connection_->policy().oif;
  RouteResult route = protocol_->kernel().stack().ResolveOutput(flow);
  const Link* link =
      route.ok() ? protocol_->kernel().stack().FindLink(route.oif) : nullptr;
  return link == nullptr ? 1500 : std::min<int>(link->mtu, 0xffff);
}

// tcp_current_mss() with timestamps on; over the loopback half the window
// bounds it (tcp_bound_to_half_wnd).
int TcpSocket::SegmentSize() const {
  if (connection_ == nullptr || !connection_->established()) {
    return max_segment_ != 0 ? max_segment_ : 536;
  }
  int headers = (connection_->remote().address.v4() ? 40 : 60) + 12;
  int size = std::min(PathMtu() - headers, 32741);
  return max_segment_ != 0 ? std::min(max_segment_, size) : size;
}

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

Outcome TcpSocket::SetOption(Call& call, int file, int level, int name,
                             absl::string_view value) {
  Tune(file);
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
      SetNative(file);
    }
    if (const OptionRow* row = FindOption(level, name, kind());
        error == 0 && row->note != nullptr) {
      kernel().Confess(std::string(row->label) + ": " + row->note);
    }
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

Outcome TcpSocket::SetSocketLevel(Call& call, int file, int name,
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
        if (connection_ == nullptr || connection_->established()) {
          SetBuffer(file);
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
      SetNativeTimeouts(file);
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
      setsockopt(file, SOL_SOCKET, name, &number, sizeof(number));
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

Outcome TcpSocket::GetOption(Call&, int file, int level, int name,
                             std::string* value) {
  Tune(file);
  if (level == IPPROTO_IPV6 && family() == AF_INET) {
    return Outcome::Fail(EOPNOTSUPP);
  }
  if (level == SOL_SOCKET) {
    Outcome special = GetSocketLevel(file, name, value);
    if (special.kind() != Outcome::Kind::kPark) return special;
  } else if (level == IPPROTO_TCP) {
    Outcome special = GetTcpLevel(name, value);
    if (special.kind() != Outcome::Kind::kPark) return special;
  }
  int error = options_.Read(level, name, value);
  if (error == 0) return Outcome::Value(0);
  if ((level == IPPROTO_IP && name == IP_PKTOPTIONS) ||
      (level == IPPROTO_IPV6 && name == IPV6_2292PKTOPTIONS)) {
    value->clear();
    return Outcome::Value(0);
  }
  if (level == IPPROTO_IP || level == IPPROTO_IPV6) {
    return GetShapedOption(level, name, value,
                           connection_ != nullptr ? PathMtu() : 0);
  }
  // ipv6_getsockopt() has another word for it than ip_getsockopt().
  bool known = level == SOL_SOCKET || level == IPPROTO_TCP;
  return Outcome::Fail(known || family() == AF_INET6 ? ENOPROTOOPT
                                                     : EOPNOTSUPP);
}

// Park means: not special.
Outcome TcpSocket::GetSocketLevel(int file, int name, std::string* value) {
  switch (name) {
    case SO_TYPE:
      PutInt(type(), value);
      break;
    case SO_DOMAIN:
      PutInt(family(), value);
      break;
    case SO_PROTOCOL:
      PutInt(protocol(), value);
      break;
    case SO_ERROR:
      PutInt(TakeError(file), value);
      break;
    case SO_ACCEPTCONN:
      PutInt(listening_, value);
      break;
    case SO_SNDBUF:
      PutInt(send_buffer_ != 0 ? send_buffer_ : kDefaultSendBuffer, value);
      break;
    case SO_RCVBUF:
      PutInt(receive_buffer_ != 0 ? receive_buffer_ : kDefaultReceiveBuffer,
             value);
      break;
    case SO_PRIORITY:
      PutInt(priority_, value);
      break;
    case SO_LINGER:
      PutStruct(linger{linger_, linger_seconds_}, value);
      break;
    case SO_RCVTIMEO:
      PutTimeout(receive_timeout_, value);
      break;
    case SO_SNDTIMEO:
      PutTimeout(send_timeout_, value);
      break;
    case SO_BINDTODEVICE:
      return GetDevice(kernel().stack(), device_, value);
    case SO_BINDTOIFINDEX:
      PutInt(device_, value);
      break;
    case SO_COOKIE:
      if (value->size() < sizeof(uint64_t)) return Outcome::Fail(EINVAL);
      PutStruct(protocol_->CookieFor(cookie()), value);
      break;
    case SO_MAX_PACING_RATE:
      if (value->size() >= sizeof(pacing_rate_)) {
        PutStruct(pacing_rate_, value);
      } else {
        PutInt(static_cast<int>(std::min<uint64_t>(pacing_rate_, ~0u)), value);
      }
      break;
    case SO_PEEK_OFF: {
      int offset = -1;
      socklen_t size = sizeof(offset);
      getsockopt(file, SOL_SOCKET, name, &offset, &size);
      PutInt(offset, value);
      break;
    }
    case kTxRehash:
      return Outcome::Park();
    default:
      return GetFilterOption(name, value);
  }
  return Outcome::Value(0);
}

Outcome TcpSocket::GetTcpLevel(int name, std::string* value) {
  switch (name) {
    case TCP_INFO: {
      std::string info = TcpInfo();
      info.resize(std::min(info.size(), value->size()));
      *value = info;
      break;
    }
    case TCP_MAXSEG:
      PutInt(SegmentSize(), value);
      break;
    case TCP_WINDOW_CLAMP:
      PutInt(window_clamp_, value);
      break;
    case TCP_CONGESTION: {
      std::string name16 = congestion_;
      name16.resize(16);
      name16.resize(std::min(name16.size(), value->size()));
      *value = name16;
      break;
    }
    case TCP_ULP:
    case TCP_CC_INFO:
    case TCP_SAVED_SYN:
    case TCP_FASTOPEN_KEY:
      value->clear();
      break;
    case TCP_REPAIR_QUEUE:
    case TCP_QUEUE_SEQ:
    case TCP_REPAIR_WINDOW:
    case TCP_ZEROCOPY_RECEIVE:
      return Outcome::Fail(EINVAL);
    case TCP_MD5SIG:
      return Outcome::Fail(ENOPROTOOPT);
    default:
      return Outcome::Park();
  }
  return Outcome::Value(0);
}

// net/ipv4/tcp.c:tcp_get_info, as far as it can be known without packets.
std::string TcpSocket::TcpInfo() const {
  tcp_info info{};
  info.tcpi_state = listening_ ? kTcpListen : kTcpClose;
  info.tcpi_rto = 1000000;
  info.tcpi_snd_mss = 536;
  info.tcpi_rcv_mss = 536;
  info.tcpi_snd_cwnd = 10;
  info.tcpi_snd_ssthresh = 0x7fffffff;
  info.tcpi_reordering = 3;
  info.tcpi_rcv_space = 14600;
  info.tcpi_total_retrans = 0;
  if (listening_) {
    info.tcpi_unacked = queue_.size();  // sk_ack_backlog
    info.tcpi_sacked = backlog_;        // sk_max_ack_backlog
  }
  if (connection_ != nullptr) {
    info.tcpi_state = connection_->tcp_state();
    info.tcpi_bytes_acked = connection_->bytes_sent() + 1;
    info.tcpi_bytes_sent = connection_->bytes_sent();
    info.tcpi_bytes_received = connection_->bytes_received();
    if (connection_->established()) {
      info.tcpi_options = TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE;
      info.tcpi_snd_wscale = 7;
      info.tcpi_rcv_wscale = 7;
      info.tcpi_rto = 200000;
      info.tcpi_ato = 40000;
      info.tcpi_snd_mss = SegmentSize();
      info.tcpi_rcv_mss = 536;
      info.tcpi_advmss = info.tcpi_snd_mss;
      info.tcpi_pmtu = PathMtu();
      info.tcpi_snd_wnd = 65536;
    }
  }
  return std::string(reinterpret_cast<const char*>(&info), sizeof(info));
}

Outcome TcpSocket::Ioctl(Call& call, int file, uint32_t request,
                         GuestAddr argument) {
  switch (request) {
    case SIOCINQ:
      // The bytes lie in the placeholder.
      if (listening_) return Outcome::Fail(EINVAL);
      if (!spent_) return WriteInt(call, argument, 0);
      if (connection_ != nullptr && connection_->late() > 0) {
        int native = 0;
        ioctl(file, FIONREAD, &native);
        return WriteInt(call, argument, native + connection_->late());
      }
      return Outcome::Native();
    case SIOCOUTQ:
    case SIOCOUTQNSD: {
      if (listening_) return Outcome::Fail(EINVAL);
      int waiting = connection_ == nullptr ? 0 : connection_->Outstanding();
      return WriteInt(call, argument, waiting);
    }
    case SIOCATMARK:
      if (!spent_) return WriteInt(call, argument, 0);
      return Outcome::Native();
    default:
      return InterfaceIoctl(call, kernel(), request, argument);
  }
}

}  // namespace quiesce
