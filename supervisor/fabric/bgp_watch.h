// Reads along on BGP sessions, to tell routing news from housekeeping: whether
// a message is an UPDATE or a KEEPALIVE, and which sessions are Established.
// Looks at message headers only (RFC 4271, section 4.1), at what OPENs say of
// waiting, and, when told to, at the prefixes of UPDATEs.
#ifndef QUIESCE_SUPERVISOR_FABRIC_BGP_WATCH_H_
#define QUIESCE_SUPERVISOR_FABRIC_BGP_WATCH_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "notifier/base/ip.h"
#include "notifier/kernel/message.h"

namespace quiesce {

class BgpWatch {
 public:
  // Everything that crosses between nodes, in order. True if it is news: not
  // keepalives (LDP's neither), acknowledgements and attempts at a session,
  // which may go on for ever where the other end refuses or says nothing. The
  // data of any other protocol over TCP is; datagrams are looked at by
  // DatagramWatch.
  bool OnMessage(const Message& message);

  // Session ends that are Established: they have received an OPEN and, after
  // it, a KEEPALIVE, and the connection still stands.
  int established_ends() const { return established_ends_; }
  // How many there are at each node that has had any.
  const std::map<NodeId, int>& ends_of_nodes() const { return ends_of_nodes_; }
  uint64_t updates() const { return updates_; }
  uint64_t keepalives() const { return keepalives_; }
  // How many seconds may pass with nothing to be seen before a lost neighbour
  // is missed, or its routes go that were kept for its return.
  int longest_wait() const { return longest_wait_; }

  // From now on notes who announces or withdraws what. Not from the start:
  // nobody wants to know it of a network that settles.
  void NotePrefixes() { note_prefixes_ = true; }
  const std::set<std::pair<NodeId, IpPrefix>>& noted() const { return noted_; }

 private:
  // One direction of one connection: where we are in its bytes.
  struct Reader {
    uint8_t header[19];
    uint8_t have = 0;   // bytes of the header
    uint16_t body = 0;  // bytes of the message still to come
    bool open = false;
    bool established = false;
    NodeId end = kNoNode;  // who reads
    bool keep = false;     // the body, as far as it is there:
    std::string text;
  };

  bool Read(const Message& message, Reader& reader);
  // The body of a message is complete.
  void ReadBody(NodeId sender, Reader& reader);
  // True if the session was Established.
  bool Close(const Message& message);

  // By opener's node, session and direction.
  absl::flat_hash_map<std::pair<std::pair<NodeId, uint64_t>, bool>, Reader>
      readers_;
  int established_ends_ = 0;
  std::map<NodeId, int> ends_of_nodes_;
  uint64_t updates_ = 0;
  uint64_t keepalives_ = 0;
  int longest_wait_ = 0;
  bool note_prefixes_ = false;
  std::set<std::pair<NodeId, IpPrefix>> noted_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_FABRIC_BGP_WATCH_H_
