// One node's emulated kernel: its network stack, its sockets, its way to the
// world. Belongs to one shard and is touched by that shard's thread only.
//
// The scheduler uses it like this:
//   Receive(m) for every message of the round   (before the node runs)
//   RunTimers()                                 (when next_timer() has come)
//   ... guests run; handlers reach it through Call::kernel ...
//   Pump()                                      (before each answer, and at
//                                                the activation's end)
#ifndef QUIESCE_NOTIFIER_KERNEL_NODE_KERNEL_H_
#define QUIESCE_NOTIFIER_KERNEL_NODE_KERNEL_H_

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "notifier/base/errno_or.h"
#include "notifier/base/nanos.h"
#include "notifier/base/unique_fd.h"
#include "notifier/call/call.h"
#include "notifier/kernel/futex_waits.h"
#include "notifier/kernel/guest_file.h"
#include "notifier/kernel/known_sockets.h"
#include "notifier/kernel/message.h"
#include "notifier/kernel/poll_sets.h"
#include "notifier/kernel/socket.h"
#include "notifier/kernel/world.h"
#include "notifier/net/stack.h"

namespace quiesce {

// A transport protocol's part of a node's kernel (TCP, UDP ...): demultiplexes
// what arrives, keeps ports and timers.
class Protocol {
 public:
  virtual ~Protocol() = default;
  virtual void Receive(Message message) = 0;
  virtual Nanos next_timer() const = 0;  // kNever if none
  virtual void RunTimers(Nanos now) = 0;
  // After everything else of a Pump(): what needs a look once in a while. True
  // if there was anything to look at.
  virtual bool Sweep() { return false; }
};

// The number of the protocol that sees datagrams and frames as they come in: no
// IPPROTO, of which there are 263 (nor NetlinkProtocol, nor GuestTimers).
inline constexpr int kPackets = 1002;

// Who wants to know what happens at the supervisor's end of a placeholder.
class EndWatcher {
 public:
  virtual ~EndWatcher() = default;
  // `events` as epoll_wait gives them, edge triggered. May end its own watch
  // and delete itself.
  virtual void OnEnd(uint32_t events) = 0;
};

class NodeKernel {
 public:
  // `world` outlives the kernel. `seed` decides ports, sequence numbers and
  // everything else that Linux draws at random.
  static absl::StatusOr<std::unique_ptr<NodeKernel>> Create(NodeId id,
                                                            std::string name,
                                                            uint64_t seed,
                                                            World* world);
  ~NodeKernel();
  NodeKernel(const NodeKernel&) = delete;
  NodeKernel& operator=(const NodeKernel&) = delete;

  NodeId id() const { return id_; }
  const std::string& name() const { return name_; }
  World& world() { return *world_; }
  Stack& stack() { return stack_; }
  const Stack& stack() const { return stack_; }
  // CLOCK_REALTIME as guests see it.
  Nanos Realtime() const;
  // CLOCK_MONOTONIC as this node sees it: the world's, unless the node has
  // been moved ahead of it.
  Nanos now() const { return std::max(world_->Now(), ahead_); }
  // What to add to that for CLOCK_REALTIME. No two nodes' clocks agree to the
  // nanosecond: programs draw from them what is to differ between nodes (gobgpd
  // when to connect again after two have called each other at once).
  Nanos realtime_offset() const { return world_->RealtimeOffset() + id_; }
  // Moves this node's clock alone, for a guest that spins until it moves.
  void MoveAhead(Nanos step) { ahead_ = now() + step; }
  uint64_t Random();  // the node's own seeded sequence
  std::string RandomBytes(size_t size);
  // Sessions are numbered from here on: a node that is started again must not
  // use the numbers of its former life, which others may remember.
  uint64_t session_base() const { return session_base_; }
  void set_session_base(uint64_t base) { session_base_ = base; }
  void Confess(absl::string_view what) { world_->Confess(id_, what); }

  // The socket behind a guest's descriptor: EBADF, ENOTSOCK, or null where it
  // is one of the guest's own (AF_UNIX): that call is Native.
  ErrnoOr<Socket*> SocketOf(Call& call, int guest_fd, GuestFile* file);
  // `file` has got that number in the process.
  void DescriptorIsNew(pid_t process, int number, int file);
  // That number of the process's may mean another file once it runs on.
  void DescriptorChanges(pid_t process, int number);
  // The same for all its numbers.
  void DescriptorsChange(pid_t process);
  Socket* FindSocket(uint64_t cookie);
  Socket* AddSocket(std::unique_ptr<Socket> socket);
  void RemoveSocket(uint64_t cookie);
  // The socket has got another placeholder.
  void RenameSocket(uint64_t cookie, uint64_t new_cookie);
  size_t socket_count() const { return sockets_.size(); }
  // Every socket costs the supervisor a descriptor, so a node has at most so
  // many; beyond, socket(2) fails as it does when fs.file-max is reached.
  void set_socket_limit(size_t limit) { socket_limit_ = limit; }
  bool HasRoomForSocket();
  // All of them, in the order in which they were made.
  std::vector<Socket*> sockets() const;

  // Watches `end` for what the guest does there, edge triggered, until
  // Unwatch() or until the end is closed (Unwatch is due then, too). Never 0.
  uint64_t Watch(int end, EndWatcher* watcher);
  // Whether EPOLLOUT is told, too: it comes with each packet that the guest
  // takes out, and who has nothing to add is not interested.
  void WatchRoom(int end, uint64_t watch, bool wanted);
  void Unwatch(uint64_t watch);
  // The same for an `end` that somebody else has open, too.
  void Unwatch(uint64_t watch, int end);

  // Protocols by IPPROTO number, created on first use by the rooms above.
  Protocol* protocol(int number);
  void SetProtocol(int number, std::unique_ptr<Protocol> protocol);

  // Sends a message; `to` set to this node keeps it here. Messages to this node
  // are received before Transmit returns, in order, except from within a
  // Receive: then after it.
  void Transmit(Message message);
  // Takes what has arrived for this node.
  void Receive(Message message);

  // Moves what guests have written and closed since the last call: to sockets
  // of this node at once, to others as messages. True if anything moved;
  // `swept` as by Sweep().
  bool Pump(bool* swept = nullptr);
  // The part of that which is not about what has been written. True if
  // something was closed, or may have been, that a guest may wait for.
  bool Sweep();
  // Readable when Pump() has something to do; for the shard's epoll set.
  int pump_fd() const { return epoll_.get(); }

  Nanos next_timer() const;
  void RunTimers(Nanos now);

  // Grows with anything that may satisfy a parked call of this node (bytes
  // written to a placeholder, a state change).
  uint64_t activity() const { return activity_; }
  void Touch() { ++activity_; }

  // Some process of the node may have been sent a signal since it began. Until
  // then nobody need look for one.
  bool signals() const { return signals_; }
  void ExpectSignals() { signals_ = true; }

  // Some process has a signalfd, which shows the signals of whoever asks. So we
  // cannot ask it: waits look for the signals themselves from then on.
  bool signal_fds() const { return signal_fds_; }
  void ExpectSignalFds() { signal_fds_ = true; }

  // The same for timeouts of sockets.
  bool socket_timeouts() const { return socket_timeouts_; }
  void ExpectSocketTimeouts() { socket_timeouts_ = true; }

  FutexWaits& futex_waits() { return futex_waits_; }

  // Some socket's readiness may not be its placeholder's since it began: waits
  // ask the sockets from then on. (Natively run ones see the placeholder's.)
  bool corrects_readiness() const { return corrects_readiness_; }
  void CorrectReadiness() { corrects_readiness_ = true; }

  // A thread whose call is made Native gets to the kernel before any other of
  // the node can run: what was found ready is still ready there.
  bool continued_runs_first() const { return continued_runs_first_; }
  void set_continued_runs_first(bool first) { continued_runs_first_ = first; }

  PollSets& poll_sets() { return poll_sets_; }
  // Gives up what is kept for threads and processes that are gone.
  template <typename ThreadGone, typename ProcessGone>
  void Forget(ThreadGone thread, ProcessGone process) {
    poll_sets_.Forget(thread, process);
    known_sockets_.Forget(process);
  }

  // A thread polls without waiting (its timeout is 0). How often it has done so
  // at this instant of the node's time: often enough, and on any machine some
  // time would have passed. FRR's event loop polls like this while its next
  // timer is less than a millisecond away.
  int PollsAtOnce(pid_t tid);

  // Two connected ends of a stream: connects `guest_end`, a fresh placeholder,
  // and returns the supervisor's end. EMFILE and the like are the world's
  // fault but reach the guest as ENFILE.
  ErrnoOr<UniqueFd> ConnectPlaceholder(int guest_end);

 private:
  NodeKernel(NodeId id, std::string name, uint64_t seed, World* world,
             UniqueFd epoll);
  void PruneSockets();
  int LocalInterface(const Message& message) const;

  const NodeId id_;
  const std::string name_;
  World* const world_;
  Nanos ahead_ = 0;
  uint64_t random_state_;
  uint64_t session_base_ = 0;
  UniqueFd epoll_;
  UniqueFd pair_listener_;  // made on first use
  uint64_t pair_listener_name_ = 0;
  Stack stack_;
  absl::flat_hash_map<uint64_t, EndWatcher*> watches_;
  uint64_t last_watch_ = 0;
  // Sockets go before protocols: they give up their claims there.
  // By number. A handful, gone through again and again.
  std::vector<std::pair<int, std::unique_ptr<Protocol>>> protocols_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<Socket>> sockets_;
  size_t prune_at_ = 64;
  size_t socket_limit_ = SIZE_MAX;
  std::deque<Message> loopback_;
  bool looping_ = false;
  bool silent_ = false;
  uint64_t activity_ = 0;
  bool signals_ = false;
  bool signal_fds_ = false;
  bool socket_timeouts_ = false;
  bool continued_runs_first_ = false;
  PollSets poll_sets_;
  KnownSockets known_sockets_;
  struct {
    pid_t tid = 0;
    Nanos at = 0;
    int times = 0;
  } idle_polls_;
  bool corrects_readiness_ = false;
  FutexWaits futex_waits_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_NODE_KERNEL_H_
