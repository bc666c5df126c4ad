// Sending of DatagramSocket.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "notifier/datagram/datagram_protocol.h"
#include "notifier/datagram/datagram_socket.h"
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

// What goes out by the loopback comes in by it, whatever the socket wants.
bool DatagramSocket::LoopsBack(int device) const {
  const Link* link = kernel_->stack().FindLink(device);
  return link != nullptr && link->loopback();
}

// net/ipv4/udp.c:udp_sendmsg, raw.c:raw_sendmsg and their IPv6 twins.
int DatagramSocket::Transmit(const Endpoint& destination, const Choice& choice,
                             std::string bytes) {
  bool v4 = destination.address.v4();
  bool multicast = destination.address.is_multicast();
  Flow flow;
  flow.dst = destination.address;
  bool bound = local_.address.valid() && !local_.address.is_any() &&
               !local_.address.is_multicast();
  if (choice.source.valid()) {
    flow.src = choice.source;
  } else if (bound) {
    flow.src = local_.address;
  }
  flow.oif = device_ != 0 ? device_ : choice.oif;
  if (flow.oif == 0) flow.oif = destination.scope;
  if (flow.oif == 0 && multicast) {
    flow.oif = v4 ? multicast_.device()
                  : options_.Get(IPPROTO_IPV6, IPV6_MULTICAST_IF);
  }
  flow.mark = options_.Get(SOL_SOCKET, SO_MARK);
  flow.protocol = protocol();
  flow.sport = local_.port;
  flow.dport = destination.port;
  RouteResult route = kernel_->stack().ResolveOutput(flow);
  if (!route.ok()) return route.error;
  if (route.type == RTN_BROADCAST && !options_.Get(SOL_SOCKET, SO_BROADCAST)) {
    return EACCES;
  }
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
  m.oif = flow.oif != 0 ? flow.oif : multicast ? route.oif : 0;
  m.payload = std::move(bytes);
  if (raw() && v4 && options_.Get(IPPROTO_IP, IP_HDRINCL) &&
      m.payload.size() >= sizeof(iphdr)) {
    iphdr header;
    memcpy(&header, m.payload.data(), sizeof(header));
    m.ttl = header.ttl;
    m.tos = header.tos;
    in_addr source{header.saddr};
    if (header.saddr != 0) m.source.address = IpAddress::From(source);
    m.payload.erase(0, std::min<size_t>(header.ihl * 4, m.payload.size()));
  }
  if (route.type == RTN_LOCAL) {
    m.to = kernel_->id();
    m.iif = route.oif;
  } else if (multicast && (LoopsBack(m.oif) ||
                           options_.Get(level, v4 ? IP_MULTICAST_LOOP
                                                  : IPV6_MULTICAST_LOOP))) {
    Message own = m;
    own.to = kernel_->id();
    own.iif = m.oif;
    kernel_->Transmit(std::move(own));
  }
  kernel_->Transmit(std::move(m));
  return 0;
}

Outcome DatagramSocket::Send(Call& call, int, GuestMessage& message, bool) {
  if (int error = std::exchange(error_, 0)) return Outcome::Fail(error);
  if (message.flags & MSG_OOB) return Outcome::Fail(EOPNOTSUPP);
  if (TotalSize(message) > kLargestDatagram) return Outcome::Fail(EMSGSIZE);
  Endpoint destination = remote_;
  if (!message.name.empty()) {
    bool v4 = FamilyOf(message.name) == AF_INET ||
              (family() == AF_INET && FamilyOf(message.name) == AF_UNSPEC);
    if (family() == AF_INET && !v4) return Outcome::Fail(EAFNOSUPPORT);
    SockAddr name = message.name;
    if (v4 && FamilyOf(name) == AF_UNSPEC && name.size() >= 2) {
      sa_family_t inet = AF_INET;
      memcpy(name.data(), &inet, sizeof(inet));
    }
    auto parsed = ParseDestination(v4 ? AF_INET : AF_INET6, name);
    if (!parsed.ok()) return Outcome::Fail(parsed.error());
    destination = *parsed;
    if (!raw() && destination.port == 0) return Outcome::Fail(EINVAL);
    if (raw()) destination.port = 0;
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
  std::string bytes;
  if (int error = Gather(call, message, kLargestDatagram, &bytes)) {
    return Outcome::Fail(error);
  }
  auto size = static_cast<int64_t>(bytes.size());
  int error = Transmit(destination, choice, std::move(bytes));
  return error == 0 ? Outcome::Value(size) : Outcome::Fail(error);
}

}  // namespace quiesce
