#include "tools/kernel_runtime/kernel_fib.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "tools/kernel_runtime/ip_command.h"

namespace quiesce {
namespace {

using Json = nlohmann::json;

// rtm_type as a number: that is how -N prints it.
absl::StatusOr<RouteType> TypeNumbered(const std::string& text) {
  uint32_t number;
  if (absl::SimpleAtoi(text, &number) && number <= RTN_MAX) {
    if (auto type = RouteTypeOf(number)) return *type;
  }
  return absl::InvalidArgumentError(absl::StrCat("route type ", text));
}

// ip prints "default", and host routes without their length.
absl::StatusOr<IpPrefix> Destination(const std::string& text, int family) {
  if (text == "default") return IpPrefix{IpAddress::Any(family), 0};
  if (text.find('/') != std::string::npos) return IpPrefix::Parse(text);
  ASSIGN_OR_RETURN(IpAddress address, IpAddress::Parse(text));
  return IpPrefix{address, address.bits()};
}

// A route, or one of its "nexthops": {gateway | via {host}, dev, weight}.
absl::StatusOr<NextHop> Hop(const Json& json) {
  NextHop hop;
  hop.interface = json.value("dev", "");
  hop.weight = json.value("weight", 1);
  std::string gateway = json.value("gateway", "");
  if (json.contains("via")) gateway = json["via"].value("host", "");
  if (!gateway.empty()) {
    ASSIGN_OR_RETURN(hop.gateway, IpAddress::Parse(gateway));
  }
  return hop;
}

absl::StatusOr<FibEntry> Entry(const Json& json, int family) {
  FibEntry entry;
  ASSIGN_OR_RETURN(entry.network,
                   Destination(json.at("dst").get<std::string>(), family));
  ASSIGN_OR_RETURN(entry.type, TypeNumbered(json.value("type", "1")));
  int protocol;
  if (!absl::SimpleAtoi(json.at("protocol").get<std::string>(), &protocol)) {
    return absl::InvalidArgumentError("protocol is not a number");
  }
  entry.protocol = protocol;
  entry.metric = json.value("metric", 0u);
  if (json.contains("nexthops")) {
    for (const Json& one : json["nexthops"]) {
      ASSIGN_OR_RETURN(NextHop hop, Hop(one));
      entry.next_hops.push_back(hop);
    }
  } else if (json.contains("dev")) {
    ASSIGN_OR_RETURN(NextHop hop, Hop(json));
    entry.next_hops.push_back(hop);
  }
  return entry;
}

}  // namespace

absl::Status AddIpRouteJson(absl::string_view text, int family, NodeFib* fib) {
  // Older releases print nothing at all for an empty table.
  if (text.find('[') == absl::string_view::npos) return absl::OkStatus();
  Json routes = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!routes.is_array()) {
    return absl::InvalidArgumentError("ip route printed no JSON array");
  }
  for (const Json& route : routes) {
    absl::StatusOr<FibEntry> entry;
    try {
      entry = Entry(route, family);
    } catch (const Json::exception& e) {
      entry = absl::InvalidArgumentError(e.what());
    }
    if (!entry.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(entry.status().message(), " in route ", route.dump()));
    }
    // The local table holds what follows from addresses.
    const std::string table = route.value("table", "254");
    if (table == "255") continue;
    if (table != "254") entry->vrf = absl::StrCat("table ", table);
    const IpAddress& network = entry->network.address;
    if (network.is_link_local() || network.is_multicast()) continue;
    fib->Add(*entry);
  }
  return absl::OkStatus();
}

absl::StatusOr<NodeFib> ReadKernelFib(const std::string& node, int netns) {
  NodeFib fib(node);
  for (int family : {AF_INET, AF_INET6}) {
    ASSIGN_OR_RETURN(std::string text,
                     RunIp(netns, {"-json", "-details", "-N",
                                   family == AF_INET ? "-4" : "-6", "route",
                                   "show", "table", "all"}));
    RETURN_IF_ERROR(AddIpRouteJson(text, family, &fib));
  }
  fib.Finish();
  return fib;
}

}  // namespace quiesce
