#include "notifier/procfs/sysctls.h"

#include <linux/netconf.h>
#include <sys/socket.h>

#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace quiesce {
namespace {

struct Default {
  const char* name;
  const char* value;
};

// Values of a new interface (net/ipv4/devinet.c:ipv4_devconf_dflt).
constexpr Default kConf4[] = {
    {"accept_local", "0"},
    {"accept_redirects", "1"},
    {"accept_source_route", "1"},
    {"arp_accept", "0"},
    {"arp_announce", "0"},
    {"arp_evict_nocarrier", "1"},
    {"arp_filter", "0"},
    {"arp_ignore", "0"},
    {"arp_notify", "0"},
    {"bootp_relay", "0"},
    {"disable_policy", "0"},
    {"disable_xfrm", "0"},
    {"drop_gratuitous_arp", "0"},
    {"drop_unicast_in_l2_multicast", "0"},
    {"force_igmp_version", "0"},
    {"igmpv2_unsolicited_report_interval", "10000"},
    {"igmpv3_unsolicited_report_interval", "1000"},
    {"log_martians", "0"},
    {"medium_id", "0"},
    {"promote_secondaries", "0"},
    {"proxy_arp_pvlan", "0"},
    {"route_localnet", "0"},
    {"secure_redirects", "1"},
    {"send_redirects", "1"},
    {"shared_media", "1"},
    {"src_valid_mark", "0"},
    {"tag", "0"},
};

// net/ipv6/addrconf.c:ipv6_devconf_dflt; the first three as this stack is:
// without duplicate address detection and router advertisements.
constexpr Default kConf6[] = {
    {"accept_dad", "0"},
    {"accept_ra", "0"},
    {"dad_transmits", "0"},
    {"accept_ra_defrtr", "1"},
    {"accept_ra_from_local", "0"},
    {"accept_ra_min_hop_limit", "1"},
    {"accept_ra_min_lft", "0"},
    {"accept_ra_mtu", "1"},
    {"accept_ra_pinfo", "1"},
    {"accept_ra_rt_info_max_plen", "0"},
    {"accept_ra_rt_info_min_plen", "0"},
    {"accept_ra_rtr_pref", "1"},
    {"accept_redirects", "1"},
    {"accept_source_route", "0"},
    {"accept_untracked_na", "0"},
    {"autoconf", "1"},
    {"disable_ipv6", "0"},
    {"disable_policy", "0"},
    {"drop_unicast_in_l2_multicast", "0"},
    {"drop_unsolicited_na", "0"},
    {"enhanced_dad", "1"},
    {"force_mld_version", "0"},
    {"force_tllao", "0"},
    {"hop_limit", "64"},
    {"ioam6_enabled", "0"},
    {"ioam6_id", "65535"},
    {"ioam6_id_wide", "4294967295"},
    {"keep_addr_on_down", "0"},
    {"max_addresses", "16"},
    {"max_desync_factor", "600"},
    {"mldv1_unsolicited_report_interval", "10000"},
    {"mldv2_unsolicited_report_interval", "1000"},
    {"ndisc_evict_nocarrier", "1"},
    {"ndisc_notify", "0"},
    {"ndisc_tclass", "0"},
    {"optimistic_dad", "0"},
    {"ra_defrtr_metric", "1024"},
    {"ra_honor_pio_life", "0"},
    {"regen_max_retry", "3"},
    {"router_probe_interval", "60"},
    {"router_solicitation_delay", "1"},
    {"router_solicitation_interval", "4"},
    {"router_solicitation_max_interval", "3600"},
    {"router_solicitations", "-1"},
    {"rpl_seg_enabled", "0"},
    {"seg6_enabled", "0"},
    {"seg6_require_hmac", "0"},
    {"suppress_frag_ndisc", "1"},
    {"temp_prefered_lft", "86400"},
    {"temp_valid_lft", "604800"},
    {"use_oif_addrs_only", "0"},
    {"use_optimistic", "0"},
    {"use_tempaddr", "0"},
};

const char* DefaultOf(int family, absl::string_view name) {
  const absl::Span<const Default> defaults =
      family == AF_INET ? absl::Span<const Default>(kConf4) : kConf6;
  for (const Default& one : defaults) {
    if (name == one.name) return one.value;
  }
  return nullptr;
}

// The field a setting of conf/ is kept in, or null.
int Netconf::*FieldOf(int family, absl::string_view name) {
  if (name == "forwarding") return &Netconf::forwarding;
  if (name == "mc_forwarding") return &Netconf::mc_forwarding;
  if (name == "ignore_routes_with_linkdown") {
    return &Netconf::ignore_routes_with_linkdown;
  }
  if (family == AF_INET) {
    if (name == "rp_filter") return &Netconf::rp_filter;
    if (name == "bc_forwarding") return &Netconf::bc_forwarding;
    if (name == "proxy_arp") return &Netconf::proxy_neigh;
  } else if (name == "proxy_ndp") {
    return &Netconf::proxy_neigh;
  }
  return nullptr;
}

// A setting of the family that sockets look at, or null.
bool SocketSettings::*FlagOf(absl::string_view path) {
  if (path == "ipv4/tcp_l3mdev_accept") {
    return &SocketSettings::tcp_l3mdev_accept;
  }
  if (path == "ipv4/udp_l3mdev_accept") {
    return &SocketSettings::udp_l3mdev_accept;
  }
  if (path == "ipv4/raw_l3mdev_accept") {
    return &SocketSettings::raw_l3mdev_accept;
  }
  return nullptr;
}

// sysctl_net_ipv4.c:ipv4_ping_group_range: what is no range is none at all.
int SetPingGroups(Stack& stack, absl::string_view value) {
  const std::vector<std::string> words =
      absl::StrSplit(value, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
  uint32_t from, to;
  if (words.size() != 2 || !absl::SimpleAtoi(words[0], &from) ||
      !absl::SimpleAtoi(words[1], &to)) {
    return EINVAL;
  }
  SocketSettings& sockets = stack.socket_settings();
  sockets.ping_group_from = to < from ? 1 : from;
  sockets.ping_group_to = to < from ? 0 : to;
  return 0;
}

// A path taken apart: a setting of an interface, or of a family.
struct Setting {
  int family = 0;
  std::string interface;  // empty: of the family
  int ifindex = 0;        // or NETCONFA_IFINDEX_ALL, _DEFAULT
  std::string name;
};

std::optional<Setting> Parse(const Stack& stack, absl::string_view path) {
  const std::vector<std::string> parts = absl::StrSplit(path, '/');
  Setting setting;
  if (parts[0] == "ipv4") {
    setting.family = AF_INET;
  } else if (parts[0] == "ipv6") {
    setting.family = AF_INET6;
  } else {
    return std::nullopt;
  }
  setting.name = parts.back();
  if (parts.size() == 2) return setting;
  if (parts.size() != 4 || parts[1] != "conf") return std::nullopt;
  setting.interface = parts[2];
  if (setting.interface == "all") {
    setting.ifindex = NETCONFA_IFINDEX_ALL;
  } else if (setting.interface == "default") {
    setting.ifindex = NETCONFA_IFINDEX_DEFAULT;
  } else {
    const Link* link = stack.FindLink(setting.interface);
    if (link == nullptr || link->name != setting.interface) return std::nullopt;
    setting.ifindex = link->ifindex;
  }
  return setting;
}

// Whether the kernel itself has the interface, in the node's empty namespace.
bool InKernel(const Setting& setting) {
  return setting.ifindex < 0 || setting.interface == "lo";
}

std::string Line(int64_t value) { return absl::StrCat(value, "\n"); }

}  // namespace

std::optional<std::string> Sysctls::Read(const Stack& stack,
                                         absl::string_view path) const {
  const std::optional<Setting> setting = Parse(stack, path);
  if (!setting) return std::nullopt;
  if (setting->interface.empty()) {
    const SocketSettings& sockets = stack.socket_settings();
    if (bool SocketSettings::*flag = FlagOf(path)) return Line(sockets.*flag);
    if (path == "ipv4/ping_group_range") {
      return absl::StrCat(sockets.ping_group_from, "\t", sockets.ping_group_to,
                          "\n");
    }
    if (path == "ipv4/ip_forward") {
      return Line(stack.netconf(AF_INET, NETCONFA_IFINDEX_ALL).forwarding);
    }
    if (setting->name == "ip_nonlocal_bind") {
      return Line(stack.nonlocal_bind(setting->family));
    }
    if (path == "ipv4/fib_multipath_hash_policy") {
      const auto kept = kept_.find(std::string(path));
      return Line(kept == kept_.end() ? 0 : kept->second == "1");
    }
    return std::nullopt;
  }
  if (int Netconf::*field = FieldOf(setting->family, setting->name)) {
    return Line(stack.netconf(setting->family, setting->ifindex).*field);
  }
  if (InKernel(*setting)) return std::nullopt;
  const Link* link = stack.FindLink(setting->ifindex);
  if (setting->family == AF_INET6 && setting->name == "mtu") {
    return Line(link->mtu);
  }
  if (setting->family == AF_INET6 && setting->name == "addr_gen_mode") {
    return Line(link->addr_gen_mode);
  }
  const auto kept = kept_.find(std::string(path));
  if (kept != kept_.end()) return kept->second + "\n";
  const char* value = DefaultOf(setting->family, setting->name);
  if (value == nullptr) return std::nullopt;
  return absl::StrCat(value, "\n");
}

int Sysctls::Write(Stack& stack, absl::string_view path,
                   absl::string_view value, bool* effect) {
  *effect = true;
  if (path == "ipv4/ping_group_range") return SetPingGroups(stack, value);
  const std::optional<Setting> setting = Parse(stack, path);
  int64_t number;
  if (!setting ||
      !absl::SimpleAtoi(absl::StripAsciiWhitespace(value), &number)) {
    return EINVAL;
  }
  if (setting->interface.empty()) {
    if (bool SocketSettings::*flag = FlagOf(path)) {
      if (number < 0 || number > 1) return EINVAL;
      stack.socket_settings().*flag = number != 0;
      return 0;
    }
    if (path == "ipv4/ip_forward") {
      stack.SetForwarding(AF_INET, number != 0);
      return 0;
    }
    if (setting->name == "ip_nonlocal_bind") {
      stack.set_nonlocal_bind(setting->family, number != 0);
      return 0;
    }
    if (path == "ipv4/fib_multipath_hash_policy") {
      if (number < 0 || number > 3) return EINVAL;
      // 2 and 3 look into tunnels and chosen fields, which there are not.
      *effect = number <= 1;
      stack.set_multipath_hash_policy(number == 0 ? 0 : 1);
      kept_[std::string(path)] = absl::StrCat(number == 0 ? 0 : 1);
      return 0;
    }
    return EINVAL;
  }
  if (int Netconf::*field = FieldOf(setting->family, setting->name)) {
    // devinet_sysctl_forward, addrconf_fixup_forwarding: for all of them.
    if (setting->name == "forwarding" &&
        setting->ifindex == NETCONFA_IFINDEX_ALL) {
      stack.SetForwarding(setting->family, number != 0);
      return 0;
    }
    Netconf netconf = stack.netconf(setting->family, setting->ifindex);
    netconf.*field = static_cast<int>(number);
    return stack.SetNetconf(setting->family, setting->ifindex, netconf).error;
  }
  if (setting->family == AF_INET6 && setting->name == "addr_gen_mode") {
    LinkChange change;
    change.addr_gen_mode = static_cast<uint8_t>(number);
    return stack.ChangeLink(setting->ifindex, change).error;
  }
  *effect = false;
  kept_[std::string(path)] = absl::StrCat(number);
  return 0;
}

}  // namespace quiesce
