// A NETLINK_ROUTE socket of a guest.
//
// The placeholder carries packets (notifier/kernel/packet_placeholder.h).
// Requests are answered as they are sent, or, if they were written natively,
// before the next notified call is. Each reply is one packet, so that a socket
// filter of the guest's runs natively on the same bytes; its number is its
// multicast group. A filter is kept here, too: zebra is told of each route that
// it has installed itself, and its filter drops that, which then need not be
// written at all.
#ifndef QUIESCE_NOTIFIER_NETLINK_SOCKET_NETLINK_SOCKET_H_
#define QUIESCE_NOTIFIER_NETLINK_SOCKET_NETLINK_SOCKET_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "notifier/bpf/socket_filter.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/kernel/socket.h"
#include "notifier/netlink/rtnetlink.h"
#include "notifier/sockopt/option_table.h"

namespace quiesce {

class NetlinkProtocol;

class NetlinkSocket : public Socket, public EndWatcher {
 public:
  // `tgid`: the calling process, which decides the port number.
  static Outcome Create(NodeKernel& kernel, pid_t tgid, int type,
                        bool nonblocking, bool close_on_exec);

  NetlinkSocket(uint64_t cookie, int type, NetlinkProtocol* protocol,
                UniqueFd end);
  ~NetlinkSocket() override;

  Outcome Bind(Call& call, int file, const SockAddr& address) override;
  Outcome Connect(Call& call, int file, const SockAddr& address,
                  bool nonblocking) override;
  Outcome Listen(Call& call, int file, int backlog) override;
  Outcome Accept(Call& call, const GuestFile& file, int flags,
                 SockAddr* peer) override;
  ErrnoOr<SockAddr> LocalName() override;
  ErrnoOr<SockAddr> PeerName() override;
  Nanos receive_timeout() const override { return receive_timeout_; }
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
  void OnEnd(uint32_t events) override;

  // A multicast message, for the protocol.
  void Notify(const Notification& notification);
  uint32_t portid() const { return state_.portid; }

 private:
  void Handle(absl::string_view request);
  void Put(uint32_t group, std::string bytes);
  void Flush();
  bool IsFilteredOut(absl::string_view bytes) const;
  int Autobind(pid_t tgid);  // 0 or an errno
  int Join(uint32_t group, bool join);

  NetlinkProtocol* const protocol_;
  UniqueFd end_;
  uint64_t watch_ = 0;
  RtnetlinkSocketState state_;
  bool bound_ = false;
  bool net_admin_ = false;  // of whoever made the last notified call
  pid_t last_tgid_ = 0;
  uint32_t peer_portid_ = 0;
  uint32_t peer_groups_ = 0;
  OptionValues options_{kOnRaw};
  int send_buffer_ = 212992;
  int receive_buffer_ = 212992;
  bool packet_info_ = false;
  bool broadcast_error_ = false;
  bool no_enobufs_ = false;
  bool all_namespaces_ = false;
  bool overrun_ = false;  // a notification was lost: ENOBUFS
  Nanos receive_timeout_ = 0;
  std::optional<SocketFilter> filter_;
  std::deque<std::pair<uint32_t, std::string>> queue_;  // group, bytes
  size_t queued_bytes_ = 0;
  bool full_ = false;   // the placeholder is
  size_t largest_ = 0;  // packet there ever was, in bytes
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_SOCKET_NETLINK_SOCKET_H_
