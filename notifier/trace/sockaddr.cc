#include "notifier/trace/sockaddr.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "notifier/trace/bytes.h"
#include "notifier/trace/socket_names.h"

namespace quiesce {
namespace {

std::string Unix(absl::string_view bytes) {
  absl::string_view path = bytes.substr(offsetof(sockaddr_un, sun_path));
  if (path.empty()) return "{sa_family=AF_UNIX}";
  if (path[0] == '\0') {
    return absl::StrCat("{sa_family=AF_UNIX, sun_path=@",
                        QuoteBytes(path.substr(1)), "}");
  }
  return absl::StrCat("{sa_family=AF_UNIX, sun_path=",
                      QuoteBytes(path.substr(0, path.find('\0'))), "}");
}

std::string Packet(absl::string_view bytes) {
  const auto ll = ValueOf<sockaddr_ll>(bytes);
  const size_t length = std::min<size_t>(ll.sll_halen, sizeof(ll.sll_addr));
  return absl::StrCat(
      "{sa_family=AF_PACKET, sll_protocol=",
      FormatProtocol(AF_PACKET, ll.sll_protocol),
      ", sll_ifindex=", ll.sll_ifindex, ", sll_hatype=", ll.sll_hatype,
      ", sll_pkttype=", ll.sll_pkttype, ", sll_halen=", ll.sll_halen,
      length == 0 ? ""
                  : absl::StrCat(", sll_addr=",
                                 HexBytes(absl::string_view(
                                     reinterpret_cast<const char*>(ll.sll_addr),
                                     length))),
      "}");
}

}  // namespace

int FamilyOf(absl::string_view bytes) {
  if (bytes.size() < sizeof(sa_family_t)) return AF_UNSPEC;
  return ValueOf<sa_family_t>(bytes);
}

std::string FormatInAddr(const void* address) {
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, address, text, sizeof(text));
  return text;
}

std::string FormatIn6Addr(const void* address) {
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, address, text, sizeof(text));
  return text;
}

std::string FormatSockAddr(absl::string_view bytes) {
  const int family = FamilyOf(bytes);
  switch (family) {
    case AF_INET:
      if (bytes.size() >= sizeof(sockaddr_in)) {
        const auto in = ValueOf<sockaddr_in>(bytes);
        return absl::StrCat("{sa_family=AF_INET, sin_port=htons(",
                            ntohs(in.sin_port), "), sin_addr=inet_addr(\"",
                            FormatInAddr(&in.sin_addr), "\")}");
      }
      break;
    case AF_INET6:
      if (bytes.size() >= offsetof(sockaddr_in6, sin6_scope_id)) {
        const auto in6 = ValueOf<sockaddr_in6>(bytes);
        return absl::StrCat(
            "{sa_family=AF_INET6, sin6_port=htons(", ntohs(in6.sin6_port),
            "), sin6_flowinfo=htonl(", ntohl(in6.sin6_flowinfo),
            "), inet_pton(AF_INET6, \"", FormatIn6Addr(&in6.sin6_addr),
            "\", &sin6_addr), sin6_scope_id=", in6.sin6_scope_id, "}");
      }
      break;
    case AF_UNIX:
      return Unix(bytes);
    case AF_NETLINK:
      if (bytes.size() >= sizeof(sockaddr_nl)) {
        const auto nl = ValueOf<sockaddr_nl>(bytes);
        return absl::StrFormat(
            "{sa_family=AF_NETLINK, nl_pid=%u, nl_groups=%08x}", nl.nl_pid,
            nl.nl_groups);
      }
      break;
    case AF_PACKET:
      if (bytes.size() >= offsetof(sockaddr_ll, sll_addr)) return Packet(bytes);
      break;
  }
  if (bytes.size() < sizeof(sa_family_t)) return HexBytes(bytes);
  return absl::StrCat(
      "{sa_family=", FormatEnum(AddressFamilies(), family, "AF_???"),
      ", sa_data=", QuoteBytes(bytes.substr(2)), "}");
}

}  // namespace quiesce
