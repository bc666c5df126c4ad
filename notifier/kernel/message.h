// What crosses between nodes: a message, not a packet. A value without
// pointers, so that it can cross threads, processes and hosts alike.
#ifndef QUIESCE_NOTIFIER_KERNEL_MESSAGE_H_
#define QUIESCE_NOTIFIER_KERNEL_MESSAGE_H_

#include <array>
#include <cstdint>
#include <string>

#include "notifier/base/ip.h"
#include "notifier/base/nanos.h"

namespace quiesce {

using NodeId = int32_t;
constexpr NodeId kNoNode = -1;

enum class MessageKind : uint8_t {
  kTcpSyn,     // payload empty
  kTcpSynAck,  // the accepting side knows the session
  kTcpData,    // payload: bytes, any number
  kTcpAck,     // `value`: bytes of this session taken over in all (window)
  kTcpFin,
  kTcpRst,
  kDatagram,   // one UDP or raw IP datagram
  kIcmpError,  // a message of this node's that did not arrive, see below
  kFrame,      // an Ethernet frame to whoever is on the link; `oif` says which
};

// What is not a part of a TCP connection.
inline bool IsPacket(MessageKind kind) {
  return kind == MessageKind::kDatagram || kind == MessageKind::kFrame;
}

// What comes back when a message could not be delivered: the message itself,
// with `kind` kIcmpError, `about` what it was, `value` the ICMP error (type <<
// 8 | code, of the family of `destination`; 0 where it was dropped in silence),
// and `reporter` who said so. Nothing is lost without coming back, so a sender
// need not keep what it sent in order to send it again.

struct Message {
  // Filled in by the sending node's kernel.
  MessageKind kind = MessageKind::kTcpData;
  uint8_t protocol = 0;  // IPPROTO_TCP, IPPROTO_UDP, ...
  NodeId from = kNoNode;
  Endpoint source;
  Endpoint destination;
  // The connection, named by the node that opened it: unique for ever within
  // that node. For an answer, the opener's number too; `from_opener` tells.
  uint64_t session = 0;
  NodeId opener = kNoNode;
  bool from_opener = true;
  // Counts this node's messages of this session from 0: within a session order
  // is never changed.
  uint64_t sequence = 0;
  uint8_t ttl = 64;  // as sent; as received once it has arrived
  uint8_t tos = 0;
  uint32_t mark = 0;  // of the socket, for the first lookup
  int oif = 0;        // bound interface of the sender, or 0
  uint64_t value = 0;
  bool urgent = false;  // the last byte of kTcpData is (MSG_OOB)
  std::string auth;     // digest of the TCP MD5 key in use, empty for none
  MessageKind about = MessageKind::kTcpData;  // of kIcmpError only
  IpAddress reporter;                         // of kIcmpError only
  std::string payload;

  // Filled in by the fabric.
  NodeId to = kNoNode;
  int iif = 0;                   // interface it arrived on
  std::array<uint8_t, 6> mac{};  // of kDatagram: of the last link's sender
  Nanos arrival = 0;             // not before this virtual time
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_MESSAGE_H_
