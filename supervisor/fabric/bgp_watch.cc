#include "supervisor/fabric/bgp_watch.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace quiesce {
namespace {

constexpr uint16_t kBgpPort = 179;
constexpr int kHeaderSize = 19;
enum BgpType { kOpen = 1, kUpdate = 2, kNotification = 3, kKeepalive = 4 };

// Who opened the session: the node that names it.
NodeId OpenerOf(const Message& m) { return m.from_opener ? m.from : m.to; }

}  // namespace

bool BgpWatch::Read(Reader& reader, const std::string& bytes) {
  bool news = false;
  size_t at = 0;
  while (at < bytes.size()) {
    if (reader.body > 0) {
      const size_t skip = std::min<size_t>(reader.body, bytes.size() - at);
      reader.body -= skip;
      at += skip;
      continue;
    }
    const size_t take =
        std::min<size_t>(kHeaderSize - reader.have, bytes.size() - at);
    std::memcpy(reader.header + reader.have, bytes.data() + at, take);
    reader.have += take;
    at += take;
    if (reader.have < kHeaderSize) break;
    reader.have = 0;
    const int length = reader.header[16] << 8 | reader.header[17];
    reader.body = std::max(0, length - kHeaderSize);
    switch (reader.header[18]) {
      case kKeepalive:
        ++keepalives_;
        if (reader.open && !reader.established) {
          reader.established = true;
          ++established_ends_;
          news = true;
        }
        break;
      case kOpen:
        reader.open = true;
        news = true;
        break;
      case kUpdate:
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
    auto it = readers_.find({{OpenerOf(message), message.session}, direction});
    if (it == readers_.end()) continue;
    if (it->second.established) {
      --established_ends_;
      established = true;
    }
    readers_.erase(it);
  }
  return established;
}

bool BgpWatch::OnMessage(const Message& message) {
  switch (message.kind) {
    case MessageKind::kTcpData:
      if (message.source.port != kBgpPort &&
          message.destination.port != kBgpPort) {
        return true;
      }
      return Read(
          readers_[{{OpenerOf(message), message.session}, message.from_opener}],
          message.payload);
    case MessageKind::kTcpFin:
    case MessageKind::kTcpRst:
      return Close(message);
    case MessageKind::kDatagram:
    case MessageKind::kTcpSynAck:
      return true;
    case MessageKind::kTcpAck:
    case MessageKind::kTcpSyn:
    case MessageKind::kIcmpError:
      return false;
  }
  return true;
}

}  // namespace quiesce
