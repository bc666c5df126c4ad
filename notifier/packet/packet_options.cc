// Options of PacketSocket.
#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "notifier/packet/packet_socket.h"
#include "notifier/sockopt/option_shapes.h"

namespace quiesce {
// packet_mc_add(), packet_mc_drop(). That frames for others come in makes no
// difference: links bring all.
int PacketSocket::ChangeMembership(int name, absl::string_view value) {
  packet_mreq request{};
  if (value.size() < sizeof(request)) return EINVAL;
  memcpy(&request, value.data(), sizeof(request));
  if (value.size() < request.mr_alen + offsetof(packet_mreq, mr_address)) {
    return EINVAL;
  }
  const auto known = std::find_if(
      memberships_.begin(), memberships_.end(), [&](const Membership& m) {
        return m.request.mr_ifindex == request.mr_ifindex &&
               m.request.mr_type == request.mr_type &&
               m.request.mr_alen == request.mr_alen &&
               memcmp(m.request.mr_address, request.mr_address,
                      std::min<size_t>(request.mr_alen, 8)) == 0;
      });
  if (name == PACKET_DROP_MEMBERSHIP) {
    if (known != memberships_.end() && --known->count == 0) {
      memberships_.erase(known);
    }
    return 0;
  }
  const Link* link = kernel_->stack().FindLink(request.mr_ifindex);
  if (link == nullptr) return ENODEV;
  if (request.mr_alen > link->mac.size()) return EINVAL;
  if (known != memberships_.end()) {
    ++known->count;
    return 0;
  }
  const bool addressed = request.mr_type == PACKET_MR_MULTICAST ||
                         request.mr_type == PACKET_MR_UNICAST;
  if (addressed && request.mr_alen != link->mac.size()) return EINVAL;
  memberships_.push_back({request, 1});
  return 0;
}

// packet_setsockopt().
Outcome PacketSocket::SetPacketOption(int name, absl::string_view value) {
  switch (name) {
    case PACKET_ADD_MEMBERSHIP:
    case PACKET_DROP_MEMBERSHIP: {
      const int error = ChangeMembership(name, value);
      return error == 0 ? Outcome::Value(0) : Outcome::Fail(error);
    }
    case PACKET_AUXDATA:
    case PACKET_ORIGDEV:
    case PACKET_QDISC_BYPASS:
    case kIgnoreOutgoing:
    case PACKET_LOSS:
    case PACKET_TIMESTAMP:
    case PACKET_COPY_THRESH: {
      int number = 0;
      if (value.size() < sizeof(number)) return Outcome::Fail(EINVAL);
      memcpy(&number, value.data(), sizeof(number));
      if (name == kIgnoreOutgoing && (number < 0 || number > 1)) {
        return Outcome::Fail(EINVAL);
      }
      const bool flag = name != PACKET_TIMESTAMP && name != PACKET_COPY_THRESH;
      options_.Put(SOL_PACKET, name, flag ? number != 0 : number);
      return Outcome::Value(0);
    }
    case PACKET_RX_RING:
    case PACKET_TX_RING:
    case PACKET_FANOUT:
      kernel_->Confess("AF_PACKET: no rings and no fanout");
      return Outcome::Fail(ENOPROTOOPT);
    default:
      return Outcome::Fail(ENOPROTOOPT);
  }
}

// packet_getsockopt().
Outcome PacketSocket::GetPacketOption(int name, std::string* value) {
  switch (name) {
    case PACKET_STATISTICS: {
      tpacket_stats stats{};
      stats.tp_packets = std::exchange(received_, 0) + dropped_;
      stats.tp_drops = std::exchange(dropped_, 0);
      PutStruct(stats, value);
      return Outcome::Value(0);
    }
    case PACKET_AUXDATA:
    case PACKET_ORIGDEV:
    case PACKET_QDISC_BYPASS:
    case kIgnoreOutgoing:
    case PACKET_LOSS:
    case PACKET_TIMESTAMP:
    case PACKET_COPY_THRESH:
      PutInt(options_.Get(SOL_PACKET, name), value);
      return Outcome::Value(0);
    case PACKET_VERSION:
      PutInt(TPACKET_V1, value);
      return Outcome::Value(0);
    default:
      return Outcome::Fail(ENOPROTOOPT);
  }
}

Outcome PacketSocket::SetOption(Call& call, const GuestFile&, int level,
                                int name, absl::string_view value) {
  if (level == SOL_PACKET) return SetPacketOption(name, value);
  if (level != SOL_SOCKET) return Outcome::Fail(ENOPROTOOPT);
  const int error = options_.Set(&call, level, name, value);
  if (error == 0) ConfessOption(*kernel_, options_, level, name);
  if (error >= 0) return error == 0 ? Outcome::Value(0) : Outcome::Fail(error);
  return common_.Set(call, *kernel_, name, value);
}

Outcome PacketSocket::GetOption(Call&, const GuestFile&, int level, int name,
                                std::string* value) {
  if (level == SOL_PACKET) return GetPacketOption(name, value);
  if (level != SOL_SOCKET) return Outcome::Fail(ENOPROTOOPT);
  if (name == SO_ERROR) {
    PutInt(std::exchange(error_, 0), value);
    return Outcome::Value(0);
  }
  Outcome common = common_.Get(*this, kernel_->stack(), name, value);
  if (common.kind() != Outcome::Kind::kPark) return common;
  return options_.Read(level, name, value) == 0 ? Outcome::Value(0)
                                                : Outcome::Fail(ENOPROTOOPT);
}

}  // namespace quiesce
