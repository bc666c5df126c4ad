// One end of one emulated TCP connection.
//
// The guest's end of a stream is a placeholder, an AF_UNIX socket whose other
// end is ours. What the guest writes is read here and becomes messages; what
// messages bring is written here. TCP's life is shown by what happens to our
// end (measured against Linux 6.x):
//
//   connecting    the guest's send buffer is full of filler, so: not writable
//   established   the buffer becomes a large one, and is empty in comparison
//   FIN received  shutdown(SHUT_WR) on our end, which stays open
//   RST received  our end is closed while a byte the guest wrote lies in it
//                 unread: that makes the guest's end ECONNRESET, POLLERR,
//                 POLLHUP, and leaves what it has not read yet readable
//
// For the last one a byte is always left: from the moment of attachment there
// are bytes in our end that we have already taken, if only one (the first ones
// are filler).
//
// There are no packets, so there is no sequence space, no segment and no
// acknowledgement of data: a message that cannot be delivered comes back and is
// sent again as retransmission would (tcp_retransmit_timer), and a window of
// bytes that the receiver has not taken over keeps the sender back.
#ifndef QUIESCE_NOTIFIER_STREAM_TCP_CONNECTION_H_
#define QUIESCE_NOTIFIER_STREAM_TCP_CONNECTION_H_

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "notifier/base/ip.h"
#include "notifier/base/nanos.h"
#include "notifier/base/unique_fd.h"
#include "notifier/kernel/message.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/stream/tcp_md5.h"

namespace quiesce {

class TcpProtocol;
class TcpSocket;

// Values of tcpi_state (include/net/tcp_states.h; its names are macros of
// headers that do not go together).
enum TcpState : uint8_t {
  kTcpEstablished = 1,
  kTcpSynSent = 2,
  kTcpFinWait2 = 5,
  kTcpClose = 7,
  kTcpCloseWait = 8,
  kTcpListen = 10,
};

// What a connection takes from its socket's options; it outlives the socket.
struct TcpPolicy {
  uint8_t ttl = 64;
  uint8_t tos = 0;
  uint8_t min_ttl = 0;
  uint32_t mark = 0;
  int oif = 0;
  int syn_retries = 6;     // TCP_SYNCNT
  Nanos user_timeout = 0;  // TCP_USER_TIMEOUT; 0: none
  bool linger = false;     // SO_LINGER
  int linger_seconds = 0;
  uint64_t window = 2 << 20;  // bytes on their way at most
  int receive_buffer = 1 << 20;
  TcpMd5Keys keys;
};

// Which connection, seen from this node.
struct TcpKey {
  NodeId opener = kNoNode;
  uint64_t session = 0;
  bool we_opened = true;
  auto operator<=>(const TcpKey&) const = default;
};

class TcpConnection : public EndWatcher {
 public:
  // `peer` is known from the start on the accepting side.
  TcpConnection(TcpProtocol* protocol, TcpKey key, NodeId peer, Endpoint local,
                Endpoint remote, TcpPolicy policy);
  ~TcpConnection() override;

  const TcpKey& key() const { return key_; }
  const Endpoint& local() const { return local_; }
  const Endpoint& remote() const { return remote_; }
  bool connecting() const { return state_ == State::kSynSent; }
  bool established() const { return state_ == State::kEstablished; }
  bool dead() const { return state_ == State::kDead; }
  bool attached() const { return end_.valid(); }
  int error() const { return error_; }  // why it is dead
  TcpState tcp_state() const;
  uint64_t bytes_sent() const { return sent_; }
  uint64_t bytes_received() const { return received_; }
  // Bytes the guest wrote that the peer's side has not taken over (SIOCOUTQ).
  uint64_t Outstanding() const;
  bool peer_fin() const { return peer_fin_; }

  TcpPolicy& policy() { return policy_; }
  TcpSocket* socket() const { return socket_; }
  void set_socket(TcpSocket* socket) { socket_ = socket; }
  uint64_t claim() const { return claim_; }
  void set_claim(uint64_t claim) { claim_ = claim; }
  // Waiting in a listener's queue: stays in the tables even when it is dead.
  void set_queued(bool queued) { queued_ = queued; }
  // Kept out of this listener's queue until something comes (or the timer
  // does).
  void set_deferred(TcpSocket* listener) { deferred_ = listener; }

  // Opener: sends the SYN. A connection to this very node is established, or
  // dead, or has found a full backlog when this returns.
  void Open();
  // Acceptor: answers the SYN.
  void Welcome();

  // Gives it our end of the guest's placeholder, in which `filler` bytes were
  // written from the guest's side: at least one, and not more than kMostFiller.
  static constexpr size_t kMostFiller = 64;
  void Attach(UniqueFd end, size_t filler);
  // The last byte the guest has written is urgent (MSG_OOB).
  void MarkUrgent();
  // shutdown(2) was done on the placeholder.
  void GuestShutdown(bool read_side, bool write_side);
  // Bytes that have come after it, or have not got into the placeholder
  // before; and takes up to `size` of them.
  size_t late() const;
  std::string TakeLate(size_t size, bool peek);
  // Bytes wait behind a full placeholder.
  bool backed_up() const { return !inbound_.empty(); }
  // The guest gave the connection up without waiting (listener closed with it
  // unaccepted, connect(AF_UNSPEC), closed while connecting). Tells the peer;
  // the connection is gone after this.
  void Abort();
  // The same for one that TCP_DEFER_ACCEPT held back: the peer hears of it when
  // it sends something.
  void Vanish();

  // Connected to itself: one end that is its own peer (RFC 9293, 3.5,
  // simultaneous open with oneself).
  bool ToItself() const { return IsLocal() && local_ == remote_; }

  void Receive(Message message);
  void OnTimer(Nanos now);
  void OnEnd(uint32_t events) override;
  // A connection established for a connect() that has not come back for it:
  // whether anybody still can.
  void CheckAbandoned();

  Nanos timer = kNever;  // the protocol's index by time uses it

 private:
  enum class State { kSynSent, kEstablished, kDead };

  Message NewMessage(MessageKind kind);
  void Send(Message message);
  void Returned(Message message);
  bool Acceptable(const Message& message) const;
  void Established(NodeId peer);
  void SomethingCame();
  void TakeData(std::string payload, bool urgent);
  ssize_t PutInbound();
  void FlushInbound();
  void Taken(size_t size);
  void Drain();
  void AfterDrain();
  void Acknowledge();
  void InOrder(Message message);
  void ApplyPeerFin();
  void GuestGone();
  // To kDead: shows `error` to the guest and leaves the tables.
  void Die(int error);
  void Finish();  // both sides are done, orderly
  bool IsLocal() const;

  TcpProtocol* const protocol_;
  const TcpKey key_;
  NodeId peer_;
  const Endpoint local_;
  const Endpoint remote_;
  TcpPolicy policy_;
  TcpSocket* socket_ = nullptr;  // null before accept() and after close()
  uint64_t claim_ = 0;
  bool queued_ = false;
  TcpSocket* deferred_ = nullptr;

  State state_;
  int error_ = 0;
  UniqueFd end_;
  uint64_t watch_ = 0;
  size_t stale_ = 0;         // bytes in it that are taken already
  bool full_ = false;        // the guest has yet to read
  uint32_t end_events_ = 0;  // EPOLLRDHUP, EPOLLHUP, EPOLLERR once seen

  bool guest_shut_read_ = false;
  bool guest_shut_write_ = false;
  bool guest_gone_ = false;
  bool fin_sent_ = false;
  bool fin_sent_first_ = false;
  bool peer_fin_ = false;
  bool peer_fin_shown_ = false;

  struct Inbound {
    std::string bytes;
    bool urgent;  // the last of them
  };
  std::deque<Inbound> inbound_;        // not yet in the placeholder
  size_t inbound_offset_ = 0;          // into the first
  uint64_t received_ = 0;              // bytes, as they came
  uint64_t taken_ = 0;                 // bytes, into the placeholder
  uint64_t next_in_ = 0;               // sequence of the next message
  std::map<uint64_t, Message> early_;  // that came before it
  bool acknowledge_ = false;           // the peer asked for it

  uint64_t sent_ = 0;        // bytes
  uint64_t peer_taken_ = 0;  // of those, as far as the peer told
  bool asked_ = false;       // for an acknowledgement
  uint64_t next_out_ = 0;    // sequence of the next message
  bool window_shut_ = false;
  std::deque<uint64_t> urgent_;  // where urgent bytes end, counted as sent_

  std::deque<Message> returned_;  // to be sent again, in order
  int retries_ = 0;
  Nanos first_loss_ = 0;
  Nanos last_retry_ = 0;
  int soft_error_ = 0;
};

// The errno of an ICMP error, as icmp_err_convert[] and icmpv6_err_convert have
// it; 0 for those that say nothing.
int IcmpErrno(int family, uint64_t value);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_STREAM_TCP_CONNECTION_H_
