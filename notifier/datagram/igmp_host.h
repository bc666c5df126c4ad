// The host's side of IGMPv3 (RFC 3376, net/ipv4/igmp.c): tells routers on a
// link which groups the node's sockets have joined there, when that changes and
// when they ask. To queries of version 2 it answers as version 2 does (RFC
// 2236).
//
// Not as on Linux: delays are not drawn by chance but fixed, so that others do
// not depend on whether anybody joins; who is heard of a group (source filters)
// is not told.
#ifndef QUIESCE_NOTIFIER_DATAGRAM_IGMP_HOST_H_
#define QUIESCE_NOTIFIER_DATAGRAM_IGMP_HOST_H_

#include <cstdint>
#include <map>
#include <vector>

#include "notifier/base/ip.h"
#include "notifier/base/nanos.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/net/observer.h"

namespace quiesce {

class IgmpHost : public Protocol, public StackObserver {
 public:
  // Of a node; made on first use.
  static IgmpHost* Of(NodeKernel& kernel);

  explicit IgmpHost(NodeKernel* kernel);
  ~IgmpHost() override;

  void Receive(Message message) override;  // IGMP: queries are heard
  Nanos next_timer() const override;
  void RunTimers(Nanos now) override;

  void OnGroup(NetEvent event, int ifindex, const IpAddress& group) override;
  void OnLink(NetEvent event, const Link& link, uint32_t changed) override;

 private:
  // What is still to be told of a link.
  struct Pending {
    std::map<IpAddress, int> changes;  // how often each is still told
    Nanos changes_at = kNever;
    std::map<IpAddress, Nanos> queried;  // Any: all groups
    bool version2 = false;               // as the last query
  };
  struct Record {
    uint8_t type;
    IpAddress group;
  };

  void Changed(int ifindex, const IpAddress& group);
  void TellChanges(int ifindex, Pending* pending, Nanos now);
  // What is joined of `group`, or all.
  void TellState(int ifindex, const IpAddress& group, bool version2);
  void SendReport(int ifindex, const std::vector<Record>& records);
  void Send(int ifindex, const IpAddress& to, std::string payload);

  NodeKernel* const kernel_;
  std::map<int, Pending> pending_;  // by ifindex
  uint64_t sent_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_DATAGRAM_IGMP_HOST_H_
