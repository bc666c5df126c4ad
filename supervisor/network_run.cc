#include "supervisor/network_run.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "supervisor/collect.h"
#include "supervisor/event_log.h"
#include "supervisor/hold.h"
#include "supervisor/hold_protocol.h"
#include "supervisor/host_needs.h"
#include "supervisor/interrupt.h"
#include "supervisor/launch/environment.h"
#include "supervisor/plan/event_plan.h"
#include "supervisor/plan/network_plan.h"
#include "supervisor/record/recording_dir.h"
#include "supervisor/report/fib_change.h"
#include "supervisor/report/fib_of_stack.h"
#include "supervisor/report/line_log.h"
#include "supervisor/report/originated.h"
#include "supervisor/report/output_dir.h"
#include "supervisor/report/progress.h"
#include "supervisor/report/session_remarks.h"
#include "supervisor/report/summary.h"
#include "supervisor/report/tables.h"
#include "supervisor/report/timing.h"
#include "supervisor/report/usage.h"
#include "supervisor/sched/placement.h"
#include "supervisor/swarm.h"

namespace quiesce {
namespace {

int Complain(const absl::Status& status, ExitCode code) {
  std::cerr << "quiesce: " << status.message() << "\n";
  return code;
}

// Documentation/admin-guide/mm/ksm.rst. The host's, so not ours to turn on.
constexpr char kMergeSwitch[] = "/sys/kernel/mm/ksm/run";

bool MergesMemory() {
  int run = 0;
  return std::ifstream(kMergeSwitch) >> run && run == 1;
}

// An error of a running network, as an exit code.
ExitCode CodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return kExitUsage;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kResourceExhausted:
      return kExitLacking;
    case absl::StatusCode::kCancelled:
      return kExitInterrupted;
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kDeadlineExceeded:
      return kExitNodeFailed;
    default:
      return kExitInternal;
  }
}

// One run: its clock on the wall, its progress, what its phases cost.
class NetworkRun {
 public:
  NetworkRun(const Topology& topology, const NetworkOptions& options)
      : topology_(topology),
        options_(options),
        stop_(CatchInterrupts()),
        begin_(absl::Now()),
        progress_(OptionsFor(STDERR_FILENO), [this](absl::string_view text) {
          if (Speaks()) std::cerr << text << std::flush;
        }) {}

  int Run();

 private:
  absl::Duration Elapsed() const { return absl::Now() - begin_; }
  // Runs `work` on a second thread while this one shows how far it is.
  void Watched(const std::string& phase, const std::function<void()>& work);
  absl::Status Prepare();
  // What has to be done before there are several emulators, and then by each.
  absl::Status PrepareOutput();
  absl::Status PrepareNodes();
  // Of several emulators one writes and prints.
  bool Speaks() const {
    return swarm_ == nullptr || swarm_->exchange()->rank() == 0;
  }
  int Complain(const absl::Status& status, ExitCode code) {
    return Speaks() ? quiesce::Complain(status, code) : code;
  }
  bool Owns(int node) const {
    return swarm_ == nullptr || EmulatorOf(node, swarm_->exchange()->size()) ==
                                    swarm_->exchange()->rank();
  }
  void CloseBooks(const std::string& phase);
  void AddSample();
  TreeUsage RouterUsage(WithMemory with_memory, Timing* timing);
  // Sorts its paths.
  absl::Status Write(Collected* collected);
  absl::Status WriteSummary(Collected* collected);
  // In a swarm: adds up the emulators' own.
  absl::Status FillTiming();
  // What the scheduler says of the run.
  void FillRun();
  absl::Status OpenLogs(EmulationOptions* emulation);
  absl::Status OpenRecording(EmulationOptions* emulation);
  void WatchEvents(EmulationOptions* emulation);
  // Nothing is logged after convergence.
  absl::Status CloseLogs();

  const Topology& topology_;
  const NetworkOptions& options_;
  const std::atomic<bool>* const stop_;
  std::unique_ptr<Swarm> swarm_;  // null: one emulator; outlives the others
  const absl::Time begin_;
  Progress progress_;
  absl::optional<OutputDir> out_;
  // These outlive the emulation.
  std::unique_ptr<LineLog> message_log_;
  std::unique_ptr<LineLog> fib_lines_;
  std::unique_ptr<FibLog> fib_log_;
  std::unique_ptr<RecordingWriter> recording_;
  std::unique_ptr<EventLog> event_log_;  // null: no event is to be told of
  HostNeeds needs_;
  std::unique_ptr<Launcher> launcher_;
  std::map<std::string, std::string> directories_;  // of the nodes' outputs
  EmulationOptions emulation_options_;
  NetworkPlan plan_;
  std::unique_ptr<Emulation> emulation_;
  EmulationResult result_;
  Summary summary_;
  Timing timing_;
  absl::Duration phase_begin_;
  TreeUsage routers_before_;
  std::map<std::string, absl::Duration> start_cpu_;  // of each program
  const KernelMemoryUsage kernel_before_ = KernelMemoryNow();
  int64_t switches_before_ = 0;
  absl::Duration supervisor_before_;
};

absl::Duration OwnCpu() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) +
         absl::DurationFromTimeval(usage.ru_stime);
}

void NetworkRun::Watched(const std::string& phase,
                         const std::function<void()>& work) {
  progress_.Phase(phase, Elapsed());
  std::atomic<bool> done{false};
  std::thread worker([&] {
    emulation_->Lead();
    work();
    done = true;
    done.notify_one();
  });
  const auto show = [&] {
    const EmulationProgress& p = emulation_->progress();
    ProgressState state;
    state.nodes = topology_.nodes().size();
    state.nodes_up = p.nodes_up;
    state.sessions = topology_.SessionEnds();
    state.sessions_established = p.sessions;
    state.routes = p.routes;
    state.messages = p.messages;
    state.rounds = p.rounds;
    state.virtual_time = absl::Nanoseconds(p.virtual_time.load());
    progress_.Update(state, Elapsed());
  };
  while (!done) {
    show();
    absl::SleepFor(absl::Milliseconds(50));
  }
  worker.join();
  show();
}

absl::Status NetworkRun::Prepare() {
  RaiseDescriptorLimit();
  EnvironmentNeeds needs;
  needs.resources = needs_.resources();
  needs.realtime = options_.emulation.realtime;
  std::vector<EnvironmentProblem> fatal;
  for (EnvironmentProblem& problem : CheckEnvironment(needs)) {
    if (problem.fatal) fatal.push_back(std::move(problem));
  }
  if (!fatal.empty()) {
    return absl::PermissionDeniedError(DescribeProblems(fatal));
  }
  needs_.Warn(std::cerr);
  if (options_.emulation.merge_memory && !MergesMemory()) {
    std::cerr << "quiesce: --ksm: no page is merged, as this host's KSM does "
                 "not run; as root: echo 1 > "
              << kMergeSwitch << "\n";
  }
  needs_.AllowScarceDescriptors();
  RETURN_IF_ERROR(PrepareOutput());
  if (needs_.emulators() == 1) return PrepareNodes();
  ASSIGN_OR_RETURN(swarm_, Swarm::Fork(needs_.emulators()));
  return AgreeOn(PrepareNodes(), swarm_->exchange());
}

absl::Status NetworkRun::PrepareOutput() {
  absl::StatusOr<OutputDir> out = OutputDir::Create(options_.out);
  if (!out.ok()) return absl::InvalidArgumentError(out.status().message());
  out_.emplace(*std::move(out));
  for (const TopologyNode& node : topology_.nodes()) {
    ASSIGN_OR_RETURN(directories_[node.name], out_->NodeDirectory(node.name));
  }
  EmulationOptions& emulation = emulation_options_;
  emulation = options_.emulation;
  emulation.zero_pages = options_.zero_pages.value_or(
      needs_.MemoryMayBeScarce() ? ZeroPages::kGo : ZeroPages::kStay);
  emulation.events = PlanEvents(topology_);
  RETURN_IF_ERROR(OpenLogs(&emulation));
  WatchEvents(&emulation);
  emulation.sample = [this] { AddSample(); };
  return OpenRecording(&emulation);
}

absl::Status NetworkRun::PrepareNodes() {
  EmulationOptions& emulation = emulation_options_;
  if (swarm_ != nullptr) {
    emulation.exchange = swarm_->exchange();
    const std::vector<int> cpus = std::exchange(emulation.cpus, {});
    for (size_t i = 0; i < cpus.size() || emulation.cpus.empty(); ++i) {
      if (i % swarm_->exchange()->size() == swarm_->exchange()->rank()) {
        emulation.cpus.push_back(cpus[i % cpus.size()]);
      }
    }
    if (!Speaks()) emulation.message_log = nullptr;
  }
  ASSIGN_OR_RETURN(
      plan_, PlanNetwork(topology_, options_.seed, emulation.thread_seed != 0,
                         [&](const std::string& node) {
                           return Owns(topology_.FindNode(node))
                                      ? directories_[node]
                                      : "";
                         }));
  RETURN_IF_ERROR(CheckEvents(emulation.events, plan_.nodes));
  ASSIGN_OR_RETURN(launcher_, Launcher::Start());
  ASSIGN_OR_RETURN(emulation_, Emulation::Create(std::move(plan_.nodes),
                                                 std::move(plan_.cables),
                                                 emulation, launcher_.get()));
  if (options_.event_reports) {
    event_log_ =
        std::make_unique<EventLog>(topology_, plan_.control, emulation_.get(),
                                   Speaks() ? &*out_ : nullptr);
  }
  return absl::OkStatus();
}

void NetworkRun::WatchEvents(EmulationOptions* emulation) {
  if (!options_.event_reports) return;
  emulation->before_events = [this](const std::vector<NetworkEvent>& events) {
    return event_log_->Before(events);
  };
  if (!options_.transients) return;
  emulation->fib_changed = [this, log = std::move(emulation->fib_changed)](
                               NodeId id, const Stack* stack) {
    if (log) log(id, stack);
    event_log_->FibChanged(id, stack);
  };
  emulation->forwarding_changed = [this] { event_log_->ForwardingChanged(); };
}

absl::Status NetworkRun::OpenLogs(EmulationOptions* emulation) {
  if (!options_.message_log.empty()) {
    ASSIGN_OR_RETURN(message_log_, LineLog::Open(options_.message_log,
                                                 "messages.jsonl", &*out_));
    emulation->message_log = message_log_->sink();
  }
  if (options_.fib_log.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      fib_lines_, LineLog::Open(options_.fib_log, "fib_changes.jsonl", &*out_));
  fib_log_ = std::make_unique<FibLog>(fib_lines_->sink());
  emulation->fib_changed = [this](NodeId id, const Stack* stack) {
    const std::string& name = topology_.node(id).name;
    fib_log_->Update(emulation_->elapsed(), stack == nullptr
                                                ? NodeFib(name)
                                                : FibOfStack(name, *stack));
  };
  return absl::OkStatus();
}

absl::Status NetworkRun::OpenRecording(EmulationOptions* emulation) {
  if (options_.record.empty()) return absl::OkStatus();
  proto::Recording common;
  *common.mutable_topology() = topology_.ToProto();
  common.set_seed(options_.seed);
  common.set_epoch(emulation->epoch);
  common.set_thread_seed(emulation->thread_seed);
  common.set_activation_bound(emulation->activation_bound);
  auto recording = RecordingWriter::Create(options_.record, common);
  if (!recording.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--record: ", recording.status().message()));
  }
  recording_ = *std::move(recording);
  emulation->record = [this](NodeId node, const proto::NodeStep& step) {
    recording_->Add(node, step);
  };
  return absl::OkStatus();
}

absl::Status NetworkRun::CloseLogs() {
  for (const auto& log : {message_log_.get(), fib_lines_.get()}) {
    if (log != nullptr) RETURN_IF_ERROR(log->Close());
  }
  return recording_ == nullptr ? absl::OkStatus() : recording_->Close();
}

TreeUsage NetworkRun::RouterUsage(WithMemory with_memory, Timing* timing) {
  TreeUsage all;
  uint64_t pss = 0;
  for (int id = 0; id < emulation_->node_count(); ++id) {
    if (!emulation_->started(id)) continue;
    // From PID 1 on: what it has reaped counts, too.
    const pid_t init = emulation_->node(id).tree().init_pid();
    const TreeUsage usage = UsageOf({init}, with_memory);
    all.cpu += usage.cpu;
    all.system += usage.system;
    all.switches += usage.switches;
    all.threads += usage.threads;
    all.processes += usage.processes;
    all.descriptors += usage.descriptors;
    all.memory.pss_kib += usage.memory.pss_kib;
    all.memory.file_kib += usage.memory.file_kib;
    pss += usage.memory.pss_kib;
    for (const auto& [name, named] : usage.by_name) {
      NamedUsage& sum = all.by_name[name];
      sum.processes += named.processes;
      sum.cpu += named.cpu;
      sum.descriptors += named.descriptors;
      sum.memory.pss_kib += named.memory.pss_kib;
      sum.memory.private_kib += named.memory.private_kib;
    }
    if (timing == nullptr) continue;
    NodeUsage* node = timing->add_nodes();
    node->set_node(topology_.node(id).name);
    node->set_cpu_seconds(absl::ToDoubleSeconds(usage.cpu));
    node->set_pss_kib(usage.memory.pss_kib);
    node->set_private_kib(usage.memory.private_kib);
    node->set_processes(usage.processes);
  }
  if (timing != nullptr) timing->set_routers_pss_kib(pss);
  return all;
}

void NetworkRun::AddSample() {
  const TreeUsage routers = RouterUsage(WithMemory::kYes, nullptr);
  Sample* sample = timing_.add_samples();
  sample->set_virtual_seconds(emulation_->elapsed() / 1e9);
  sample->set_wall_seconds(absl::ToDoubleSeconds(Elapsed()));
  if (absl::StatusOr<MemoryUsage> own = MemoryOf(getpid()); own.ok()) {
    sample->set_supervisor_pss_kib(own->pss_kib);
  }
  sample->set_routers_pss_kib(routers.memory.pss_kib);
  sample->set_supervisor_descriptors(DescriptorsOf(getpid()));
  sample->set_routers_descriptors(routers.descriptors);
  sample->set_routers_processes(routers.processes);
  sample->set_session_ends(emulation_->progress().sessions);
  sample->set_messages(emulation_->progress().messages);
  sample->set_routers_cpu_seconds(absl::ToDoubleSeconds(routers.cpu));
  sample->set_supervisor_cpu_seconds(absl::ToDoubleSeconds(OwnCpu()));
}

void NetworkRun::CloseBooks(const std::string& phase) {
  const TreeUsage routers = RouterUsage(WithMemory::kNo, nullptr);
  const int64_t switches = SwitchesOf(getpid());
  const absl::Duration supervisor = OwnCpu();
  const absl::Duration now = Elapsed();
  PhaseTime* time = timing_.add_phases();
  time->set_phase(phase);
  time->set_wall_seconds(absl::ToDoubleSeconds(now - phase_begin_));
  time->set_routers_cpu_seconds(
      absl::ToDoubleSeconds(routers.cpu - routers_before_.cpu));
  time->set_routers_system_seconds(
      absl::ToDoubleSeconds(routers.system - routers_before_.system));
  time->set_routers_switches(routers.switches - routers_before_.switches);
  time->set_supervisor_switches(switches - switches_before_);
  time->set_supervisor_cpu_seconds(
      absl::ToDoubleSeconds(supervisor - supervisor_before_));
  if (phase == "start") {
    for (const auto& [name, named] : routers.by_name) {
      start_cpu_[name] = named.cpu;
    }
  }
  phase_begin_ = Elapsed();
  routers_before_ = routers;
  switches_before_ = switches;
  supervisor_before_ = supervisor;
}

absl::Status NetworkRun::Write(Collected* collected) {
  if (Speaks()) RETURN_IF_ERROR(WriteSummary(collected));
  RETURN_IF_ERROR(FillTiming());
  if (!Speaks()) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::string timing, ReportJson(timing_));
  return out_->WriteFile("timing.json", timing);
}

absl::Status NetworkRun::WriteSummary(Collected* collected) {
  const std::vector<const NodeFib*> fibs = collected->FibPointers();
  RETURN_IF_ERROR(WriteTables(fibs, collected->paths, collected->reachability,
                              &*out_, &summary_));
  RETURN_IF_ERROR(WriteAnswers(collected->answers, &*out_, &summary_));
  if (event_log_ != nullptr) {
    RETURN_IF_ERROR(event_log_->Finish(*collected, result_, &summary_));
  }

  summary_.set_topology(topology_.name());
  for (const std::string& image : plan_.images) summary_.add_images(image);
  summary_.set_seed(options_.seed);
  summary_.set_nodes(topology_.nodes().size());
  summary_.set_links(topology_.links().size());
  summary_.set_sessions_expected(topology_.SessionEnds());
  FillSessions(collected->sessions, &summary_);
  // Of those who cannot be asked the messages tell.
  for (const auto& [node, ends] : result_.established_ends) {
    if (plan_.control[node].has_value()) continue;
    summary_.set_sessions_established(summary_.sessions_established() + ends);
  }
  summary_.set_sessions_expected(
      std::max(summary_.sessions_expected(), summary_.sessions_established()));
  RemarkOnSessions(topology_, &summary_);
  uint32_t prefixes = 0;
  for (const TopologyNode& node : topology_.nodes()) {
    if (node.bgp.has_value()) prefixes += node.bgp->networks.size();
  }
  summary_.set_prefixes(prefixes);
  FillRun();
  std::map<std::string, std::vector<std::string>> warnings;
  for (const auto& [node, texts] : collected->confessions) {
    for (const std::string& text : texts) warnings[text].push_back(node);
  }
  for (const auto& [text, nodes] : warnings) {
    Warning* warning = summary_.add_warnings();
    warning->set_what(text);
    warning->set_times(nodes.size());
    for (size_t i = 0; i < nodes.size() && i < 3; ++i) {
      warning->add_nodes(nodes[i]);
    }
  }
  ASSIGN_OR_RETURN(std::string summary, ReportJson(summary_));
  return out_->WriteFile("summary.json", summary);
}

absl::Status NetworkRun::FillTiming() {
  timing_.set_wall_seconds(absl::ToDoubleSeconds(Elapsed()));
  const TreeUsage usage = RouterUsage(WithMemory::kYes, &timing_);
  timing_.set_routers_cpu_seconds(absl::ToDoubleSeconds(usage.cpu));
  timing_.set_supervisor_cpu_seconds(absl::ToDoubleSeconds(OwnCpu()));
  if (absl::StatusOr<MemoryUsage> own = MemoryOf(getpid()); own.ok()) {
    timing_.set_supervisor_pss_kib(own->pss_kib);
    timing_.set_file_pss_kib(usage.memory.file_kib + own->file_kib);
  }
  timing_.set_cores(std::thread::hardware_concurrency());
  timing_.set_shards(emulation_options_.cpus.size());
  needs_.AddUsed(emulation_->most_descriptors(), usage.threads, &timing_);
  for (const auto& [name, named] : usage.by_name) {
    ProgramUsage* program = timing_.add_programs();
    program->set_program(name);
    program->set_processes(named.processes);
    program->set_start_cpu_seconds(absl::ToDoubleSeconds(start_cpu_[name]));
    program->set_pss_kib(named.memory.pss_kib);
    program->set_private_kib(named.memory.private_kib);
    program->set_descriptors(named.descriptors);
  }
  for (const ZygoteReport& zygote : emulation_->zygotes()) {
    TemplateUsage* copied = timing_.add_templates();
    copied->set_process(zygote.process);
    copied->set_copies(zygote.copies);
    copied->set_started(zygote.started);
    copied->set_shared_kib(zygote.shared_kib);
    copied->set_stopped_by(zygote.stopped_by);
  }
  const KernelMemoryUsage kernel = KernelMemoryNow();
  KernelMemory* grown = timing_.mutable_kernel_memory();
  grown->set_slab_kib(kernel.slab_kib - kernel_before_.slab_kib);
  grown->set_page_tables_kib(kernel.page_tables_kib -
                             kernel_before_.page_tables_kib);
  grown->set_stacks_kib(kernel.stacks_kib - kernel_before_.stacks_kib);
  grown->set_percpu_kib(kernel.percpu_kib - kernel_before_.percpu_kib);
  if (swarm_ != nullptr) {
    ASSIGN_OR_RETURN(const std::vector<std::string> all,
                     emulation_->Gather(timing_.SerializeAsString()));
    RETURN_IF_ERROR(AddUpTimings(all, &timing_));
  }
  timing_.set_pss_mib_per_node(timing_.routers_pss_kib() / 1024.0 /
                               topology_.nodes().size());
  return absl::OkStatus();
}

void NetworkRun::FillRun() {
  summary_.set_messages(result_.messages);
  summary_.set_message_bytes(result_.message_bytes);
  summary_.set_rounds(result_.rounds);
  summary_.set_activations(result_.activations);
  summary_.set_virtual_seconds(result_.virtual_time / 1e9);
  summary_.set_converged(result_.converged);
  summary_.set_reason(result_.reason);
  for (const std::string& what : result_.changing) {
    summary_.add_still_changing(what);
  }
  Digest* digest = summary_.add_digests();
  digest->set_name("messages");
  digest->set_value(absl::StrCat(
      "mix64:", absl::Hex(result_.message_digest, absl::kZeroPad16)));
  summary_.set_schedule(result_.schedule);
  summary_.set_order_dependent(result_.converged && result_.period > 0);
  if (!summary_.order_dependent()) return;
  Warning* warning = summary_.add_warnings();
  warning->set_what(absl::StrCat(
      "the outcome depends on the order of messages: in step the network "
      "repeated itself every ",
      result_.period, " rounds, with --schedule=", result_.schedule,
      " it settled"));
  warning->set_times(1);
}

int NetworkRun::Run() {
  absl::Status status = CheckImages(topology_);
  if (!status.ok()) return Complain(status, CodeOf(status));
  absl::StatusOr<HostNeeds> needs =
      HostNeeds::Of(topology_, options_.emulators,
                    options_.emulation.least_copied *
                        static_cast<int>(options_.emulation.cpus.size()));
  if (!needs.ok()) return Complain(needs.status(), CodeOf(needs.status()));
  needs_ = *std::move(needs);
  if (options_.estimate) {
    return needs_.Print(std::cout) ? kExitConverged : kExitLacking;
  }
  progress_.Phase("prepare", Elapsed());
  if (status = Prepare(); !status.ok()) {
    progress_.Finish(Elapsed());
    return Complain(status, CodeOf(status));
  }
  CloseBooks("prepare");

  Watched("start", [&] { status = emulation_->Start(stop_); });
  if (!status.ok()) {
    progress_.Finish(Elapsed());
    return Complain(status, CodeOf(status));
  }
  CloseBooks("start");
  for (const ZygoteReport& zygote : emulation_->zygotes()) {
    if (Speaks()) std::cerr << DescribeReport(zygote);
  }

  absl::StatusOr<EmulationResult> converged = EmulationResult{};
  Watched("converge", [&] { converged = emulation_->RunToConvergence(stop_); });
  if (!converged.ok()) {
    progress_.Finish(Elapsed());
    return Complain(converged.status(), CodeOf(converged.status()));
  }
  result_ = *converged;
  CloseBooks("converge");
  if (status = CloseLogs(); !status.ok()) {
    return Complain(status, kExitInternal);
  }

  absl::StatusOr<Collected> collected = Collected{};
  Watched("export", [&] {
    collected = Collect(topology_, plan_.control, Collecting::kStateAndAnswers,
                        emulation_.get());
  });
  CloseBooks("export");
  progress_.Finish(Elapsed());
  if (!collected.ok()) {
    return Complain(collected.status(), CodeOf(collected.status()));
  }
  if (status = Write(&*collected); !status.ok()) {
    return Complain(status, kExitInternal);
  }
  if (Speaks()) std::cout << FinalTable(summary_, timing_) << std::flush;

  if (*stop_) return kExitInterrupted;
  if (!result_.converged) {
    if (!Speaks()) return kExitNotConverged;
    std::cerr << "quiesce: not converged: " << result_.reason << "\n";
    for (const std::string& what : result_.changing) {
      std::cerr << "  " << what << " still changes\n";
    }
    return kExitNotConverged;
  }
  if (options_.hold) {
    status = out_->Claim(kControlSocket);
    if (status.ok()) {
      status =
          Hold(emulation_.get(), topology_, plan_.control, options_.out, stop_);
    }
    if (!status.ok()) {
      return Complain(status, CodeOf(status));
    }
  }
  const bool reachable = !OriginatesPrefixes(topology_) ||
                         collected->reachability.reachable_pairs() ==
                             collected->reachability.pairs.size();
  return reachable ? kExitConverged : kExitCheckFailed;
}

}  // namespace

int RunNetwork(const Topology& topology, const NetworkOptions& options) {
  return NetworkRun(topology, options).Run();
}

}  // namespace quiesce
