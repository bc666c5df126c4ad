#include "supervisor/sched/node_runtime.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/epoll_wait.h"
#include "notifier/guest/thread_access.h"
#include "notifier/kernel/placeholder.h"
#include "notifier/syscalls/socket_calls.h"
#include "supervisor/launch/process_children.h"
#include "supervisor/sched/zero_drop.h"

namespace quiesce {
namespace {

// For so many milliseconds a thread may run on before the parked calls of
// others are looked at all the same; and for so many it may wait for a device,
// which nobody in the node can do anything about.
constexpr int kRestlessTurns = 50;
constexpr int kDeviceTurns = 10'000;

// Tags in the node's epoll set that are no worker's index.
constexpr uint64_t kPumpTag = ~0ull;
constexpr uint64_t kExitTag = ~0ull - 1;
// With a worker's index: its process has ended.
constexpr uint64_t kEndedTag = 1ull << 32;

// When an activation that lasts is looked at first, and how often then; where a
// node has so many processes that a look takes long, it takes at most one part
// in so many.
constexpr Nanos kFirstRestLook = 200 * kMillisecond;
constexpr Nanos kRestLook = 5 * kMillisecond;
constexpr int kRestLookShare = 10;

// Who asks whether a moment has passed (babeld) may run at that very moment,
// and then spins until it has; with timers that fire on a grid that happens
// again and again. A node where it has happened is late by some microseconds,
// each time by others, as on any real host: at most by so many.
constexpr uint64_t kLatest = 997;

// How long a node runs between two looks at the files that it prints to.
constexpr Nanos kOutputLook = 100 * kMillisecond;

// How long to wait at a time for news of an end from PID 1.
constexpr int kReportWaitMs = 10;

// Waits that go on with what is left of their timeout when a signal has run no
// handler (-ERESTART_RESTARTBLOCK, -ERESTARTNOHAND). Of the others some fail
// with EINTR even then, epoll_wait(2) for one; see signal(7).
bool OutlastsStop(int call) {
  return call == SYS_poll || call == SYS_ppoll || call == SYS_select ||
         call == SYS_pselect6 || call == SYS_nanosleep ||
         call == SYS_clock_nanosleep || call == SYS_futex;
}

}  // namespace

NodeRuntime::NodeRuntime(std::unique_ptr<NodeKernel> kernel,
                         std::unique_ptr<NodeProcessTree> tree,
                         const NodeRuntimeOptions& options)
    : kernel_(std::move(kernel)),
      tree_(std::move(tree)),
      options_(options),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      holds_(options.thread_seed),
      new_pages_(options.zero_pages) {
  if (options.trace != nullptr) {
    tracer_ = std::make_unique<CallTracer>(options.trace);
  }
  AddProtocols(*kernel_);
  NobodyIsBehind(true);
  Watch(kernel_->pump_fd(), kPumpTag);
  Watch(tree_->events_fd(), kExitTag);
}

NodeRuntime::~NodeRuntime() {
  // The processes go first: they must not see their kernel die.
  tree_.reset();
  output_.Cut();
}

void NodeRuntime::Watch(int fd, uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

void NodeRuntime::NobodyIsBehind(bool nobody) {
  nobody_is_behind_ = nobody;
  SeeWhoLeads();
}

bool NodeRuntime::GuestsLead() const {
  return options_.strict_priority && nobody_is_behind_ &&
         (options_.watch == nullptr || !options_.watch->lifted());
}

void NodeRuntime::SeeWhoLeads() {
  const bool guests = GuestsLead();
  // A trace shows what a call has brought: it has to be answered here.
  kernel_->set_continued_runs_first(guests && tracer_ == nullptr);
  // Otherwise it may still have to do what we follow it for.
  kernel_->poll_sets().Follow(guests && options_.follow_files &&
                              options_.clocks != nullptr);
}

void NodeRuntime::AddWorker(SpawnedProcess process) {
  Listener listener(std::move(process.listener));
  const bool listens = listener.fd() >= 0;
  const int pidfd = process.pidfd.get();
  workers_.push_back(std::make_unique<Worker>(
      Worker{std::move(process), std::move(listener)}));
  const uint64_t index = workers_.size() - 1;
  if (listens) Watch(workers_.back()->listener.fd(), index);
  Watch(pidfd, kEndedTag | index);
  kernel_->Touch();
}

void NodeRuntime::Deliver(const std::vector<Message>& messages) {
  if (messages.empty()) return;
  ShowTime();
  for (const Message& message : messages) kernel_->Receive(message);
  kernel_->Touch();
}

void NodeRuntime::ShowTime() {
  if (options_.clocks == nullptr) return;
  const Nanos now = kernel_->now();
  if (std::exchange(shown_, now) == now) return;
  for (const auto& [tid, parked] : parked_) {
    if (parked.call->on_clock) parked.call->on_clock();
  }
  options_.clocks->Set(kernel_->id(), now, now + kernel_->realtime_offset());
}

void NodeRuntime::TakeClock(Call& call) {
  kernel_->DescriptorsChange(call.tgid);  // what is closed by execve
  if (options_.clocks == nullptr) return;
  ShowTime();
  uint64_t random[2] = {kernel_->Random(), kernel_->Random()};
  Tell(options_.clocks->Patch(call.tid, kernel_->id(),
                              reinterpret_cast<const uint8_t*>(random)));
}

Outcome NodeRuntime::ClockPage(Call& call) {
  if (options_.clocks == nullptr) return Outcome::Fail(ENOSYS);
  if (call.Int(0) == kPageIsMapped) {
    Tell(options_.clocks->PageIsMapped(call.tid, call.args[1]));
    return Outcome::Value(0);
  }
  UniqueFd file = options_.clocks->FileForGuest();
  if (!file.valid()) return Outcome::Fail(ENFILE);
  return Outcome::Install(std::move(file), /*close_on_exec=*/true);
}

void NodeRuntime::Tell(const absl::Status& clock) {
  if (clock.ok()) return;
  kernel_->Confess(
      absl::StrCat("a process reads the host's clocks: ", clock.ToString()));
}

void NodeRuntime::ForgetGone() {
  absl::erase_if(process_of_, [](const auto& entry) {
    return ThreadGroupOf(entry.first) != entry.second;
  });
  std::set<pid_t> alive;
  for (const auto& [tid, process] : process_of_) alive.insert(process);
  const auto gone = [&](const auto& entry) {
    return !alive.contains(entry.first);
  };
  absl::erase_if(pidfds_, gone);
  threads_.Forget(gone);
  new_pages_.Forget(gone);
  const auto thread_gone = [&](const auto& entry) {
    return !process_of_.contains(entry.first);
  };
  kernel_->Forget(thread_gone, gone);
  absl::erase_if(interrupted_, thread_gone);
  absl::erase_if(unanswered_, thread_gone);
  forget_at_ = std::max<size_t>(64, 2 * process_of_.size());
}

pid_t NodeRuntime::ProcessOf(pid_t tid) {
  if (process_of_.size() >= forget_at_) ForgetGone();
  auto [it, is_new] = process_of_.try_emplace(tid, tid);
  if (!is_new) return it->second;
  const pid_t process = ThreadGroupOf(tid);
  if (process > 0) it->second = process;
  // An old process's number, perhaps.
  if (process == tid) kernel_->DescriptorsChange(process);
  return it->second;
}

uint64_t NodeRuntime::Serve(int timeout_ms) {
  epoll_event events[32];
  const int count =
      EpollWait(epoll_.get(), events, std::size(events), timeout_ms);
  pump_is_dry_ = options_.strict_priority && count < std::ssize(events) &&
                 std::none_of(events, events + std::max(count, 0),
                              [](const epoll_event& event) {
                                return event.data.u64 == kPumpTag;
                              });
  for (int i = 0; i < count; ++i) {
    const uint64_t tag = events[i].data.u64;
    if (tag == kPumpTag) {
      PumpOnce();
    } else if (tag == kExitTag) {
      while (true) {
        absl::StatusOr<std::optional<ExitReport>> exit = tree_->ReadExit();
        if (!exit.ok()) {
          dead_ = true;
          epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, tree_->events_fd(), nullptr);
          break;
        }
        if (!exit->has_value()) break;
        if ((*exit)->spawned) --unreported_;
        exits_.push_back(std::move(**exit));
        kernel_->Touch();
      }
    } else if (tag & kEndedTag) {
      Worker& worker = *workers_[tag ^ kEndedTag];
      epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, worker.process.pidfd.get(),
                nullptr);
      ++unreported_;
      somebody_ended_ = true;
      kernel_->Touch();
    } else if (events[i].events & EPOLLIN) {
      OnNotification(*workers_[tag]);
    } else {
      // POLLHUP alone: the last process under this filter is gone.
      epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, workers_[tag]->listener.fd(),
                nullptr);
      kernel_->Touch();
    }
  }
  return std::max(count, 0);
}

void NodeRuntime::PumpOnce() {
  if (pump_is_dry_) {
    kernel_->Sweep();
  } else if (kernel_->Pump()) {
    kernel_->Touch();
  }
  // What is sent from now on comes before a call that Serve() has yet to get.
  pump_is_dry_ = options_.strict_priority;
}

void NodeRuntime::OnNotification(Worker& worker) {
  seccomp_notif notification;
  if (!worker.listener.Receive(&notification)) return;
  const pid_t tid = notification.pid;
  if (auto it = parked_.find(tid); it != parked_.end() && it->second.again) {
    it->second.again = false;
    if (it->second.call->IsRepeatedBy(notification)) return;
  }
  ++calls_;
  if (AnswerAgain(worker, notification)) return;
  const SyscallRow* row = FindSyscall(notification.data.nr);
  const pid_t process = ProcessOf(tid);
  std::unique_ptr<UniqueFd>& pidfd = pidfds_[process];
  if (pidfd == nullptr) pidfd = std::make_unique<UniqueFd>();
  // One of the process that was started is there already.
  const int of_worker =
      process == worker.process.pid ? worker.process.pidfd.get() : -1;
  auto call =
      std::make_unique<GuestCall>(notification, process, kernel_.get(),
                                  kernel_->now(), of_worker, pidfd.get());
  call->listener = &worker.listener;
  if (options_.copies != nullptr && GuestsLead()) {
    call->memory_of_thread.Know(
        options_.copies->Find(options_.cpu, notification));
  }
  // A thread makes one call at a time: if it makes another one, a signal has
  // ended the one we keep. Made again by SA_RESTART it comes with the same
  // arguments; one with a timeout Linux does not make again.
  if (auto it = parked_.find(tid); it != parked_.end()) {
    NoteInterrupted(it->second);
    parked_.erase(it);
  }
  if (auto it = interrupted_.find(tid); it != interrupted_.end()) {
    const Interrupted old = it->second;
    interrupted_.erase(it);
    call->interrupted = old.number == call->number && old.args == call->args;
    if (call->interrupted && old.started) {
      call->started = *old.started;
      call->interrupted = false;
    }
    if (call->interrupted && old.fails) {
      Exited(worker, *call, {CallResult::Kind::kError, 0, EINTR});
      worker.listener.Fail(call->id, EINTR);
      kernel_->Touch();
      return;
    }
  }
  if (row == nullptr) {
    worker.listener.Continue(call->id);
    kernel_->Touch();
    return;
  }
  if (tracer_ != nullptr) tracer_->OnEntry(*row, *call);
  PumpOnce();  // bytes move before the next call is answered
  const Nanos hold = holding_ == Holding::kMay ? holds_.Next() : 0;
  if (hold == 0) {
    Run(worker, row, std::move(call));
    return;
  }
  call->memory_of_thread.Know(nullptr);
  parked_[tid] = Parked{std::move(call),       &worker, row, ++last_serial_,
                        kernel_->now() + hold, 0,       true};
}

void NodeRuntime::Answer(Worker& worker, std::unique_ptr<GuestCall> call,
                         int64_t value) {
  if (!worker.listener.Return(call->id, value)) {
    const pid_t tid = call->tid;
    unanswered_[tid] = {std::move(call), value};
  } else if (call->delivered) {
    call->delivered();
  }
}

bool NodeRuntime::AnswerAgain(Worker& worker,
                              const seccomp_notif& notification) {
  auto it = unanswered_.find(static_cast<pid_t>(notification.pid));
  if (it == unanswered_.end()) return false;
  Unanswered old = std::move(it->second);
  unanswered_.erase(it);
  // Not made again it has failed with EINTR, and what it took is put back.
  if (!old.call->IsRepeatedBy(notification)) return false;
  Exited(worker, *old.call, {CallResult::Kind::kValue, old.value, 0});
  Answer(worker, std::move(old.call), old.value);
  kernel_->Touch();
  return true;
}

bool NodeRuntime::Run(Worker& worker, const SyscallRow* row,
                      std::unique_ptr<GuestCall> call) {
  Outcome outcome = row->handler(*call);
  return Apply(worker, row, call, std::move(outcome));
}

void NodeRuntime::Exited(Worker& worker, GuestCall& call,
                         const CallResult& result) {
  if (tracer_ != nullptr) tracer_->OnExit(worker.process.name, call, result);
}

bool NodeRuntime::Apply(Worker& worker, const SyscallRow* row,
                        std::unique_ptr<GuestCall>& call, Outcome outcome) {
  switch (outcome.kind()) {
    case Outcome::Kind::kValue:
      Exited(worker, *call, {CallResult::Kind::kValue, outcome.value(), 0});
      Answer(worker, std::move(call), outcome.value());
      break;
    case Outcome::Kind::kFail:
      Exited(worker, *call, {CallResult::Kind::kError, 0, outcome.error()});
      worker.listener.Fail(call->id, outcome.error());
      break;
    case Outcome::Kind::kNative:
      Exited(worker, *call, {CallResult::Kind::kNative});
      worker.listener.Continue(call->id);
      break;
    case Outcome::Kind::kInstall: {
      if (tracer_ != nullptr) tracer_->BeforeInstall(*call);
      ErrnoOr<int> number = worker.listener.Install(
          call->id, outcome.fd().get(), outcome.close_on_exec());
      if (outcome.done()) outcome.done()(number.ok());
      if (number.ok()) {
        kernel_->DescriptorIsNew(call->tgid, *number, outcome.fd().get());
      }
      CallResult result;
      if (number.ok()) {
        result = {CallResult::Kind::kValue, *number, 0};
      } else if (number.error() == ENOENT) {
        result = {CallResult::Kind::kGone};
      } else {
        result = {CallResult::Kind::kError, 0, number.error()};
      }
      Exited(worker, *call, result);
      // ENOENT: the guest has left, there is nobody to tell.
      if (!number.ok() && number.error() != ENOENT) {
        worker.listener.Fail(call->id, number.error());
      }
      break;
    }
    case Outcome::Kind::kPark: {
      ++call->attempts;
      const pid_t tid = call->tid;
      const uint64_t serial =
          call->attempts == 1 ? ++last_serial_ : call->park_serial;
      call->park_serial = serial;
      call->memory_of_thread.Know(nullptr);
      parked_[tid] =
          Parked{std::move(call),    &worker, row, serial, outcome.deadline(),
                 kernel_->activity()};
      return false;
    }
  }
  kernel_->Touch();
  return true;
}

void NodeRuntime::NoteInterrupted(const Parked& parked) {
  const GuestCall& call = *parked.call;
  Interrupted& noted = interrupted_[call.tid];
  noted = {call.number, call.args,
           parked.deadline != kNever && !call.done_in_part && !parked.held};
  // Who was stopped has run no handler.
  if (OutlastsStop(call.number) && IsStopped(call.tid)) {
    noted.fails = false;
    noted.started = call.started;
  }
}

bool NodeRuntime::RetryParked(bool* any) {
  const Nanos now = kernel_->now();
  const bool ended = std::exchange(somebody_ended_, false);
  if (ended) {  // nobody comes back for these
    absl::erase_if(unanswered_, [](const auto& entry) {
      return ThreadGroupOf(entry.first) < 0;
    });
  }
  // In the order in which they were first parked: thread numbers are the
  // host's and differ from run to run.
  auto& waiting = waiting_;
  waiting.clear();
  for (const auto& [tid, parked] : parked_) {
    const bool due = parked.deadline <= now ||
                     (parked.held ? holding_ == Holding::kMayNot
                                  : parked.seen != kernel_->activity());
    if (due) {
      waiting.push_back({parked.serial, tid});
    }
  }
  std::sort(waiting.begin(), waiting.end());
  bool answered = false;
  for (const auto& [serial, tid] : waiting) {
    auto it = parked_.find(tid);
    if (it == parked_.end()) continue;
    GuestCall& waiting_call = *it->second.call;
    // Whom a signal has ended or stopped waits no longer.
    if (it->second.deadline > now && waiting_call.waits_on != nullptr &&
        !ended && !kernel_->signals() && waiting_call.waits_on(waiting_call)) {
      it->second.seen = kernel_->activity();
      continue;
    }
    Parked parked = std::move(it->second);
    parked_.erase(it);
    // Gone while it was parked, or taken out of it by a signal.
    if ((ended || kernel_->signals()) &&
        !parked.worker->listener.Valid(parked.call->id)) {
      NoteInterrupted(parked);
      continue;
    }
    if (any != nullptr) *any = true;
    if (parked.held) {
      parked.call->started = now;
      answered = true;
    }
    if (Run(*parked.worker, parked.row, std::move(parked.call))) {
      answered = true;
    }
  }
  return answered;
}

std::vector<pid_t> NodeRuntime::Processes() const {
  if (!forks_) {
    std::vector<pid_t> result;
    for (const auto& worker : workers_) result.push_back(worker->process.pid);
    return result;
  }
  // Orphans become children of PID 1.
  return DescendantsOf(tree_->init_pid());
}

bool NodeRuntime::EndSocketWaits() {
  if (!kernel_->socket_timeouts()) return false;
  const bool any = socket_timeouts_.Look(
      Processes(), [this](pid_t thread) { return parked_.contains(thread); },
      *kernel_);
  if (any) kernel_->Touch();
  return any;
}

bool NodeRuntime::DropZeroPages() {
  bool any = false;
  for (const pid_t process : Processes()) {
    const std::vector<AddressRange> fresh = new_pages_.Take(process);
    if (fresh.empty()) continue;
    Parked* oldest = nullptr;
    for (auto& [tid, parked] : parked_) {
      if (parked.call->tgid == process &&
          (oldest == nullptr || parked.serial < oldest->serial)) {
        oldest = &parked;
      }
    }
    if (oldest == nullptr) continue;
    const ZeroDrop drop = DropZeroes(oldest->call->tid, fresh);
    if (!drop.disturbed) continue;
    oldest->again = any = true;
    new_pages_.Dropped(process, drop.dropped);
  }
  // All threads slept before, and those that have run sleep in the same call.
  if (any && sleeps_at_rest_.has_value() && GuestsLead()) {
    sleeps_at_rest_ = options_.sleeps->Count();
  }
  return any;
}

void NodeRuntime::CutOutput() {
  if (ran_unlooked_ < kOutputLook) return;
  ran_unlooked_ = 0;
  if (output_.Cut()) kernel_->Confess("output was cut: it is too long");
}

void NodeRuntime::SeeToRest(RestBound& bound) {
  if (options_.activation_bound <= 0) return;
  bound.Update(Processes());
  if (bound.Passed()) {
    KillRestless(bound);
    bound = RestBound(options_.activation_bound);
    return;
  }
  Nanos step = options_.clocks == nullptr ? 0 : bound.ClockStep();
  if (step != 0) step = clock_steps_.Make(calls_, step);
  if (step == 0) return;
  has_spun_ = true;
  kernel_->Confess("a process ran on until its clock was moved");
  kernel_->MoveAhead(step);
  ShowTime();
  kernel_->Touch();
}

void NodeRuntime::KillRestless(const RestBound& bound) {
  const pid_t culprit = bound.culprit();
  const std::string why = absl::StrCat(
      ": killed after ", bound.used() / kMillisecond,
      " ms of CPU without coming to rest (see --activation_bound)");
  for (const auto& worker : workers_) {
    // The process that was started, with all its descendants: they may be
    // what a fork bomb leaves. New ones are born until all are hit.
    std::set<pid_t> killed;
    bool guilty = false;
    for (const bool kill_them : {false, true}) {
      if (kill_them && !guilty) break;
      std::vector<pid_t> family = {worker->process.pid};
      for (size_t i = 0; i < family.size(); ++i) {
        if (family[i] == culprit) guilty = true;
        if (kill_them && killed.insert(family[i]).second) {
          kill(family[i], SIGKILL);
        }
        for (const pid_t child : ChildrenOf(family[i])) {
          if (!killed.contains(child)) family.push_back(child);
        }
      }
    }
    if (!guilty) continue;
    why_killed_[worker->process.pid] = why;
    return;
  }
  // Nobody's child any more: the node goes with it.
  tree_->Kill();
  dead_ = true;
  why_killed_[tree_->init_pid()] = why;
}

std::string NodeRuntime::WhyKilled(pid_t process) const {
  const auto it = why_killed_.find(process);
  return it == why_killed_.end() ? "" : it->second;
}

bool NodeRuntime::NobodyWasAway() const {
  return options_.sleeps != nullptr && GuestsLead() &&
         sleeps_at_rest_ == options_.sleeps->Count();
}

void NodeRuntime::BeginActivation() {
  if (options_.sleeps == nullptr) return;
  options_.sleeps->BeginActivation();
  // Others of its core may have been away meanwhile, but not its own threads.
  if (sleeps_at_rest_.has_value() && options_.sleeps->Outside() == outside_) {
    sleeps_at_rest_ = options_.sleeps->Count();
  }
}

void NodeRuntime::EndActivation() {
  if (options_.sleeps == nullptr) return;
  const bool at_rest = NobodyWasAway();
  options_.sleeps->EndActivation();
  outside_ = options_.sleeps->Outside();
  if (!at_rest) sleeps_at_rest_.reset();
}

Rest NodeRuntime::Look() {
  const bool counts = options_.sleeps != nullptr && GuestsLead();
  const uint64_t sleeps = counts ? options_.sleeps->Count() : 0;
  const Rest rest =
      threads_.Look(Processes(), options_.strict_priority,
                    [this](pid_t thread) { return parked_.contains(thread); });
  sleeps_at_rest_.reset();
  if (counts && rest == Rest::kAsleep) sleeps_at_rest_ = sleeps;
  return rest;
}

uint64_t NodeRuntime::RunUntilIdle(Holding holding) {
  const uint64_t before = calls_;
  holding_ = holding;
  const ActivationScope scope(options_.watch, tree_->init_pid());
  if (has_spun_) kernel_->MoveAhead(++late_ % kLatest * kMicrosecond);
  RestBound bound(options_.activation_bound);
  Nanos next_look = WallClock() + kFirstRestLook;
  int restless_turns = 0;
  bool may_drop = options_.zero_pages != ZeroPages::kStay;
  ShowTime();
  Nanos wall = CoarseWallClock();
  while (true) {
    const Nanos before_turn = std::exchange(wall, CoarseWallClock());
    ran_unlooked_ += wall - before_turn;
    if (options_.watch != nullptr) options_.watch->Turn(wall);
    SeeWhoLeads();
    if (wall >= next_look) {
      // Somebody may try again for ever; the run is over.
      if (ReserveWasReached()) break;
      SeeToRest(bound);
      CutOutput();
      const Nanos done = WallClock();
      next_look = done + std::max(kRestLook, kRestLookShare * (done - wall));
    }
    if (clock_steps_.Holds(calls_)) {
      poll(nullptr, 0, 1);
      continue;
    }
    if (Serve(0) > 0) continue;
    bool unheard = false;
    if (pump_is_dry_) {
      unheard = kernel_->Sweep();
    } else if (kernel_->Pump(&unheard)) {
      kernel_->Touch();
      continue;
    }
    // Who runs whenever it can, and was not kept from it by a device, has been
    // heard.
    const bool nobody_was_away = NobodyWasAway();
    unheard |= !nobody_was_away;
    // Before a parked call is run again everybody must sleep, even where
    // priorities are strict: whoever waits for a disk would have come first on
    // another day, and what a call finds must not depend on that.
    if (const Rest rest = nobody_was_away ? Rest::kAsleep : Look();
        rest != Rest::kAsleep) {
      kernel_->Touch();  // what it does now may satisfy others
      if (rest == Rest::kSpins && RetryParked()) continue;
      if (Serve(1) > 0) {
        restless_turns = 0;
      } else if (++restless_turns >= (rest == Rest::kWaitsForDevice
                                          ? kDeviceTurns
                                          : kRestlessTurns)) {
        // It may be spinning for what another one will do.
        restless_turns = 0;
        if (options_.strict_priority) {
          NobodyIsBehind(false);
          threads_.PutSpinnersBehind(Processes());
        }
        RetryParked();
      }
      continue;
    }
    restless_turns = 0;
    // Who came back from a device while we looked may sleep in a call that we
    // have not heard of yet.
    if (unheard && Serve(0) > 0) continue;
    // Who sleeps now may have satisfied others unheard, after they were last
    // looked at. With strict priorities it ran before the answer was counted.
    if (!options_.strict_priority) kernel_->Touch();
    if (RetryParked(&unheard)) continue;
    if (unheard && Serve(0) > 0) continue;
    if (unreported_ <= 0 && !dead_ && EndSocketWaits()) continue;
    if (may_drop && unreported_ <= 0 && !dead_) {
      may_drop = false;
      if (DropZeroPages()) continue;
    }
    if (unreported_ <= 0 || dead_) break;
    // PID 1, an ordinary task, has yet to say how a process ended.
    Serve(kReportWaitMs);
  }
  holding_ = Holding::kMayNot;
  threads_.PutNobodyBehind();
  NobodyIsBehind(true);
  CutOutput();
  return calls_ - before;
}

uint64_t NodeRuntime::ServeOnce(int timeout_ms, int extra_fd) {
  const ActivationScope scope(options_.watch, tree_->init_pid());
  ShowTime();
  // What timers and arrivals have satisfied since the last time.
  while (RetryParked()) {
  }
  if (extra_fd >= 0) {
    pollfd fds[2] = {{epoll_.get(), POLLIN, 0}, {extra_fd, POLLIN, 0}};
    if (poll(fds, 2, timeout_ms) <= 0) return 0;
    timeout_ms = 0;
  }
  const uint64_t served = Serve(timeout_ms);
  while (RetryParked()) {
  }
  return served;
}

Nanos NodeRuntime::next_timer() const {
  Nanos next = std::min(kernel_->next_timer(), socket_timeouts_.next());
  for (const auto& [tid, parked] : parked_) {
    next = std::min(next, parked.deadline);
  }
  return next;
}

void NodeRuntime::RunTimers() {
  const Nanos now = kernel_->now();
  if (kernel_->next_timer() <= now) {
    ShowTime();  // whom a timer wakes reads the clock at once
    kernel_->RunTimers(now);
    kernel_->Touch();
  }
}

std::vector<ExitReport> NodeRuntime::TakeExits() {
  return std::exchange(exits_, {});
}

}  // namespace quiesce
