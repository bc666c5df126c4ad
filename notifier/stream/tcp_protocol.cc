#include "notifier/stream/tcp_protocol.h"

#include <netinet/in.h>

#include <algorithm>

#include "notifier/stream/tcp_socket.h"

namespace quiesce {

TcpProtocol::~TcpProtocol() = default;

TcpProtocol& TcpProtocol::Of(NodeKernel& kernel) {
  Protocol* protocol = kernel.protocol(IPPROTO_TCP);
  if (protocol == nullptr) {
    kernel.SetProtocol(IPPROTO_TCP, std::make_unique<TcpProtocol>(&kernel));
    protocol = kernel.protocol(IPPROTO_TCP);
  }
  return *static_cast<TcpProtocol*>(protocol);
}

PortTable::LivenessProbe TcpProtocol::Probe() {
  return [this](uint64_t claim) {
    auto it = claim_owner_.find(claim);
    if (it == claim_owner_.end()) return true;  // a connection without socket
    TcpSocket* socket = it->second;
    if (socket->Alive()) return true;
    kernel_->RemoveSocket(socket->cookie());
    return false;
  };
}

uint64_t TcpProtocol::CookieFor(uint64_t placeholder) {
  return cookies_.try_emplace(placeholder, cookies_.size() + 1).first->second;
}

void TcpProtocol::RegisterClaim(uint64_t claim, TcpSocket* socket) {
  claim_owner_[claim] = socket;
}

TcpConnection* TcpProtocol::NewOpener(const Endpoint& local,
                                      const Endpoint& remote, bool local_peer,
                                      TcpPolicy policy) {
  TcpKey key{kernel_->id(), kernel_->session_base() + ++last_session_, true};
  auto connection = std::make_unique<TcpConnection>(
      this, key, local_peer ? kernel_->id() : kNoNode, local, remote,
      std::move(policy));
  TcpConnection* result = connection.get();
  pairs_.insert({local, remote});
  connections_[key] = std::move(connection);
  return result;
}

bool TcpProtocol::Unique(const Endpoint& local, const Endpoint& remote) const {
  return !pairs_.contains({local, remote});
}

void TcpProtocol::Remove(TcpConnection* connection) {
  auto it = connections_.find(connection->key());
  if (it == connections_.end() || it->second.get() != connection) return;
  SetTimer(connection, kNever);
  pairs_.erase({connection->local(), connection->remote()});
  graveyard_.push_back(std::move(it->second));
  connections_.erase(it);
}

void TcpProtocol::SetTimer(TcpConnection* connection, Nanos when) {
  if (connection->timer != kNever) {
    timers_.erase({connection->timer, connection->key()});
  }
  connection->timer = when;
  if (when != kNever) timers_.insert({when, connection->key()});
}

void TcpProtocol::ExpectAttachment(TcpConnection* connection) {
  unattached_.push_back(connection->key());
}

void TcpProtocol::Receive(Message message) {
  TcpKey key{message.opener, message.session, !message.from_opener};
  // What comes back is ours.
  if (message.kind == MessageKind::kIcmpError) {
    key.we_opened = message.from_opener;
  }
  auto it = connections_.find(key);
  if (it == connections_.end() && message.to == message.from) {
    // The other end of a connection to itself is the same one.
    key.we_opened = !key.we_opened;
    it = connections_.find(key);
    if (it != connections_.end() && !it->second->ToItself()) {
      it = connections_.end();
    }
  }
  if (it != connections_.end()) {
    it->second->Receive(std::move(message));
  } else if (message.kind == MessageKind::kTcpSyn) {
    OnSyn(message);
  } else if (message.kind != MessageKind::kTcpRst &&
             message.kind != MessageKind::kIcmpError) {
    Refuse(message);
  }
}

// tcp_v4_send_reset(): unsigned, since nobody here has a key for it.
void TcpProtocol::Refuse(const Message& message) {
  Message reset;
  reset.kind = MessageKind::kTcpRst;
  reset.protocol = IPPROTO_TCP;
  reset.source = message.destination;
  reset.destination = message.source;
  reset.session = message.session;
  reset.opener = message.opener;
  reset.from_opener = !message.from_opener;
  reset.to = message.from;
  reset.oif = L3Index(message.iif);
  kernel_->Transmit(std::move(reset));
}

int TcpProtocol::L3Index(int iif) const {
  const Link* vrf = kernel_->stack().VrfOf(iif);
  return vrf == nullptr ? 0 : vrf->ifindex;
}

void TcpProtocol::OnSyn(const Message& syn) {
  const Stack& stack = kernel_->stack();
  const bool accept = stack.socket_settings().tcp_l3mdev_accept;
  while (true) {
    std::vector<uint64_t> claims = ports_.Listeners(
        syn.destination.address, syn.destination.port,
        [&](int device) { return stack.BoundTo(device, syn.iif, accept); });
    if (claims.empty()) {
      Refuse(syn);
      return;
    }
    // SO_REUSEPORT: reuseport_select_sock() by the hash of the flow.
    uint64_t hash = 0;
    if (claims.size() > 1) {
      std::string flow = syn.source.ToString() + syn.destination.ToString();
      hash = 14695981039346656037u;  // FNV-1a
      for (unsigned char c : flow) hash = (hash ^ c) * 1099511628211u;
    }
    uint64_t claim = claims[hash % claims.size()];
    auto it = claim_owner_.find(claim);
    if (it == claim_owner_.end()) {
      ports_.Release(claim);
      continue;
    }
    TcpSocket* listener = it->second;
    switch (listener->AdmitSyn(syn)) {
      case TcpSocket::Admission::kGone:
        kernel_->RemoveSocket(listener->cookie());
        continue;
      case TcpSocket::Admission::kRefused:
        Refuse(syn);
        return;
      case TcpSocket::Admission::kDropped:
        return;
      case TcpSocket::Admission::kAdmitted:
        break;
    }
    TcpKey key{syn.opener, syn.session, false};
    TcpPolicy policy = listener->ChildPolicy();
    // inet_sock.h:inet_request_bound_dev_if
    if (policy.oif == 0) policy.oif = L3Index(syn.iif);
    auto connection = std::make_unique<TcpConnection>(
        this, key, syn.from, syn.destination, syn.source, std::move(policy));
    TcpConnection* child = connection.get();
    pairs_.insert({child->local(), child->remote()});
    connections_[key] = std::move(connection);
    listener->Enqueue(child);
    kernel_->Touch();
    child->Welcome();
    return;
  }
}

Nanos TcpProtocol::next_timer() const {
  return timers_.empty() ? kNever : timers_.begin()->first;
}

void TcpProtocol::RunTimers(Nanos now) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    auto it = connections_.find(timers_.begin()->second);
    if (it == connections_.end()) {
      timers_.erase(timers_.begin());
      continue;
    }
    it->second->OnTimer(now);
  }
  graveyard_.clear();
}

bool TcpProtocol::Sweep() {
  const bool buries = !graveyard_.empty();
  graveyard_.clear();
  if (unattached_.empty()) return buries;
  std::vector<TcpKey> keys;
  keys.swap(unattached_);
  for (const TcpKey& key : keys) {
    auto it = connections_.find(key);
    if (it == connections_.end() || it->second->attached()) continue;
    unattached_.push_back(key);
    it->second->CheckAbandoned();
  }
  return true;
}

}  // namespace quiesce
