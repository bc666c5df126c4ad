#include "notifier/sockopt/option_table.h"

#include <linux/capability.h>
#include <linux/in6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#ifndef SO_TXREHASH
#define SO_TXREHASH 74
#endif
#ifndef SO_RESERVE_MEM
#define SO_RESERVE_MEM 73
#endif
#ifndef SO_RCVMARK
#define SO_RCVMARK 75
#endif
#ifndef UDPLITE_SEND_CSCOV
#define UDPLITE_SEND_CSCOV 10
#define UDPLITE_RECV_CSCOV 11
#endif
#ifndef SO_BUSY_POLL_BUDGET
#define SO_BUSY_POLL_BUDGET 70
#endif
#ifndef IP_RECVERR_RFC4884
#define IP_RECVERR_RFC4884 26
#endif
#ifndef IPV6_RECVERR_RFC4884
#define IPV6_RECVERR_RFC4884 31
#endif
#ifndef IPV6_ROUTER_ALERT_ISOLATE
#define IPV6_ROUTER_ALERT_ISOLATE 30
#endif
#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO 11
#define IPV6_FLOWINFO_SEND 33
#endif
#ifndef IPV6_RECVFRAGSIZE
#define IPV6_RECVFRAGSIZE 77
#endif
#ifndef TCP_IS_MPTCP
#define TCP_IS_MPTCP 43
#define TCP_RTO_MAX_MS 44
#define TCP_RTO_MIN_US 45
#define TCP_DELACK_MAX_US 46
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

namespace quiesce {
namespace {

constexpr OutOfRange kError = OutOfRange::kError;
constexpr OutOfRange kClamp = OutOfRange::kClamp;
constexpr OutOfRange kBool = OutOfRange::kBool;
constexpr Access kRw = Access::kReadWrite;
constexpr Access kRo = Access::kReadOnly;
constexpr Access kWo = Access::kWriteOnly;
constexpr uint8_t kTransport = kOnTcp | kOnUdp;

constexpr uint8_t kNotTcp = kOnAll & ~kOnTcp;
constexpr uint8_t kUdpLiteOnly = kOnUdpLite & ~kOnUdp;

constexpr char kNoWire[] = "remembered; there are no packets it could change";
constexpr char kNoStamp[] = "remembered; no times of arrival are told";
constexpr char kSoftwareStamp[] = "times of arrival only";
constexpr char kNoPath[] = "remembered; no path MTU is discovered";

#define QUIESCE_OPTION(level, name) level, name, #name

constexpr OptionRow kTable[] = {
    // SOL_SOCKET
    {QUIESCE_OPTION(SOL_SOCKET, SO_DEBUG), kOnAll, 0, 0, 1, kBool, kRw,
     CAP_NET_ADMIN, EACCES},
    {QUIESCE_OPTION(SOL_SOCKET, SO_REUSEADDR), kTransport, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_REUSEADDR), kOnRaw, 1, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_REUSEPORT), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_DONTROUTE), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_BROADCAST), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_KEEPALIVE), kOnAll, 0, 0, 1, kBool, kRw, -1,
     0, "remembered; a peer never vanishes without saying so"},
    {QUIESCE_OPTION(SOL_SOCKET, SO_OOBINLINE), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_NO_CHECK), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_BSDCOMPAT), kOnAll, 0, 0, 0, kClamp},
    {QUIESCE_OPTION(SOL_SOCKET, SO_TIMESTAMP), kNotTcp, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_TIMESTAMP), kOnTcp, 0, 0, 1, kBool, kRw, -1,
     0, kNoStamp},
    {QUIESCE_OPTION(SOL_SOCKET, SO_TIMESTAMPNS), kNotTcp, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_TIMESTAMPNS), kOnTcp, 0, 0, 1, kBool, kRw,
     -1, 0, kNoStamp},
    {QUIESCE_OPTION(SOL_SOCKET, SO_TIMESTAMPING), kNotTcp, 0, 0, 0x3ffff,
     kError, kRw, -1, 0, kSoftwareStamp},
    {QUIESCE_OPTION(SOL_SOCKET, SO_TIMESTAMPING), kOnTcp, 0, 0, 0x3ffff, kError,
     kRw, -1, 0, kNoStamp},
    {QUIESCE_OPTION(SOL_SOCKET, SO_TIMESTAMP_NEW), kNotTcp, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_TIMESTAMP_NEW), kOnTcp, 0, 0, 1, kBool, kRw,
     -1, 0, kNoStamp},
    {QUIESCE_OPTION(SOL_SOCKET, SO_TIMESTAMPNS_NEW), kNotTcp, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_TIMESTAMPNS_NEW), kOnTcp, 0, 0, 1, kBool,
     kRw, -1, 0, kNoStamp},
    {QUIESCE_OPTION(SOL_SOCKET, SO_NOFCS), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_PREFER_BUSY_POLL), kOnAll, 0, 0, 1, kBool,
     kRw, CAP_NET_ADMIN, EPERM},
    {QUIESCE_OPTION(SOL_SOCKET, SO_BPF_EXTENSIONS), kOnAll, 64, 64, 64, kError,
     Access::kReadOnly},
    {QUIESCE_OPTION(SOL_SOCKET, SO_MAX_PACING_RATE), kOnDatagram, -1, INT_MIN,
     INT_MAX, kError, kRw, -1, 0, kNoWire},
    {QUIESCE_OPTION(SOL_SOCKET, SO_RXQ_OVFL), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_WIFI_STATUS), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_SELECT_ERR_QUEUE), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_LOCK_FILTER), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_ZEROCOPY), kTransport, 0, 0, 1, kError},
    {QUIESCE_OPTION(SOL_SOCKET, SO_ZEROCOPY), kOnRaw, 0, 0, 1, kError, kRo, -1,
     EOPNOTSUPP},
    {QUIESCE_OPTION(SOL_SOCKET, SO_RESERVE_MEM), kOnAll, 0, 0, 0, kError, kRo,
     -1, EOPNOTSUPP},
    {QUIESCE_OPTION(SOL_SOCKET, SO_CNX_ADVICE), kOnAll, 0, INT_MIN, INT_MAX,
     kError, kWo},
    {QUIESCE_OPTION(SOL_SOCKET, SO_BUSY_POLL_BUDGET), kOnAll, 8, 0, 65535,
     kError, kWo},
    {QUIESCE_OPTION(SOL_SOCKET, SO_MARK), kOnAll, 0, INT_MIN, INT_MAX, kError,
     kRw, CAP_NET_ADMIN, EPERM},
    {QUIESCE_OPTION(SOL_SOCKET, SO_RCVMARK), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(SOL_SOCKET, SO_BUSY_POLL), kOnAll, 0, 0, INT_MAX, kError},
    {QUIESCE_OPTION(SOL_SOCKET, SO_INCOMING_CPU), kOnAll, -1, INT_MIN, INT_MAX,
     kError},
    {QUIESCE_OPTION(SOL_SOCKET, SO_INCOMING_NAPI_ID), kOnAll, 0, 0, 0, kError,
     Access::kReadOnly},
    {QUIESCE_OPTION(SOL_SOCKET, SO_TXREHASH), kOnTcp, 1, -1, 1, kError},
    // SO_RCVLOWAT of 0 means 1, a negative one INT_MAX.
    {QUIESCE_OPTION(SOL_SOCKET, SO_RCVLOWAT), kOnAll, 1, 0, INT_MAX, kClamp,
     kRw, -1, 0, "waits in the kernel see the first byte"},
    {QUIESCE_OPTION(SOL_SOCKET, SO_SNDLOWAT), kOnAll, 1, 1, 1, kError,
     Access::kReadOnly},

    // IPPROTO_TCP
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_NODELAY), kOnTcp, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_CORK), kOnTcp, 0, 0, 1, kBool, kRw, -1, 0,
     kNoWire},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_KEEPIDLE), kOnTcp, 7200, 1, 32767, kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_KEEPINTVL), kOnTcp, 75, 1, 32767, kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_KEEPCNT), kOnTcp, 9, 1, 127, kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_SYNCNT), kOnTcp, 6, 1, 127, kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_LINGER2), kOnTcp, 60, -1, INT_MAX, kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_DEFER_ACCEPT), kOnTcp, 0, 0, INT_MAX,
     kClamp},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_QUICKACK), kOnTcp, 1, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS), kOnTcp, 0, 0, 1,
     kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_THIN_DUPACK), kOnTcp, 0, 0, 1, kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT), kOnTcp, 0, 0, INT_MAX,
     kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_FASTOPEN), kOnTcp, 0, 0, INT_MAX, kError,
     kRw, -1, 0, kNoWire},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_FASTOPEN_CONNECT), kOnTcp, 0, 0, 1, kError,
     kRw, -1, 0, kNoWire},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE), kOnTcp, 0, 0, 1,
     kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_NOTSENT_LOWAT), kOnTcp, 0, INT_MIN,
     INT_MAX, kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_SAVE_SYN), kOnTcp, 0, 0, 2, kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_INQ), kOnTcp, 0, 0, 1, kError},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_TX_DELAY), kOnTcp, 0, 0, INT_MAX, kError,
     kRw, -1, 0, kNoWire},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_TIMESTAMP), kOnTcp, 0, 0, 0, kError, kRo,
     -1, EPERM},

    {QUIESCE_OPTION(IPPROTO_TCP, TCP_REPAIR), kOnTcp, 0, 0, 0, kError, kRo, -1,
     EPERM},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_IS_MPTCP), kOnTcp, 0, 0, 0, kError, kRo},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_RTO_MAX_MS), kOnTcp, 120000, 1000, 120000,
     kError, kRw, -1, 0, kNoWire},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_RTO_MIN_US), kOnTcp, 200000, 8000,
     120000000, kError, kRw, -1, 0, kNoWire},
    {QUIESCE_OPTION(IPPROTO_TCP, TCP_DELACK_MAX_US), kOnTcp, 200000, 8000,
     200000, kError, kRw, -1, 0, kNoWire},

    // IPPROTO_IP
    {QUIESCE_OPTION(IPPROTO_IP, IP_TOS), kOnAll, 0, 0, 255, kClamp},
    {QUIESCE_OPTION(IPPROTO_IP, IP_TTL), kOnAll, 64, 1, 255, kError},
    {QUIESCE_OPTION(IPPROTO_IP, IP_HDRINCL), kOnRaw, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_HDRINCL), kTransport, 0, 0, 0, kError, kRo},
    {QUIESCE_OPTION(IPPROTO_IP, IP_RECVOPTS), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_RETOPTS), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_PKTINFO), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_MTU_DISCOVER), kOnAll, 1, 0, 5, kError, kRw,
     -1, 0, kNoPath},
    {QUIESCE_OPTION(IPPROTO_IP, IP_RECVERR), kOnAll, 0, 0, 1, kBool, kRw, -1, 0,
     "the error queue of TCP stays empty"},
    {QUIESCE_OPTION(IPPROTO_IP, IP_RECVTTL), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_RECVTOS), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_FREEBIND), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_TRANSPARENT), kOnAll, 0, 0, 1, kBool, kRw,
     CAP_NET_ADMIN, EPERM},
    {QUIESCE_OPTION(IPPROTO_IP, IP_ORIGDSTADDR), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_MINTTL), kOnAll, 0, 0, 255, kError},
    {QUIESCE_OPTION(IPPROTO_IP, IP_NODEFRAG), kOnRaw, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_NODEFRAG), kTransport, 0, 0, 0, kError, kRo},
    {QUIESCE_OPTION(IPPROTO_IP, IP_RECVERR_RFC4884), kOnAll, 0, 0, 1, kError},
    {QUIESCE_OPTION(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT), kOnAll, 0, 0, 1,
     kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_RECVFRAGSIZE), kOnDatagram, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_RECVFRAGSIZE), kOnTcp, 0, 0, 0, kError, kRo,
     -1, EINVAL},
    {QUIESCE_OPTION(IPPROTO_IP, IP_PASSSEC), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_CHECKSUM), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_MULTICAST_TTL), kOnDatagram, 1, 0, 255,
     kError},
    {QUIESCE_OPTION(IPPROTO_IP, IP_MULTICAST_TTL), kOnTcp, 1, 0, 0, kError, kRo,
     -1, EINVAL},
    {QUIESCE_OPTION(IPPROTO_IP, IP_MULTICAST_LOOP), kOnAll, 1, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_MULTICAST_ALL), kOnAll, 1, 0, 1, kError},
    {QUIESCE_OPTION(IPPROTO_IP, IP_UNICAST_IF), kOnAll, 0, INT_MIN, INT_MAX,
     kError},
    {QUIESCE_OPTION(IPPROTO_IP, IP_ROUTER_ALERT), kOnRaw, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IP, IP_ROUTER_ALERT), kTransport, 0, 0, 0, kError,
     kRo, -1, EINVAL},
    {QUIESCE_OPTION(IPPROTO_IP, IP_LOCAL_PORT_RANGE), kOnAll, 0, INT_MIN,
     INT_MAX, kError, kRw, -1, 0,
     "remembered; ports come from the whole range"},

    // IPPROTO_IPV6
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_V6ONLY), kTransport, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_V6ONLY), kOnRaw, 0, 0, 0, kError, kRo,
     -1, EINVAL},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS), kOnAll, 64, 0, 255,
     kError},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_MULTICAST_HOPS), kOnDatagram, 1, 0, 255,
     kError},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_MULTICAST_LOOP), kOnAll, 1, 0, 1,
     kError},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_MULTICAST_IF), kOnDatagram, 0, 0,
     INT_MAX, kError},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_MULTICAST_ALL), kOnAll, 1, 0, 1, kError},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_MTU_DISCOVER), kOnAll, 1, 0, 5, kError,
     kRw, -1, 0, kNoPath},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_RECVERR), kOnAll, 0, 0, 1, kBool, kRw,
     -1, 0, "the error queue of TCP stays empty"},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_RECVPKTINFO), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_2292PKTINFO), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_RECVHOPLIMIT), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_2292HOPLIMIT), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_RECVRTHDR), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_RECVHOPOPTS), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_RECVDSTOPTS), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_RECVTCLASS), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_RECVPATHMTU), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_TCLASS), kOnAll, 0, 0, 255, kError},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_DONTFRAG), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_MINHOPCOUNT), kOnAll, 0, 0, 255, kError},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_AUTOFLOWLABEL), kOnAll, 1, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_ADDR_PREFERENCES), kOnAll, 0x500, 0,
     0xfff, kError, kRw, -1, 0, "remembered; source selection ignores it"},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_FREEBIND), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_TRANSPARENT), kOnAll, 0, 0, 1, kBool,
     kRw, CAP_NET_ADMIN, EPERM},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_RECVORIGDSTADDR), kOnAll, 0, 0, 1,
     kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_UNICAST_IF), kOnAll, 0, INT_MIN, INT_MAX,
     kError},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_CHECKSUM), kOnRaw, -1, INT_MIN, INT_MAX,
     kError},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_HDRINCL), kOnRaw, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_ROUTER_ALERT), kOnRaw, 0, -1, INT_MAX,
     kError},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_ROUTER_ALERT), kTransport, 0, 0, 0,
     kError, kRo},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_MULTICAST_HOPS), kOnTcp, 1, 0, 0, kError,
     kRo},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_MULTICAST_IF), kOnTcp, 0, 0, 0, kError,
     kRo},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_2292HOPOPTS), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_2292DSTOPTS), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_2292RTHDR), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_FLOWINFO), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_FLOWINFO_SEND), kOnAll, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_RECVERR_RFC4884), kOnAll, 0, 0, 1,
     kError},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_ROUTER_ALERT_ISOLATE), kOnAll, 0, 0, 1,
     kBool},
    {QUIESCE_OPTION(IPPROTO_IPV6, IPV6_RECVFRAGSIZE), kOnAll, 0, 0, 1, kBool},

    // IPPROTO_UDP
    {QUIESCE_OPTION(IPPROTO_UDP, UDP_CORK), kOnUdp, 0, 0, 1, kBool, kRw, -1, 0,
     "remembered; every send is a datagram"},
    {QUIESCE_OPTION(IPPROTO_UDP, UDP_NO_CHECK6_TX), kOnUdp, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_UDP, UDP_NO_CHECK6_RX), kOnUdp, 0, 0, 1, kBool},
    {QUIESCE_OPTION(IPPROTO_UDP, UDP_SEGMENT), kOnUdp, 0, 0, 65535, kError, kRw,
     -1, 0, kNoWire},
    {QUIESCE_OPTION(IPPROTO_UDP, UDP_GRO), kOnUdp, 0, 0, 1, kBool},

    // IPPROTO_UDPLITE (net/ipv4/udp.c:udp_lib_setsockopt)
    {QUIESCE_OPTION(IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV), kUdpLiteOnly, 0, 0,
     65535, kClamp, kRw, -1, 0, kNoWire},
    {QUIESCE_OPTION(IPPROTO_UDPLITE, UDPLITE_RECV_CSCOV), kUdpLiteOnly, 0, 0,
     65535, kClamp, kRw, -1, 0, kNoWire},
};

#undef QUIESCE_OPTION

// -1 restores the default of these (ip_sockglue.c, ipv6_sockglue.c).
bool MinusOneIsDefault(int level, int name) {
  if (level == IPPROTO_IP) return name == IP_TTL || name == IP_MULTICAST_TTL;
  if (level != IPPROTO_IPV6) return false;
  return name == IPV6_UNICAST_HOPS || name == IPV6_MULTICAST_HOPS ||
         name == IPV6_TCLASS;
}

}  // namespace

absl::Span<const OptionRow> OptionTable() { return kTable; }

const OptionRow* FindOption(int level, int name, SocketKind kind) {
  for (const OptionRow& row : kTable) {
    if (row.level == level && row.name == name && (row.kinds & kind)) {
      return &row;
    }
  }
  return nullptr;
}

bool IsKnownOption(int level, int name) {
  return std::any_of(
      std::begin(kTable), std::end(kTable),
      [&](const auto& row) { return row.level == level && row.name == name; });
}

void PutInt(int number, std::string* value) {
  std::string bytes(reinterpret_cast<const char*>(&number), sizeof(number));
  bytes.resize(std::min(bytes.size(), value->size()));
  *value = std::move(bytes);
}

int OptionValues::Get(int level, int name) const {
  for (const Stored& s : stored_) {
    if (s.level == level && s.name == name) return s.value;
  }
  const OptionRow* row = FindOption(level, name, kind_);
  return row == nullptr ? 0 : row->initial;
}

void OptionValues::Put(int level, int name, int value) {
  for (Stored& s : stored_) {
    if (s.level == level && s.name == name) {
      s.value = value;
      return;
    }
  }
  stored_.push_back({level, name, value});
}

int OptionValues::Set(Call* call, int level, int name,
                      absl::string_view bytes) {
  const OptionRow* row = FindOption(level, name, kind_);
  if (row == nullptr) return -1;
  if (row->access == Access::kReadOnly) {
    return row->refusal != 0 ? row->refusal : ENOPROTOOPT;
  }
  int value = 0;
  if (bytes.size() >= sizeof(value)) {
    memcpy(&value, bytes.data(), sizeof(value));
  } else if (level == IPPROTO_IP && !bytes.empty()) {
    value = static_cast<uint8_t>(bytes[0]);
  } else {
    return EINVAL;
  }
  if (value == -1 && MinusOneIsDefault(level, name)) {
    Put(level, name, row->initial);
    return 0;
  }
  if (level == IPPROTO_IP && name == IP_TOS) value &= 0xff;
  if (level == SOL_SOCKET && name == SO_RCVLOWAT) {
    value = value < 0 ? INT_MAX : value == 0 ? 1 : value;
  }
  // A coverage holds the header at least.
  if (level == IPPROTO_UDPLITE && value > 0) value = std::max(value, 8);
  if (row->rule == OutOfRange::kBool) {
    value = value != 0;
  } else if (row->rule == OutOfRange::kClamp) {
    value = std::clamp(value, row->min, row->max);
  } else if (value < row->min || value > row->max) {
    return EINVAL;
  }
  if (level == SOL_SOCKET && name == SO_LOCK_FILTER && value == 0 &&
      Get(level, name) != 0) {
    return EPERM;
  }
  if (row->capability >= 0 && value != 0 && call != nullptr &&
      !call->Capable(row->capability)) {
    return row->refusal;
  }
  Put(level, name, value);
  // sock.c:sock_set_timestamp: one of them, or none.
  static constexpr int kStamps[] = {SO_TIMESTAMP, SO_TIMESTAMPNS,
                                    SO_TIMESTAMP_NEW, SO_TIMESTAMPNS_NEW};
  if (level == SOL_SOCKET && std::find(std::begin(kStamps), std::end(kStamps),
                                       name) != std::end(kStamps)) {
    for (int other : kStamps) {
      if (other != name) Put(level, other, 0);
    }
  }
  return 0;
}

int OptionValues::Read(int level, int name, std::string* value) const {
  const OptionRow* row = FindOption(level, name, kind_);
  if (row == nullptr) return -1;
  if (row->access == Access::kWriteOnly) return ENOPROTOOPT;
  int number = Get(level, name);
  if (level == SOL_SOCKET && value->size() >= sizeof(uint64_t) &&
      (name == SO_TIMESTAMPING || name == SO_MAX_PACING_RATE)) {
    // struct so_timestamping; an unsigned long, of which -1 is "no bound".
    uint64_t wide = static_cast<uint32_t>(number);
    if (name == SO_MAX_PACING_RATE && number == -1) wide = ~uint64_t{0};
    *value = std::string(reinterpret_cast<const char*>(&wide), sizeof(wide));
    return 0;
  }
  if (level == IPPROTO_IP && value->size() < sizeof(int) && !value->empty() &&
      number >= 0 && number <= 255) {
    *value = std::string(1, static_cast<char>(number));
    return 0;
  }
  PutInt(number, value);
  return 0;
}

}  // namespace quiesce
