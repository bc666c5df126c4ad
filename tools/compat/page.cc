#include "tools/compat/page.h"

#include <sys/socket.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace quiesce {
namespace {

constexpr char kHead[] =
    R"(# What programs find

This page is printed by `bazel run //tools/compat` from the tables that the
emulation itself is made of; a test compares it.

A program's system calls run in the kernel, but for those below: these are
answered by the emulation, in the cases named. The kernel still keeps their
descriptors and their readiness, so that `read`, `write`, `poll`, `epoll`,
`dup`, `fork`, `close` and passing descriptors on work as ever.

* **network**: the call is about sockets, netlink or a path of the network
* **time**: only under virtual time
* **strict**: only where one program runs alone; it could see that bytes that it
  sends to itself have not arrived yet
* **descriptors**: only in networks; a number comes to mean another file, so what
  is known of the process's descriptors is forgotten, and the kernel runs the
  call
* **threads**: only with `--threads=random`, and those marked strict with it, so
  that threads can be held there

"partial" says what is missing; when a partial answer makes a difference, the
run's summary says so. Calls of 32-bit programs end the process.
)";

const char* Words(Support support) {
  switch (support) {
    case Support::kFull:
      return "full";
    case Support::kPartial:
      return "partial";
    case Support::kRefused:
      return "refused";
  }
  return "";
}

const char* Words(NetlinkSupport support) {
  switch (support) {
    case NetlinkSupport::kFull:
      return "full";
    case NetlinkSupport::kPartial:
      return "partial";
    case NetlinkSupport::kStub:
      return "stub";
    case NetlinkSupport::kRefused:
      return "refused";
  }
  return "";
}

std::string Value(const ArgTest& test) {
  // Ints are compared with the lower half of a register.
  const int32_t number = static_cast<int32_t>(test.value);
  if (test.mask == 0xffffffff && number < 16) return absl::StrCat(number);
  if (test.mask == ~uint64_t{0} && test.value == 0) return "NULL";
  return absl::StrCat("0x", absl::Hex(test.value));
}

// What an argument is called.
std::string ArgumentName(const SyscallRow& row, int arg) {
  switch (row.args[arg]) {
    case ArgKind::kMilliseconds:
    case ArgKind::kTimespec:
    case ArgKind::kTimeval:
      return "timeout";
    case ArgKind::kSockAddr:
    case ArgKind::kSockAddrOut:
      return "address";
    case ArgKind::kIoctl:
      return "request";
    case ArgKind::kFutexOp:
      return "operation";
    default:
      return absl::StrCat("argument ", arg + 1);
  }
}

std::string Words(const SyscallRow& row, const ArgTest& test) {
  const bool masked = test.mask != ~uint64_t{0} && test.mask != 0xffffffff;
  return absl::StrCat(ArgumentName(row, test.arg),
                      masked ? absl::StrCat(" & 0x", absl::Hex(test.mask)) : "",
                      test.op == ArgTest::kEqual ? " = " : " ≠ ", Value(test));
}

std::string Words(const SyscallRow& row, const FilterRule& rule) {
  std::vector<std::string> reasons;
  if (rule.reason & kMeaning) reasons.push_back("network");
  if (rule.reason & kTime) reasons.push_back("time");
  if (rule.reason & kStrict) reasons.push_back("strict");
  if (rule.reason & kFiles) reasons.push_back("descriptors");
  if (rule.reason & kHolds) reasons.push_back("threads");
  const std::string reason = absl::StrJoin(reasons, " and ");
  std::vector<std::string> tests;
  for (const ArgTest& test : rule.tests) {
    if (test.op != ArgTest::kAlways) tests.push_back(Words(row, test));
  }
  if (tests.empty()) return reason;
  return absl::StrCat(reason, " if ", absl::StrJoin(tests, ", "));
}

std::string Calls(absl::Span<const SyscallRow> calls) {
  std::string text =
      "\n## System calls\n\n"
      "| call | answered | support | note |\n|---|---|---|---|\n";
  for (const SyscallRow& row : calls) {
    std::vector<std::string> rules;
    for (const FilterRule& rule : row.rules) {
      if (rule.reason != 0) rules.push_back(Words(row, rule));
    }
    absl::StrAppend(&text, "| `", row.name, "` | ", absl::StrJoin(rules, "; "),
                    " | ", Words(row.support), " | ", row.note, " |\n");
  }
  return text;
}

const char* FamilyName(int family) {
  switch (family) {
    case AF_UNSPEC:
      return "any";
    case AF_INET:
      return "IPv4";
    case AF_INET6:
      return "IPv6";
    case AF_BRIDGE:
      return "bridge";
    case AF_MPLS:
      return "MPLS";
    case 128:  // RTNL_FAMILY_IPMR
      return "IPv4 multicast";
    case 129:
      return "IPv6 multicast";
    default:
      return "other";
  }
}

std::string Messages(absl::Span<const NetlinkMessageType> messages) {
  std::string text =
      "\n## Messages of NETLINK_ROUTE\n\n"
      "Any other is answered with EOPNOTSUPP.\n\n"
      "| message | family | one | dump | support | note |\n"
      "|---|---|---|---|---|---|\n";
  for (const NetlinkMessageType& type : messages) {
    absl::StrAppend(&text, "| `", type.name, "` | ", FamilyName(type.family),
                    " | ", type.act == nullptr ? "" : "yes", " | ",
                    type.dump == nullptr ? "" : "yes", " | ",
                    Words(type.support), " | ", type.note, " |\n");
  }
  return text;
}

std::string Kinds(uint8_t kinds) {
  if (kinds == kOnAll) return "all";
  std::vector<std::string> names;
  if (kinds & kOnTcp) names.push_back("TCP");
  if (kinds & kOnUdp) names.push_back("UDP");
  if (kinds & kOnUdpLite & ~kOnUdp) names.push_back("UDP-Lite");
  if (kinds & kOnRaw) names.push_back("raw");
  return absl::StrJoin(names, ", ");
}

const char* Words(Access access) {
  switch (access) {
    case Access::kReadWrite:
      return "read, write";
    case Access::kReadOnly:
      return "read";
    case Access::kWriteOnly:
      return "write";
  }
  return "";
}

std::string Options(absl::Span<const OptionRow> options) {
  std::string text =
      "\n## Socket options that are numbers\n\n"
      "Those without a note do what they do on Linux.\n\n"
      "| option | sockets | access | note |\n|---|---|---|---|\n";
  for (const OptionRow& row : options) {
    absl::StrAppend(&text, "| `", row.label, "` | ", Kinds(row.kinds), " | ",
                    Words(row.access), " | ",
                    row.note == nullptr ? "" : row.note, " |\n");
  }
  return text;
}

constexpr char kVirtualFiles[] = R"(
## Files

These paths, opened by their absolute names, are the node's own. `stat`,
`access` and directory listings are the kernel's.

| path | content |
|---|---|
| `/proc/net/{arp,dev,if_inet6,ipv6_route,raw,raw6,route,snmp,tcp,tcp6,udp,udp6}` | the node's network and sockets; counters, queues, owners and inodes are 0 |
| `/proc/sys/net/ipv{4,6}/conf/IF/*` | read and written; without effect but for forwarding, mc_forwarding, bc_forwarding, rp_filter, proxy_arp, proxy_ndp, ignore_routes_with_linkdown, addr_gen_mode |
| `/proc/sys/net/ipv4/{ip_forward,ip_nonlocal_bind,fib_multipath_hash_policy}`, `/proc/sys/net/ipv6/ip_nonlocal_bind` | read and written |
| `/sys/class/net/IF/*`, `/sys/class/net/IF/statistics/*` | the node's links; read only; counters are 0; nothing of the host's interfaces |
| `/dev/{random,urandom}`, `/proc/uptime`, `/proc/sys/kernel/random/{uuid,boot_id}` | under virtual time: the node's own chance and time |
)";

}  // namespace

std::string CompatibilityPage(absl::Span<const SyscallRow> calls,
                              absl::Span<const NetlinkMessageType> messages,
                              absl::Span<const OptionRow> options) {
  return absl::StrCat(kHead, Calls(calls), Options(options), Messages(messages),
                      kVirtualFiles);
}

}  // namespace quiesce
