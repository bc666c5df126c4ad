// One request on its way through a handler, and where its answers go.
#ifndef QUIESCE_NOTIFIER_NETLINK_REQUEST_H_
#define QUIESCE_NOTIFIER_NETLINK_REQUEST_H_

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/net/stack.h"
#include "notifier/netlink/attributes.h"
#include "notifier/netlink/message_writer.h"

namespace quiesce {

struct Request {
  Stack& stack;
  nlmsghdr header;
  absl::string_view body;  // behind the header
  uint32_t portid;         // the requester's
  bool strict;             // NETLINK_GET_STRICT_CHK
  // Of the attributes, when the handler has returned.
  std::vector<AttributeUse>* uses = nullptr;

  bool flag(uint16_t mask) const { return header.nlmsg_flags & mask; }
  int family() const { return static_cast<uint8_t>(body[0]); }
  // The fixed part; false when the message is too short for it.
  template <typename T>
  bool Fixed(T* fixed) const {
    std::memset(fixed, 0, sizeof(T));
    if (body.size() < sizeof(T)) return false;
    std::memcpy(fixed, body.data(), sizeof(T));
    return true;
  }
  Attributes AttributesAfter(size_t fixed_size) const {
    const size_t at = NLMSG_ALIGN(fixed_size);
    return at > body.size() ? Attributes() : Attributes(body.substr(at), uses);
  }
};

// Collects the answers to a request.
class Replies {
 public:
  Replies(uint32_t portid, uint32_t sequence, size_t chunk,
          std::vector<std::string>* datagrams)
      : portid_(portid),
        sequence_(sequence),
        chunk_(chunk),
        datagrams_(datagrams) {}

  // A message of a dump: packed with others into datagrams.
  MessageWriter Part(uint16_t type) const {
    return MessageWriter(type,
                         NLM_F_MULTI | (filtered_ ? NLM_F_DUMP_FILTERED : 0),
                         sequence_, portid_);
  }
  void AddPart(MessageWriter message) {
    const std::string bytes = message.Finish();
    if (!pending_.empty() && pending_.size() + bytes.size() > chunk_) Flush();
    pending_ += bytes;
  }
  // The answer to a request for one object: a datagram of its own.
  MessageWriter Single(uint16_t type) const {
    return MessageWriter(type, 0, sequence_, portid_);
  }
  void AddSingle(MessageWriter message) {
    datagrams_->push_back(message.Finish());
  }
  // From now on messages say that a filter was applied ...
  void set_filtered() { filtered_ = true; }
  // ... and NLMSG_DONE, too: not every family does that (cb->answer_flags).
  void set_done_filtered() { done_filtered_ = true; }
  bool done_filtered() const { return done_filtered_; }

  void Flush() {
    if (!pending_.empty()) datagrams_->push_back(std::move(pending_));
    pending_.clear();
  }

 private:
  uint32_t portid_;
  uint32_t sequence_;
  size_t chunk_;
  std::vector<std::string>* datagrams_;
  std::string pending_;
  bool filtered_ = false;
  bool done_filtered_ = false;
};

using RequestHandler = NetResult (*)(const Request&, Replies&);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_REQUEST_H_
