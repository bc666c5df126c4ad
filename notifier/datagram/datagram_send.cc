// Sending of DatagramSocket.
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "notifier/datagram/datagram_protocol.h"
#include "notifier/datagram/datagram_socket.h"
#include "notifier/datagram/icmp_echo.h"
#include "notifier/datagram/ip_header.h"
#include "notifier/kernel/guest_message.h"
#include "notifier/kernel/socket_address.h"

namespace quiesce {
namespace {

constexpr size_t kLargestDatagram = 65535;

// Calls `visit(level, type, bytes)` for each control message. False if they are
// malformed.
template <typename F>
bool ForEachControl(const std::string& control, F visit) {
  size_t at = 0;
  while (at + sizeof(cmsghdr) <= control.size()) {
    cmsghdr header;
    memcpy(&header, control.data() + at, sizeof(header));
    if (header.cmsg_len < sizeof(header) ||
        header.cmsg_len > control.size() - at) {
      return false;
    }
    visit(header.cmsg_level, header.cmsg_type,
          absl::string_view(control).substr(at + CMSG_LEN(0),
                                            header.cmsg_len - CMSG_LEN(0)));
    at += CMSG_ALIGN(header.cmsg_len);
  }
  return true;
}

template <typename T>
bool As(absl::string_view bytes, T* value) {
  if (bytes.size() < sizeof(T)) return false;
  memcpy(value, bytes.data(), sizeof(T));
  return true;
}

}  // namespace

int DatagramSocket::ParseControl(const std::string& control,
                                 Choice* choice) const {
  bool whole = ForEachControl(
      control, [&](int level, int type, absl::string_view bytes) {
        in_pktinfo four;
        in6_pktinfo six;
        if (level == IPPROTO_IP && type == IP_PKTINFO && As(bytes, &four)) {
          choice->oif = four.ipi_ifindex;
          IpAddress source = IpAddress::From(four.ipi_spec_dst);
          if (!source.is_any()) choice->source = source;
        } else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO &&
                   As(bytes, &six)) {
          choice->oif = six.ipi6_ifindex;
          IpAddress source = IpAddress::From(six.ipi6_addr);
          if (!source.is_any()) choice->source = source.Unmapped();
        } else if ((level == IPPROTO_IP && type == IP_TTL) ||
                   (level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT)) {
          As(bytes, &choice->ttl);
        } else if ((level == IPPROTO_IP && type == IP_TOS) ||
                   (level == IPPROTO_IPV6 && type == IPV6_TCLASS)) {
          As(bytes, &choice->tos);
        }
      });
  return whole ? 0 : EINVAL;
}

// udp.c:udp_sendmsg, raw.c:raw_sendmsg: ancillary data goes before the bound
// device, that before IP_MULTICAST_IF. With IPv6 none may contradict another
// (datagram.c:ip6_datagram_send_ctl).
int DatagramSocket::FlowTo(const Endpoint& destination, const Choice& choice,
                           Flow* flow) const {
  const Stack& stack = kernel_->stack();
  const bool v4 = destination.address.v4();
  const bool multicast = destination.address.is_multicast();
  flow->dst = destination.address;
  flow->mark = options_.Get(SOL_SOCKET, SO_MARK);
  flow->protocol = protocol();
  flow->sport = local_.port;
  flow->dport = destination.port;
  if (choice.source.valid()) {
    if (!v4 && stack.FindAddress(choice.source) == nullptr) return EINVAL;
    flow->src = choice.source;
  } else if (local_.address.valid() && !local_.address.is_any() &&
             !local_.address.is_multicast()) {
    flow->src = local_.address;
  }
  flow->oif = destination.scope != 0 ? destination.scope : common_.device;
  if (choice.oif != 0) {
    // sk_dev_equal_l3scope(): a link of the socket's VRF will do.
    if (!v4 && (!stack.BoundTo(common_.device, choice.oif, /*accept=*/true) ||
                (destination.scope != 0 && flow->oif != choice.oif))) {
      return EINVAL;
    }
    flow->oif = choice.oif;
  }
  if (flow->oif != 0) return 0;
  const int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
  if (multicast && v4) {
    flow->oif = multicast_.device();
    if (!flow->src.valid()) flow->src = multicast_.source();
  } else if (multicast) {
    flow->oif = options_.Get(level, IPV6_MULTICAST_IF);
  } else {
    flow->oif =
        ntohl(options_.Get(level, v4 ? IP_UNICAST_IF : IPV6_UNICAST_IF));
  }
  return 0;
}

// Out by one interface, to whoever listens there; and to this node, if it
// listens there itself (ip_output.c:ip_mc_output,
// ip6_output.c:ip6_finish_output2).
void DatagramSocket::TransmitToMany(Message m, bool broadcast) {
  const IpAddress& to = m.destination.address;
  const Link* link = kernel_->stack().FindLink(m.oif);
  const bool loopback = link != nullptr && link->loopback();
  // What goes out by the loopback comes in by it, whatever the socket wants.
  const bool loops =
      loopback || broadcast ||
      (to.v4() ? options_.Get(IPPROTO_IP, IP_MULTICAST_LOOP)
               : options_.Get(IPPROTO_IPV6, IPV6_MULTICAST_LOOP));
  if (loops && kernel_->stack().Hears(m.oif, to)) {
    Message own = m;
    own.to = kernel_->id();
    own.iif = m.oif;
    kernel_->Transmit(std::move(own));
  }
  const bool node_local = to.v6() && (to.bytes()[1] & 0xf) <= 1;
  if (!loopback && m.ttl > 0 && !node_local) kernel_->Transmit(std::move(m));
}

// net/ipv4/udp.c:udp_sendmsg, raw.c:raw_sendmsg and their IPv6 twins.
int DatagramSocket::Transmit(const Endpoint& destination, const Choice& choice,
                             std::string bytes) {
  const bool v4 = destination.address.v4();
  const bool multicast = destination.address.is_multicast();
  Flow flow;
  if (int error = FlowTo(destination, choice, &flow)) return error;
  RouteResult route = kernel_->stack().ResolveOutput(flow);
  if (!route.ok()) return route.error;
  const bool broadcast = route.type == RTN_BROADCAST;
  if (broadcast && !options_.Get(SOL_SOCKET, SO_BROADCAST)) return EACCES;
  if (int error = Autobind()) return error;
  Message m;
  m.kind = MessageKind::kDatagram;
  m.protocol = protocol();
  m.source = {flow.src.valid() ? flow.src : route.source, local_.port, 0};
  m.destination = destination;
  m.session = number_;
  m.opener = kernel_->id();
  m.sequence = sent_++;
  int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
  int hops = multicast ? (v4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS)
                       : (v4 ? IP_TTL : IPV6_UNICAST_HOPS);
  m.ttl = choice.ttl >= 0 ? choice.ttl : options_.Get(level, hops);
  m.tos = choice.tos >= 0 ? choice.tos
                          : options_.Get(level, v4 ? IP_TOS : IPV6_TCLASS);
  m.mark = flow.mark;
  m.oif = multicast || broadcast ? route.oif : flow.oif;
  m.payload = std::move(bytes);
  if (ping()) {
    m.source.port = m.destination.port = 0;
    SetIdentifier(local_.port, &m.payload);
    const uint16_t check =
        InternetChecksum(m.payload, v4 ? 0 : PseudoHeaderSum(m));
    memcpy(&m.payload[2], &check, sizeof(check));
  }
  if (raw() && v4 && options_.Get(IPPROTO_IP, IP_HDRINCL)) {
    if (int error = TakeIpv4Header(&m)) return error;
  }
  if (raw() && !v4) {
    if (int error = PutChecksum(&m)) return error;
  }
  if (multicast || broadcast) {
    TransmitToMany(std::move(m), broadcast);
    return 0;
  }
  if (route.type == RTN_LOCAL) {
    m.to = kernel_->id();
    m.iif = route.oif;
  }
  kernel_->Transmit(std::move(m));
  return 0;
}

// raw.c:rawv6_push_pending_frames: the kernel fills in the sum of who asks for
// it.
int DatagramSocket::PutChecksum(Message* m) const {
  const int offset = options_.Get(IPPROTO_IPV6, IPV6_CHECKSUM);
  if (offset < 0) return 0;
  if (offset + sizeof(uint16_t) > m->payload.size()) return EINVAL;
  memset(&m->payload[offset], 0, sizeof(uint16_t));
  const uint16_t check = InternetChecksum(m->payload, PseudoHeaderSum(*m));
  memcpy(&m->payload[offset], &check, sizeof(check));
  return 0;
}

Outcome DatagramSocket::Send(Call& call, const GuestFile&,
                             GuestMessage& message) {
  if (int error = std::exchange(error_, 0)) return Outcome::Fail(error);
  if (message.flags & MSG_OOB) return Outcome::Fail(EOPNOTSUPP);
  if (TotalSize(message) > kLargestDatagram) return Outcome::Fail(EMSGSIZE);
  std::string bytes;
  if (ping()) {  // ping.c:ping_common_sendmsg
    if (int error = Gather(call, message, kLargestDatagram, &bytes)) {
      return Outcome::Fail(error);
    }
    if (!IsEcho(family(), bytes)) return Outcome::Fail(EINVAL);
  }
  Endpoint destination = remote_;
  if (!message.name.empty()) {
    bool v4 = FamilyOf(message.name) == AF_INET ||
              (family() == AF_INET && FamilyOf(message.name) == AF_UNSPEC);
    if ((family() == AF_INET || ping()) && v4 != (family() == AF_INET)) {
      return Outcome::Fail(ping() && v4 ? EINVAL : EAFNOSUPPORT);
    }
    SockAddr name = message.name;
    if (v4 && FamilyOf(name) == AF_UNSPEC && name.size() >= 2) {
      sa_family_t inet = AF_INET;
      memcpy(name.data(), &inet, sizeof(inet));
    }
    auto parsed = ParseDestination(v4 ? AF_INET : AF_INET6, name);
    if (!parsed.ok()) return Outcome::Fail(parsed.error());
    destination = *parsed;
    if (raw() || ping()) {
      destination.port = 0;
    } else if (destination.port == 0) {
      return Outcome::Fail(EINVAL);
    }
    if (destination.address.is_any()) {
      destination.address = destination.address.v4()
                                ? IpAddress::V4(INADDR_LOOPBACK)
                                : IpAddress::From(in6addr_loopback);
    }
  }
  if (!destination.address.valid()) return Outcome::Fail(EDESTADDRREQ);
  Choice choice;
  if (int error = ParseControl(message.control, &choice)) {
    return Outcome::Fail(error);
  }
  if (!ping()) {
    if (int error = Gather(call, message, kLargestDatagram, &bytes)) {
      return Outcome::Fail(error);
    }
  }
  auto size = static_cast<int64_t>(bytes.size());
  int error = Transmit(destination, choice, std::move(bytes));
  return error == 0 ? Outcome::Value(size) : Outcome::Fail(error);
}

}  // namespace quiesce
