#include "notifier/trace/ioctls.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "notifier/trace/bytes.h"
#include "notifier/trace/names.h"
#include "notifier/trace/sockaddr.h"
#include "notifier/trace/times.h"

namespace quiesce {
namespace {

// What of a struct ifreq a request is about.
enum class As {
  kPointer,
  kInt,
  kName,  // nothing but the name
  kIndex,
  kFlags,
  kAddress,
  kHardware,
  kNumber,  // metric, MTU, queue length
  kData,
  kConfig,  // struct ifconf
};

struct Request {
  uint32_t number;
  const char* name;
  As as = As::kPointer;
  bool sets = false;  // the guest fills it in
};

#define REQ(name, ...) \
  { name, #name, ##__VA_ARGS__ }

constexpr Request kRequests[] = {
    REQ(FIONREAD, As::kInt),
    REQ(TIOCOUTQ, As::kInt),
    REQ(SIOCATMARK, As::kInt),
    REQ(SIOCGPGRP, As::kInt),
    REQ(SIOCSPGRP, As::kInt, true),
    REQ(FIOGETOWN, As::kInt),
    REQ(FIOSETOWN, As::kInt, true),
    {0x8906, "SIOCGSTAMP_OLD"},
    {0x8907, "SIOCGSTAMPNS_OLD"},
    REQ(SIOCADDRT),
    REQ(SIOCDELRT),
    REQ(SIOCGIFNAME, As::kIndex, true),
    REQ(SIOCGIFCONF, As::kConfig),
    REQ(SIOCGIFFLAGS, As::kFlags),
    REQ(SIOCSIFFLAGS, As::kFlags, true),
    REQ(SIOCGIFADDR, As::kAddress),
    REQ(SIOCSIFADDR, As::kAddress, true),
    REQ(SIOCGIFDSTADDR, As::kAddress),
    REQ(SIOCSIFDSTADDR, As::kAddress, true),
    REQ(SIOCGIFBRDADDR, As::kAddress),
    REQ(SIOCSIFBRDADDR, As::kAddress, true),
    REQ(SIOCGIFNETMASK, As::kAddress),
    REQ(SIOCSIFNETMASK, As::kAddress, true),
    REQ(SIOCDIFADDR, As::kAddress, true),
    REQ(SIOCGIFMETRIC, As::kNumber),
    REQ(SIOCSIFMETRIC, As::kNumber, true),
    REQ(SIOCGIFMTU, As::kNumber),
    REQ(SIOCSIFMTU, As::kNumber, true),
    REQ(SIOCSIFNAME, As::kName, true),
    REQ(SIOCSIFHWADDR, As::kHardware, true),
    REQ(SIOCGIFHWADDR, As::kHardware),
    REQ(SIOCADDMULTI, As::kHardware, true),
    REQ(SIOCDELMULTI, As::kHardware, true),
    REQ(SIOCGIFINDEX, As::kIndex),
    REQ(SIOCSIFPFLAGS, As::kFlags, true),
    REQ(SIOCGIFPFLAGS, As::kFlags),
    REQ(SIOCGIFTXQLEN, As::kNumber),
    REQ(SIOCSIFTXQLEN, As::kNumber, true),
    REQ(SIOCETHTOOL, As::kData, true),
    REQ(SIOCGMIIPHY, As::kData, true),
    REQ(SIOCGMIIREG, As::kData, true),
    REQ(SIOCGIFMAP, As::kName),
    REQ(SIOCGIFVLAN, As::kData, true),
    REQ(SIOCSIFVLAN, As::kData, true),
    REQ(SIOCBRADDBR),
    REQ(SIOCBRDELBR),
    REQ(SIOCGIFBR),
    REQ(SIOCDARP),
    REQ(SIOCGARP),
    REQ(SIOCSARP),
    REQ(SIOCGSKNS),
};

constexpr Name kLinkFlags[] = {
    {IFF_UP, "IFF_UP"},
    {IFF_BROADCAST, "IFF_BROADCAST"},
    {IFF_DEBUG, "IFF_DEBUG"},
    {IFF_LOOPBACK, "IFF_LOOPBACK"},
    {IFF_POINTOPOINT, "IFF_POINTOPOINT"},
    {IFF_NOTRAILERS, "IFF_NOTRAILERS"},
    {IFF_RUNNING, "IFF_RUNNING"},
    {IFF_NOARP, "IFF_NOARP"},
    {IFF_PROMISC, "IFF_PROMISC"},
    {IFF_ALLMULTI, "IFF_ALLMULTI"},
    {IFF_MASTER, "IFF_MASTER"},
    {IFF_SLAVE, "IFF_SLAVE"},
    {IFF_MULTICAST, "IFF_MULTICAST"},
    {IFF_PORTSEL, "IFF_PORTSEL"},
    {IFF_AUTOMEDIA, "IFF_AUTOMEDIA"},
    {IFF_DYNAMIC, "IFF_DYNAMIC"},
};

const Request* Find(uint32_t number) {
  for (const Request& request : kRequests) {
    if (request.number == number) return &request;
  }
  return nullptr;
}

std::string InterfaceName(const ifreq& request) {
  return absl::StrCat(
      "ifr_name=", QuoteBytes(absl::string_view(
                       request.ifr_name, strnlen(request.ifr_name, IFNAMSIZ))));
}

std::string Value(const Request& request, const ifreq& value) {
  const absl::string_view address(
      reinterpret_cast<const char*>(&value.ifr_addr), sizeof(value.ifr_addr));
  switch (request.as) {
    case As::kIndex:
      return absl::StrCat("ifr_ifindex=", value.ifr_ifindex);
    case As::kFlags:
      return absl::StrCat(
          "ifr_flags=",
          FormatFlags(kLinkFlags, static_cast<uint16_t>(value.ifr_flags)));
    case As::kAddress:
      return absl::StrCat("ifr_addr=", FormatSockAddr(address));
    case As::kHardware:
      return absl::StrCat("ifr_hwaddr={sa_family=", FamilyOf(address),
                          ", sa_data=", HexBytes(address.substr(2, 6)), "}");
    case As::kNumber:
      return absl::StrCat("ifr_ivalue=", value.ifr_ifru.ifru_ivalue);
    case As::kData:
      return absl::StrCat("ifr_data=",
                          FormatPointer(static_cast<GuestAddr>(
                              reinterpret_cast<uintptr_t>(value.ifr_data))));
    default:
      return "";
  }
}

std::string Config(GuestAddr argument, bool answered, GuestMemory& memory) {
  ErrnoOr<ifconf> config = memory.ReadValue<ifconf>(argument);
  if (!config.ok()) return FormatPointer(argument);
  const auto buffer =
      static_cast<GuestAddr>(reinterpret_cast<uintptr_t>(config->ifc_buf));
  std::string text = absl::StrCat("{ifc_len=", config->ifc_len, ", ifc_buf=");
  if (!answered || buffer == GuestAddr::kNull) {
    return absl::StrCat(text, FormatPointer(buffer), "}");
  }
  text += "[";
  const int count = config->ifc_len / static_cast<int>(sizeof(ifreq));
  for (int i = 0; i < count && i < 32; ++i) {
    ErrnoOr<ifreq> entry = memory.ReadValue<ifreq>(buffer + i * sizeof(ifreq));
    if (!entry.ok()) break;
    absl::StrAppend(&text, i == 0 ? "{" : ", {", InterfaceName(*entry), ", ",
                    Value({0, "", As::kAddress}, *entry), "}");
  }
  return text + "]}";
}

}  // namespace

std::string FormatIoctl(uint32_t request) {
  if (const Request* known = Find(request)) return known->name;
  return absl::StrCat("0x", absl::Hex(request));
}

std::string FormatIoctlArg(uint32_t request, GuestAddr argument, bool answered,
                           GuestMemory& memory) {
  const Request* known = Find(request);
  if (known == nullptr || known->as == As::kPointer ||
      argument == GuestAddr::kNull) {
    return FormatPointer(argument);
  }
  if (known->as == As::kInt) {
    if (!answered && !known->sets) return FormatPointer(argument);
    ErrnoOr<int> value = memory.ReadValue<int>(argument);
    return value.ok() ? absl::StrCat("[", *value, "]")
                      : FormatPointer(argument);
  }
  if (known->as == As::kConfig) return Config(argument, answered, memory);
  ErrnoOr<ifreq> value = memory.ReadValue<ifreq>(argument);
  if (!value.ok()) return FormatPointer(argument);
  if (known->number == SIOCGIFNAME) {
    return absl::StrCat("{", Value(*known, *value),
                        answered ? ", " + InterfaceName(*value) : "", "}");
  }
  if (known->number == SIOCSIFNAME) {
    return absl::StrCat(
        "{", InterfaceName(*value), ", ifr_newname=",
        QuoteBytes(absl::string_view(value->ifr_newname,
                                     strnlen(value->ifr_newname, IFNAMSIZ))),
        "}");
  }
  std::string text = absl::StrCat("{", InterfaceName(*value));
  if (known->as != As::kName && (answered || known->sets)) {
    absl::StrAppend(&text, ", ", Value(*known, *value));
  }
  return text + "}";
}

}  // namespace quiesce
