#include "tools/kernel_runtime/kernel_rules.h"

#include <sys/socket.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "notifier/base/status_macros.h"
#include "tools/kernel_runtime/ip_command.h"

namespace quiesce {

absl::Status AddIpRuleText(absl::string_view text, int family, NodeFib* fib) {
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    NodeFib::Rule rule = {family, 0, ""};
    if (!absl::SimpleAtoi(parts.first, &rule.priority)) {
      return absl::InvalidArgumentError(absl::StrCat("ip rule: ", line));
    }
    const std::vector<absl::string_view> words =
        absl::StrSplit(parts.second, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    rule.text = absl::StrJoin(words, " ");
    fib->AddRule(std::move(rule));
  }
  return absl::OkStatus();
}

absl::Status AddIpAddressJson(absl::string_view text, NodeFib* fib) {
  try {
    const auto links = nlohmann::json::parse(text.begin(), text.end());
    for (const auto& link : links) {
      const std::string name = link.value("ifname", "");
      if (!link.contains("addr_info")) continue;
      for (const auto& one : link.at("addr_info")) {
        // iproute2 prints empty objects for what it leaves out.
        if (!one.contains("local")) continue;
        ASSIGN_OR_RETURN(const IpAddress address,
                         IpAddress::Parse(one.at("local").get<std::string>()));
        fib->AddAddress(name, {address, one.at("prefixlen").get<int>()});
      }
    }
  } catch (const nlohmann::json::exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("ip address: ", e.what()));
  }
  return absl::OkStatus();
}

absl::Status AddRulesAndAddresses(int netns, NodeFib* fib) {
  for (int family : {AF_INET, AF_INET6}) {
    ASSIGN_OR_RETURN(
        const std::string rules,
        RunIp(netns, {"-N", "-details", family == AF_INET ? "-4" : "-6", "rule",
                      "show"}));
    RETURN_IF_ERROR(AddIpRuleText(rules, family, fib));
  }
  ASSIGN_OR_RETURN(const std::string addresses,
                   RunIp(netns, {"-json", "address", "show"}));
  return AddIpAddressJson(addresses, fib);
}

}  // namespace quiesce
