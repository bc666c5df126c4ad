// What is read along on between routers: sessions of BGP and LDP in pieces of
// any size, and datagrams and frames of the other protocols.
//
// An input is steps: what crosses (a bit: in which direction; the kind of
// message; the protocol or port), how many bytes (16 bits), and those.
#include <netinet/in.h>

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>

#include "notifier/kernel/message.h"
#include "supervisor/fabric/bgp_open.h"
#include "supervisor/fabric/bgp_update.h"
#include "supervisor/fabric/bgp_watch.h"
#include "supervisor/fabric/datagram_watch.h"
#include "supervisor/fabric/ldp_keepalive.h"
#include "tools/fuzz/input.h"

namespace quiesce {
namespace {

constexpr int kMostSteps = 64;

// The order is part of the seeds.
constexpr struct {
  uint8_t protocol;
  uint16_t port;
} kDatagrams[] = {
    {IPPROTO_UDP, 520},
    {IPPROTO_UDP, 521},
    {IPPROTO_UDP, 646},
    {IPPROTO_UDP, 3784},
    {IPPROTO_UDP, 4784},
    {IPPROTO_UDP, 6696},
    {IPPROTO_UDP, 7},
    {IPPROTO_ICMP, 0},
    {IPPROTO_ICMPV6, 0},
    {88, 0},
    {89, 0},
    {103, 0},
    {112, 0},
};

void Run(FuzzInput input) {
  BgpWatch sessions;
  DatagramWatch datagrams;
  for (int step = 0; step < kMostSteps && !input.empty(); ++step) {
    const uint8_t how = input.Byte();
    const uint8_t what = input.Byte();
    Message message;
    message.payload = std::string(input.Bytes(input.Short()));
    message.from_opener = how & 1;
    message.from = message.from_opener ? 0 : 1;
    message.to = 1 - message.from;
    message.opener = 0;
    message.session = how >> 6;
    const char* ends[] = {"10.0.0.1", "10.0.0.2"};
    message.source.address = *IpAddress::Parse(ends[message.from]);
    message.destination.address = *IpAddress::Parse(ends[message.to]);
    if (how & 2) {
      const auto& of = kDatagrams[what % std::size(kDatagrams)];
      message.kind = how & 4 ? MessageKind::kFrame : MessageKind::kDatagram;
      message.protocol = of.protocol;
      message.source.port = message.destination.port = of.port;
      datagrams.OnMessage(message);
      continue;
    }
    constexpr int kTcpKinds = 6;
    message.kind = static_cast<MessageKind>((how >> 2 & 0xf) % kTcpKinds);
    message.protocol = IPPROTO_TCP;
    const uint16_t port = what & 1 ? kLdpPort : 179;
    (message.from_opener ? message.destination : message.source).port = port;
    if (what & 2) sessions.NotePrefixes();
    sessions.OnMessage(message);
    if (sessions.established_ends() < 0) abort();
    ReadOpen(message.payload);
    PrefixesOfUpdate(message.payload);
    OnlyLdpKeepalives(message.payload);
  }
}

}  // namespace
}  // namespace quiesce

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quiesce::Run(quiesce::FuzzInput(data, size));
  return 0;
}
