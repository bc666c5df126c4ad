#include "notifier/trace/socket_options.h"

// <linux/in.h> and <linux/in6.h> know more options than <netinet/in.h>, and
// cannot be read in its company.
#include <linux/filter.h>
#include <linux/icmpv6.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <linux/time_types.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "notifier/trace/bytes.h"
#include "notifier/trace/names.h"
#include "notifier/trace/sockaddr.h"
#include "notifier/trace/socket_names.h"
#include "notifier/trace/socket_option_names.h"

namespace quiesce {
namespace {

constexpr Name kLevels[] = {
    {kSolSocket, "SOL_SOCKET"},
    {kSolIp, "SOL_IP"},
    {kSolTcp, "SOL_TCP"},
    {kSolUdp, "SOL_UDP"},
    {kSolIpv6, "SOL_IPV6"},
    {kSolIcmpv6, "SOL_ICMPV6"},
    {kSolRaw, "SOL_RAW"},
    {kSolPacket, "SOL_PACKET"},
    {kSolNetlink, "SOL_NETLINK"},
    {132, "SOL_SCTP"},
    {261, "SOL_ATM"},
    {283, "SOL_XDP"},
};

constexpr Name kTcpStates[] = {
    {1, "TCP_ESTABLISHED"}, {2, "TCP_SYN_SENT"},   {3, "TCP_SYN_RECV"},
    {4, "TCP_FIN_WAIT1"},   {5, "TCP_FIN_WAIT2"},  {6, "TCP_TIME_WAIT"},
    {7, "TCP_CLOSE"},       {8, "TCP_CLOSE_WAIT"}, {9, "TCP_LAST_ACK"},
    {10, "TCP_LISTEN"},     {11, "TCP_CLOSING"},
};

// Sizes other than the type's own are shown as they are.
bool Exactly(absl::string_view value, size_t size) {
  return value.size() == size;
}

// ip_mreqn, or shorter as Linux allows (net/ipv4/ip_sockglue.c).
std::string Membership(absl::string_view value) {
  const auto group = ValueOf<ip_mreqn>(value);
  if (value.size() == sizeof(in_addr)) {
    return FormatInAddr(&group.imr_multiaddr);
  }
  const bool by_index = value.size() >= sizeof(ip_mreqn);
  std::string text = absl::StrCat(
      "{imr_multiaddr=inet_addr(\"", FormatInAddr(&group.imr_multiaddr),
      "\"), ", by_index ? "imr_address" : "imr_interface", "=inet_addr(\"",
      FormatInAddr(&group.imr_address), "\")");
  if (by_index) absl::StrAppend(&text, ", imr_ifindex=", group.imr_ifindex);
  return text + "}";
}

std::string Md5(absl::string_view value) {
  const auto md5 = ValueOf<tcp_md5sig>(value);
  const absl::string_view address(reinterpret_cast<const char*>(&md5.tcpm_addr),
                                  sizeof(md5.tcpm_addr));
  const size_t family = FamilyOf(address) == 2 ? 16 : 28;
  // The key is a secret; that there is one is not.
  return absl::StrCat("{tcpm_addr=", FormatSockAddr(address.substr(0, family)),
                      ", tcpm_flags=0x", absl::Hex(md5.tcpm_flags),
                      ", tcpm_prefixlen=", md5.tcpm_prefixlen,
                      ", tcpm_keylen=", md5.tcpm_keylen,
                      ", tcpm_ifindex=", md5.tcpm_ifindex, "}");
}

std::string TcpInfo(absl::string_view value) {
  const auto info = ValueOf<tcp_info>(value);
  return absl::StrCat(
      "{tcpi_state=", FormatEnum(kTcpStates, info.tcpi_state, "TCP_???"),
      ", tcpi_retransmits=", info.tcpi_retransmits,
      ", tcpi_snd_mss=", info.tcpi_snd_mss, ", tcpi_rtt=", info.tcpi_rtt,
      ", ...}");
}

}  // namespace

std::string FormatSockLevel(int level) {
  return FormatEnum(kLevels, static_cast<uint32_t>(level), "SOL_???");
}

std::string FormatSockOption(int level, int name) {
  if (const NamedOption* option = FindNamedOption(level, name))
    return option->text;
  return absl::StrCat("0x", absl::Hex(static_cast<uint32_t>(name)));
}

std::string FormatOptionValue(int level, int name, absl::string_view value) {
  const NamedOption* option = FindNamedOption(level, name);
  const OptionAs as = option == nullptr ? OptionAs::kInt : option->as;
  const int number = ValueOf<int>(value);
  switch (as) {
    case OptionAs::kString:
      return QuoteBytes(value.substr(0, value.find('\0')));
    case OptionAs::kFlags:
      if (Exactly(value, 4) || Exactly(value, 1)) {
        return absl::StrCat("[0x", absl::Hex(static_cast<uint32_t>(number)),
                            "]");
      }
      break;
    case OptionAs::kLinger:
      if (Exactly(value, 8)) {
        return absl::StrCat("{l_onoff=", number,
                            ", l_linger=", ValueOf<int>(value.substr(4)), "}");
      }
      break;
    case OptionAs::kTimeval:
      if (Exactly(value, 16)) {
        return absl::StrCat("{tv_sec=", ValueOf<int64_t>(value),
                            ", tv_usec=", ValueOf<int64_t>(value.substr(8)),
                            "}");
      }
      break;
    case OptionAs::kU64:
      if (Exactly(value, 8)) {
        return absl::StrCat("[", ValueOf<uint64_t>(value), "]");
      }
      break;
    case OptionAs::kFamily:
      return absl::StrCat("[", FormatEnum(AddressFamilies(), number, "AF_???"),
                          "]");
    case OptionAs::kType:
      return absl::StrCat("[", FormatSocketType(number), "]");
    case OptionAs::kProtocol:
      return absl::StrCat("[", FormatEnum(IpProtocols(), number, "IPPROTO_???"),
                          "]");
    case OptionAs::kErrno:
      return number == 0 ? "[0]" : absl::StrCat("[", ErrnoName(number), "]");
    case OptionAs::kCredentials:
      if (Exactly(value, 12)) {
        return absl::StrCat("{pid=", number,
                            ", uid=", ValueOf<uint32_t>(value.substr(4)),
                            ", gid=", ValueOf<uint32_t>(value.substr(8)), "}");
      }
      break;
    case OptionAs::kMembership:
      if (value.size() >= sizeof(in_addr)) return Membership(value);
      break;
    case OptionAs::kMembership6:
      if (value.size() >= sizeof(ipv6_mreq)) {
        const auto group = ValueOf<ipv6_mreq>(value);
        return absl::StrCat(
            "{inet_pton(AF_INET6, \"", FormatIn6Addr(&group.ipv6mr_multiaddr),
            "\", &ipv6mr_multiaddr), ipv6mr_interface=", group.ipv6mr_ifindex,
            "}");
      }
      break;
    case OptionAs::kGroup:
      if (value.size() >= sizeof(group_req)) {
        const absl::string_view address = value.substr(8);
        return absl::StrCat(
            "{gr_interface=", number, ", gr_group=",
            FormatSockAddr(address.substr(0, FamilyOf(address) == 2 ? 16 : 28)),
            "}");
      }
      break;
    case OptionAs::kInAddr:
      return FormatInAddr(&number);
    case OptionAs::kMd5:
      if (value.size() >= offsetof(tcp_md5sig, tcpm_key)) return Md5(value);
      break;
    case OptionAs::kProgram:
      if (value.size() >= sizeof(sock_fprog)) {
        return absl::StrCat("{len=", ValueOf<sock_fprog>(value).len,
                            ", filter=...}");
      }
      break;
    case OptionAs::kIcmp6Filter:
    case OptionAs::kBytes:
      return HexBytes(value);
    case OptionAs::kPacketMembership:
      if (value.size() >= sizeof(packet_mreq)) {
        const auto group = ValueOf<packet_mreq>(value);
        return absl::StrCat("{mr_ifindex=", group.mr_ifindex,
                            ", mr_type=", group.mr_type,
                            ", mr_alen=", group.mr_alen, "}");
      }
      break;
    case OptionAs::kTcpInfo:
      return TcpInfo(value);
    case OptionAs::kInt:
      if (Exactly(value, 4) || Exactly(value, 1)) {
        return absl::StrCat("[", number, "]");
      }
      break;
  }
  return HexBytes(value);
}

}  // namespace quiesce
