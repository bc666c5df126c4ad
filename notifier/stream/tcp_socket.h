// An AF_INET or AF_INET6 stream socket of a guest.
#ifndef QUIESCE_NOTIFIER_STREAM_TCP_SOCKET_H_
#define QUIESCE_NOTIFIER_STREAM_TCP_SOCKET_H_

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "notifier/base/ip.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/kernel/socket.h"
#include "notifier/sockopt/option_table.h"
#include "notifier/stream/port_table.h"
#include "notifier/stream/tcp_connection.h"
#include "notifier/stream/tcp_md5.h"

namespace quiesce {

class TcpProtocol;

class TcpSocket : public Socket {
 public:
  // socket(2): makes the placeholder and the socket, and hands the first over.
  static Outcome Create(NodeKernel& kernel, int family, bool nonblocking,
                        bool close_on_exec);

  TcpSocket(uint64_t cookie, int family, TcpProtocol* protocol);
  ~TcpSocket() override;

  Outcome Bind(Call& call, int file, const SockAddr& address) override;
  Outcome Connect(Call& call, int file, const SockAddr& address,
                  bool nonblocking) override;
  Outcome Listen(Call& call, int file, int backlog) override;
  Outcome Accept(Call& call, const GuestFile& file, int flags,
                 SockAddr* peer) override;
  ErrnoOr<SockAddr> LocalName() override;
  ErrnoOr<SockAddr> PeerName() override;
  Nanos receive_timeout() const override { return receive_timeout_; }
  Nanos send_timeout() const override { return send_timeout_; }
  Outcome SetOption(Call& call, const GuestFile& file, int level, int name,
                    absl::string_view value) override;
  Outcome GetOption(Call& call, const GuestFile& file, int level, int name,
                    std::string* value) override;
  Outcome Shutdown(Call& call, int file, int how) override;
  Outcome Send(Call& call, const GuestFile& file,
               GuestMessage& message) override;
  Outcome Receive(Call& call, const GuestFile& file,
                  GuestMessage& message) override;
  Outcome Ioctl(Call& call, const GuestFile& file, uint32_t request,
                GuestAddr argument) override;
  bool Alive() override;
  short Readiness(int file, short bits) override;
  Outcome BeforeNative(Call& call, const GuestFile& file, GuestMessage* into,
                       int flags) override;

  // --- For the protocol ------------------------------------------------------
  enum class Admission { kAdmitted, kRefused, kDropped, kGone };
  // A SYN for this listener. kAdmitted is followed by Enqueue().
  Admission AdmitSyn(const Message& syn);
  void Enqueue(TcpConnection* child);
  TcpPolicy ChildPolicy() const;
  // Children that TCP_DEFER_ACCEPT holds back: one that need not wait any
  // longer, and one that has died.
  void Release(TcpConnection* child);
  void Forget(TcpConnection* child);

  // --- For the connection ----------------------------------------------------
  // The guest has closed this socket; the connection goes on alone, with the
  // claim on the port.
  void ForgetConnection();
  // The handshake that connect(2) began is done. True if the placeholder has
  // been given room, so that it is writable.
  bool ConnectionMade();
  // The connection was reset, refused or timed out.
  void ConnectionDied(int error);

 private:
  // A connection nobody has accepted yet. The token is a real connect(2) to the
  // placeholder, which makes it readable; one is as good as another.
  struct Queued : public EndWatcher {
    Queued(TcpSocket* listener, TcpConnection* connection, UniqueFd token);
    ~Queued() override;
    void OnEnd(uint32_t events) override;  // the listener was closed

    TcpSocket* const listener;
    TcpConnection* connection;
    UniqueFd token;
    uint64_t watch = 0;
  };
  // socket->state of Linux: what the next connect() says.
  enum class Phase { kUnconnected, kConnecting, kConnected };

  NodeKernel& kernel() const;
  bool V6Only() const;
  PortClaim NewClaim(const Endpoint& local) const;
  int Autobind();  // 0 or an errno
  void StopListening();
  void ReleaseClaim();
  UniqueFd NewToken();
  void Accepted(uint64_t cookie, UniqueFd end);
  TcpPolicy Policy() const;
  void PolicyChanged();
  Outcome NativeWrite(Call& call, int file, bool nonblocking);
  // Gives the connection its placeholder's other end if it has none yet.
  int Materialise(int file);
  // Gives the guest a fresh placeholder in the place of a spent one; its file,
  // or none where that cannot be.
  UniqueFd Renew(Call& call, int file);
  void Disconnect(Call& call, int file);
  // The local address is forgotten unless it was bound.
  void ForgetAddress();
  // Natively only where time is the host's: else waits on this socket are
  // parked.
  void SetNativeTimeouts(int file);
  // A placeholder in which a dead connection shows.
  void ShowDead(int file);
  // Connects the placeholder and fills its buffer: not writable.
  int ShowConnecting(int file);
  bool MayTune() const;
  void Tune(int file);
  // What came after shutdown(SHUT_RD), which the placeholder does not take.
  // Native() if there is nothing of the kind.
  Outcome ReceiveLate(Call& call, int file, const GuestMessage& message);
  // SO_OOBINLINE and SO_RCVLOWAT, which the placeholder does.
  void SetNative(int file);
  void SetBuffer(int file);  // the placeholder's own, as SO_SNDBUF says
  Outcome ConnectResult(Call& call, int file, bool nonblocking);
  Outcome StartConnect(Call& call, int file, Endpoint remote, bool nonblocking);
  int PathMtu() const;
  int SegmentSize(int path_mtu) const;
  bool MayHaveNativeError() const;
  int TakeError(int file);        // -1: there is no native one
  Nanos Timeout(int name) const;  // SO_RCVTIMEO, SO_SNDTIMEO; kNever
  Outcome SetSocketLevel(Call& call, const GuestFile& file, int name,
                         absl::string_view value);
  Outcome GetSocketLevel(const GuestFile& file, int name, std::string* value);
  Outcome SetTcpLevel(int name, absl::string_view value);
  Outcome GetTcpLevel(int name, std::string* value);
  std::string TcpInfo() const;
  SocketKind kind() const { return kOnTcp; }

  TcpProtocol* const protocol_;
  OptionValues options_{kOnTcp};
  TcpMd5Keys keys_;
  Phase phase_ = Phase::kUnconnected;
  Endpoint local_;  // address not valid: not bound
  bool address_bound_ = false;
  bool port_bound_ = false;  // by bind()
  uint64_t claim_ = 0;
  int device_ = 0;  // SO_BINDTODEVICE, or the scope of a link-local bind
  TcpConnection* connection_ = nullptr;
  bool spent_ = false;         // the placeholder had its one connection
  bool tuned_ = false;         // the placeholder's own send buffer is large
  pid_t opener_ = 0;           // the process that called connect()
  int opener_fd_ = -1;         // ... for this descriptor
  int error_ = 0;              // SO_ERROR
  bool error_native_ = false;  // ... which the placeholder also shows
  bool listening_ = false;
  int backlog_ = 0;
  std::deque<std::unique_ptr<Queued>> queue_;
  std::vector<TcpConnection*> deferred_;  // TCP_DEFER_ACCEPT; by arrival
  UniqueFd token_;                        // of the SYN just admitted
  // Options with a shape of their own.
  bool linger_ = false;
  int linger_seconds_ = 0;
  Nanos receive_timeout_ = 0;
  Nanos send_timeout_ = 0;
  int send_buffer_ = 0;  // as set, doubled; 0: default
  int receive_buffer_ = 0;
  int priority_ = 0;
  int window_clamp_ = 0;
  bool filtered_ = false;
  int max_segment_ = 0;
  uint64_t pacing_rate_ = ~0ull;
  std::string congestion_ = "cubic";
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_STREAM_TCP_SOCKET_H_
