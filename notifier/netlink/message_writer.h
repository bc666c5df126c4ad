// Writing netlink messages. One writer makes one message.
#ifndef QUIESCE_NOTIFIER_NETLINK_MESSAGE_WRITER_H_
#define QUIESCE_NOTIFIER_NETLINK_MESSAGE_WRITER_H_

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/base/ip.h"

namespace quiesce {

class MessageWriter {
 public:
  MessageWriter(uint16_t type, uint16_t flags, uint32_t sequence,
                uint32_t portid) {
    nlmsghdr header = {};
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    header.nlmsg_seq = sequence;
    header.nlmsg_pid = portid;
    Struct(header);
  }

  // A fixed structure; padded to four bytes.
  template <typename T>
  void Struct(const T& value) {
    Raw(&value, sizeof(value));
  }
  void Raw(const void* data, size_t size) {
    bytes_.append(static_cast<const char*>(data), size);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  void Put(uint16_t type, const void* data, size_t size) {
    nlattr header;
    header.nla_len = NLA_HDRLEN + size;
    header.nla_type = type;
    bytes_.append(reinterpret_cast<const char*>(&header), sizeof(header));
    Raw(data, size);
  }
  void U8(uint16_t type, uint8_t value) { Put(type, &value, sizeof(value)); }
  void U16(uint16_t type, uint16_t value) { Put(type, &value, sizeof(value)); }
  void U32(uint16_t type, uint32_t value) { Put(type, &value, sizeof(value)); }
  void U64(uint16_t type, uint64_t value) { Put(type, &value, sizeof(value)); }
  void Bytes(uint16_t type, absl::string_view value) {
    Put(type, value.data(), value.size());
  }
  // With its terminating NUL.
  void Text(uint16_t type, const std::string& value) {
    Put(type, value.c_str(), value.size() + 1);
  }
  void Address(uint16_t type, const IpAddress& value) {
    Put(type, value.bytes(), value.size());
  }
  size_t BeginNest(uint16_t type) {
    const size_t at = bytes_.size();
    Put(type, nullptr, 0);
    return at;
  }
  void EndNest(size_t at) {
    const uint16_t length = bytes_.size() - at;
    std::memcpy(&bytes_[at], &length, sizeof(length));
  }
  // Where the next byte goes; for structures whose length is known later.
  size_t position() const { return bytes_.size(); }
  template <typename T>
  void Patch(size_t at, const T& value) {
    std::memcpy(&bytes_[at], &value, sizeof(value));
  }

  // The message, with its length in place.
  std::string Finish() {
    const uint32_t length = bytes_.size();
    std::memcpy(&bytes_[0], &length, sizeof(length));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_MESSAGE_WRITER_H_
