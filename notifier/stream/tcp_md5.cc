#include "notifier/stream/tcp_md5.h"

#include <linux/tcp.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>

namespace quiesce {
namespace {

// From struct __kernel_sockaddr_storage, which begins as any sockaddr does.
IpAddress PeerOf(const void* storage) {
  sa_family_t family;
  memcpy(&family, storage, sizeof(family));
  if (family == AF_INET) {
    sockaddr_in in;
    memcpy(&in, storage, sizeof(in));
    return IpAddress::From(in.sin_addr);
  }
  if (family == AF_INET6) {
    sockaddr_in6 in;
    memcpy(&in, storage, sizeof(in));
    return IpAddress::From(in.sin6_addr);
  }
  return IpAddress();
}

}  // namespace

int TcpMd5Keys::Set(int family, bool extended, absl::string_view value) {
  tcp_md5sig cmd;
  if (value.size() < sizeof(cmd)) return EINVAL;
  memcpy(&cmd, value.data(), sizeof(cmd));
  IpAddress peer = PeerOf(&cmd.tcpm_addr);
  if (peer.family() != family) return EINVAL;
  bool mapped = peer.is_v4_mapped();
  int length = peer.bits();
  if (extended && (cmd.tcpm_flags & TCP_MD5SIG_FLAG_PREFIX)) {
    length = cmd.tcpm_prefixlen;
    if (length > peer.bits() || (mapped && length < 96)) return EINVAL;
  }
  if (mapped) {
    peer = peer.Unmapped();
    length = length == 128 ? 32 : length - 96;
  }
  bool bound = extended && (cmd.tcpm_flags & TCP_MD5SIG_FLAG_IFINDEX);
  int ifindex = bound ? cmd.tcpm_ifindex : 0;
  IpPrefix prefix{peer.Masked(length), length};
  size_t same = keys_.size();
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i].prefix == prefix && keys_[i].ifindex == ifindex) same = i;
  }
  if (cmd.tcpm_keylen == 0) {
    if (same == keys_.size()) return ENOENT;
    keys_.erase(keys_.begin() + same);
    return 0;
  }
  if (cmd.tcpm_keylen > TCP_MD5SIG_MAXKEYLEN) return EINVAL;
  std::string key(reinterpret_cast<const char*>(cmd.tcpm_key), cmd.tcpm_keylen);
  if (same == keys_.size()) keys_.push_back({prefix, ifindex, ""});
  keys_[same].key = std::move(key);
  return 0;
}

std::string TcpMd5Keys::AuthFor(const IpAddress& peer, int ifindex) const {
  const Key* best = nullptr;
  for (const Key& key : keys_) {
    if (key.ifindex != 0 && key.ifindex != ifindex) continue;
    if (!key.prefix.Contains(peer)) continue;
    if (best == nullptr || key.ifindex > best->ifindex ||
        (key.ifindex == best->ifindex &&
         key.prefix.length > best->prefix.length)) {
      best = &key;
    }
  }
  return best == nullptr ? std::string() : "md5:" + best->key;
}

}  // namespace quiesce
