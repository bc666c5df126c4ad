#include "supervisor/fabric/datagram_watch.h"

#include <netinet/in.h>

#include <algorithm>
#include <string>

#include "absl/hash/hash.h"
#include "supervisor/fabric/ldp_keepalive.h"

namespace quiesce {
namespace {

constexpr size_t kRemembered = 64;

constexpr int kOspf = 89;
constexpr int kOspfHello = 1;
constexpr int kRip = 520;
constexpr int kRipng = 521;
constexpr int kRipTimeout = 180;  // RFC 2453, 3.8
constexpr int kBabel = 6696;      // RFC 8966; its Hellos are numbered
constexpr int kPim = 103;

int Byte(const std::string& bytes, size_t at) {
  return at < bytes.size() ? static_cast<uint8_t>(bytes[at]) : 0;
}

bool IsOspfHello(const Message& m) {
  return m.protocol == kOspf && Byte(m.payload, 1) == kOspfHello;
}

// RouterDeadInterval of a Hello (RFC 2328, A.3.2; RFC 5340, A.3.2).
int DeadInterval(const std::string& hello) {
  const size_t at = Byte(hello, 0) == 2 ? 34 : 26;
  return Byte(hello, at) << 8 | Byte(hello, at + 1);
}

// IS-IS is in frames, behind Ethernet's header and LLC's (ISO 10589, 8.4.8).
constexpr size_t kIsisAt = 17;

// The type of an IS-IS PDU; 0: it is none.
int IsisType(const Message& m) {
  if (m.kind != MessageKind::kFrame || Byte(m.payload, 14) != 0xfe ||
      Byte(m.payload, kIsisAt) != 0x83) {
    return 0;
  }
  return Byte(m.payload, kIsisAt + 4) & 0x1f;
}

bool IsIsisHello(const Message& m) {
  const int type = IsisType(m);
  return type >= 15 && type <= 17;
}

// What an IS-IS router has, told again and again with lifetimes that run down.
bool IsIsisSummary(const Message& m) {
  const int type = IsisType(m);
  return type >= 24 && type <= 27;
}

// Of a PIM Hello (RFC 7761, 4.9.2): option 1, if it comes first, as it does.
int PimHoldtime(const std::string& hello) {
  if (Byte(hello, 5) != 1 || Byte(hello, 7) != 2) return 0;
  return Byte(hello, 8) << 8 | Byte(hello, 9);
}

// After how many seconds of silence its sender counts as lost; 0: not known.
int Wait(const Message& m) {
  if (IsOspfHello(m)) return DeadInterval(m.payload);
  if (IsIsisHello(m)) {  // its holding time
    const size_t at = kIsisAt + 15;
    return Byte(m.payload, at) << 8 | Byte(m.payload, at + 1);
  }
  if (m.protocol == kPim && (Byte(m.payload, 0) & 0xf) == 0) {
    return PimHoldtime(m.payload);
  }
  if (m.protocol == IPPROTO_UDP &&
      (m.destination.port == kRip || m.destination.port == kRipng)) {
    return kRipTimeout;
  }
  return 0;
}

}  // namespace

bool DatagramWatch::OnMessage(const Message& message) {
  longest_wait_ = std::max(longest_wait_, Wait(message));
  if (IsOspfHello(message) || IsIsisHello(message) || IsIsisSummary(message)) {
    return false;
  }
  if (message.protocol == IPPROTO_UDP &&
      (message.destination.port == kBabel ||
       message.destination.port == kLdpPort)) {
    return false;
  }
  const uint64_t who =
      absl::HashOf(message.from, message.to, message.session, message.opener,
                   message.protocol, message.source, message.destination);
  const uint64_t what = absl::HashOf(message.payload);
  std::deque<uint64_t>& said = said_[who];
  if (std::find(said.begin(), said.end(), what) != said.end()) return false;
  said.push_back(what);
  if (said.size() > kRemembered) said.pop_front();
  return true;
}

}  // namespace quiesce
