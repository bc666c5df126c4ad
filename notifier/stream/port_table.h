// Who holds which port of one node and one transport protocol, and who may.
//
// Pure. The rules are inet_csk_get_port's and inet_bind_conflict's
// (net/ipv4/inet_connection_sock.c), wildcards by inet_rcv_saddr_equal.
#ifndef QUIESCE_NOTIFIER_STREAM_PORT_TABLE_H_
#define QUIESCE_NOTIFIER_STREAM_PORT_TABLE_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "notifier/base/errno_or.h"
#include "notifier/base/ip.h"
#include "notifier/base/nanos.h"

namespace quiesce {

// net.ipv4.ip_local_port_range.
inline constexpr uint16_t kFirstEphemeralPort = 32768;
inline constexpr uint16_t kLastEphemeralPort = 60999;

// One socket's hold on a port.
struct PortClaim {
  uint64_t id = 0;  // of the holder; a holder has at most one claim
  uint16_t port = 0;
  int family = AF_INET;  // of the socket
  IpAddress address;     // never v4-mapped; the any address is a wildcard
  bool v6_only = false;  // wildcard of AF_INET6 that leaves IPv4 alone
  int device = 0;        // SO_BINDTODEVICE or link-local scope; 0: any
  int vrf = 0;  // claims of different VRFs do not meet (inet_sk_bound_l3mdev)
  bool reuse_address = false;
  bool reuse_port = false;
  uint32_t uid = 0;
  bool listening = false;
  bool explicit_bind = true;  // by bind(), not by connect()
  Nanos until = kNever;       // TIME_WAIT ends by itself

  // Whether both could receive the same packet.
  bool Overlaps(const PortClaim& other) const;
};

class PortTable {
 public:
  // Asked about a holder that stands in the way: false if it is gone, which
  // ends its claim.
  using LivenessProbe = std::function<bool(uint64_t id)>;

  // Takes `claim.port`. 0 or EADDRINUSE.
  int Claim(const PortClaim& claim, Nanos now, const LivenessProbe& alive);
  // Takes a free port of the ephemeral range for bind() to port 0: odd ones
  // first, from a random start, as inet_csk_find_open_port does. EADDRINUSE.
  ErrnoOr<uint16_t> ClaimAny(PortClaim claim, uint64_t random, Nanos now,
                             const LivenessProbe& alive);
  // The same for connect(): even ports first, ports that were bound left out;
  // EADDRNOTAVAIL (inet_hashtables.c:__inet_hash_connect). A port that only
  // connects hold may be shared where `unique` says the connection would be.
  ErrnoOr<uint16_t> ClaimForConnect(
      PortClaim claim, uint64_t random, Nanos now,
      const std::function<bool(uint16_t)>& unique);
  // listen(): the claim becomes a listener's. EADDRINUSE if another listener
  // is in the way.
  int Listen(uint64_t id, Nanos now, const LivenessProbe& alive);
  // A child of a listener, or a second socket known not to conflict.
  void ClaimUnchecked(const PortClaim& claim);

  void Release(uint64_t id);
  // As a TIME_WAIT entry until `until`.
  void ReleaseLater(uint64_t id, Nanos until);

  PortClaim* Find(uint64_t id);
  // The listening claims that take `destination`, the most specific only
  // (inet_hashtables.c:compute_score): several with SO_REUSEPORT. `gets` tells
  // whether a claim bound to a device (0: to none) gets what has arrived.
  std::vector<uint64_t> Listeners(
      const IpAddress& destination, uint16_t port,
      const std::function<bool(int device)>& gets) const;

 private:
  bool Conflicts(const PortClaim& mine, bool strict, Nanos now,
                 const LivenessProbe& alive);

  absl::flat_hash_map<uint16_t, std::vector<PortClaim>> ports_;
  absl::flat_hash_map<uint64_t, uint16_t> port_of_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_STREAM_PORT_TABLE_H_
