// An AF_PACKET socket of a guest: frames as they are on the links.
//
// Of what crosses links it sees frames that other packet sockets send, and
// datagrams (UDP, raw IP, ICMP) that end at this node, not TCP and not what is
// forwarded. Source: net/packet/af_packet.c.
#ifndef QUIESCE_NOTIFIER_PACKET_PACKET_SOCKET_H_
#define QUIESCE_NOTIFIER_PACKET_PACKET_SOCKET_H_

#include <linux/if_packet.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "notifier/kernel/node_kernel.h"
#include "notifier/kernel/socket.h"
#include "notifier/packet/frame.h"
#include "notifier/sockopt/common_options.h"
#include "notifier/sockopt/option_table.h"

namespace quiesce {

inline constexpr int kIgnoreOutgoing = 23;  // PACKET_IGNORE_OUTGOING

class PacketProtocol;

class PacketSocket : public Socket, public EndWatcher {
 public:
  // `protocol` as socket(2) has it: ETH_P_* in network order.
  static Outcome Create(NodeKernel& kernel, int type, int protocol,
                        bool nonblocking, bool close_on_exec);

  PacketSocket(uint64_t cookie, int type, int protocol, NodeKernel* kernel,
               PacketProtocol* packets, UniqueFd end);
  ~PacketSocket() override;

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

  // A frame that has come in or is going out by `frame.ifindex`. Takes it if it
  // is for this socket.
  void Deliver(const Frame& frame);

 private:
  // What goes with a frame in the placeholder.
  struct Envelope {
    uint32_t number;
    sockaddr_ll source;
    uint32_t length;   // on the link, from where the socket sees it
    uint16_t network;  // where the network's header begins
    Nanos when;        // of CLOCK_REALTIME
  };
  struct Membership {
    packet_mreq request;
    int count;
  };

  bool raw() const { return type() == SOCK_RAW; }
  // Makes a frame of `bytes` and sends it. 0 or an errno.
  int Transmit(const sockaddr_ll* to, std::string bytes);
  int ChangeMembership(int name, absl::string_view value);
  Outcome SetPacketOption(int name, absl::string_view value);
  Outcome GetPacketOption(int name, std::string* value);
  void TapAgain(uint16_t protocol, int device);

  NodeKernel* const kernel_;
  PacketProtocol* const packets_;
  UniqueFd end_;
  uint64_t watch_ = 0;
  uint16_t ethertype_;  // host order; 0: none are received
  int device_ = 0;      // 0: all
  bool tapped_ = false;
  OptionValues options_{kOnRaw};
  CommonOptions common_;
  int error_ = 0;
  std::vector<Membership> memberships_;
  std::vector<std::pair<int, int>> numbers_;  // SOL_PACKET options
  uint32_t received_ = 0;                     // PACKET_STATISTICS
  uint32_t dropped_ = 0;
  std::deque<Envelope> envelopes_;
  uint32_t last_number_ = 0;
  uint64_t number_ = 0;  // among the node's packet sockets
  uint64_t sent_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_PACKET_PACKET_SOCKET_H_
