#include "notifier/trace/messages.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "notifier/trace/bytes.h"
#include "notifier/trace/sockaddr.h"
#include "notifier/trace/socket_names.h"
#include "notifier/trace/socket_options.h"
#include "notifier/trace/times.h"

namespace quiesce {
namespace {

constexpr uint64_t kShownPieces = 8;
constexpr uint32_t kShownMessages = 8;
constexpr uint64_t kMostName = sizeof(sockaddr_storage);
constexpr uint64_t kMostControl = 4096;
// Of a datagram that is described rather than quoted.
constexpr uint64_t kMostNetlink = 65536;

GuestAddr AddressOf(const void* pointer) {
  return static_cast<GuestAddr>(reinterpret_cast<uintptr_t>(pointer));
}

// Up to `size` bytes; fewer, and none, where memory ends.
std::string ReadSome(GuestAddr from, uint64_t size, GuestMemory& memory) {
  std::string bytes(size, '\0');
  if (size == 0 || memory.Read(from, bytes.data(), size) != 0) return "";
  return bytes;
}

// One piece of `msg_iov`, of which the first `used` bytes count.
std::string Piece(const iovec& piece, uint64_t used, int family,
                  GuestMemory& memory, NetlinkDescriber netlink) {
  const uint64_t most = family == AF_NETLINK ? kMostNetlink : kShownBytes;
  const std::string bytes =
      ReadSome(AddressOf(piece.iov_base), std::min(used, most), memory);
  return absl::StrCat("{iov_base=",
                      bytes.empty() && used != 0
                          ? FormatPointer(AddressOf(piece.iov_base))
                          : FormatPayload(family, bytes, used, netlink),
                      ", iov_len=", piece.iov_len, "}");
}

std::string Header(const msghdr& header, uint64_t size, GuestMemory& memory,
                   NetlinkDescriber netlink) {
  std::string name;
  if (header.msg_name != nullptr) {
    name = ReadSome(AddressOf(header.msg_name),
                    std::min<uint64_t>(header.msg_namelen, kMostName), memory);
  }
  const int family = FamilyOf(name);
  std::string text =
      absl::StrCat("{msg_name=",
                   header.msg_name == nullptr ? "NULL"
                   : name.empty() ? FormatPointer(AddressOf(header.msg_name))
                                  : FormatSockAddr(name),
                   ", msg_namelen=", header.msg_namelen, ", msg_iov=",
                   FormatIovec(AddressOf(header.msg_iov), header.msg_iovlen,
                               size, family, memory, netlink),
                   ", msg_iovlen=", header.msg_iovlen);
  if (header.msg_control != nullptr && header.msg_controllen != 0) {
    absl::StrAppend(
        &text, ", msg_control=",
        FormatControl(ReadSome(
            AddressOf(header.msg_control),
            std::min<uint64_t>(header.msg_controllen, kMostControl), memory)));
  }
  absl::StrAppend(&text, ", msg_controllen=", header.msg_controllen);
  // A sender's are not looked at, but they are there.
  absl::StrAppend(
      &text, ", msg_flags=",
      FormatFlags(MessageFlags(), static_cast<uint32_t>(header.msg_flags)));
  return text + "}";
}

std::string Format(GuestAddr message, uint64_t size, GuestMemory& memory,
                   NetlinkDescriber netlink) {
  if (message == GuestAddr::kNull) return "NULL";
  ErrnoOr<msghdr> header = memory.ReadValue<msghdr>(message);
  if (!header.ok()) return FormatPointer(message);
  return Header(*header, size, memory, netlink);
}

std::string FormatAll(GuestAddr messages, uint32_t count, bool received,
                      GuestMemory& memory, NetlinkDescriber netlink) {
  if (messages == GuestAddr::kNull) return "NULL";
  std::string text = "[";
  for (uint32_t i = 0; i < count; ++i) {
    if (i == kShownMessages) return text + ", ...]";
    ErrnoOr<mmsghdr> one =
        memory.ReadValue<mmsghdr>(messages + i * sizeof(mmsghdr));
    if (!one.ok()) return FormatPointer(messages);
    absl::StrAppend(&text, i == 0 ? "" : ", ", "{msg_hdr=",
                    Header(one->msg_hdr, received ? one->msg_len : ~uint64_t{0},
                           memory, netlink),
                    received ? absl::StrCat(", msg_len=", one->msg_len) : "",
                    "}");
  }
  return text + "]";
}

std::string ControlType(int level, int type) {
  if (level == SOL_SOCKET) {
    constexpr Name kTypes[] = {
        {SCM_RIGHTS, "SCM_RIGHTS"},
        {SCM_CREDENTIALS, "SCM_CREDENTIALS"},
        {SO_TIMESTAMP, "SO_TIMESTAMP_OLD"},
        {SO_TIMESTAMPNS, "SO_TIMESTAMPNS_OLD"},
    };
    return FormatEnum(kTypes, static_cast<uint32_t>(type), "SCM_???");
  }
  return FormatSockOption(level, type);
}

std::string ControlData(int level, int type, absl::string_view data) {
  if (level == SOL_SOCKET && type == SCM_RIGHTS) {
    std::string text = "[";
    for (size_t i = 0; i + sizeof(int) <= data.size(); i += sizeof(int)) {
      absl::StrAppend(&text, i == 0 ? "" : ", ", ValueOf<int>(data.substr(i)));
    }
    return text + "]";
  }
  if (level == SOL_SOCKET && type == SCM_CREDENTIALS && data.size() == 12) {
    return absl::StrCat("{pid=", ValueOf<int>(data),
                        ", uid=", ValueOf<uint32_t>(data.substr(4)),
                        ", gid=", ValueOf<uint32_t>(data.substr(8)), "}");
  }
  if (level == IPPROTO_IP && type == IP_PKTINFO &&
      data.size() >= sizeof(in_pktinfo)) {
    const auto info = ValueOf<in_pktinfo>(data);
    return absl::StrCat(
        "{ipi_ifindex=", info.ipi_ifindex, ", ipi_spec_dst=inet_addr(\"",
        FormatInAddr(&info.ipi_spec_dst), "\"), ipi_addr=inet_addr(\"",
        FormatInAddr(&info.ipi_addr), "\")}");
  }
  if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO &&
      data.size() >= sizeof(in6_pktinfo)) {
    const auto info = ValueOf<in6_pktinfo>(data);
    return absl::StrCat(
        "{inet_pton(AF_INET6, \"", FormatIn6Addr(&info.ipi6_addr),
        "\", &ipi6_addr), ipi6_ifindex=", info.ipi6_ifindex, "}");
  }
  return FormatOptionValue(level, type, data);
}

}  // namespace

std::string FormatPayload(int family, absl::string_view bytes, uint64_t size,
                          NetlinkDescriber netlink) {
  if (family == AF_NETLINK && netlink != nullptr) return netlink(bytes);
  return QuoteBytes(bytes, size);
}

std::string FormatIovec(GuestAddr pieces, uint64_t count, uint64_t size,
                        int family, GuestMemory& memory,
                        NetlinkDescriber netlink) {
  if (pieces == GuestAddr::kNull) return "NULL";
  std::string text = "[";
  for (uint64_t i = 0; i < count; ++i) {
    if (i == kShownPieces) return text + ", ...]";
    ErrnoOr<iovec> piece = memory.ReadValue<iovec>(pieces + i * sizeof(iovec));
    if (!piece.ok()) return FormatPointer(pieces);
    const uint64_t used = std::min<uint64_t>(size, piece->iov_len);
    size -= used;
    absl::StrAppend(&text, i == 0 ? "" : ", ",
                    Piece(*piece, used, family, memory, netlink));
  }
  return text + "]";
}

std::string FormatControl(absl::string_view control) {
  std::string text = "[";
  while (control.size() >= sizeof(cmsghdr)) {
    const auto header = ValueOf<cmsghdr>(control);
    if (header.cmsg_len < sizeof(cmsghdr)) break;
    const uint64_t length = std::min<uint64_t>(header.cmsg_len, control.size());
    const absl::string_view data =
        control.substr(sizeof(cmsghdr), length - sizeof(cmsghdr));
    absl::StrAppend(
        &text, text.size() == 1 ? "" : ", ", "{cmsg_len=", header.cmsg_len,
        ", cmsg_level=", FormatSockLevel(header.cmsg_level),
        ", cmsg_type=", ControlType(header.cmsg_level, header.cmsg_type),
        ", cmsg_data=", ControlData(header.cmsg_level, header.cmsg_type, data),
        "}");
    control.remove_prefix(
        std::min<uint64_t>(CMSG_ALIGN(length), control.size()));
  }
  return text + "]";
}

std::string FormatMessageSent(GuestAddr message, GuestMemory& memory,
                              NetlinkDescriber netlink) {
  return Format(message, ~uint64_t{0}, memory, netlink);
}

std::string FormatMessageReceived(GuestAddr message, uint64_t size,
                                  GuestMemory& memory,
                                  NetlinkDescriber netlink) {
  return Format(message, size, memory, netlink);
}

std::string FormatMessagesSent(GuestAddr messages, uint32_t count,
                               GuestMemory& memory, NetlinkDescriber netlink) {
  return FormatAll(messages, count, false, memory, netlink);
}

std::string FormatMessagesReceived(GuestAddr messages, uint32_t count,
                                   GuestMemory& memory,
                                   NetlinkDescriber netlink) {
  return FormatAll(messages, count, true, memory, netlink);
}

}  // namespace quiesce
