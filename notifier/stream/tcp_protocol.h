// TCP of one node: its ports, its connections, its timers.
#ifndef QUIESCE_NOTIFIER_STREAM_TCP_PROTOCOL_H_
#define QUIESCE_NOTIFIER_STREAM_TCP_PROTOCOL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/stream/port_table.h"
#include "notifier/stream/tcp_connection.h"

namespace quiesce {

class TcpSocket;

class TcpProtocol : public Protocol {
 public:
  explicit TcpProtocol(NodeKernel* kernel) : kernel_(kernel) {}
  ~TcpProtocol() override;
  // The node's, made on first use.
  static TcpProtocol& Of(NodeKernel& kernel);

  NodeKernel& kernel() { return *kernel_; }
  PortTable& ports() { return ports_; }
  // SO_COOKIE as the guest sees it: counts this node's sockets, since the
  // placeholder's own counts all of the host's.
  uint64_t CookieFor(uint64_t placeholder);
  // For PortTable: whether the holder of a claim still lives.
  PortTable::LivenessProbe Probe();

  uint64_t NewClaim() { return ++last_claim_; }
  // The ifindex of the VRF that a link is in; 0: in none.
  int L3Index(int ifindex) const;
  // Whose claim it is, until the socket dies.
  void RegisterClaim(uint64_t claim, TcpSocket* socket);
  void UnregisterClaim(uint64_t claim) { claim_owner_.erase(claim); }

  // A new connection of ours. `local_peer`: to this very node. The caller sets
  // its socket and claim, then calls Open().
  TcpConnection* NewOpener(const Endpoint& local, const Endpoint& remote,
                           bool local_peer, TcpPolicy policy);
  // Whether the pair of addresses is free.
  bool Unique(const Endpoint& local, const Endpoint& remote) const;
  // Takes it out of the tables; it is deleted a little later, so that callers
  // up the stack may still look at it.
  void Remove(TcpConnection* connection);
  void SetTimer(TcpConnection* connection, Nanos when);
  // An established connection whose connect() has yet to come back for it.
  void ExpectAttachment(TcpConnection* connection);

  void Receive(Message message) override;
  Nanos next_timer() const override;
  void RunTimers(Nanos now) override;
  bool Sweep() override;

 private:
  void OnSyn(const Message& syn);
  void Refuse(const Message& message);

  NodeKernel* const kernel_;
  PortTable ports_;
  uint64_t last_claim_ = 0;
  uint64_t last_session_ = 0;
  absl::flat_hash_map<uint64_t, TcpSocket*> claim_owner_;
  absl::flat_hash_map<uint64_t, uint64_t> cookies_;
  std::map<TcpKey, std::unique_ptr<TcpConnection>> connections_;
  absl::flat_hash_set<std::pair<Endpoint, Endpoint>> pairs_;
  std::set<std::pair<Nanos, TcpKey>> timers_;
  std::vector<TcpKey> unattached_;
  std::vector<std::unique_ptr<TcpConnection>> graveyard_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_STREAM_TCP_PROTOCOL_H_
