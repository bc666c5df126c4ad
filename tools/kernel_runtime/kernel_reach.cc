#include "tools/kernel_runtime/kernel_reach.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/report/originated.h"
#include "tools/kernel_runtime/in_namespace.h"
#include "tools/kernel_runtime/ip_command.h"

namespace quiesce {
namespace {

constexpr int kIcmpFilter = 1;  // ICMP_FILTER
constexpr int kAttempts = 5;
constexpr absl::Duration kAttempt = absl::Milliseconds(200);
constexpr absl::Duration kLook = absl::Milliseconds(5);

// An echo request of either family.
struct Request {
  uint8_t type = 0;
  uint8_t code = 0;
  uint16_t checksum = 0;
  uint16_t identifier = 0;
  uint16_t sequence = 0;
  char mark[8] = {'q', 'u', 'i', 'e', 's', 'c', 'e', 0};
  uint32_t probe = 0;  // which
};

// RFC 1071.
uint16_t Checksum(const Request& request) {
  uint16_t words[sizeof(request) / 2];
  std::memcpy(words, &request, sizeof(request));
  uint32_t sum = 0;
  for (uint16_t word : words) sum += word;
  sum = (sum & 0xffff) + (sum >> 16);
  return ~((sum & 0xffff) + (sum >> 16));
}

// A neighbour that has moved away is still sent to for a while by whoever
// remembers it; the question is who is reached in the end.
absl::Status ForgetNeighbours(int netns) {
  for (const char* family : {"-4", "-6"}) {
    RETURN_IF_ERROR(RunIp(netns, {family, "neigh", "flush", "all"}).status());
  }
  return absl::OkStatus();
}

// A raw socket that is given echo requests only.
absl::StatusOr<UniqueFd> EchoSocket(int family) {
  const int protocol =
      family == AF_INET ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  UniqueFd fd(
      socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!fd.valid()) return ErrnoStatus("socket");
  int failed;
  if (family == AF_INET) {
    // struct icmp_filter of linux/icmp.h, which no other ICMP header bears.
    const uint32_t blocked = ~(1u << ICMP_ECHO);
    failed =
        setsockopt(fd.get(), SOL_RAW, kIcmpFilter, &blocked, sizeof blocked);
  } else {
    icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REQUEST, &filter);
    failed = setsockopt(fd.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &filter,
                        sizeof filter);
  }
  if (failed) return ErrnoStatus("setsockopt of a filter");
  return fd;
}

// The ends of one node.
struct Ends {
  UniqueFd by_family[2];  // IPv4, IPv6

  static absl::StatusOr<Ends> Make(int netns) {
    ASSIGN_OR_RETURN(const InNamespace there, InNamespace::Enter(netns));
    Ends ends;
    ASSIGN_OR_RETURN(ends.by_family[0], EchoSocket(AF_INET));
    ASSIGN_OR_RETURN(ends.by_family[1], EchoSocket(AF_INET6));
    return ends;
  }
};

struct Probe {
  int from, to;  // nodes
  IpAddress address;
  PairResult* pair;
  bool arrived = false;
};

class Prober {
 public:
  Prober(std::vector<Ends> ends, std::vector<Probe> probes)
      : ends_(std::move(ends)), probes_(std::move(probes)) {}

  void Run() {
    for (int i = 0; i < kAttempts && missing(); ++i) {
      int sender = -1;
      for (Probe& probe : probes_) {
        // So that no receive buffer holds more than one sender's.
        if (probe.from != sender) TakeAll();
        sender = probe.from;
        if (!probe.arrived) Send(probe);
      }
      const absl::Time until = absl::Now() + kAttempt;
      for (TakeAll(); missing() && absl::Now() < until; TakeAll()) {
        absl::SleepFor(kLook);
      }
    }
    for (const Probe& probe : probes_) {
      ++probe.pair->prefixes;
      if (!probe.arrived) continue;
      ++probe.pair->reached;
      probe.pair->fate |= kAccepted;
    }
  }

 private:
  bool missing() const {
    return std::any_of(probes_.begin(), probes_.end(),
                       [](const Probe& probe) { return !probe.arrived; });
  }

  // What cannot be sent does not arrive.
  void Send(const Probe& probe) {
    const bool ipv4 = probe.address.family() == AF_INET;
    const int fd = ends_[probe.from].by_family[ipv4 ? 0 : 1].get();
    if (fd < 0) return;
    Request request;
    request.type = ipv4 ? uint8_t{ICMP_ECHO} : uint8_t{ICMP6_ECHO_REQUEST};
    request.probe = &probe - probes_.data();
    // Of IPv6 the kernel makes it.
    if (ipv4) request.checksum = Checksum(request);
    sockaddr_in to4 = {};
    sockaddr_in6 to6 = {};
    to4.sin_family = AF_INET;
    to6.sin6_family = AF_INET6;
    std::memcpy(ipv4 ? static_cast<void*>(&to4.sin_addr) : &to6.sin6_addr,
                probe.address.bytes(), probe.address.bits() / 8);
    sendto(fd, &request, sizeof(request), 0,
           ipv4 ? reinterpret_cast<sockaddr*>(&to4)
                : reinterpret_cast<sockaddr*>(&to6),
           ipv4 ? sizeof(to4) : sizeof(to6));
  }

  void TakeAll() {
    for (size_t node = 0; node < ends_.size(); ++node) {
      for (const UniqueFd& fd : ends_[node].by_family) {
        if (fd.valid()) Take(node, fd.get());
      }
    }
  }

  void Take(int node, int fd) {
    char buffer[256];
    ssize_t size;
    while ((size = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
      // IPv4's header comes along, and IPv6's does not.
      Request request;
      if (size < static_cast<ssize_t>(sizeof(request))) continue;
      std::memcpy(&request, buffer + size - sizeof(request), sizeof(request));
      if (std::memcmp(request.mark, Request().mark, sizeof(request.mark)) ||
          request.probe >= probes_.size()) {
        continue;
      }
      Probe& probe = probes_[request.probe];
      probe.arrived |= probe.to == node;
    }
  }

  std::vector<Ends> ends_;  // by node
  std::vector<Probe> probes_;
};

}  // namespace

absl::StatusOr<ReachabilityReport> ProbeReachability(
    KernelNetwork* network, const std::vector<NodeFib>& fibs) {
  const std::vector<OriginatedPrefix> originated =
      OriginatedBy(network->topology());
  ReachabilityReport report;
  for (const OriginatedPrefix& origin : originated) {
    report.originators.push_back(origin.node);
  }
  auto& names = report.originators;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const uint32_t count = names.size();
  for (uint32_t source = 0; source < count; ++source) {
    for (uint32_t destination = 0; destination < count; ++destination) {
      if (source == destination) continue;
      report.pairs.emplace_back();
      report.pairs.back().source = source;
      report.pairs.back().destination = destination;
    }
  }
  std::vector<Probe> probes;
  for (PairResult& pair : report.pairs) {
    for (const OriginatedPrefix& origin : originated) {
      if (origin.node != names[pair.destination]) continue;
      NodeFib none(origin.node);
      const auto fib = std::find_if(
          fibs.begin(), fibs.end(),
          [&origin](const NodeFib& one) { return one.node() == origin.node; });
      probes.push_back(
          {network->topology().FindNode(names[pair.source]),
           network->topology().FindNode(origin.node),
           origin.representative.valid()
               ? origin.representative
               : RepresentativeAddress(origin.prefix,
                                       fib == fibs.end() ? none : *fib),
           &pair});
    }
  }
  std::vector<Ends> ends(network->size());
  for (int node = 0; node < network->size(); ++node) {
    if (network->node(node) == nullptr) continue;
    const int netns = network->node(node)->netns();
    ASSIGN_OR_RETURN(ends[node], Ends::Make(netns));
    // Without events all neighbours are as they were made.
    if (network->topology().events().empty()) continue;
    RETURN_IF_ERROR(ForgetNeighbours(netns));
  }
  Prober(std::move(ends), std::move(probes)).Run();
  return report;
}

}  // namespace quiesce
