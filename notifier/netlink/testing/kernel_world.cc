#include "notifier/netlink/testing/kernel_world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "notifier/base/ip.h"
#include "notifier/base/status_macros.h"
#include "notifier/netlink/attributes.h"
#include "notifier/netlink/message_writer.h"

namespace quiesce {
namespace {

UniqueFd OpenNetlink() {
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd.valid()) return fd;
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
  const int on = 1;
  setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
  const int buffer = 4 << 20;
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
  return fd;
}

// rtnetlink answers within send(2), and goes on with a dump within recv(2): a
// read that would block means that all has been said.
std::vector<std::string> Ask(int fd, absl::string_view request) {
  std::vector<std::string> answers;
  if (!request.empty()) send(fd, request.data(), request.size(), 0);
  std::string buffer(1 << 17, '\0');
  for (;;) {
    const ssize_t n = recv(fd, &buffer[0], buffer.size(), MSG_DONTWAIT);
    if (n <= 0) return answers;
    answers.push_back(buffer.substr(0, n));
  }
}

int FirstError(const std::vector<std::string>& answers) {
  for (const std::string& answer : answers) {
    nlmsghdr header;
    std::memcpy(&header, answer.data(), sizeof(header));
    if (header.nlmsg_type != NLMSG_ERROR) continue;
    nlmsgerr error;
    std::memcpy(&error, answer.data() + sizeof(header), sizeof(error));
    if (error.error != 0) return -error.error;
  }
  return 0;
}

std::string MakePair(int which, int cables) {
  const std::string name = absl::StrCat("eth", which);
  MessageWriter m(RTM_NEWLINK,
                  NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, 1, 0);
  m.Struct(ifinfomsg{});
  m.Text(IFLA_IFNAME, name);
  const uint8_t mac[6] = {2, 0, 0, 0, 0, static_cast<uint8_t>(which + 1)};
  m.Put(IFLA_ADDRESS, mac, sizeof(mac));
  const size_t info = m.BeginNest(IFLA_LINKINFO);
  m.Text(IFLA_INFO_KIND, "veth");
  const size_t data = m.BeginNest(IFLA_INFO_DATA);
  const size_t peer = m.BeginNest(VETH_INFO_PEER);
  m.Struct(ifinfomsg{});
  m.Text(IFLA_IFNAME, name);
  m.U32(IFLA_NET_NS_FD, cables);
  m.EndNest(peer);
  m.EndNest(data);
  m.EndNest(info);
  return m.Finish();
}

struct Part {
  uint16_t type;
  std::string body;
};

std::vector<Part> Dump(int fd, uint16_t type, size_t fixed_size, int family) {
  MessageWriter m(type, NLM_F_REQUEST | NLM_F_DUMP, 0xffff, 0);
  std::string fixed(fixed_size, '\0');
  fixed[0] = family;
  m.Raw(fixed.data(), fixed.size());
  std::vector<Part> parts;
  for (absl::string_view rest : Ask(fd, m.Finish())) {
    while (rest.size() >= sizeof(nlmsghdr)) {
      nlmsghdr header;
      std::memcpy(&header, rest.data(), sizeof(header));
      if (header.nlmsg_len < sizeof(header)) break;
      parts.push_back(
          {header.nlmsg_type,
           std::string(rest.substr(sizeof(header),
                                   header.nlmsg_len - sizeof(header)))});
      rest.remove_prefix(
          std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), rest.size()));
    }
  }
  return parts;
}

}  // namespace

bool WriteSysctl(const std::string& path, const std::string& value) {
  const UniqueFd fd(
      open(absl::StrCat("/proc/sys/", path).c_str(), O_WRONLY | O_CLOEXEC));
  return fd.valid() && write(fd.get(), value.data(), value.size()) ==
                           static_cast<ssize_t>(value.size());
}

absl::StatusOr<std::unique_ptr<KernelWorld>> KernelWorld::Create() {
  std::unique_ptr<KernelWorld> world(new KernelWorld());
  if (unshare(CLONE_NEWNET) != 0) return ErrnoStatus("unshare(CLONE_NEWNET)");
  world->cables_namespace_ =
      UniqueFd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  world->cables_ = OpenNetlink();
  if (unshare(CLONE_NEWNET) != 0) return ErrnoStatus("unshare(CLONE_NEWNET)");
  world->socket_ = OpenNetlink();
  world->monitor_ = OpenNetlink();
  if (!world->socket_.valid()) return ErrnoStatus("socket(AF_NETLINK)");
  for (int group : {RTNLGRP_LINK, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE}) {
    setsockopt(world->monitor_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
               &group, sizeof(group));
  }
  world->listener_ = OpenNetlink();
  for (int group : {RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                    RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
                    RTNLGRP_IPV6_RULE, RTNLGRP_NEXTHOP}) {
    setsockopt(world->listener_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
               &group, sizeof(group));
  }
  // As our stack: addresses are usable at once.
  for (const char* which : {"all", "default"}) {
    if (!WriteSysctl(absl::StrCat("net/ipv6/conf/", which, "/accept_dad"),
                     "0")) {
      return ErrnoStatus("accept_dad");
    }
  }
  for (int which : {0, 1}) {
    const int error = FirstError(Ask(
        world->socket_.get(), MakePair(which, world->cables_namespace_.get())));
    if (error != 0) {
      errno = error;
      return ErrnoStatus("a veth pair");
    }
    world->SetCable(which, true);
  }
  return world;
}

std::vector<std::string> KernelWorld::Exchange(absl::string_view request) {
  return Ask(socket_.get(), request);
}

std::vector<std::string> KernelWorld::TakeNotifications() {
  return Ask(listener_.get(), "");
}

void KernelWorld::SetStrictCheck(bool on) {
  const int value = on;
  setsockopt(socket_.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &value,
             sizeof(value));
}

void KernelWorld::SetCable(int which, bool connected) {
  MessageWriter m(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0);
  ifinfomsg header = {};
  header.ifi_flags = connected ? IFF_UP : 0;
  header.ifi_change = IFF_UP;
  m.Struct(header);
  m.Text(IFLA_IFNAME, absl::StrCat("eth", which));
  Ask(cables_.get(), m.Finish());
}

bool KernelWorld::Settled() {
  std::set<uint32_t> ready;  // links on which IPv6 must have configured itself
  for (const Part& part :
       Dump(socket_.get(), RTM_GETLINK, sizeof(ifinfomsg), AF_UNSPEC)) {
    if (part.type != RTM_NEWLINK) continue;
    ifinfomsg header;
    std::memcpy(&header, part.body.data(), sizeof(header));
    if ((header.ifi_flags & IFF_LOOPBACK) || !(header.ifi_flags & IFF_UP)) {
      continue;
    }
    const Attributes attributes(
        absl::string_view(part.body).substr(sizeof(header)));
    const bool carrier = attributes.u8(IFLA_CARRIER) != 0;
    const bool running = header.ifi_flags & IFF_RUNNING;
    if (carrier != running) return false;
    // A veth starts as unknown and reports its carrier a moment later.
    if (carrier && attributes.u8(IFLA_OPERSTATE) != IF_OPER_UP) return false;
    if (running && attributes.u32(IFLA_MTU) >= 1280 &&
        attributes.nested(IFLA_AF_SPEC)
                .nested(AF_INET6)
                .u8(IFLA_INET6_ADDR_GEN_MODE) == 0 &&
        !attributes.has(IFLA_MASTER) &&
        attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND) == "veth") {
      ready.insert(header.ifi_index);
    }
  }
  std::set<IpAddress> local;
  for (const Part& part :
       Dump(socket_.get(), RTM_GETROUTE, sizeof(rtmsg), AF_INET6)) {
    if (part.type != RTM_NEWROUTE) continue;
    rtmsg header;
    std::memcpy(&header, part.body.data(), sizeof(header));
    const Attributes attributes(
        absl::string_view(part.body).substr(sizeof(header)));
    if (header.rtm_type == RTN_LOCAL) {
      local.insert(attributes.address(RTA_DST, AF_INET6));
    }
  }
  for (const Part& part :
       Dump(socket_.get(), RTM_GETADDR, sizeof(ifaddrmsg), AF_INET6)) {
    if (part.type != RTM_NEWADDR) continue;
    ifaddrmsg header;
    std::memcpy(&header, part.body.data(), sizeof(header));
    const Attributes attributes(
        absl::string_view(part.body).substr(sizeof(header)));
    if (attributes.u32(IFA_FLAGS) & IFA_F_TENTATIVE) return false;
    IpAddress own = attributes.address(IFA_LOCAL, AF_INET6);
    if (!own.valid()) own = attributes.address(IFA_ADDRESS, AF_INET6);
    if (local.count(own) == 0) return false;
    if (own.is_link_local()) ready.erase(header.ifa_index);
  }
  return ready.empty();
}

bool KernelWorld::Settle() {
  for (int i = 0; i < 400; ++i) {
    if (Settled()) return true;
    // Until something happens; the limit only bounds a kernel that never does.
    pollfd poll_fd = {monitor_.get(), POLLIN, 0};
    poll(&poll_fd, 1, 5);
    char drop[65536];
    while (recv(monitor_.get(), drop, sizeof(drop), MSG_DONTWAIT) > 0) {
    }
  }
  return false;
}

}  // namespace quiesce
