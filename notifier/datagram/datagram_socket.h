// A UDP, raw IP or ICMP (ping) socket of a guest.
//
// The placeholder carries packets (notifier/kernel/packet_placeholder.h); a
// packet's number finds what else a receiver learns (source, hop limit ...).
#ifndef QUIESCE_NOTIFIER_DATAGRAM_DATAGRAM_SOCKET_H_
#define QUIESCE_NOTIFIER_DATAGRAM_DATAGRAM_SOCKET_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <deque>
#include <string>

#include "notifier/base/ip.h"
#include "notifier/datagram/icmp_error.h"
#include "notifier/datagram/mroute_options.h"
#include "notifier/datagram/multicast_options.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/kernel/socket.h"
#include "notifier/sockopt/common_options.h"
#include "notifier/sockopt/option_table.h"
#include "notifier/stream/port_table.h"

namespace quiesce {

class DatagramProtocol;

class DatagramSocket : public Socket, public EndWatcher {
 public:
  static Outcome Create(NodeKernel& kernel, int family, int type, int protocol,
                        bool nonblocking, bool close_on_exec);

  // `protocol` may be null: a raw socket that can send only.
  DatagramSocket(uint64_t cookie, int family, int type, int number,
                 NodeKernel* kernel, DatagramProtocol* protocol, UniqueFd end);
  ~DatagramSocket() override;

  Outcome Bind(Call& call, int file, const SockAddr& address) override;
  Outcome Connect(Call& call, int file, const SockAddr& address,
                  bool nonblocking) override;
  Outcome Listen(Call& call, int file, int backlog) override;
  Outcome Accept(Call& call, const GuestFile& file, int flags,
                 SockAddr* peer) override;
  ErrnoOr<SockAddr> LocalName() override;
  ErrnoOr<SockAddr> PeerName() override;
  Nanos receive_timeout() const override { return common_.receive_timeout; }
  Nanos send_timeout() const override { return common_.send_timeout; }
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
  short Readiness(int file, short bits) override;
  Outcome BeforeNative(Call& call, const GuestFile& file, GuestMessage* into,
                       int flags) override;
  void OnEnd(uint32_t events) override;

  // --- For the protocol ------------------------------------------------------
  // How well it fits (udp.c:compute_score); 0: not at all.
  int Score(const Message& message) const;
  void Deliver(const Message& message);
  void OnError(const Message& message);
  uint64_t number() const { return number_; }
  // An ICMP socket for echo requests, whose port is their identifier
  // (net/ipv4/ping.c).
  bool ping() const {
    return type() == SOCK_DGRAM &&
           (protocol() == IPPROTO_ICMP || protocol() == IPPROTO_ICMPV6);
  }

 private:
  // What goes with a datagram in the placeholder.
  struct Envelope {
    uint32_t number;
    Endpoint source;
    IpAddress destination;
    int iif;
    uint8_t ttl;
    uint8_t tos;
    Nanos when;  // of CLOCK_REALTIME
    bool error;  // not a datagram: wakes who waits for one
  };
  // What ancillary data may say about one send.
  struct Choice {
    int oif = 0;
    IpAddress source;
    int ttl = -1;
    int tos = -1;
  };

  bool raw() const { return type() == SOCK_RAW; }
  int TakeIdentifier();
  int Autobind();
  // 0 or an errno.
  int Transmit(const Endpoint& destination, const Choice& choice,
               std::string bytes);
  int CheckLevel(int level, int name) const;
  // The way out, before the lookup. 0 or an errno.
  int FlowTo(const Endpoint& destination, const Choice& choice,
             Flow* flow) const;
  Outcome ReceiveError(Call& call, GuestMessage& message);
  void TransmitToMany(Message message, bool broadcast);
  int PutChecksum(Message* m) const;
  int ParseControl(const std::string& control, Choice* choice) const;
  // Lets the attached filter cut `bytes`, what the socket would get of the
  // message; false: it gets nothing.
  bool PassesFilter(const Message& message, std::string* bytes) const;
  IpAddress AnswersFrom(const Envelope& envelope) const;
  std::string ControlFor(const Envelope& envelope) const;
  bool Put(const Envelope& envelope, absl::string_view bytes);
  // Forgets what was read natively, and news of errors that have been taken or,
  // unless `keep_news`, of all.
  void SkipRead(int file, bool keep_news);
  // A datagram that was read from `file` comes first again.
  void PutBack(int file, const Envelope& envelope, absl::string_view bytes);

  NodeKernel* const kernel_;
  DatagramProtocol* const protocol_;
  UniqueFd end_;
  uint64_t watch_ = 0;
  OptionValues options_;
  Endpoint local_;
  Endpoint remote_;  // address not valid: not connected
  uint64_t claim_ = 0;
  uint64_t number_ = 0;  // among the node's datagram sockets
  CommonOptions common_;
  MulticastOptions multicast_;
  MrouteOptions mroute_;
  int error_ = 0;
  std::deque<QueuedError> errors_;
  std::string filter_;  // ICMP_FILTER, ICMP6_FILTER; empty: all
  std::deque<Envelope> envelopes_;
  uint32_t last_number_ = 0;
  uint64_t sent_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_DATAGRAM_DATAGRAM_SOCKET_H_
