#include "notifier/datagram/datagram_protocol.h"

#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include <initializer_list>
#include <memory>
#include <utility>

#include "notifier/datagram/datagram_socket.h"
#include "notifier/datagram/icmp_echo.h"
#include "notifier/datagram/icmp_error.h"
#include "notifier/datagram/igmp_host.h"

namespace quiesce {

void DatagramProtocol::AddAll(NodeKernel& kernel) {
  for (int number :
       std::initializer_list<int>{IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6,
                                  IPPROTO_IGMP}) {
    Of(kernel, number);
  }
  IgmpHost::Of(kernel);
}

DatagramProtocol* DatagramProtocol::Of(NodeKernel& kernel, int number) {
  if (kernel.protocol(number) == nullptr) {
    kernel.SetProtocol(number,
                       std::make_unique<DatagramProtocol>(&kernel, number));
  }
  return dynamic_cast<DatagramProtocol*>(kernel.protocol(number));
}

PortTable::LivenessProbe DatagramProtocol::Probe() {
  // A closed datagram socket is heard of at once: whoever has a claim lives.
  return nullptr;
}

// icmp.c:icmp_socket_deliver: the socket whose datagram it was hears of it, and
// raw ICMP sockets get the error itself.
void DatagramProtocol::ReceiveError(Message error) {
  if (error.about != MessageKind::kDatagram) return;
  if (error.opener != kernel_->id()) return;
  // Who refuses a datagram sends the error where that came from.
  if (!error.from_opener) std::swap(error.source, error.destination);
  for (DatagramSocket* socket : sockets_) {
    if (socket->number() == error.session) socket->OnError(error);
  }
  Message icmp = IcmpMessageOf(error);
  Of(*kernel_, icmp.protocol)->Receive(std::move(icmp));
}

void DatagramProtocol::Receive(Message message) {
  if (message.kind == MessageKind::kIcmpError) {
    ReceiveError(std::move(message));
    return;
  }
  if (message.kind != MessageKind::kDatagram) return;
  // It may have come in only because somebody watches the link.
  const IpAddress& to = message.destination.address;
  if (to.is_multicast() && !kernel_->stack().Hears(message.iif, to)) return;
  if (number_ == IPPROTO_IGMP) IgmpHost::Of(*kernel_)->Receive(message);
  bool ports = number_ == IPPROTO_UDP || number_ == IPPROTO_UDPLITE;
  const Stack& stack = kernel_->stack();
  bool many = !ports || to.is_multicast() || stack.IsBroadcast(to);
  int best_score = 0;
  std::vector<DatagramSocket*> receivers;
  DatagramSocket* pinger = nullptr;  // one of those that share an identifier
  for (DatagramSocket* socket : sockets_) {
    int score = socket->Score(message);
    if (score == 0) continue;
    if (socket->ping()) {
      pinger = socket;
      continue;
    }
    if (!many && score < best_score) continue;
    if (!many) receivers.clear();
    best_score = score;
    receivers.push_back(socket);
  }
  if (pinger != nullptr) receivers.push_back(pinger);
  for (DatagramSocket* socket : receivers) socket->Deliver(message);
  if (auto reply = EchoReply(message, kernel_->stack())) {
    kernel_->Transmit(std::move(*reply));
  }
  if (!receivers.empty() || many) return;
  message.about = message.kind;
  message.kind = MessageKind::kIcmpError;
  bool v4 = message.destination.address.v4();
  message.value = v4 ? ICMP_DEST_UNREACH << 8 | ICMP_PORT_UNREACH : 1 << 8 | 4;
  message.reporter = message.destination.address;
  message.to = message.from;
  message.from_opener = false;
  // icmp.c:icmp_route_lookup, net/ipv6/icmp.c:icmp6_send.
  const Link* vrf = stack.VrfOf(message.iif);
  message.oif = vrf == nullptr ? 0 : vrf->ifindex;
  constexpr uint8_t kDefaultTtl = 64;
  message.ttl = kDefaultTtl;  // of the error
  std::swap(message.source, message.destination);
  kernel_->Transmit(std::move(message));
}

}  // namespace quiesce
