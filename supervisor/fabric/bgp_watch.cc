#include "supervisor/fabric/bgp_watch.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "supervisor/fabric/bgp_open.h"
#include "supervisor/fabric/bgp_update.h"
#include "supervisor/fabric/ldp_keepalive.h"

namespace quiesce {
namespace {

constexpr uint16_t kBgpPort = 179;
constexpr int kHeaderSize = 19;
enum BgpType { kOpen = 1, kUpdate = 2, kNotification = 3, kKeepalive = 4 };

bool IsBgp(const Message& message) {
  return message.source.port == kBgpPort ||
         message.destination.port == kBgpPort;
}

}  // namespace

void BgpWatch::ReadBody(NodeId sender, Reader& reader) {
  const std::string body = std::exchange(reader.text, {});
  if (!std::exchange(reader.keep, false)) return;
  if (reader.header[18] == kUpdate) {
    for (const IpPrefix& prefix : PrefixesOfUpdate(body)) {
      noted_.insert({sender, prefix});
    }
    return;
  }
  const BgpOpen open = ReadOpen(body);
  longest_wait_ =
      std::max({longest_wait_, open.hold, open.restart + open.stale});
}

bool BgpWatch::Read(const Message& message, Reader& reader) {
  const std::string& bytes = message.payload;
  bool news = false;
  size_t at = 0;
  while (at < bytes.size()) {
    if (reader.body > 0) {
      const size_t skip = std::min<size_t>(reader.body, bytes.size() - at);
      if (reader.keep) reader.text.append(bytes, at, skip);
      reader.body -= skip;
      at += skip;
      if (reader.body == 0) ReadBody(message.from, reader);
      continue;
    }
    const size_t take =
        std::min<size_t>(kHeaderSize - reader.have, bytes.size() - at);
    std::memcpy(reader.header + reader.have, bytes.data() + at, take);
    reader.have += take;
    at += take;
    if (reader.have < kHeaderSize) break;
    reader.have = 0;
    reader.keep = false;
    const int length = reader.header[16] << 8 | reader.header[17];
    reader.body = std::max(0, length - kHeaderSize);
    switch (reader.header[18]) {
      case kKeepalive:
        ++keepalives_;
        if (reader.open && !reader.established) {
          reader.established = true;
          reader.end = message.to;
          ++established_ends_;
          ++ends_of_nodes_[reader.end];
          news = true;
        }
        break;
      case kOpen:
        reader.open = true;
        reader.keep = true;
        break;
      case kNotification:
        news |= reader.established;
        break;
      case kUpdate:
        reader.keep = note_prefixes_;
        ++updates_;
        news = true;
        break;
      default:
        news = true;
    }
  }
  return news;
}

bool BgpWatch::Close(const Message& message) {
  bool established = false;
  for (const bool direction : {false, true}) {
    auto it = readers_.find({{message.opener, message.session}, direction});
    if (it == readers_.end()) continue;
    if (it->second.established) {
      --established_ends_;
      --ends_of_nodes_[it->second.end];
      established = true;
    }
    readers_.erase(it);
  }
  return established;
}

bool BgpWatch::OnMessage(const Message& message) {
  switch (message.kind) {
    case MessageKind::kTcpData:
      if (!IsBgp(message)) {
        return (message.source.port != kLdpPort &&
                message.destination.port != kLdpPort) ||
               !OnlyLdpKeepalives(message.payload);
      }
      return Read(
          message,
          readers_[{{message.opener, message.session}, message.from_opener}]);
    case MessageKind::kTcpFin:
    case MessageKind::kTcpRst:
      return Close(message);
    case MessageKind::kTcpSynAck:
      return !IsBgp(message);
    case MessageKind::kIcmpError:
      // The end of a session that cannot be told to the other side any more.
      return (message.about == MessageKind::kTcpFin ||
              message.about == MessageKind::kTcpRst) &&
             Close(message);
    case MessageKind::kTcpAck:
    case MessageKind::kTcpSyn:
    case MessageKind::kDatagram:
    case MessageKind::kFrame:
      return false;
  }
  return true;
}

}  // namespace quiesce
