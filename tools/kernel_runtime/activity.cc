#include "tools/kernel_runtime/activity.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <vector>

#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "tools/kernel_runtime/in_namespace.h"

namespace quiesce {
namespace {

constexpr int kBgpPort = 179;
constexpr int kKeepaliveBytes = 19;
constexpr int kTcpEstablished = 1;  // net/tcp_states.h

absl::StatusOr<UniqueFd> NetlinkSocket(int protocol, uint32_t groups) {
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!fd.valid()) return ErrnoStatus("netlink socket");
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) !=
      0) {
    return ErrnoStatus("bind of a netlink socket");
  }
  return fd;
}

constexpr uint32_t Group(int group) { return 1u << (group - 1); }

// A received message's attribute of a type, or nullptr.
const rtattr* Find(const nlmsghdr* message, size_t header, int type) {
  auto* attribute = reinterpret_cast<const rtattr*>(
      reinterpret_cast<const char*>(message) + NLMSG_SPACE(header));
  int left = message->nlmsg_len - NLMSG_SPACE(header);
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == type) return attribute;
  }
  return nullptr;
}

// Calls `each` for every TCP socket in state ESTABLISHED.
absl::Status DumpConnections(
    int diag, int family,
    const std::function<void(const inet_diag_msg&, const tcp_info&)>& each) {
  struct {
    nlmsghdr header;
    inet_diag_req_v2 body;
  } request = {};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_ext = 1 << (INET_DIAG_INFO - 1);
  request.body.idiag_states = 1 << kTcpEstablished;
  if (send(diag, &request, sizeof(request), 0) < 0) {
    return ErrnoStatus("asking sock_diag");
  }
  alignas(nlmsghdr) char buffer[64 * 1024];
  while (true) {
    int size = recv(diag, buffer, sizeof(buffer), 0);
    if (size < 0) return ErrnoStatus("reading sock_diag");
    auto* message = reinterpret_cast<const nlmsghdr*>(buffer);
    for (; NLMSG_OK(message, size); message = NLMSG_NEXT(message, size)) {
      if (message->nlmsg_type == NLMSG_DONE) return absl::OkStatus();
      if (message->nlmsg_type == NLMSG_ERROR) {
        errno = -static_cast<const nlmsgerr*>(NLMSG_DATA(message))->error;
        return ErrnoStatus("sock_diag");
      }
      auto* socket = static_cast<const inet_diag_msg*>(NLMSG_DATA(message));
      tcp_info info = {};
      if (auto* found = Find(message, sizeof(*socket), INET_DIAG_INFO)) {
        memcpy(&info, RTA_DATA(found),
               std::min<size_t>(sizeof(info), RTA_PAYLOAD(found)));
      }
      each(*socket, info);
    }
  }
}

}  // namespace

bool MoreThanKeepalives(uint64_t bytes) { return bytes % kKeepaliveBytes != 0; }

absl::Status Activity::Watch(int node, int netns) {
  Watched& watched = nodes_[node];
  watched = Watched();
  if (netns < 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(InNamespace inside, InNamespace::Enter(netns));
  ASSIGN_OR_RETURN(watched.routes,
                   NetlinkSocket(NETLINK_ROUTE, Group(RTNLGRP_IPV4_ROUTE) |
                                                    Group(RTNLGRP_IPV6_ROUTE)));
  ASSIGN_OR_RETURN(watched.diag, NetlinkSocket(NETLINK_SOCK_DIAG, 0));
  return absl::OkStatus();
}

absl::Status Activity::PollRoutes() {
  for (Watched& node : nodes_) RETURN_IF_ERROR(PollRoutesOf(node));
  return absl::OkStatus();
}

absl::Status Activity::PollConnections() {
  connected_ends_ = 0;
  for (Watched& node : nodes_) {
    RETURN_IF_ERROR(PollConnectionsOf(node));
    connected_ends_ += node.connected;
  }
  return absl::OkStatus();
}

absl::Status Activity::PollRoutesOf(Watched& node) {
  if (!node.routes.valid()) return absl::OkStatus();
  char buffer[16 * 1024];
  while (true) {
    ssize_t size =
        recv(node.routes.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
    if (size < 0) {
      if (errno == EAGAIN) return absl::OkStatus();
      // ENOBUFS: more notifications than the socket holds.
      if (errno != ENOBUFS && errno != EINTR) {
        return ErrnoStatus("reading route notifications");
      }
    }
    ++route_events_;
    Changed(absl::Now());
  }
}

absl::Status Activity::PollConnectionsOf(Watched& node) {
  if (!node.diag.valid()) return absl::OkStatus();
  absl::flat_hash_map<uint64_t, uint64_t> now;
  for (int family : {AF_INET, AF_INET6}) {
    RETURN_IF_ERROR(DumpConnections(
        node.diag.get(), family,
        [&](const inet_diag_msg& socket, const tcp_info& info) {
          if (ntohs(socket.id.idiag_sport) != kBgpPort &&
              ntohs(socket.id.idiag_dport) != kBgpPort) {
            return;
          }
          uint64_t cookie = uint64_t{socket.id.idiag_cookie[1]} << 32 |
                            socket.id.idiag_cookie[0];
          now[cookie] = info.tcpi_bytes_received;
          auto before = node.received.find(cookie);
          if (before == node.received.end() ||
              MoreThanKeepalives(info.tcpi_bytes_received - before->second)) {
            Changed(absl::Now() - absl::Milliseconds(info.tcpi_last_data_recv));
          }
        }));
  }
  for (const auto& [cookie, bytes] : node.received) {
    if (!now.contains(cookie)) Changed(absl::Now());
  }
  node.received = std::move(now);
  node.connected = node.received.size();
  return absl::OkStatus();
}

}  // namespace quiesce
