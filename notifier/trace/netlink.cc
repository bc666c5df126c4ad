#include "notifier/trace/netlink.h"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "notifier/trace/bytes.h"
#include "notifier/trace/names.h"
#include "notifier/trace/netlink_attributes.h"
#include "notifier/trace/sockaddr.h"
#include "notifier/trace/socket_names.h"

#define NAMED(x) \
  { x, #x }

namespace quiesce {
namespace {

constexpr size_t kMostMessages = 8;  // of a dump
// Bits of a request; the same bits mean others in NEW and DELETE.
constexpr Name kCommonFlags[] = {
    NAMED(NLM_F_REQUEST), NAMED(NLM_F_MULTI),     NAMED(NLM_F_ACK),
    NAMED(NLM_F_ECHO),    NAMED(NLM_F_DUMP_INTR), NAMED(NLM_F_DUMP_FILTERED),
};
constexpr Name kGetFlags[] = {NAMED(NLM_F_DUMP), NAMED(NLM_F_ROOT),
                              NAMED(NLM_F_MATCH), NAMED(NLM_F_ATOMIC)};
constexpr Name kNewFlags[] = {NAMED(NLM_F_REPLACE), NAMED(NLM_F_EXCL),
                              NAMED(NLM_F_CREATE), NAMED(NLM_F_APPEND)};
constexpr Name kDeleteFlags[] = {NAMED(NLM_F_NONREC), NAMED(NLM_F_BULK)};
constexpr Name kAckFlags[] = {NAMED(NLM_F_CAPPED), NAMED(NLM_F_ACK_TLVS)};

constexpr Name kTypes[] = {
    NAMED(NLMSG_NOOP),       NAMED(NLMSG_ERROR),      NAMED(NLMSG_DONE),
    NAMED(NLMSG_OVERRUN),    NAMED(RTM_NEWLINK),      NAMED(RTM_DELLINK),
    NAMED(RTM_GETLINK),      NAMED(RTM_SETLINK),      NAMED(RTM_NEWADDR),
    NAMED(RTM_DELADDR),      NAMED(RTM_GETADDR),      NAMED(RTM_NEWROUTE),
    NAMED(RTM_DELROUTE),     NAMED(RTM_GETROUTE),     NAMED(RTM_NEWNEIGH),
    NAMED(RTM_DELNEIGH),     NAMED(RTM_GETNEIGH),     NAMED(RTM_NEWRULE),
    NAMED(RTM_DELRULE),      NAMED(RTM_GETRULE),      NAMED(RTM_NEWQDISC),
    NAMED(RTM_DELQDISC),     NAMED(RTM_GETQDISC),     NAMED(RTM_NEWTCLASS),
    NAMED(RTM_DELTCLASS),    NAMED(RTM_GETTCLASS),    NAMED(RTM_NEWTFILTER),
    NAMED(RTM_DELTFILTER),   NAMED(RTM_GETTFILTER),   NAMED(RTM_NEWPREFIX),
    NAMED(RTM_GETMULTICAST), NAMED(RTM_GETANYCAST),   NAMED(RTM_NEWNEIGHTBL),
    NAMED(RTM_GETNEIGHTBL),  NAMED(RTM_SETNEIGHTBL),  NAMED(RTM_NEWADDRLABEL),
    NAMED(RTM_DELADDRLABEL), NAMED(RTM_GETADDRLABEL), NAMED(RTM_GETDCB),
    NAMED(RTM_NEWNETCONF),   NAMED(RTM_DELNETCONF),   NAMED(RTM_GETNETCONF),
    NAMED(RTM_NEWMDB),       NAMED(RTM_DELMDB),       NAMED(RTM_GETMDB),
    NAMED(RTM_NEWNSID),      NAMED(RTM_DELNSID),      NAMED(RTM_GETNSID),
    NAMED(RTM_NEWSTATS),     NAMED(RTM_GETSTATS),     NAMED(RTM_NEWCHAIN),
    NAMED(RTM_DELCHAIN),     NAMED(RTM_GETCHAIN),     NAMED(RTM_NEWNEXTHOP),
    NAMED(RTM_DELNEXTHOP),   NAMED(RTM_GETNEXTHOP),   NAMED(RTM_NEWLINKPROP),
    NAMED(RTM_DELLINKPROP),  NAMED(RTM_NEWVLAN),      NAMED(RTM_DELVLAN),
    NAMED(RTM_GETVLAN),
};

constexpr Name kLinkFlags[] = {
    NAMED(IFF_UP),       NAMED(IFF_BROADCAST),   NAMED(IFF_DEBUG),
    NAMED(IFF_LOOPBACK), NAMED(IFF_POINTOPOINT), NAMED(IFF_RUNNING),
    NAMED(IFF_NOARP),    NAMED(IFF_PROMISC),     NAMED(IFF_ALLMULTI),
    NAMED(IFF_MASTER),   NAMED(IFF_SLAVE),       NAMED(IFF_MULTICAST),
    NAMED(IFF_LOWER_UP), NAMED(IFF_DORMANT),
};
constexpr Name kRouteTypes[] = {
    NAMED(RTN_UNSPEC),    NAMED(RTN_UNICAST),     NAMED(RTN_LOCAL),
    NAMED(RTN_BROADCAST), NAMED(RTN_ANYCAST),     NAMED(RTN_MULTICAST),
    NAMED(RTN_BLACKHOLE), NAMED(RTN_UNREACHABLE), NAMED(RTN_PROHIBIT),
    NAMED(RTN_THROW),     NAMED(RTN_NAT),
};
constexpr Name kScopes[] = {
    NAMED(RT_SCOPE_UNIVERSE), NAMED(RT_SCOPE_SITE),    NAMED(RT_SCOPE_LINK),
    NAMED(RT_SCOPE_HOST),     NAMED(RT_SCOPE_NOWHERE),
};
constexpr Name kProtocols[] = {
    NAMED(RTPROT_UNSPEC), NAMED(RTPROT_REDIRECT), NAMED(RTPROT_KERNEL),
    NAMED(RTPROT_BOOT),   NAMED(RTPROT_STATIC),   NAMED(RTPROT_RA),
    NAMED(RTPROT_ZEBRA),  NAMED(RTPROT_BIRD),     NAMED(RTPROT_DHCP),
    NAMED(RTPROT_BGP),    NAMED(RTPROT_ISIS),     NAMED(RTPROT_OSPF),
    NAMED(RTPROT_RIP),    NAMED(RTPROT_EIGRP),    {196, "RTPROT_ZSTATIC"},
};
constexpr Name kStates[] = {
    NAMED(NUD_INCOMPLETE), NAMED(NUD_REACHABLE), NAMED(NUD_STALE),
    NAMED(NUD_DELAY),      NAMED(NUD_PROBE),     NAMED(NUD_FAILED),
    NAMED(NUD_NOARP),      NAMED(NUD_PERMANENT),
};

std::string Family(uint8_t family) {
  return FormatEnum(AddressFamilies(), family, "AF_???");
}
std::string Protocol(uint8_t protocol) {
  return FormatEnum(kProtocols, protocol, "RTPROT_???");
}

std::string LinkHeader(const ifinfomsg& m) {
  return absl::StrCat("ifi_family=", Family(m.ifi_family),
                      ", ifi_type=", m.ifi_type, ", ifi_index=", m.ifi_index,
                      ", ifi_flags=", FormatFlags(kLinkFlags, m.ifi_flags),
                      ", ifi_change=0x", absl::Hex(m.ifi_change));
}
std::string AddressHeader(const ifaddrmsg& m) {
  return absl::StrCat(
      "ifa_family=", Family(m.ifa_family), ", ifa_prefixlen=", m.ifa_prefixlen,
      ", ifa_flags=0x", absl::Hex(m.ifa_flags),
      ", ifa_scope=", FormatEnum(kScopes, m.ifa_scope, "RT_SCOPE_???"),
      ", ifa_index=", m.ifa_index);
}
std::string RouteHeader(const rtmsg& m) {
  return absl::StrCat(
      "rtm_family=", Family(m.rtm_family), ", rtm_dst_len=", m.rtm_dst_len,
      ", rtm_src_len=", m.rtm_src_len, ", rtm_tos=0x", absl::Hex(m.rtm_tos),
      ", rtm_table=", m.rtm_table, ", rtm_protocol=", Protocol(m.rtm_protocol),
      ", rtm_scope=", FormatEnum(kScopes, m.rtm_scope, "RT_SCOPE_???"),
      ", rtm_type=", FormatEnum(kRouteTypes, m.rtm_type, "RTN_???"),
      ", rtm_flags=0x", absl::Hex(m.rtm_flags));
}
std::string RuleHeader(const fib_rule_hdr& m) {
  return absl::StrCat("family=", Family(m.family), ", dst_len=", m.dst_len,
                      ", src_len=", m.src_len, ", tos=0x", absl::Hex(m.tos),
                      ", table=", m.table, ", action=", m.action, ", flags=0x",
                      absl::Hex(m.flags));
}
std::string NeighbourHeader(const ndmsg& m) {
  return absl::StrCat(
      "ndm_family=", Family(m.ndm_family), ", ndm_ifindex=", m.ndm_ifindex,
      ", ndm_state=", FormatFlags(kStates, m.ndm_state), ", ndm_flags=0x",
      absl::Hex(m.ndm_flags), ", ndm_type=", m.ndm_type);
}
std::string NexthopHeader(const nhmsg& m) {
  return absl::StrCat("nh_family=", Family(m.nh_family), ", nh_scope=",
                      FormatEnum(kScopes, m.nh_scope, "RT_SCOPE_???"),
                      ", nh_protocol=", Protocol(m.nh_protocol),
                      ", nh_flags=0x", absl::Hex(m.nh_flags));
}
std::string NetconfHeader(const netconfmsg& m) {
  return absl::StrCat("ncm_family=", Family(m.ncm_family));
}

template <typename Header>
std::string Body(absl::string_view body, std::string (*format)(const Header&),
                 NetlinkAttributeNames names) {
  std::string text = format(ValueOf<Header>(body));
  const size_t size = NLMSG_ALIGN(sizeof(Header));
  if (body.size() > size) {
    absl::StrAppend(&text, ", ",
                    FormatNetlinkAttributes(names, body.substr(size)));
  }
  return text;
}

// An acknowledgement or an error, with the request it is about.
std::string ErrorBody(absl::string_view body, uint16_t flags) {
  const int error = ValueOf<int>(body);
  const auto request = ValueOf<nlmsghdr>(
      body.substr(std::min<size_t>(sizeof(int), body.size())));
  std::string text =
      absl::StrCat("error=", error == 0 ? "0" : "-" + ErrnoName(-error),
                   ", msg={", FormatEnum(kTypes, request.nlmsg_type, "RTM_???"),
                   ", seq=", request.nlmsg_seq, "}");
  if (flags & NLM_F_ACK_TLVS) {
    const size_t size =
        sizeof(int) + (flags & NLM_F_CAPPED
                           ? sizeof(nlmsghdr)
                           : NLMSG_ALIGN(std::max<size_t>(request.nlmsg_len,
                                                          sizeof(nlmsghdr))));
    if (body.size() > size) {
      absl::StrAppend(
          &text, ", ",
          FormatNetlinkAttributes(ExtendedAckAttributes(), body.substr(size)));
    }
  }
  return text;
}

std::string BodyOf(const nlmsghdr& header, absl::string_view body) {
  switch (header.nlmsg_type) {
    case NLMSG_ERROR:
      return ErrorBody(body, header.nlmsg_flags);
    case NLMSG_DONE:
      return absl::StrCat(ValueOf<int>(body));
    case RTM_NEWLINK:
    case RTM_DELLINK:
    case RTM_GETLINK:
    case RTM_SETLINK:
      return Body(body, LinkHeader, LinkAttributes());
    case RTM_NEWADDR:
    case RTM_DELADDR:
    case RTM_GETADDR:
      return Body(body, AddressHeader, AddressAttributes());
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
    case RTM_GETROUTE:
      return Body(body, RouteHeader, RouteAttributes());
    case RTM_NEWRULE:
    case RTM_DELRULE:
    case RTM_GETRULE:
      return Body(body, RuleHeader, RuleAttributes());
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
    case RTM_GETNEIGH:
      return Body(body, NeighbourHeader, NeighbourAttributes());
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP:
    case RTM_GETNEXTHOP:
      return Body(body, NexthopHeader, NexthopAttributes());
    case RTM_NEWNETCONF:
    case RTM_DELNETCONF:
    case RTM_GETNETCONF:
      return Body(body, NetconfHeader, NetconfAttributes());
    default:
      return HexBytes(body);
  }
}

// rtnetlink numbers its types in fours: NEW, DEL, GET, SET.
std::string Flags(const nlmsghdr& header) {
  uint16_t flags = header.nlmsg_flags;
  Names others = kAckFlags;
  if (header.nlmsg_type >= RTM_BASE) {
    const int verb = (header.nlmsg_type - RTM_BASE) % 4;
    others = verb == 0   ? Names(kNewFlags)
             : verb == 1 ? Names(kDeleteFlags)
                         : Names(kGetFlags);
  }
  const uint16_t common = flags & 0xff;
  std::string text;
  if (common != 0) text = FormatFlags(kCommonFlags, common);
  if (flags & ~0xff) {
    absl::StrAppend(&text, text.empty() ? "" : "|",
                    FormatFlags(others, flags & ~0xff));
  }
  return text.empty() ? "0" : text;
}

}  // namespace

std::string DescribeNetlink(absl::string_view datagram) {
  std::string text = "[";
  size_t count = 0;
  while (datagram.size() >= sizeof(nlmsghdr)) {
    const auto header = ValueOf<nlmsghdr>(datagram);
    if (header.nlmsg_len < sizeof(header)) break;
    if (count++ == kMostMessages) return text + ", ...]";
    const size_t size = std::min<size_t>(header.nlmsg_len, datagram.size());
    absl::StrAppend(&text, text.size() == 1 ? "{" : ", {",
                    FormatEnum(kTypes, header.nlmsg_type, "RTM_???"),
                    ", flags=", Flags(header), ", seq=", header.nlmsg_seq,
                    ", pid=", header.nlmsg_pid);
    if (size > sizeof(header)) {
      absl::StrAppend(&text, ", ",
                      BodyOf(header, datagram.substr(sizeof(header),
                                                     size - sizeof(header))));
    }
    absl::StrAppend(&text, size < header.nlmsg_len ? ", ...}" : "}");
    datagram.remove_prefix(
        std::min<size_t>(NLMSG_ALIGN(size), datagram.size()));
  }
  if (!datagram.empty()) {
    absl::StrAppend(&text, text.size() == 1 ? "" : ", ", HexBytes(datagram));
  }
  return text + "]";
}

}  // namespace quiesce
