#include "notifier/stream/port_table.h"

#include <cerrno>
#include <cstddef>

namespace quiesce {
namespace {

constexpr int kRange = kLastEphemeralPort - kFirstEphemeralPort + 1;

// Takes IPv4 as well: an AF_INET socket, or a dual-stack wildcard.
bool TakesV4(const PortClaim& c) {
  return c.address.v4() || (c.address.is_any() && !c.v6_only);
}
bool TakesV6(const PortClaim& c) { return c.address.v6(); }

}  // namespace

bool PortClaim::Overlaps(const PortClaim& other) const {
  if (vrf != other.vrf) return false;
  if (device != 0 && other.device != 0 && device != other.device) return false;
  if (TakesV4(*this) && TakesV4(other)) {
    bool any = address.is_any() || other.address.is_any();
    if (any || address == other.address) return true;
  }
  if (TakesV6(*this) && TakesV6(other)) {
    bool any = address.is_any() || other.address.is_any();
    if (any || address == other.address) return true;
  }
  return false;
}

bool PortTable::Conflicts(const PortClaim& mine, bool strict, Nanos now,
                          const LivenessProbe& alive) {
  auto it = ports_.find(mine.port);
  if (it == ports_.end()) return false;
  // Probing may release claims: look again from the start when one is gone.
  for (size_t i = 0; i < it->second.size();) {
    const PortClaim& other = it->second[i];
    if (other.id == mine.id || !mine.Overlaps(other)) {
      ++i;
      continue;
    }
    if (other.until <= now) {
      Release(other.id);
    } else {
      // inet_bind_conflict(): `strict` is !relax, only for port 0.
      bool both_port = mine.reuse_port && other.reuse_port &&
                       (other.until != kNever || mine.uid == other.uid);
      bool conflict;
      if (mine.reuse_address && other.reuse_address && !other.listening) {
        conflict = strict && !both_port;
      } else {
        conflict = !both_port;
      }
      if (!conflict) {
        ++i;
        continue;
      }
      uint64_t id = other.id;
      if (other.until != kNever || !alive || alive(id)) return true;
      Release(id);
    }
    it = ports_.find(mine.port);
    if (it == ports_.end()) return false;
    i = 0;
  }
  return false;
}

void PortTable::ClaimUnchecked(const PortClaim& claim) {
  Release(claim.id);
  ports_[claim.port].push_back(claim);
  port_of_[claim.id] = claim.port;
}

int PortTable::Claim(const PortClaim& claim, Nanos now,
                     const LivenessProbe& alive) {
  if (Conflicts(claim, /*strict=*/false, now, alive)) return EADDRINUSE;
  ClaimUnchecked(claim);
  return 0;
}

ErrnoOr<uint16_t> PortTable::ClaimAny(PortClaim claim, uint64_t random,
                                      Nanos now, const LivenessProbe& alive) {
  int start = static_cast<int>(random % kRange) | 1;
  for (int parity : {0, 1}) {
    for (int i = 0; i < kRange; i += 2) {
      int offset = (start + parity + i) % kRange;
      claim.port = static_cast<uint16_t>(kFirstEphemeralPort + offset);
      if (Conflicts(claim, /*strict=*/true, now, alive)) continue;
      ClaimUnchecked(claim);
      return claim.port;
    }
  }
  return Errno(EADDRINUSE);
}

ErrnoOr<uint16_t> PortTable::ClaimForConnect(
    PortClaim claim, uint64_t random, Nanos now,
    const std::function<bool(uint16_t)>& unique) {
  claim.explicit_bind = false;
  int start = static_cast<int>(random % kRange) & ~1;
  for (int parity : {0, 1}) {
    for (int i = 0; i < kRange; i += 2) {
      int offset = (start + parity + i) % kRange;
      auto port = static_cast<uint16_t>(kFirstEphemeralPort + offset);
      auto it = ports_.find(port);
      bool taken = false;
      if (it != ports_.end()) {
        for (const PortClaim& other : it->second) {
          if (other.until <= now) continue;
          taken = taken || other.explicit_bind;
        }
        taken = taken || !unique || !unique(port);
      }
      if (taken) continue;
      claim.port = port;
      ClaimUnchecked(claim);
      return port;
    }
  }
  return Errno(EADDRNOTAVAIL);
}

int PortTable::Listen(uint64_t id, Nanos now, const LivenessProbe& alive) {
  PortClaim* claim = Find(id);
  if (claim == nullptr) return EINVAL;
  PortClaim copy = *claim;
  copy.listening = true;
  if (Conflicts(copy, /*strict=*/false, now, alive)) return EADDRINUSE;
  Find(id)->listening = true;
  return 0;
}

void PortTable::Release(uint64_t id) {
  auto it = port_of_.find(id);
  if (it == port_of_.end()) return;
  auto port = ports_.find(it->second);
  port_of_.erase(it);
  std::erase_if(port->second, [id](const PortClaim& c) { return c.id == id; });
  if (port->second.empty()) ports_.erase(port);
}

void PortTable::ReleaseLater(uint64_t id, Nanos until) {
  PortClaim* claim = Find(id);
  if (claim == nullptr) return;
  claim->until = until;
  claim->listening = false;
}

PortClaim* PortTable::Find(uint64_t id) {
  auto it = port_of_.find(id);
  if (it == port_of_.end()) return nullptr;
  for (PortClaim& claim : ports_[it->second]) {
    if (claim.id == id) return &claim;
  }
  return nullptr;
}

std::vector<uint64_t> PortTable::Listeners(
    const IpAddress& destination, uint16_t port,
    const std::function<bool(int device)>& gets) const {
  std::vector<uint64_t> best;
  int best_score = -1;
  auto it = ports_.find(port);
  if (it == ports_.end()) return best;
  for (const PortClaim& claim : it->second) {
    if (!claim.listening) continue;
    if (!gets(claim.device)) continue;
    bool takes = destination.v4() ? TakesV4(claim) : TakesV6(claim);
    if (!takes) continue;
    int score = 0;
    if (!claim.address.is_any()) {
      if (claim.address != destination) continue;
      score += 4;
    }
    if (claim.device != 0) score += 2;
    // compute_score(): a socket of the packet's own family wins.
    if (destination.v4() && claim.family == AF_INET) score += 1;
    if (score < best_score) continue;
    if (score > best_score) best.clear();
    best_score = score;
    best.push_back(claim.id);
  }
  return best;
}

}  // namespace quiesce
