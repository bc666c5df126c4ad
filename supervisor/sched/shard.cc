#include "supervisor/sched/shard.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "supervisor/fabric/message_proto.h"
#include "supervisor/sched/output_tail.h"

namespace quiesce {
namespace {

// Between the session numbers of a node's life and those of the next, which
// begins when it is started again.
constexpr uint64_t kSessionsOfALife = 1'000'000'000;

// A node may have one in so many of our descriptors for its sockets.
constexpr int kSocketShare = 8;

// What a node may have under way as datagrams in one round: as a device's queue
// does, ours drops what comes beyond. A message costs more than its payload.
constexpr uint64_t kDatagramQueue = 16 << 20;
constexpr uint64_t kMessageCost = 256;

Nanos ThreadCpu() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * kSecond + t.tv_nsec;
}

rlimit OwnDescriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

// What init gives its services (systemd's DefaultLimitNOFILE), whatever we have
// ourselves.
rlimit GuestDescriptors() {
  const rlimit own = OwnDescriptors();
  return {std::min<rlim_t>(1024, own.rlim_max), own.rlim_max};
}

// As the node itself would look: its symbolic links stay inside its root.
bool ExistsInNode(NodeRuntime& node, const std::string& path) {
  UniqueFd root(
      open(absl::StrCat("/proc/", node.tree().init_pid(), "/root").c_str(),
           O_PATH | O_DIRECTORY | O_CLOEXEC));
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  return UniqueFd(
             syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof(how)))
      .valid();
}

// Who asks for restartable sequences (rseq(2)), as the C library does for every
// thread, has its core written down each time it gets one back: for us that is
// with every answer, and nobody reads it. What was asked for must be given back
// with its size, which __rseq_size (glibc 2.36: what of it is in use) is not.
void GiveUpRestartableSequences() {
  syscall(SYS_rseq,
          static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset,
          sizeof(struct rseq), RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

}  // namespace

Shard::Shard(Emulation* emulation, int index, int cpu)
    : emulation_(emulation),
      index_(index),
      cpu_(cpu),
      thread_([this] { ThreadMain(); }) {}

Shard::~Shard() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  thread_.join();
}

absl::Status Shard::SetUpThread() {
  pthread_setname_np(pthread_self(), absl::StrCat("shard", index_).c_str());
  GiveUpRestartableSequences();
  // Placeholders live in a network namespace of this thread's own: abstract
  // unix names in it are nobody else's.
  if (unshare(CLONE_NEWNET) != 0) {
    return ErrnoStatus("a network namespace for the supervisor");
  }
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu_, &cpus);
  if (sched_setaffinity(0, sizeof(cpus), &cpus) != 0) {
    return ErrnoStatus(absl::StrCat("pinning a shard to core ", cpu_));
  }
  if (emulation_->options_.realtime) {
    sched_param parameters{};
    parameters.sched_priority = kShardPriority;
    if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) !=
        0) {
      return ErrnoStatus("realtime priority for the supervisor");
    }
  }
  return absl::OkStatus();
}

void Shard::ThreadMain() {
  setup_ = SetUpThread();
  if (emulation_->options_.least_copied > 0 && emulation_->clocks_ != nullptr) {
    zygotes_ = std::make_unique<ZygoteStore>(emulation_->launcher_,
                                             emulation_->options_.least_copied);
  }
  while (true) {
    std::function<void(Shard&)> work;
    {
      absl::MutexLock lock(&mutex_);
      busy_ = false;
      mutex_.Await(absl::Condition(
          +[](Shard* shard) { return shard->stop_ || shard->work_ != nullptr; },
          this));
      if (stop_) return;
      work = std::exchange(work_, nullptr);
    }
    work(*this);
    cpu_time_ = ThreadCpu();
  }
}

void Shard::Post(std::function<void(Shard&)> work) {
  absl::MutexLock lock(&mutex_);
  work_ = std::move(work);
  busy_ = true;
}

void Shard::Wait() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](bool* busy) { return !*busy; }, &busy_));
}

Nanos Shard::Now() const {
  if (emulation_->options_.virtual_time) return emulation_->now_;
  return WallClock();
}

Nanos Shard::RealtimeOffset() const {
  if (!emulation_->options_.virtual_time) {
    return absl::GetCurrentTimeNanos() - WallClock();
  }
  return emulation_->options_.epoch - kBootOffset;
}

bool Shard::VirtualTime() const { return emulation_->options_.virtual_time; }

bool Shard::HoldsGuests() const {
  return emulation_->options_.virtual_time && emulation_->options_.realtime;
}

void Shard::Send(Message message) {
  if (IsPacket(message.kind)) {
    uint64_t& queued = datagram_bytes_[message.from];
    queued += message.payload.size() + kMessageCost;
    if (queued > kDatagramQueue) {
      Confess(message.from, "datagrams were dropped: too many at once");
      return;
    }
  }
  outbox_.push_back(std::move(message));
}

std::vector<Message> Shard::TakeOutbox() {
  datagram_bytes_.clear();
  return std::exchange(outbox_, {});
}

void Shard::OnNewImage(Call& call) {
  emulation_->nodes_[call.kernel->id()]->TakeClock(call);
}

Outcome Shard::OnClockPage(Call& call) {
  return emulation_->nodes_[call.kernel->id()]->ClockPage(call);
}

void Shard::OnNewProcess(Call& call) {
  emulation_->nodes_[call.kernel->id()]->LookForProcesses();
}

absl::StatusOr<std::unique_ptr<NodeProcessTree>> Shard::MakeTree(NodeId id) {
  NodeSpec& spec = emulation_->plans_[id].spec;
  spec.init_cpu = cpu_;
  if (emulation_->options_.realtime) {
    spec.init_fifo_priority = kNodeInitPriority;
  }
  return emulation_->launcher_->StartNode(spec);
}

absl::Status Shard::PrepareNode(NodeId id) {
  ASSIGN_OR_RETURN(prepared_[id], MakeTree(id));
  if (zygotes_ != nullptr) zygotes_->Expect(emulation_->plans_[id].spec);
  return absl::OkStatus();
}

absl::Status Shard::StartNode(NodeId id, std::vector<ClockStep> clock_script) {
  const size_t sent = outbox_.size();
  for (;;) {
    const int failed = zygotes_ == nullptr ? 0 : zygotes_->failed();
    absl::Status done = TryStartNode(id, clock_script);
    if (zygotes_ == nullptr || zygotes_->failed() == failed) return done;
    // A process could not be copied, and will not be tried again: as if the
    // node had not been there yet.
    emulation_->nodes_[id].reset();
    emulation_->processes_of_image_[id].clear();
    --emulation_->lives_[id];
    outbox_.erase(outbox_.begin() + sent, outbox_.end());
    datagram_bytes_.erase(id);
  }
}

absl::Status Shard::TryStartNode(NodeId id,
                                 std::vector<ClockStep> clock_script) {
  NodePlan& plan = emulation_->plans_[id];
  const size_t sent = outbox_.size();
  if (emulation_->sleeps_ != nullptr) {
    if (!sleeps_.has_value()) sleeps_.emplace(emulation_->sleeps_.get(), cpu_);
    sleeps_->BeginActivation();
  }
  std::unique_ptr<NodeProcessTree> tree;
  if (auto prepared = prepared_.extract(id); !prepared.empty()) {
    tree = std::move(prepared.mapped());
  } else {
    ASSIGN_OR_RETURN(tree, MakeTree(id));
  }
  const uint64_t life = emulation_->lives_[id]++;
  ASSIGN_OR_RETURN(
      std::unique_ptr<NodeKernel> kernel,
      NodeKernel::Create(id, plan.spec.name,
                         life == 0 ? plan.seed : Mix(plan.seed, life), this));
  kernel->set_session_base(life * kSessionsOfALife);
  kernel->set_socket_limit(OwnDescriptors().rlim_cur / kSocketShare);
  RETURN_IF_ERROR(plan.build_stack(kernel->stack()));
  NodeRuntimeOptions options;
  options.clocks = emulation_->clocks_.get();
  options.trace = emulation_->options_.trace;
  options.strict_priority = emulation_->options_.realtime;
  options.watch = emulation_->options_.realtime ? &watch_ : nullptr;
  options.sleeps = sleeps_.has_value() ? &*sleeps_ : nullptr;
  options.copies = emulation_->copies_.get();
  options.cpu = cpu_;
  options.follow_files = emulation_->options_.follow_files;
  options.activation_bound = emulation_->options_.activation_bound;
  options.zero_pages = emulation_->options_.zero_pages;
  if (emulation_->options_.thread_seed != 0) {
    options.thread_seed = Mix(Mix(emulation_->options_.thread_seed, id), life);
  }
  auto& node = emulation_->nodes_[id];
  node = std::make_unique<NodeRuntime>(std::move(kernel), std::move(tree),
                                       options);
  node->clock_steps().Follow(std::move(clock_script));
  for (ProcessPlan& process : plan.processes) {
    ASSIGN_OR_RETURN(const pid_t pid, Spawn(id, process.spec));
    emulation_->processes_of_image_[id][pid] = {&process, false};
    node->RunUntilIdle();
    if (process.ready_path.empty()) continue;
    if (!ExistsInNode(*node, process.ready_path)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "node ", plan.spec.name, ": ", process.spec.name, " is idle but ",
          process.ready_path, " does not exist", OutputTail(process.spec)));
    }
  }
  node->EndActivation();
  emulation_->progress_.nodes_up.fetch_add(1, std::memory_order_relaxed);
  if (emulation_->options_.record) {
    proto::NodeStep step;
    step.mutable_start();
    emulation_->Record(id, std::move(step), SentSince(sent));
  }
  return absl::OkStatus();
}

absl::StatusOr<pid_t> Shard::Spawn(NodeId id, ProcessSpec spec) {
  spec.cpu = cpu_;
  spec.fifo_priority = emulation_->options_.realtime ? kGuestPriority : 0;
  // The kernel must not write down what is left of a timeout by its own clock
  // (fs/select.c:poll_select_finish).
  if (VirtualTime()) spec.personality |= STICKY_TIMEOUTS;
  spec.merge_memory = emulation_->options_.merge_memory;
  spec.rlimits.push_back({RLIMIT_NOFILE, GuestDescriptors()});
  NodeRuntime& node = *emulation_->nodes_[id];
  node.BoundOutput(spec);
  ASSIGN_OR_RETURN(SpawnedProcess spawned, SpawnOrCopy(id, spec));
  const pid_t pid = spawned.pid;
  node.AddWorker(std::move(spawned));
  return pid;
}

absl::StatusOr<SpawnedProcess> Shard::SpawnOrCopy(NodeId id,
                                                  const ProcessSpec& spec) {
  NodeRuntime& node = *emulation_->nodes_[id];
  if (zygotes_ == nullptr) return node.tree().Spawn(spec);
  node.ShowTime();
  const GuestClocks& clocks = *emulation_->clocks_;
  CopySetting setting;
  const NodeSpec& node_spec = emulation_->plans_[id].spec;
  setting.host_name = node_spec.HostName();
  setting.clock.patch = [&clocks, id](pid_t tid, const uint8_t* random) {
    return clocks.Patch(tid, id, random);
  };
  setting.clock.page_is_mapped = [&clocks](pid_t tid, uint64_t address) {
    return clocks.PageIsMapped(tid, address);
  };
  setting.clock.patch_copy = [&clocks, id](pid_t tid, uint64_t page,
                                           const uint8_t* random) {
    return clocks.PatchCopy(tid, id, page, random);
  };
  setting.clock.monotonic = node.kernel().now();
  setting.clock.realtime =
      setting.clock.monotonic + node.kernel().realtime_offset();
  setting.clock.page = GuestClocks::Page;
  setting.clock.file = clocks.file();
  setting.clock.offset = GuestClocks::OffsetOf(id);
  setting.random = [&node](size_t size) {
    return node.kernel().RandomBytes(size);
  };
  return zygotes_->Spawn(node_spec, spec, setting, &node.tree());
}

std::vector<ZygoteReport> Shard::EndCopying() {
  if (zygotes_ == nullptr) return {};
  std::vector<ZygoteReport> reports = zygotes_->Reports();
  // Templates die: none of the nodes' threads does anything meanwhile.
  if (sleeps_.has_value()) sleeps_->BeginActivation();
  zygotes_.reset();
  if (sleeps_.has_value()) sleeps_->EndActivation();
  return reports;
}

void Shard::Activate(NodeId id, const std::vector<Message>& messages) {
  NodeRuntime& node = *emulation_->nodes_[id];
  const size_t sent = outbox_.size();
  // What wakes a guest may make it spin before we have gone on to anything
  // else.
  const ActivationScope scope(emulation_->options_.realtime ? &watch_ : nullptr,
                              node.tree().init_pid());
  node.BeginActivation();
  node.RunTimers();
  node.Deliver(messages);
  node.RunUntilIdle(Holding::kMay);
  node.EndActivation();
  if (!emulation_->options_.record) return;
  proto::NodeStep step;
  proto::Activation* activation = step.mutable_activate();
  for (const Message& message : messages) {
    MessageToProto(message, activation->add_input());
  }
  emulation_->Record(id, std::move(step), SentSince(sent));
}

}  // namespace quiesce
