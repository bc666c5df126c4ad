// getsockopt(2) and ioctl(2) of TcpSocket: what the table of notifier/sockopt
// does not say by itself.
#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "notifier/sockopt/interface_ioctl.h"
#include "notifier/sockopt/option_shapes.h"
#include "notifier/stream/tcp_protocol.h"
#include "notifier/stream/tcp_socket.h"

namespace quiesce {
namespace {

// net.ipv4.tcp_wmem[1], tcp_rmem[1].
constexpr int kDefaultSendBuffer = 16384;
constexpr int kDefaultReceiveBuffer = 131072;

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
int TcpSocket::SegmentSize(int path_mtu) const {
  if (connection_ == nullptr || !connection_->established()) {
    return max_segment_ != 0 ? max_segment_ : 536;
  }
  int headers = (connection_->remote().address.v4() ? 40 : 60) + 12;
  int size = std::min(path_mtu - headers, 32741);
  return max_segment_ != 0 ? std::min(max_segment_, size) : size;
}

Outcome TcpSocket::GetOption(Call&, const GuestFile& file, int level, int name,
                             std::string* value) {
  if (MayTune()) Tune(file.get());
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
Outcome TcpSocket::GetSocketLevel(const GuestFile& file, int name,
                                  std::string* value) {
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
      PutInt(TakeError(MayHaveNativeError() ? file.get() : -1), value);
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
      getsockopt(file.get(), SOL_SOCKET, name, &offset, &size);
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
      PutInt(SegmentSize(PathMtu()), value);
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
      info.tcpi_pmtu = PathMtu();
      info.tcpi_snd_mss = SegmentSize(info.tcpi_pmtu);
      info.tcpi_rcv_mss = 536;
      info.tcpi_advmss = info.tcpi_snd_mss;
      info.tcpi_snd_wnd = 65536;
    }
  }
  return std::string(reinterpret_cast<const char*>(&info), sizeof(info));
}

Outcome TcpSocket::Ioctl(Call& call, const GuestFile& file, uint32_t request,
                         GuestAddr argument) {
  switch (request) {
    case SIOCINQ:
      // The bytes lie in the placeholder.
      if (listening_) return Outcome::Fail(EINVAL);
      if (!spent_) return WriteInt(call, argument, 0);
      if (connection_ != nullptr && connection_->late() > 0) {
        int native = 0;
        ioctl(file.get(), FIONREAD, &native);
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
