#include "notifier/netlink_socket/netlink_socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "notifier/kernel/guest_message.h"
#include "notifier/kernel/packet_placeholder.h"
#include "notifier/kernel/placeholder.h"
#include "notifier/kernel/socket_address.h"
#include "notifier/netlink_socket/netlink_protocol.h"
#include "notifier/sockopt/interface_ioctl.h"
#include "notifier/sockopt/option_shapes.h"

namespace quiesce {
namespace {

constexpr int kCapNetAdmin = 12;
constexpr uint32_t kGroups = 64;  // more than RTNLGRP_MAX

SockAddr Format(uint32_t portid, uint32_t groups) {
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  name.nl_pid = portid;
  name.nl_groups = groups;
  return SockAddr(reinterpret_cast<char*>(&name), sizeof(name));
}

// The process id the guest itself sees: the innermost of NSpid.
uint32_t InnerPid(pid_t tgid) {
  std::ifstream status(absl::StrCat("/proc/", tgid, "/status"));
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind("NSpid:", 0) != 0) continue;
    std::istringstream numbers(line.substr(6));
    uint32_t pid = 0;
    while (numbers >> pid) {
    }
    return pid;
  }
  return tgid;
}

}  // namespace

Outcome NetlinkSocket::Create(NodeKernel& kernel, pid_t tgid, int type,
                              bool nonblocking, bool close_on_exec) {
  auto pair = NewPacketPlaceholder(nonblocking, 4 << 20);
  if (!pair.ok()) return Outcome::Fail(pair.error());
  uint64_t cookie = SocketCookie(pair->guest.get());
  auto socket = std::make_unique<NetlinkSocket>(
      cookie, type, &NetlinkProtocol::Of(kernel), std::move(pair->ours));
  socket->last_tgid_ = tgid;
  kernel.AddSocket(std::move(socket));
  NodeKernel* owner = &kernel;
  return Outcome::Install(std::move(pair->guest), close_on_exec,
                          [owner, cookie](bool installed) {
                            if (!installed) owner->RemoveSocket(cookie);
                          });
}

NetlinkSocket::NetlinkSocket(uint64_t cookie, int type,
                             NetlinkProtocol* protocol, UniqueFd end)
    : Socket(cookie, AF_NETLINK, type, NETLINK_ROUTE),
      protocol_(protocol),
      end_(std::move(end)) {
  watch_ = protocol_->kernel().Watch(end_.get(), this);
  protocol_->Add(this);
}

NetlinkSocket::~NetlinkSocket() {
  protocol_->kernel().Unwatch(watch_);
  protocol_->Remove(this);
}

void NetlinkSocket::OnEnd(uint32_t events) {
  if (events & EPOLLOUT) Flush();
  if (events & EPOLLIN) {
    while (const auto request = NextPacket(end_.get())) Handle(*request);
  }
  if (events & EPOLLHUP) protocol_->kernel().RemoveSocket(cookie());
}

void NetlinkSocket::Handle(absl::string_view request) {
  Autobind(last_tgid_);
  std::vector<std::string> gaps;
  std::vector<std::string> replies =
      HandleRequest(protocol_->kernel().stack(), state_, request, net_admin_,
                    protocol_->notifications(), &gaps);
  for (const std::string& gap : gaps) protocol_->kernel().Confess(gap);
  for (std::string& reply : replies) Put(0, std::move(reply));
}

void NetlinkSocket::Notify(const Notification& notification) {
  if (!state_.groups.contains(notification.group)) return;
  if (notification.except_portid != 0 &&
      notification.except_portid == state_.portid) {
    return;
  }
  if (IsFilteredOut(notification.bytes)) return;
  // af_netlink.c:netlink_overrun, when the receive buffer is full.
  if (queued_bytes_ > static_cast<size_t>(receive_buffer_)) {
    if (!no_enobufs_) overrun_ = true;
    return;
  }
  Put(notification.group, notification.bytes);
}

void NetlinkSocket::Put(uint32_t group, std::string bytes) {
  queued_bytes_ += bytes.size();
  largest_ = std::max(largest_, bytes.size());
  queue_.emplace_back(group, std::move(bytes));
  Flush();
  protocol_->kernel().Touch();
}

bool NetlinkSocket::IsFilteredOut(absl::string_view bytes) const {
  if (!filter_.has_value()) return false;
  FilteredPacket packet;
  packet.frame = bytes;
  return filter_->Run(packet) == 0;
}

void NetlinkSocket::Flush() {
  while (!queue_.empty()) {
    auto& [group, bytes] = queue_.front();
    if (PutPacket(end_.get(), group, bytes) == EAGAIN) {
      if (!std::exchange(full_, true)) {
        protocol_->kernel().WatchRoom(end_.get(), watch_, true);
      }
      return;
    }
    protocol_->kernel().Touch();
    queued_bytes_ -= bytes.size();
    queue_.pop_front();
  }
  if (std::exchange(full_, false)) {
    protocol_->kernel().WatchRoom(end_.get(), watch_, false);
  }
}

// --- Names -------------------------------------------------------------------

int NetlinkSocket::Autobind(pid_t tgid) {
  if (bound_) return 0;
  state_.portid = protocol_->AnyPort(this, InnerPid(tgid));
  bound_ = true;
  return 0;
}

int NetlinkSocket::Join(uint32_t group, bool join) {
  if (group == 0 || group > kGroups) return EINVAL;
  if (join) {
    state_.groups.insert(group);
    protocol_->Joined();
  } else {
    state_.groups.erase(group);
  }
  return 0;
}

// af_netlink.c:netlink_bind.
Outcome NetlinkSocket::Bind(Call& call, int, const SockAddr& address) {
  last_tgid_ = call.tgid;
  sockaddr_nl name;
  if (address.size() < sizeof(name)) return Outcome::Fail(EINVAL);
  memcpy(&name, address.data(), sizeof(name));
  if (name.nl_family != AF_NETLINK) return Outcome::Fail(EINVAL);
  if (bound_) {
    if (name.nl_pid != state_.portid) return Outcome::Fail(EINVAL);
  } else if (name.nl_pid == 0) {
    Autobind(call.tgid);
  } else {
    if (!protocol_->ClaimPort(this, name.nl_pid)) {
      return Outcome::Fail(EADDRINUSE);
    }
    state_.portid = name.nl_pid;
    bound_ = true;
  }
  // The mask replaces the first 32 groups.
  for (uint32_t group = 1; group <= 32; ++group) {
    Join(group, name.nl_groups >> (group - 1) & 1);
  }
  return Outcome::Value(0);
}

Outcome NetlinkSocket::Connect(Call& call, int, const SockAddr& address, bool) {
  last_tgid_ = call.tgid;
  if (FamilyOf(address) == AF_UNSPEC && address.size() >= 2) {
    peer_portid_ = peer_groups_ = 0;
    return Outcome::Value(0);
  }
  sockaddr_nl name;
  if (address.size() < sizeof(name)) return Outcome::Fail(EINVAL);
  memcpy(&name, address.data(), sizeof(name));
  if (name.nl_family != AF_NETLINK) return Outcome::Fail(EINVAL);
  Autobind(call.tgid);
  peer_portid_ = name.nl_pid;
  peer_groups_ = name.nl_groups;
  return Outcome::Value(0);
}

Outcome NetlinkSocket::Listen(Call&, int, int) {
  return Outcome::Fail(EOPNOTSUPP);
}
Outcome NetlinkSocket::Accept(Call&, const GuestFile&, int, SockAddr*) {
  return Outcome::Fail(EOPNOTSUPP);
}
Outcome NetlinkSocket::Shutdown(Call&, int, int) {
  return Outcome::Fail(EOPNOTSUPP);
}

ErrnoOr<SockAddr> NetlinkSocket::LocalName() {
  uint32_t groups = 0;
  for (uint32_t group : state_.groups) {
    if (group <= 32) groups |= 1u << (group - 1);
  }
  return Format(state_.portid, groups);
}

ErrnoOr<SockAddr> NetlinkSocket::PeerName() {
  return Format(peer_portid_, peer_groups_);
}

// --- Sending and receiving ---------------------------------------------------

// af_netlink.c:netlink_sendmsg.
Outcome NetlinkSocket::Send(Call& call, const GuestFile&,
                            GuestMessage& message) {
  last_tgid_ = call.tgid;
  net_admin_ = call.Capable(kCapNetAdmin);
  if (message.flags & MSG_OOB) return Outcome::Fail(EOPNOTSUPP);
  uint32_t portid = peer_portid_;
  if (!message.name.empty()) {
    sockaddr_nl name{};
    if (message.name.size() < sizeof(name)) return Outcome::Fail(EINVAL);
    memcpy(&name, message.name.data(), sizeof(name));
    if (name.nl_family != AF_NETLINK) return Outcome::Fail(EINVAL);
    portid = name.nl_pid;
  }
  if (portid != 0) return Outcome::Fail(ECONNREFUSED);
  uint64_t total = TotalSize(message);
  if (total > static_cast<uint64_t>(send_buffer_) - 32) {
    return Outcome::Fail(EMSGSIZE);
  }
  std::string request;
  if (int error = Gather(call, message, total, &request)) {
    return Outcome::Fail(error);
  }
  Handle(request);
  return Outcome::Value(static_cast<int64_t>(total));
}

// af_netlink.c:netlink_recvmsg.
Outcome NetlinkSocket::Receive(Call& call, const GuestFile& file,
                               GuestMessage& message) {
  last_tgid_ = call.tgid;
  if (message.flags & MSG_OOB) return Outcome::Fail(EOPNOTSUPP);
  if (std::exchange(overrun_, false)) return Outcome::Fail(ENOBUFS);
  uint64_t room = TotalSize(message);
  state_.max_receive =
      std::max<uint64_t>(state_.max_receive, std::min<uint64_t>(room, 1 << 20));
  thread_local std::vector<char> buffer;
  if (buffer.size() < largest_) buffer.resize(largest_);
  iovec piece{buffer.data(), buffer.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + 64];
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  const ssize_t size =
      recvmsg(file.get(), &header, MSG_DONTWAIT | (message.flags & MSG_PEEK));
  if (size < 0 && errno == EAGAIN) {
    return WaitToReceive(call, protocol_->kernel().now(),
                         file.MustNotWait(message.flags), receive_timeout_);
  }
  if (size < 0) return Outcome::Fail(errno);
  const absl::string_view bytes(buffer.data(), size);
  const uint32_t group = NumberOfPacket(header);
  uint32_t mask = group >= 1 && group <= 32 ? 1u << (group - 1) : 0;
  std::string ancillary;
  if (packet_info_) {
    nl_pktinfo info{group};
    AppendControl(SOL_NETLINK, NETLINK_PKTINFO, &info, sizeof(info),
                  &ancillary);
  }
  if (options_.Get(SOL_SOCKET, SO_PASSCRED)) {
    ucred kernel{0, 0, 0};
    AppendControl(SOL_SOCKET, SCM_CREDENTIALS, &kernel, sizeof(kernel),
                  &ancillary);
  }
  if (int error =
          PutPacketInto(call, message, bytes, Format(0, mask), ancillary)) {
    return Outcome::Fail(error);
  }
  if (bytes.size() > room) message.out_flags |= MSG_TRUNC;
  bool whole = message.flags & MSG_TRUNC;
  return Outcome::Value(whole ? bytes.size()
                              : std::min<uint64_t>(bytes.size(), room));
}

// --- Options -----------------------------------------------------------------

Outcome NetlinkSocket::SetOption(Call& call, const GuestFile& file, int level,
                                 int name, absl::string_view value) {
  last_tgid_ = call.tgid;
  net_admin_ = call.Capable(kCapNetAdmin);
  int number = 0;
  bool has_number = value.size() >= sizeof(number);
  if (has_number) memcpy(&number, value.data(), sizeof(number));
  if (level == SOL_NETLINK) {  // af_netlink.c:netlink_setsockopt
    if (!has_number) return Outcome::Fail(EINVAL);
    switch (name) {
      case NETLINK_ADD_MEMBERSHIP:
      case NETLINK_DROP_MEMBERSHIP: {
        int error = Join(number, name == NETLINK_ADD_MEMBERSHIP);
        return error == 0 ? Outcome::Value(0) : Outcome::Fail(error);
      }
      case NETLINK_PKTINFO:
        packet_info_ = number;
        return Outcome::Value(0);
      case NETLINK_BROADCAST_ERROR:
        broadcast_error_ = number;
        return Outcome::Value(0);
      case NETLINK_NO_ENOBUFS:
        no_enobufs_ = number;
        return Outcome::Value(0);
      case NETLINK_LISTEN_ALL_NSID:
        all_namespaces_ = number;
        return Outcome::Value(0);
      case NETLINK_CAP_ACK:
        state_.cap_ack = number;
        return Outcome::Value(0);
      case NETLINK_EXT_ACK:
        state_.ext_ack = number;
        return Outcome::Value(0);
      case NETLINK_GET_STRICT_CHK:
        state_.strict_check = number;
        return Outcome::Value(0);
      default:
        return Outcome::Fail(ENOPROTOOPT);
    }
  }
  if (level != SOL_SOCKET) return Outcome::Fail(ENOPROTOOPT);
  switch (name) {
    case SO_SNDBUF:
    case SO_RCVBUF:
      if (!has_number) return Outcome::Fail(EINVAL);
      number = static_cast<int>(std::min<uint32_t>(number, 212992));
      (name == SO_SNDBUF ? send_buffer_ : receive_buffer_) =
          std::max(number * 2, name == SO_SNDBUF ? 4608 : 2304);
      return Outcome::Value(0);
    case SO_SNDBUFFORCE:
    case SO_RCVBUFFORCE:
      if (!has_number) return Outcome::Fail(EINVAL);
      if (!net_admin_) return Outcome::Fail(EPERM);
      number = std::min(std::max(number, 0), INT32_MAX / 2);
      (name == SO_SNDBUFFORCE ? send_buffer_ : receive_buffer_) =
          std::max(number * 2, 4608);
      return Outcome::Value(0);
    case SO_PASSCRED:
      if (!has_number) return Outcome::Fail(EINVAL);
      options_.Put(SOL_SOCKET, SO_PASSCRED, number != 0);
      return Outcome::Value(0);
    case SO_RCVTIMEO:
    case SO_SNDTIMEO: {
      Nanos timeout;
      if (int error = ParseTimeout(value, &timeout)) {
        return Outcome::Fail(error);
      }
      if (name == SO_RCVTIMEO) receive_timeout_ = timeout;
      return Outcome::Value(0);
    }
    case SO_ATTACH_FILTER: {
      // It sees the same bytes on the placeholder.
      sock_fprog program;
      if (value.size() < sizeof(program)) return Outcome::Fail(EINVAL);
      memcpy(&program, value.data(), sizeof(program));
      if (program.len == 0 || program.len > 4096) return Outcome::Fail(EINVAL);
      std::vector<sock_filter> code(program.len);
      auto where =
          static_cast<GuestAddr>(reinterpret_cast<uint64_t>(program.filter));
      if (int error = call.memory->Read(where, code.data(),
                                        code.size() * sizeof(sock_filter))) {
        return Outcome::Fail(error);
      }
      program.filter = code.data();
      if (setsockopt(file.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                     sizeof(program)) != 0) {
        return Outcome::Fail(errno);
      }
      // One that asks for more than the bytes is the placeholder's alone.
      const bool by_bytes =
          std::none_of(code.begin(), code.end(), [](const sock_filter& i) {
            return BPF_CLASS(i.code) == BPF_LD && static_cast<int>(i.k) < 0 &&
                   (BPF_MODE(i.code) == BPF_ABS || BPF_MODE(i.code) == BPF_IND);
          });
      filter_ = by_bytes ? SocketFilter::Make(std::move(code)) : std::nullopt;
      return Outcome::Value(0);
    }
    case SO_DETACH_FILTER:
      if (setsockopt(file.get(), SOL_SOCKET, SO_DETACH_FILTER, &number,
                     sizeof(number)) != 0) {
        return Outcome::Fail(errno);
      }
      filter_.reset();
      return Outcome::Value(0);
    default: {
      int error = options_.Set(&call, level, name, value);
      if (error == 0) {
        ConfessOption(protocol_->kernel(), options_, level, name);
      }
      if (error < 0) {
        bool filtered = false;
        return SetFilterOption(protocol_->kernel(), name, value, &filtered);
      }
      return error == 0 ? Outcome::Value(0) : Outcome::Fail(error);
    }
  }
}

Outcome NetlinkSocket::GetOption(Call&, const GuestFile&, int level, int name,
                                 std::string* value) {
  if (level == SOL_NETLINK) {
    if (name == NETLINK_LIST_MEMBERSHIPS) {
      uint32_t words[(kGroups + 31) / 32] = {};
      for (uint32_t group : state_.groups) {
        words[(group - 1) / 32] |= 1u << ((group - 1) % 32);
      }
      // As many whole words as fit; the size told is the size needed.
      size_t fit = std::min(sizeof(words), value->size() & ~size_t{3});
      value->assign(reinterpret_cast<char*>(words), fit);
      return Outcome::Value(sizeof(words));
    }
    if (value->size() < sizeof(int)) return Outcome::Fail(EINVAL);
    switch (name) {
      case NETLINK_PKTINFO:
        PutInt(packet_info_, value);
        break;
      case NETLINK_BROADCAST_ERROR:
        PutInt(broadcast_error_, value);
        break;
      case NETLINK_NO_ENOBUFS:
        PutInt(no_enobufs_, value);
        break;
      case NETLINK_LISTEN_ALL_NSID:
        PutInt(all_namespaces_, value);
        break;
      case NETLINK_CAP_ACK:
        PutInt(state_.cap_ack, value);
        break;
      case NETLINK_EXT_ACK:
        PutInt(state_.ext_ack, value);
        break;
      case NETLINK_GET_STRICT_CHK:
        PutInt(state_.strict_check, value);
        break;
      default:
        return Outcome::Fail(ENOPROTOOPT);
    }
    return Outcome::Value(0);
  }
  if (level != SOL_SOCKET) return Outcome::Fail(ENOPROTOOPT);
  switch (name) {
    case SO_TYPE:
      PutInt(type(), value);
      break;
    case SO_DOMAIN:
      PutInt(AF_NETLINK, value);
      break;
    case SO_PROTOCOL:
      PutInt(NETLINK_ROUTE, value);
      break;
    case SO_ERROR:
      PutInt(std::exchange(overrun_, false) ? ENOBUFS : 0, value);
      break;
    case SO_ACCEPTCONN:
      PutInt(0, value);
      break;
    case SO_SNDBUF:
      PutInt(send_buffer_, value);
      break;
    case SO_RCVBUF:
      PutInt(receive_buffer_, value);
      break;
    case SO_PASSCRED:
      PutInt(options_.Get(SOL_SOCKET, SO_PASSCRED), value);
      break;
    case SO_RCVTIMEO:
      PutTimeout(receive_timeout_, value);
      break;
    case SO_SNDTIMEO:
      PutTimeout(0, value);
      break;
    default:
      if (options_.Read(level, name, value) != 0) {
        Outcome other = GetFilterOption(name, value);
        return other.kind() == Outcome::Kind::kPark ? Outcome::Fail(ENOPROTOOPT)
                                                    : std::move(other);
      }
  }
  return Outcome::Value(0);
}

Outcome NetlinkSocket::Ioctl(Call& call, const GuestFile&, uint32_t request,
                             GuestAddr argument) {
  return InterfaceIoctl(call, protocol_->kernel(), request, argument);
}

}  // namespace quiesce
