#include "supervisor/sched/message_log.h"

#include <endian.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace quiesce {

absl::string_view MessageKindName(MessageKind kind) {
  switch (kind) {
    case MessageKind::kTcpSyn:
      return "syn";
    case MessageKind::kTcpSynAck:
      return "synack";
    case MessageKind::kTcpData:
      return "data";
    case MessageKind::kTcpAck:
      return "ack";
    case MessageKind::kTcpFin:
      return "fin";
    case MessageKind::kTcpRst:
      return "rst";
    case MessageKind::kDatagram:
      return "datagram";
    case MessageKind::kIcmpError:
      return "icmp";
    case MessageKind::kFrame:
      return "frame";
  }
  return "?";
}

uint64_t Mix(uint64_t digest, uint64_t value) {
  // The finalizer of MurmurHash3 (public domain), over both.
  uint64_t x = digest * 0x9e3779b97f4a7c15 + value;
  x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
  x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
  return x ^ x >> 33;
}

uint64_t HashBytes(absl::string_view bytes) {
  uint64_t hash = bytes.size();
  while (!bytes.empty()) {
    uint64_t word = 0;
    const size_t size = std::min(bytes.size(), sizeof(word));
    std::memcpy(&word, bytes.data(), size);
    hash = Mix(hash, le64toh(word));
    bytes.remove_prefix(size);
  }
  return hash;
}

uint64_t MessageLog::Add(uint64_t round, Nanos sent, const Message& message) {
  const uint64_t hash = HashBytes(message.payload);
  bytes_ += message.payload.size();
  for (const uint64_t value :
       {round, static_cast<uint64_t>(sent),
        static_cast<uint64_t>(message.arrival),
        static_cast<uint64_t>(message.from), static_cast<uint64_t>(message.to),
        static_cast<uint64_t>(message.opener), message.session,
        static_cast<uint64_t>(message.from_opener), message.sequence,
        static_cast<uint64_t>(message.kind), message.value, hash}) {
    digest_ = Mix(digest_, value);
  }
  if (sink_ == nullptr) return hash;
  line_.clear();
  absl::StrAppend(&line_, "{\"round\":", round, ",\"sent\":", sent - start_,
                  ",\"arrives\":", message.arrival - start_, ",\"from\":\"",
                  names_[message.from], "\",\"to\":\"", names_[message.to]);
  absl::StrAppend(&line_, "\",\"session\":\"", names_[message.opener], ":",
                  message.session,
                  "\",\"opener\":", message.from_opener ? "true" : "false",
                  ",\"sequence\":", message.sequence, ",\"kind\":\"",
                  MessageKindName(message.kind), "\"");
  if (message.value != 0) {
    absl::StrAppend(&line_, ",\"value\":", message.value);
  }
  absl::StrAppend(&line_, ",\"bytes\":", message.payload.size(), ",\"hash\":\"",
                  absl::Hex(hash, absl::kZeroPad16), "\"}\n");
  sink_(line_);
  return hash;
}

}  // namespace quiesce
