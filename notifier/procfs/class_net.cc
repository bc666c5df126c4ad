#include "notifier/procfs/class_net.h"

#include <linux/if.h>
#include <linux/if_arp.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace quiesce {
namespace {

std::string Mac(const MacAddress& mac) {
  return absl::StrFormat("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
                         mac[2], mac[3], mac[4], mac[5]);
}

// operstates[] of net-sysfs.c.
const char* OperState(const Link& link) {
  switch (link.operstate()) {
    case IF_OPER_NOTPRESENT:
      return "notpresent";
    case IF_OPER_DOWN:
      return "down";
    case IF_OPER_LOWERLAYERDOWN:
      return "lowerlayerdown";
    case IF_OPER_TESTING:
      return "testing";
    case IF_OPER_DORMANT:
      return "dormant";
    case IF_OPER_UP:
      return "up";
    default:
      return "unknown";
  }
}

using Content = ErrnoOr<std::string>;

template <typename T>
Content Is(const T& value) {
  return Content(absl::StrCat(value));
}

// netif_running: what only a link that is up tells.
Content IfUp(const Link& link, Content content) {
  return link.up() ? content : Content(Errno(EINVAL));
}

// A real network card or one end of a cable; others have no speed.
bool HasSpeed(const Link& link) {
  return link.type == ARPHRD_ETHER &&
         (link.kind.empty() || link.kind == "veth");
}

struct File {
  const char* name;
  Content (*content)(const Link&);
};

constexpr File kFiles[] = {
    {"addr_len", [](const Link&) { return Is(6); }},
    {"address", [](const Link& l) { return Is(Mac(l.mac)); }},
    {"broadcast", [](const Link& l) { return Is(Mac(l.broadcast)); }},
    {"carrier", [](const Link& l) { return IfUp(l, Is(l.carrier ? 1 : 0)); }},
    {"carrier_changes",
     [](const Link& l) {
       return Is(l.carrier_up_count + l.carrier_down_count);
     }},
    {"carrier_down_count",
     [](const Link& l) { return Is(l.carrier_down_count); }},
    {"carrier_up_count", [](const Link& l) { return Is(l.carrier_up_count); }},
    {"dev_id", [](const Link&) { return Is("0x0"); }},
    {"dev_port", [](const Link&) { return Is(0); }},
    {"dormant", [](const Link& l) { return IfUp(l, Is(0)); }},
    {"duplex",
     [](const Link& l) {
       return HasSpeed(l) ? IfUp(l, Is("full")) : Content(Errno(EINVAL));
     }},
    {"flags",
     [](const Link& l) {
       return Is(absl::StrCat("0x", absl::Hex(l.admin_flags)));
     }},
    {"ifalias", [](const Link& l) { return Is(l.alias); }},
    {"ifindex", [](const Link& l) { return Is(l.ifindex); }},
    {"iflink",
     [](const Link& l) { return Is(l.lower != 0 ? l.lower : l.ifindex); }},
    {"link_mode", [](const Link& l) { return Is(int{l.link_mode}); }},
    {"mtu", [](const Link& l) { return Is(l.mtu); }},
    {"netdev_group", [](const Link& l) { return Is(l.group); }},
    {"operstate", [](const Link& l) { return Is(OperState(l)); }},
    {"proto_down", [](const Link&) { return Is(0); }},
    {"speed",
     [](const Link& l) {
       return HasSpeed(l) ? IfUp(l, Is(10000)) : Content(Errno(EINVAL));
     }},
    {"testing", [](const Link& l) { return IfUp(l, Is(0)); }},
    {"tx_queue_len", [](const Link& l) { return Is(l.tx_queue_len); }},
    {"type", [](const Link& l) { return Is(l.type); }},
    {"uevent",
     [](const Link& l) {
       return Is(absl::StrCat("INTERFACE=", l.name, "\nIFINDEX=", l.ifindex));
     }},
};

// Packets are not counted, as there are none.
constexpr const char* kStatistics[] = {
    "collisions",        "multicast",
    "rx_bytes",          "rx_compressed",
    "rx_crc_errors",     "rx_dropped",
    "rx_errors",         "rx_fifo_errors",
    "rx_frame_errors",   "rx_length_errors",
    "rx_missed_errors",  "rx_nohandler",
    "rx_over_errors",    "rx_packets",
    "tx_aborted_errors", "tx_bytes",
    "tx_carrier_errors", "tx_compressed",
    "tx_dropped",        "tx_errors",
    "tx_fifo_errors",    "tx_heartbeat_errors",
    "tx_packets",        "tx_window_errors",
};

}  // namespace

ErrnoOr<std::string> ClassNetFile(const Stack& stack, absl::string_view path) {
  const size_t slash = path.find('/');
  if (slash == absl::string_view::npos) return Errno(ENOENT);
  const absl::string_view interface = path.substr(0, slash);
  absl::string_view name = path.substr(slash + 1);
  const Link* link = stack.FindLink(interface);
  if (link == nullptr || link->name != interface) return Errno(ENOENT);
  if (absl::ConsumePrefix(&name, "statistics/")) {
    const bool known = std::find(std::begin(kStatistics), std::end(kStatistics),
                                 name) != std::end(kStatistics);
    if (known) return std::string("0\n");
    return Errno(ENOENT);
  }
  for (const File& file : kFiles) {
    if (name != file.name) continue;
    ErrnoOr<std::string> content = file.content(*link);
    if (content.ok() && !content->empty()) *content += "\n";
    return content;
  }
  return Errno(ENOENT);
}

}  // namespace quiesce
