#include "notifier/trace/socket_option_names.h"

// <linux/in.h> and <linux/in6.h> know more options than <netinet/in.h>, and
// cannot be read in its company.
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/tcp.h>

namespace quiesce {
namespace {

using As = OptionAs;

#define OPT(level, name, ...) \
  { level, name, #name, ##__VA_ARGS__ }
// By number, where the headers above lack it or define it by the size of a
// word.
#define NUM(level, number, text, ...) \
  { level, number, text, ##__VA_ARGS__ }

constexpr NamedOption kOptions[] = {
    NUM(kSolSocket, 1, "SO_DEBUG"),
    NUM(kSolSocket, 2, "SO_REUSEADDR"),
    NUM(kSolSocket, 3, "SO_TYPE", As::kType),
    NUM(kSolSocket, 4, "SO_ERROR", As::kErrno),
    NUM(kSolSocket, 5, "SO_DONTROUTE"),
    NUM(kSolSocket, 6, "SO_BROADCAST"),
    NUM(kSolSocket, 7, "SO_SNDBUF"),
    NUM(kSolSocket, 8, "SO_RCVBUF"),
    NUM(kSolSocket, 9, "SO_KEEPALIVE"),
    NUM(kSolSocket, 10, "SO_OOBINLINE"),
    NUM(kSolSocket, 11, "SO_NO_CHECK"),
    NUM(kSolSocket, 12, "SO_PRIORITY"),
    NUM(kSolSocket, 13, "SO_LINGER", As::kLinger),
    NUM(kSolSocket, 15, "SO_REUSEPORT"),
    NUM(kSolSocket, 16, "SO_PASSCRED"),
    NUM(kSolSocket, 17, "SO_PEERCRED", As::kCredentials),
    NUM(kSolSocket, 18, "SO_RCVLOWAT"),
    NUM(kSolSocket, 19, "SO_SNDLOWAT"),
    NUM(kSolSocket, 20, "SO_RCVTIMEO_OLD", As::kTimeval),
    NUM(kSolSocket, 21, "SO_SNDTIMEO_OLD", As::kTimeval),
    NUM(kSolSocket, 25, "SO_BINDTODEVICE", As::kString),
    NUM(kSolSocket, 26, "SO_ATTACH_FILTER", As::kProgram),
    NUM(kSolSocket, 27, "SO_DETACH_FILTER"),
    NUM(kSolSocket, 28, "SO_PEERNAME", As::kBytes),
    NUM(kSolSocket, 29, "SO_TIMESTAMP_OLD"),
    NUM(kSolSocket, 30, "SO_ACCEPTCONN"),
    NUM(kSolSocket, 31, "SO_PEERSEC", As::kString),
    NUM(kSolSocket, 32, "SO_SNDBUFFORCE"),
    NUM(kSolSocket, 33, "SO_RCVBUFFORCE"),
    NUM(kSolSocket, 34, "SO_PASSSEC"),
    NUM(kSolSocket, 35, "SO_TIMESTAMPNS_OLD"),
    NUM(kSolSocket, 36, "SO_MARK", As::kFlags),
    NUM(kSolSocket, 37, "SO_TIMESTAMPING_OLD", As::kFlags),
    NUM(kSolSocket, 38, "SO_PROTOCOL", As::kProtocol),
    NUM(kSolSocket, 39, "SO_DOMAIN", As::kFamily),
    NUM(kSolSocket, 40, "SO_RXQ_OVFL"),
    NUM(kSolSocket, 41, "SO_WIFI_STATUS"),
    NUM(kSolSocket, 42, "SO_PEEK_OFF"),
    NUM(kSolSocket, 43, "SO_NOFCS"),
    NUM(kSolSocket, 44, "SO_LOCK_FILTER"),
    NUM(kSolSocket, 45, "SO_SELECT_ERR_QUEUE"),
    NUM(kSolSocket, 46, "SO_BUSY_POLL"),
    NUM(kSolSocket, 47, "SO_MAX_PACING_RATE"),
    NUM(kSolSocket, 49, "SO_INCOMING_CPU"),
    NUM(kSolSocket, 50, "SO_ATTACH_BPF"),
    NUM(kSolSocket, 51, "SO_ATTACH_REUSEPORT_CBPF", As::kProgram),
    NUM(kSolSocket, 55, "SO_MEMINFO", As::kBytes),
    NUM(kSolSocket, 56, "SO_INCOMING_NAPI_ID"),
    NUM(kSolSocket, 57, "SO_COOKIE", As::kU64),
    NUM(kSolSocket, 60, "SO_ZEROCOPY"),
    NUM(kSolSocket, 61, "SO_TXTIME", As::kBytes),
    NUM(kSolSocket, 62, "SO_BINDTOIFINDEX"),
    NUM(kSolSocket, 66, "SO_RCVTIMEO_NEW", As::kTimeval),
    NUM(kSolSocket, 67, "SO_SNDTIMEO_NEW", As::kTimeval),
    NUM(kSolSocket, 77, "SO_PEERPIDFD"),

    OPT(kSolIp, IP_TOS, As::kFlags),
    OPT(kSolIp, IP_TTL),
    OPT(kSolIp, IP_HDRINCL),
    OPT(kSolIp, IP_OPTIONS, As::kBytes),
    OPT(kSolIp, IP_ROUTER_ALERT),
    OPT(kSolIp, IP_RECVOPTS),
    OPT(kSolIp, IP_RETOPTS),
    OPT(kSolIp, IP_PKTINFO),
    OPT(kSolIp, IP_MTU_DISCOVER),
    OPT(kSolIp, IP_RECVERR),
    OPT(kSolIp, IP_RECVTTL),
    OPT(kSolIp, IP_RECVTOS),
    OPT(kSolIp, IP_MTU),
    OPT(kSolIp, IP_FREEBIND),
    OPT(kSolIp, IP_TRANSPARENT),
    OPT(kSolIp, IP_RECVORIGDSTADDR),
    OPT(kSolIp, IP_MINTTL),
    OPT(kSolIp, IP_NODEFRAG),
    OPT(kSolIp, IP_BIND_ADDRESS_NO_PORT),
    OPT(kSolIp, IP_MULTICAST_IF, As::kMembership),
    OPT(kSolIp, IP_MULTICAST_TTL),
    OPT(kSolIp, IP_MULTICAST_LOOP),
    OPT(kSolIp, IP_ADD_MEMBERSHIP, As::kMembership),
    OPT(kSolIp, IP_DROP_MEMBERSHIP, As::kMembership),
    OPT(kSolIp, IP_MULTICAST_ALL),
    OPT(kSolIp, IP_UNICAST_IF),
    OPT(kSolIp, MCAST_JOIN_GROUP, As::kGroup),
    OPT(kSolIp, MCAST_LEAVE_GROUP, As::kGroup),

    OPT(kSolTcp, TCP_NODELAY),
    OPT(kSolTcp, TCP_MAXSEG),
    OPT(kSolTcp, TCP_CORK),
    OPT(kSolTcp, TCP_KEEPIDLE),
    OPT(kSolTcp, TCP_KEEPINTVL),
    OPT(kSolTcp, TCP_KEEPCNT),
    OPT(kSolTcp, TCP_SYNCNT),
    OPT(kSolTcp, TCP_LINGER2),
    OPT(kSolTcp, TCP_DEFER_ACCEPT),
    OPT(kSolTcp, TCP_WINDOW_CLAMP),
    OPT(kSolTcp, TCP_INFO, As::kTcpInfo),
    OPT(kSolTcp, TCP_QUICKACK),
    OPT(kSolTcp, TCP_CONGESTION, As::kString),
    OPT(kSolTcp, TCP_MD5SIG, As::kMd5),
    OPT(kSolTcp, TCP_THIN_LINEAR_TIMEOUTS),
    OPT(kSolTcp, TCP_USER_TIMEOUT),
    OPT(kSolTcp, TCP_REPAIR),
    OPT(kSolTcp, TCP_FASTOPEN),
    OPT(kSolTcp, TCP_TIMESTAMP),
    OPT(kSolTcp, TCP_NOTSENT_LOWAT),
    OPT(kSolTcp, TCP_CC_INFO, As::kBytes),
    OPT(kSolTcp, TCP_SAVE_SYN),
    OPT(kSolTcp, TCP_SAVED_SYN, As::kBytes),
    OPT(kSolTcp, TCP_FASTOPEN_CONNECT),
    OPT(kSolTcp, TCP_ULP, As::kString),
    OPT(kSolTcp, TCP_MD5SIG_EXT, As::kMd5),
    OPT(kSolTcp, TCP_INQ),

    NUM(kSolUdp, 1, "UDP_CORK"),
    NUM(kSolUdp, 100, "UDP_ENCAP"),
    NUM(kSolUdp, 103, "UDP_SEGMENT"),
    NUM(kSolUdp, 104, "UDP_GRO"),

    OPT(kSolIpv6, IPV6_UNICAST_HOPS),
    OPT(kSolIpv6, IPV6_MULTICAST_IF),
    OPT(kSolIpv6, IPV6_MULTICAST_HOPS),
    OPT(kSolIpv6, IPV6_MULTICAST_LOOP),
    OPT(kSolIpv6, IPV6_ADD_MEMBERSHIP, As::kMembership6),
    OPT(kSolIpv6, IPV6_DROP_MEMBERSHIP, As::kMembership6),
    OPT(kSolIpv6, IPV6_ROUTER_ALERT),
    OPT(kSolIpv6, IPV6_MTU_DISCOVER),
    OPT(kSolIpv6, IPV6_MTU),
    OPT(kSolIpv6, IPV6_RECVERR),
    OPT(kSolIpv6, IPV6_V6ONLY),
    OPT(kSolIpv6, IPV6_CHECKSUM),
    OPT(kSolIpv6, IPV6_JOIN_ANYCAST, As::kMembership6),
    OPT(kSolIpv6, IPV6_RECVPKTINFO),
    OPT(kSolIpv6, IPV6_PKTINFO, As::kBytes),
    OPT(kSolIpv6, IPV6_RECVHOPLIMIT),
    OPT(kSolIpv6, IPV6_HOPLIMIT),
    OPT(kSolIpv6, IPV6_RECVTCLASS),
    OPT(kSolIpv6, IPV6_TCLASS, As::kFlags),
    OPT(kSolIpv6, IPV6_AUTOFLOWLABEL),
    OPT(kSolIpv6, IPV6_ADDR_PREFERENCES, As::kFlags),
    OPT(kSolIpv6, IPV6_MINHOPCOUNT),
    OPT(kSolIpv6, IPV6_FREEBIND),
    OPT(kSolIpv6, IPV6_TRANSPARENT),
    OPT(kSolIpv6, IPV6_UNICAST_IF),
    OPT(kSolIpv6, MCAST_JOIN_GROUP, As::kGroup),
    OPT(kSolIpv6, MCAST_LEAVE_GROUP, As::kGroup),

    NUM(kSolIcmpv6, 1, "ICMPV6_FILTER", As::kIcmp6Filter),
    NUM(kSolRaw, 1, "ICMP_FILTER", As::kFlags),
    // RFC 3542's place of it.
    NUM(kSolRaw, 7, "IPV6_CHECKSUM"),

    OPT(kSolPacket, PACKET_ADD_MEMBERSHIP, As::kPacketMembership),
    OPT(kSolPacket, PACKET_DROP_MEMBERSHIP, As::kPacketMembership),
    OPT(kSolPacket, PACKET_STATISTICS, As::kBytes),
    OPT(kSolPacket, PACKET_VERSION),
    OPT(kSolPacket, PACKET_RX_RING, As::kBytes),
    OPT(kSolPacket, PACKET_AUXDATA),

    OPT(kSolNetlink, NETLINK_ADD_MEMBERSHIP),
    OPT(kSolNetlink, NETLINK_DROP_MEMBERSHIP),
    OPT(kSolNetlink, NETLINK_PKTINFO),
    OPT(kSolNetlink, NETLINK_BROADCAST_ERROR),
    OPT(kSolNetlink, NETLINK_NO_ENOBUFS),
    OPT(kSolNetlink, NETLINK_LISTEN_ALL_NSID),
    OPT(kSolNetlink, NETLINK_LIST_MEMBERSHIPS, As::kBytes),
    OPT(kSolNetlink, NETLINK_CAP_ACK),
    OPT(kSolNetlink, NETLINK_EXT_ACK),
    OPT(kSolNetlink, NETLINK_GET_STRICT_CHK),
};

}  // namespace

const NamedOption* FindNamedOption(int level, int name) {
  for (const NamedOption& option : kOptions) {
    if (option.level == level && option.name == name) return &option;
  }
  return nullptr;
}

}  // namespace quiesce
