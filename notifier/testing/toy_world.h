// A world of a few nodes for unit tests: time moved by hand, messages carried
// by hand, and guests that are this very process: their descriptors are real
// unix sockets, their pointers our own.
#ifndef QUIESCE_NOTIFIER_TESTING_TOY_WORLD_H_
#define QUIESCE_NOTIFIER_TESTING_TOY_WORLD_H_

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "notifier/kernel/node_kernel.h"
#include "notifier/kernel/world.h"

namespace quiesce {

class ToyMemory : public GuestMemory {
 public:
  int Read(GuestAddr from, void* to, size_t size) override {
    if (from == GuestAddr::kNull && size > 0) return EFAULT;
    memcpy(to, reinterpret_cast<const void*>(from), size);
    return 0;
  }
  int Write(GuestAddr to, const void* from, size_t size) override {
    if (to == GuestAddr::kNull && size > 0) return EFAULT;
    memcpy(reinterpret_cast<void*>(to), from, size);
    return 0;
  }
  ErrnoOr<std::string> ReadString(GuestAddr from, size_t max) override {
    std::string text(reinterpret_cast<const char*>(from));
    if (text.size() > max) return Errno(ENAMETOOLONG);
    return text;
  }
};

class ToyFiles : public GuestFiles {
 public:
  ErrnoOr<UniqueFd> Duplicate(int guest_fd) override {
    int fd = fcntl(guest_fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return Errno(errno);
    return UniqueFd(fd);
  }
};

struct ToyCall : public Call {
  bool Capable(int capability) override {
    return !missing.contains(capability);
  }
  std::set<int> missing;
  ToyMemory toy_memory;
  ToyFiles toy_files;
};

class ToyWorld : public World {
 public:
  Nanos Now() const override { return now; }
  void Send(Message message) override {
    in_flight.push_back(std::move(message));
  }
  void Confess(NodeId, absl::string_view what) override {
    confessions.insert(std::string(what));
  }

  NodeKernel& AddNode(const std::string& name) {
    auto id = static_cast<NodeId>(nodes.size());
    auto kernel = NodeKernel::Create(id, name, 1000 + id, this);
    nodes.push_back(std::move(*kernel));
    nodes.back()->stack().SetUp(1);  // lo
    return *nodes.back();
  }

  // Delivers what is in flight until nothing is: to the owner of the
  // destination address, or back where there is none or `lost` says so.
  void Run() {
    for (auto& node : nodes) node->Pump();
    while (!in_flight.empty()) {
      Message m = std::move(in_flight.front());
      in_flight.pop_front();
      if (lost && lost(m)) continue;
      NodeKernel* to = nullptr;
      for (auto& node : nodes) {
        if (node->stack().IsLocal(m.destination.address)) to = node.get();
      }
      if (to == nullptr || unreachable.contains(m.destination.address)) {
        NodeKernel* back = nodes[m.from].get();
        m.about = m.kind;
        m.kind = MessageKind::kIcmpError;
        m.value = silent ? 0 : 3 << 8 | 1;  // host unreachable
        m.to = m.from;
        back->Receive(std::move(m));
      } else {
        m.to = to->id();
        m.iif = 2;
        m.ttl -= hops;
        ++delivered;
        to->Receive(std::move(m));
      }
      for (auto& node : nodes) node->Pump();
    }
  }
  // Lets time pass from timer to timer up to `until`.
  void RunUntil(Nanos until) {
    Run();
    while (true) {
      Nanos next = kNever;
      for (auto& node : nodes) next = std::min(next, node->next_timer());
      if (next > until) break;
      now = std::max(now, next);
      for (auto& node : nodes) node->RunTimers(now);
      Run();
    }
    now = until;
  }

  Nanos now = 1 * kSecond;
  int hops = 0;
  bool silent = false;
  int delivered = 0;
  std::set<IpAddress> unreachable;
  std::function<bool(const Message&)> lost;
  std::deque<Message> in_flight;
  std::set<std::string> confessions;
  std::vector<std::unique_ptr<NodeKernel>> nodes;
};

// What a guest's call came to. `parked` calls can be tried again.
struct ToyResult {
  int64_t value = 0;
  int error = 0;
  bool native = false;
  bool parked = false;
  UniqueFd fd;
};

// A socket of a guest of `kernel`, used as a program uses it.
class ToySocket {
 public:
  ToySocket(NodeKernel& kernel, UniqueFd fd)
      : kernel_(&kernel), fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  void Close() { fd_.Reset(); }
  NodeKernel& kernel() { return *kernel_; }
  ToyCall& call() { return call_; }

  ToyResult Settle(Outcome outcome, bool fits = true) {
    ToyResult result;
    switch (outcome.kind()) {
      case Outcome::Kind::kValue:
        result.value = outcome.value();
        break;
      case Outcome::Kind::kFail:
        result.error = outcome.error();
        break;
      case Outcome::Kind::kNative:
        result.native = true;
        break;
      case Outcome::Kind::kPark:
        result.parked = true;
        break;
      case Outcome::Kind::kInstall:
        if (outcome.done()) outcome.done()(fits);
        if (fits) {
          result.fd = std::move(outcome.fd());
        } else {
          outcome.fd().Reset();
          result.error = EMFILE;
        }
        break;
    }
    return result;
  }

  // Runs `handler` on the socket, as the dispatcher would.
  template <typename F>
  ToyResult Do(F handler, bool fits = true) {
    return DoWithFile(
        [&](Socket& s, Call& c, const GuestFile& f) {
          return handler(s, c, f.get());
        },
        fits);
  }
  template <typename F>
  ToyResult DoWithFile(F handler, bool fits = true) {
    kernel_->Pump();
    if (!again_) {
      call_.attempts = 0;
      call_.scratch = 0;
      call_.started = kernel_->now();
    }
    call_.kernel = kernel_;
    call_.memory = &call_.toy_memory;
    call_.files = &call_.toy_files;
    GuestFile file;
    auto socket = kernel_->SocketOf(call_, fd_.get(), &file);
    if (!socket.ok()) return ToyResult{.error = socket.error()};
    if (*socket == nullptr) return ToyResult{.native = true};
    Outcome outcome = handler(**socket, call_, file);
    file = GuestFile();
    ToyResult result = Settle(std::move(outcome), fits);
    again_ = result.parked;
    if (again_) ++call_.attempts;
    kernel_->Pump();
    return result;
  }

  bool nonblocking() const { return fcntl(fd(), F_GETFL) & O_NONBLOCK; }

  ToyResult Bind(const SockAddr& a) {
    return Do([&](Socket& s, Call& c, int f) { return s.Bind(c, f, a); });
  }
  ToyResult Connect(const SockAddr& a) {
    return Do([&](Socket& s, Call& c, int f) {
      return s.Connect(c, f, a, nonblocking());
    });
  }
  ToyResult Listen(int backlog) {
    return Do(
        [&](Socket& s, Call& c, int f) { return s.Listen(c, f, backlog); });
  }
  ToyResult Accept(SockAddr* peer = nullptr, int flags = SOCK_NONBLOCK,
                   bool fits = true) {
    SockAddr ignored;
    return DoWithFile(
        [&](Socket& s, Call& c, const GuestFile& f) {
          return s.Accept(c, f, flags, peer == nullptr ? &ignored : peer);
        },
        fits);
  }
  ToyResult Shutdown(int how) {
    return Do([&](Socket& s, Call& c, int f) { return s.Shutdown(c, f, how); });
  }
  ToyResult SetBytes(int level, int name, absl::string_view value) {
    return DoWithFile([&](Socket& s, Call& c, const GuestFile& f) {
      return s.SetOption(c, f, level, name, value);
    });
  }
  ToyResult Set(int level, int name, int value) {
    return SetBytes(level, name,
                    absl::string_view(reinterpret_cast<char*>(&value), 4));
  }
  // The error, negative, or the int.
  int Get(int level, int name) {
    std::string value(4, '\0');
    ToyResult r = DoWithFile([&](Socket& s, Call& c, const GuestFile& f) {
      return s.GetOption(c, f, level, name, &value);
    });
    if (r.error != 0) return -r.error;
    int number = 0;
    memcpy(&number, value.data(), std::min<size_t>(4, value.size()));
    return number;
  }
  int Error() { return Get(SOL_SOCKET, SO_ERROR); }
  Socket* object() {
    GuestFile file;
    call_.files = &call_.toy_files;
    auto socket = kernel_->SocketOf(call_, fd_.get(), &file);
    return socket.ok() ? *socket : nullptr;
  }
  ErrnoOr<SockAddr> Local() { return object()->LocalName(); }
  ErrnoOr<SockAddr> Peer() { return object()->PeerName(); }

  // Native calls.
  ssize_t Write(absl::string_view bytes) {
    return send(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  // What is there; "<errno>" on failure, "" at the end.
  std::string Read(size_t most = 1 << 20) {
    std::string bytes(most, '\0');
    ssize_t got = recv(fd(), bytes.data(), most, MSG_DONTWAIT);
    if (got < 0) return std::string("<") + strerrorname_np(errno) + ">";
    bytes.resize(got);
    return bytes;
  }
  // POLLIN POLLOUT POLLERR POLLHUP POLLRDHUP only.
  int Poll() {
    pollfd p{fd(), POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&p, 1, 0);
    return p.revents;
  }

 private:
  NodeKernel* kernel_;
  UniqueFd fd_;
  ToyCall call_;
  bool again_ = false;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TESTING_TOY_WORLD_H_
