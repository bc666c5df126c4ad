// TCP MD5 signatures (RFC 2385) without the digest: a message carries which key
// its sender would have signed with, and a receiver compares.
#ifndef QUIESCE_NOTIFIER_STREAM_TCP_MD5_H_
#define QUIESCE_NOTIFIER_STREAM_TCP_MD5_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/base/ip.h"

namespace quiesce {

// The keys of one socket (net/ipv4/tcp_ipv4.c:tcp_md5_do_add). A listener's
// children inherit the key that matched.
class TcpMd5Keys {
 public:
  // setsockopt(TCP_MD5SIG or, if `extended`, TCP_MD5SIG_EXT) on a socket of
  // `family`. 0, EINVAL, or ENOENT for the deletion of a key that is not there
  // (tcp_v4_parse_md5_keys, tcp_v6_parse_md5_keys).
  int Set(int family, bool extended, absl::string_view value);

  // What `auth` of a message to or from `peer` in the VRF `ifindex` (0: in
  // none) has to be; empty if no key matches. The longest prefix wins, a key
  // for the very VRF before one for all (tcp_md5_do_lookup).
  std::string AuthFor(const IpAddress& peer, int ifindex) const;
  bool empty() const { return keys_.empty(); }

 private:
  struct Key {
    IpPrefix prefix;
    int ifindex;  // 0: all
    std::string key;
  };
  std::vector<Key> keys_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_STREAM_TCP_MD5_H_
