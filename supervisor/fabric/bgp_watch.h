// Reads along on BGP sessions, to tell routing news from housekeeping: whether
// a message is an UPDATE or a KEEPALIVE, and which sessions are Established.
// Looks at message headers only (RFC 4271, section 4.1).
#ifndef QUIESCE_SUPERVISOR_FABRIC_BGP_WATCH_H_
#define QUIESCE_SUPERVISOR_FABRIC_BGP_WATCH_H_

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "notifier/kernel/message.h"

namespace quiesce {

class BgpWatch {
 public:
  // Everything that crosses between nodes, in order. True if it is news: not
  // keepalives, acknowledgements and attempts to connect. The data of any other
  // protocol is.
  bool OnMessage(const Message& message);

  // Session ends that are Established: they have received an OPEN and, after
  // it, a KEEPALIVE, and the connection still stands.
  int established_ends() const { return established_ends_; }
  uint64_t updates() const { return updates_; }
  uint64_t keepalives() const { return keepalives_; }

 private:
  // One direction of one connection: where we are in its bytes.
  struct Reader {
    uint8_t header[19];
    uint8_t have = 0;   // bytes of the header
    uint16_t body = 0;  // bytes of the message still to come
    bool open = false;
    bool established = false;
  };

  bool Read(Reader& reader, const std::string& bytes);
  // True if the session was Established.
  bool Close(const Message& message);

  // By opener's node, session and direction.
  absl::flat_hash_map<std::pair<std::pair<NodeId, uint64_t>, bool>, Reader>
      readers_;
  int established_ends_ = 0;
  uint64_t updates_ = 0;
  uint64_t keepalives_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_FABRIC_BGP_WATCH_H_
