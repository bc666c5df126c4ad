// UDP, or one protocol of raw IP, of one node: who gets what arrives.
#ifndef QUIESCE_NOTIFIER_DATAGRAM_DATAGRAM_PROTOCOL_H_
#define QUIESCE_NOTIFIER_DATAGRAM_DATAGRAM_PROTOCOL_H_

#include <cstdint>
#include <vector>

#include "notifier/kernel/node_kernel.h"
#include "notifier/stream/port_table.h"

namespace quiesce {

class DatagramSocket;

class DatagramProtocol : public Protocol {
 public:
  DatagramProtocol(NodeKernel* kernel, int number)
      : kernel_(kernel), number_(number) {}
  // UDP and ICMP exist in every node, raw protocols once a socket asks for
  // them.
  static void AddAll(NodeKernel& kernel);
  // Null where the number belongs to another kind of protocol (raw TCP).
  static DatagramProtocol* Of(NodeKernel& kernel, int number);

  NodeKernel& kernel() { return *kernel_; }
  int number() const { return number_; }
  PortTable& ports() { return ports_; }
  PortTable::LivenessProbe Probe();
  void Add(DatagramSocket* socket) { sockets_.push_back(socket); }
  void Remove(DatagramSocket* socket) { std::erase(sockets_, socket); }
  uint64_t NewClaim() { return ++last_claim_; }
  // Of ICMP sockets, never 0 (ping.c:ping_port_rover).
  uint16_t NextIdentifier() {
    if (++last_identifier_ == 0) ++last_identifier_;
    return last_identifier_;
  }

  // To every socket that wants it, or for UDP unicast to the best one; to none:
  // an ICMP error goes back (net/ipv4/udp.c:__udp4_lib_rcv,
  // raw.c:raw_v4_input).
  void Receive(Message message) override;
  Nanos next_timer() const override { return kNever; }
  void RunTimers(Nanos) override {}

 private:
  void ReceiveError(Message error);

  NodeKernel* const kernel_;
  const int number_;
  PortTable ports_;
  uint64_t last_claim_ = 0;
  uint16_t last_identifier_ = 0;
  std::vector<DatagramSocket*> sockets_;  // oldest first
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_DATAGRAM_DATAGRAM_PROTOCOL_H_
