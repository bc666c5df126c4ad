#include "notifier/kernel/node_kernel.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "notifier/base/epoll_wait.h"
#include "notifier/base/status_macros.h"
#include "notifier/kernel/placeholder.h"

namespace quiesce {
namespace {

constexpr uint32_t kWatched = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET;

}  // namespace

absl::StatusOr<std::unique_ptr<NodeKernel>> NodeKernel::Create(NodeId id,
                                                               std::string name,
                                                               uint64_t seed,
                                                               World* world) {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return ErrnoStatus("epoll_create1");
  return std::unique_ptr<NodeKernel>(
      new NodeKernel(id, std::move(name), seed, world, std::move(epoll)));
}

NodeKernel::NodeKernel(NodeId id, std::string name, uint64_t seed, World* world,
                       UniqueFd epoll)
    : id_(id),
      name_(std::move(name)),
      world_(world),
      random_state_(seed),
      epoll_(std::move(epoll)) {
  stack_.set_hash_seed(seed);
}

NodeKernel::~NodeKernel() {
  // What the dying sockets have to say reaches nobody.
  looping_ = true;
  silent_ = true;
  while (!sockets_.empty()) sockets_.extract(sockets_.begin());
}

uint64_t NodeKernel::Random() {
  // splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
  // generators, 2014).
  uint64_t z = (random_state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::string NodeKernel::RandomBytes(size_t size) {
  std::string bytes;
  bytes.reserve(size + sizeof(uint64_t));
  while (bytes.size() < size) {
    const uint64_t word = Random();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  bytes.resize(size);
  return bytes;
}

void NodeKernel::DescriptorIsNew(pid_t process, int number, int file) {
  const uint64_t table = poll_sets_.TableOf(process);
  if (table == 0) return;
  const uint64_t cookie = SocketCookie(file);
  if (cookie == 0 || FindSocket(cookie) == nullptr) return;
  known_sockets_.Learn(process, table, number, cookie);
}

void NodeKernel::DescriptorChanges(pid_t process, int number) {
  poll_sets_.Changed(process, number);
  known_sockets_.Changed(process, number);
}

void NodeKernel::DescriptorsChange(pid_t process) {
  poll_sets_.Changed(process);
}

ErrnoOr<Socket*> NodeKernel::SocketOf(Call& call, int guest_fd,
                                      GuestFile* file) {
  const uint64_t table = poll_sets_.TableOf(call.tgid);
  if (table != 0) {
    const uint64_t known = known_sockets_.Find(call.tgid, table, guest_fd);
    if (known != 0) {
      *file = GuestFile(&call, guest_fd);
      return FindSocket(known);
    }
  }
  auto duplicate = call.files->Duplicate(guest_fd);
  if (!duplicate.ok()) return Errno(duplicate.error());
  uint64_t cookie = SocketCookie(duplicate->get());
  // EBADF: a descriptor of O_PATH.
  if (cookie == 0) return Errno(errno == EBADF ? EBADF : ENOTSOCK);
  *file = GuestFile(std::move(*duplicate));
  Socket* const socket = FindSocket(cookie);
  if (table != 0 && socket != nullptr) {
    known_sockets_.Learn(call.tgid, table, guest_fd, cookie);
  }
  return socket;
}

Socket* NodeKernel::FindSocket(uint64_t cookie) {
  auto it = sockets_.find(cookie);
  return it == sockets_.end() ? nullptr : it->second.get();
}

Socket* NodeKernel::AddSocket(std::unique_ptr<Socket> socket) {
  if (sockets_.size() >= prune_at_) PruneSockets();
  Socket* result = socket.get();
  sockets_[result->cookie()] = std::move(socket);
  return result;
}

int NodeKernel::PollsAtOnce(pid_t tid) {
  if (idle_polls_.tid != tid || idle_polls_.at != now()) {
    idle_polls_ = {tid, now(), 0};
  }
  return ++idle_polls_.times;
}

bool NodeKernel::HasRoomForSocket() {
  if (sockets_.size() >= socket_limit_) PruneSockets();
  return sockets_.size() < socket_limit_;
}

std::vector<Socket*> NodeKernel::sockets() const {
  std::vector<Socket*> all;
  for (const auto& [cookie, socket] : sockets_) all.push_back(socket.get());
  // The host counts cookies up.
  std::sort(all.begin(), all.end(), [](const Socket* a, const Socket* b) {
    return a->cookie() < b->cookie();
  });
  return all;
}

void NodeKernel::RemoveSocket(uint64_t cookie) {
  auto node = sockets_.extract(cookie);
  // Dies here, after it has left the table.
}

void NodeKernel::RenameSocket(uint64_t cookie, uint64_t new_cookie) {
  auto it = sockets_.find(cookie);
  if (it == sockets_.end()) return;
  poll_sets_.Changed();  // we have put another file in its place
  known_sockets_.Changed();
  std::unique_ptr<Socket> socket = std::move(it->second);
  sockets_.erase(it);
  socket->cookie_ = new_cookie;
  sockets_[new_cookie] = std::move(socket);
}

// Sockets that were closed before they were connected to anything leave no
// trace by themselves. Asking all of them each time the table has doubled costs
// a constant per socket ever made.
void NodeKernel::PruneSockets() {
  std::vector<uint64_t> dead;
  for (const auto& [cookie, socket] : sockets_) {
    if (!socket->Alive()) dead.push_back(cookie);
  }
  std::sort(dead.begin(), dead.end());
  for (uint64_t cookie : dead) RemoveSocket(cookie);
  prune_at_ = std::max<size_t>(64, 2 * sockets_.size());
}

uint64_t NodeKernel::Watch(int end, EndWatcher* watcher) {
  uint64_t watch = ++last_watch_;
  epoll_event event{};
  event.events = kWatched;
  event.data.u64 = watch;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, end, &event);
  watches_[watch] = watcher;
  return watch;
}

void NodeKernel::WatchRoom(int end, uint64_t watch, bool wanted) {
  epoll_event event{};
  event.events = kWatched | (wanted ? EPOLLOUT : 0);
  event.data.u64 = watch;
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, end, &event);
}

void NodeKernel::Unwatch(uint64_t watch) { watches_.erase(watch); }

void NodeKernel::Unwatch(uint64_t watch, int end) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, end, nullptr);
  Unwatch(watch);
}

Nanos NodeKernel::Realtime() const {
  if (world_->VirtualTime()) return now() + realtime_offset();
  timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

Protocol* NodeKernel::protocol(int number) {
  for (const auto& [of, protocol] : protocols_) {
    if (of == number) return protocol.get();
  }
  return nullptr;
}

void NodeKernel::SetProtocol(int number, std::unique_ptr<Protocol> protocol) {
  const auto at = std::lower_bound(
      protocols_.begin(), protocols_.end(), number,
      [](const auto& entry, int wanted) { return entry.first < wanted; });
  if (at != protocols_.end() && at->first == number) {
    at->second = std::move(protocol);
  } else {
    protocols_.emplace(at, number, std::move(protocol));
  }
}

// Where this node hears itself: IPv4 says the interface that has the address
// (net/ipv4/route.c:ip_route_output_key_hash_rcu, orig_oif), IPv6 the loopback.
// In a VRF its own device takes the place of the loopback.
int NodeKernel::LocalInterface(const Message& message) const {
  const IpAddress& to = message.destination.address;
  const Link* vrf = stack_.VrfOf(message.oif);
  if (to.v4()) {
    for (const auto& [ifindex, link] : stack_.links()) {
      if (stack_.VrfOf(ifindex) == vrf &&
          stack_.FindAddress(to, ifindex) != nullptr) {
        return ifindex;
      }
    }
  }
  return vrf == nullptr ? 1 : vrf->ifindex;
}

void NodeKernel::Transmit(Message message) {
  if (silent_) return;
  message.from = id_;
  if (message.to != id_) {
    world_->Send(std::move(message));
    return;
  }
  message.arrival = now();
  if (message.iif == 0) message.iif = LocalInterface(message);
  loopback_.push_back(std::move(message));
  if (looping_) return;
  looping_ = true;
  while (!loopback_.empty()) {
    Message next = std::move(loopback_.front());
    loopback_.pop_front();
    Receive(std::move(next));
  }
  looping_ = false;
}

void NodeKernel::Receive(Message message) {
  if (IsPacket(message.kind)) {
    // What a link carries for many is for those, too, that ride on it.
    const IpAddress& to = message.destination.address;
    if (message.from != id_ && (message.kind == MessageKind::kFrame ||
                                to.is_multicast() || stack_.IsBroadcast(to))) {
      for (const int rider : stack_.Riders(message.iif)) {
        Message copy = message;
        copy.iif = rider;
        Receive(std::move(copy));
      }
    }
    Protocol* packets = protocol(kPackets);
    // What stays in the node is on no link; frames on the loopback are.
    const bool frame = message.kind == MessageKind::kFrame;
    if (packets != nullptr && (frame || message.from != id_)) {
      packets->Receive(message);
    }
    if (frame) return;
  }
  Protocol* receiver = protocol(message.protocol);
  if (receiver != nullptr) receiver->Receive(std::move(message));
}

bool NodeKernel::Pump(bool* swept) {
  bool moved = false;
  std::array<epoll_event, 64> events;
  int count = events.size();
  // What an end causes at another one is found by the next pump.
  while (count == static_cast<int>(events.size())) {
    count = EpollWait(epoll_.get(), events.data(), events.size(), 0);
    if (count <= 0) break;
    moved = true;
    // The kernel's ready list is in the order of writes, which threads of a
    // node may race for; the order of watches is the node's own doing.
    std::sort(events.begin(), events.begin() + count,
              [](const epoll_event& a, const epoll_event& b) {
                return a.data.u64 < b.data.u64;
              });
    for (int i = 0; i < count; ++i) {
      const uint64_t watch = events[i].data.u64;  // of a packed struct
      auto it = watches_.find(watch);
      if (it != watches_.end()) it->second->OnEnd(events[i].events);
    }
  }
  const bool any = Sweep();
  if (swept != nullptr) *swept = any;
  return moved;
}

bool NodeKernel::Sweep() {
  bool any = false;
  // There may be one more afterwards.
  for (size_t i = 0; i < protocols_.size(); ++i) {
    any |= protocols_[i].second->Sweep();
  }
  return any;
}

Nanos NodeKernel::next_timer() const {
  Nanos next = kNever;
  for (const auto& [number, protocol] : protocols_) {
    next = std::min(next, protocol->next_timer());
  }
  return next;
}

void NodeKernel::RunTimers(Nanos now) {
  for (size_t i = 0; i < protocols_.size(); ++i) {
    protocols_[i].second->RunTimers(now);
  }
}

ErrnoOr<UniqueFd> NodeKernel::ConnectPlaceholder(int guest_end) {
  if (!pair_listener_.valid()) {
    auto listener = NewPlaceholder(SOCK_STREAM, true);
    if (!listener.ok()) return listener;
    uint64_t name = SocketCookie(listener->get());
    if (int error = BindPlaceholder(listener->get(), name)) {
      return Errno(error);
    }
    if (listen(listener->get(), 1) != 0) return Errno(errno);
    pair_listener_ = std::move(*listener);
    pair_listener_name_ = name;
  }
  if (int error = ConnectToPlaceholder(guest_end, pair_listener_name_)) {
    return Errno(error);
  }
  UniqueFd end(accept4(pair_listener_.get(), nullptr, nullptr,
                       SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!end.valid() || InReserve(end.get())) return Errno(ENFILE);
  return end;
}

}  // namespace quiesce
