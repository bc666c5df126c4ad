#include "tools/kernel_runtime/kernel_run.h"

#include <sys/resource.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/answers.h"
#include "tools/kernel_runtime/activity.h"
#include "tools/kernel_runtime/ask_daemon.h"
#include "tools/kernel_runtime/event_schedule.h"
#include "tools/kernel_runtime/kernel_events.h"
#include "tools/kernel_runtime/kernel_tables.h"

namespace quiesce {
namespace {

absl::Status WriteAnswers(const std::vector<Answer>& answers, OutputDir* out) {
  if (answers.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(OutputFile file, out->File("answers.jsonl"));
  WriteAnswersJsonl(answers, file.sink());
  return file.Close();
}

// Of this process and the children it has waited for.
absl::Duration OwnCpu() {
  absl::Duration sum;
  for (int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage;
    getrusage(who, &usage);
    sum += absl::DurationFromTimeval(usage.ru_utime) +
           absl::DurationFromTimeval(usage.ru_stime);
  }
  return sum;
}

}  // namespace

std::string KernelTiming::ToJson() const {
  auto seconds = [](absl::Duration d) { return absl::ToDoubleSeconds(d); };
  uint64_t pss = 0, file = 0, most = 0;
  for (const MemoryUsage& node : memory) {
    pss += node.pss_kib;
    file += node.file_kib;
    most = std::max(most, node.pss_kib);
  }
  nlohmann::ordered_json json = {
      {"wall_seconds",
       {{"create", seconds(create)},
        {"start", seconds(start)},
        {"converge", seconds(converge)},
        {"quiet", seconds(quiet)},
        {"read", seconds(read)},
        {"stop", seconds(stop)}}},
      {"cpu_seconds",
       {{"routers", seconds(routers.cpu)},
        {"routers_system", seconds(routers.system)},
        {"builder", seconds(builder_cpu)}}},
      {"switches", {{"routers", routers.switches}}},
      {"pss_kib",
       {{"total", pss},
        {"mean", memory.empty() ? 0 : pss / memory.size()},
        {"max", most},
        {"file", file}}},
      {"nodes", nodes},
      {"links", links},
      {"session_ends", session_ends},
      {"route_events", route_events},
      {"rib_paths", rib_paths},
      {"fib_rows", fib_rows}};
  return json.dump(2) + "\n";
}

std::string ConvergenceDirectory(const std::string& out, int n, int last) {
  return n == last ? out : absl::StrCat(out, ".convergence-", n);
}

namespace {

// A network on its way from one convergence to the next.
class KernelRun {
 public:
  KernelRun(std::unique_ptr<KernelNetwork> network,
            const KernelRunOptions& options)
      : options_(options),
        network_(std::move(network)),
        activity_(network_->size()),
        schedule_(network_->topology()),
        start_(absl::Now()) {}

  absl::Status Start() {
    RETURN_IF_ERROR(Watch());
    RETURN_IF_ERROR(network_->Start(options_.convergence.patience));
    start_ = absl::Now();
    return absl::OkStatus();
  }

  // To the n-th convergence of `last`, from 1, one after the other. Leaves the
  // state in `tables`.
  absl::StatusOr<Convergence> Converge(int n, int last, KernelTables* tables) {
    due_ =
        n == 1 ? std::vector<proto::Event>() : schedule_.AtConvergence(n - 1);
    Missing missing = [] { return std::string(); };
    if (!options_.until.empty()) {
      ASSIGN_OR_RETURN(const KernelTables wanted,
                       KernelTables::ReadFiles(
                           ConvergenceDirectory(options_.until, n, last)));
      missing = [this, wanted, tables] {
        return tables->Differ(network_.get(), wanted);
      };
      return Await(missing, tables);
    }
    if (network_->topology().events().empty()) {
      missing = [this] {
        return MissingSessions(network_.get(), &session_ends_);
      };
    }
    ASSIGN_OR_RETURN(const Convergence converged, Await(missing, tables));
    if (converged.missing.empty()) return converged;
    return absl::DeadlineExceededError(converged.missing);
  }

  KernelNetwork& network() { return *network_; }
  int session_ends() const { return session_ends_; }

 private:
  absl::StatusOr<Convergence> Await(const Missing& missing,
                                    KernelTables* tables) {
    ASSIGN_OR_RETURN(
        Convergence result,
        AwaitConvergence(network_.get(), &activity_, options_.convergence,
                         missing, [this] { return Disturb(); }));
    RETURN_IF_ERROR(tables->Read(network_.get()));
    return result;
  }

  // Watches the namespaces of nodes that have come, and no longer those of
  // nodes that have gone.
  absl::Status Watch() {
    watched_.resize(network_->size());
    for (int node = 0; node < network_->size(); ++node) {
      const KernelNode* now = network_->node(node);
      if (now == watched_[node]) continue;
      watched_[node] = now;
      RETURN_IF_ERROR(
          activity_.Watch(node, now == nullptr ? -1 : now->netns()));
    }
    return absl::OkStatus();
  }

  // Lets happen what is due. True if there was something, or will be.
  absl::StatusOr<bool> Disturb() {
    for (proto::Event& event : schedule_.TakeDue(absl::Now() - start_)) {
      due_.push_back(std::move(event));
    }
    const bool any = !due_.empty();
    for (const proto::Event& event : std::exchange(due_, {})) {
      RETURN_IF_ERROR(
          Happen(event, options_.convergence.patience, network_.get()));
      RETURN_IF_ERROR(Watch());
    }
    return any || schedule_.more_to_come();
  }

  const KernelRunOptions& options_;
  const std::unique_ptr<KernelNetwork> network_;
  Activity activity_;
  std::vector<const KernelNode*> watched_;
  EventSchedule schedule_;
  std::vector<proto::Event> due_;
  absl::Time start_;
  int session_ends_ = 0;
};

}  // namespace

absl::StatusOr<KernelTiming> RunOnKernel(
    Launcher* launcher, const Topology& topology,
    std::vector<KernelNodePlan> plans, const KernelRunOptions& options,
    OutputDir* out,
    const std::function<void(const std::string& phase)>& progress) {
  KernelTiming timing;
  timing.nodes = topology.nodes().size();
  timing.links = topology.links().size();
  absl::Time mark = absl::Now();
  auto lap = [&mark]() {
    absl::Time before = mark;
    mark = absl::Now();
    return mark - before;
  };

  progress("create");
  const absl::Duration cpu_before = OwnCpu();
  ASSIGN_OR_RETURN(std::unique_ptr<KernelNetwork> network,
                   KernelNetwork::Create(launcher, topology, std::move(plans)));
  timing.builder_cpu = OwnCpu() - cpu_before;
  KernelRun run(std::move(network), options);
  timing.create = lap();

  progress("start");
  RETURN_IF_ERROR(run.Start());
  timing.start = lap();

  KernelTables tables;
  const int last = Convergences(topology);
  for (int n = 1; n <= last; ++n) {
    progress("converge");
    ASSIGN_OR_RETURN(const Convergence converged,
                     run.Converge(n, last, &tables));
    if (!converged.missing.empty()) progress(converged.missing);
    const absl::Duration converge =
        std::max(absl::ZeroDuration(), converged.last_change - mark);
    timing.converge += converge;
    timing.quiet += converged.noticed - mark - converge;
    timing.routers = converged.routers;
    timing.route_events = converged.route_events;
    timing.read += absl::Now() - converged.noticed;
    ASSIGN_OR_RETURN(const std::vector<Answer> answers,
                     AwaitAnswers(&run.network(), options.convergence.quiet,
                                  options.convergence.patience));
    if (n < last) {
      ASSIGN_OR_RETURN(OutputDir before, OutputDir::Create(ConvergenceDirectory(
                                             out->path(), n, last)));
      RETURN_IF_ERROR(tables.Write(&before));
      RETURN_IF_ERROR(WriteAnswers(answers, &before));
    } else {
      RETURN_IF_ERROR(WriteAnswers(answers, out));
    }
    lap();
  }
  timing.session_ends = run.session_ends();
  timing.memory = run.network().Memory();
  timing.fib_rows = tables.fib_rows();
  timing.rib_paths = tables.rib_paths();
  RETURN_IF_ERROR(tables.Write(out));

  progress("stop");
  mark = absl::Now();
  RETURN_IF_ERROR(run.network().Stop());
  timing.stop = lap();
  RETURN_IF_ERROR(out->WriteFile("timing.json", timing.ToJson()));
  return timing;
}

}  // namespace quiesce
