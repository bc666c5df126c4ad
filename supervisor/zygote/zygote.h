// Processes made by copying one that has already started.
//
// A Zygote is made of two templates (template_run.h) of one program, which were
// told different things about their node; what that has made of their memories
// says what a copy has to be told instead (memory_diff.h). A copy is a fork of
// the first template's twin:
//
//   twin --clone(VM)--> helper, in the node's PID namespace; enters the others
//   helper --clone--> the copy: the node's PID 1 becomes its parent when the
//                     helper ends
//
// The copy then gets filter and listener, its standard files, and makes the
// calls again that have changed the kernel's state (call_log.h); at last the
// template's registers. It goes on with the call at which the template stopped,
// which is the first one that is notified.
//
// Owned by one shard; made, used and destroyed on one thread, which is the
// tracer. Templates end with it; copies do not.
#ifndef QUIESCE_SUPERVISOR_ZYGOTE_ZYGOTE_H_
#define QUIESCE_SUPERVISOR_ZYGOTE_ZYGOTE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/launch/launcher.h"
#include "supervisor/zygote/memory_diff.h"
#include "supervisor/zygote/template_run.h"

namespace quiesce {

// What a copy is told of its node.
struct CopySetting {
  std::string host_name;
  ClockHooks clock;
  std::function<std::string(size_t size)>
      random;  // the node's, as getrandom(2)
};

class Zygote {
 public:
  // `node` and `process` are those of a node like those of the copies to come;
  // its name, host name and the content of its files do not count. `number`:
  // the pid that copies will have in their nodes; `name_sizes`: of the shortest
  // and the longest of their host names. FailedPrecondition, with the reason,
  // where no copies can be made of such a process.
  static absl::StatusOr<std::unique_ptr<Zygote>> Make(
      Launcher* launcher, const NodeSpec& node, const ProcessSpec& process,
      pid_t number, std::pair<size_t, size_t> name_sizes,
      const ClockHooks& clock);
  ~Zygote();

  // FailedPrecondition where the node's files are not as the template found
  // them: nothing has been done then. Aborted after any other error: neither
  // the node nor the zygote is to be used.
  absl::StatusOr<SpawnedProcess> Copy(const ProcessSpec& process,
                                      const CopySetting& setting,
                                      NodeProcessTree* node);

  // The call at which the template stopped, and what it shares.
  const std::string& stopped_by() const { return templates_[0]->stopped_by(); }
  uint64_t private_kib() const { return private_kib_; }
  int copies() const { return copies_; }

 private:
  Zygote() = default;
  absl::Status RunTemplate(Launcher* launcher, const NodeSpec& node,
                           const ProcessSpec& process, TemplateSetting setting);
  absl::Status Compare();
  absl::Status SharePageTables() const;
  absl::Status CheckFiles(const NodeProcessTree& node) const;
  // Who is between our hands while a copy is made.
  struct Making {
    std::optional<Tracee> helper;
    std::optional<Tracee> copy;
  };
  absl::Status MakeCopy(const ProcessSpec& process, const CopySetting& setting,
                        NodeProcessTree* node, Making* making,
                        SpawnedProcess* spawned);
  // The new process, in the node, still with all privileges.
  absl::Status Fork(const NodeProcessTree& node, Making* making);
  absl::Status Tell(const Tracee& copy, const CopySetting& setting) const;
  absl::Status GiveFiles(const Tracee& copy, const ProcessSpec& process,
                         const ClockHooks& clock,
                         SpawnedProcess* spawned) const;
  absl::Status Repeat(const Tracee& copy, int listener) const;

  // Templates go before their nodes.
  std::vector<std::unique_ptr<NodeProcessTree>> nodes_;
  std::vector<std::unique_ptr<TemplateRun>> templates_;
  std::vector<ToldTwice> told_;
  std::vector<MemoryPatch> patches_;
  std::vector<LoggedCall> to_repeat_;
  std::string extended_state_;
  uint64_t signal_mask_ = 0;
  uint64_t capabilities_ = 0;
  pid_t number_ = 0;
  uint64_t private_kib_ = 0;
  int copies_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_ZYGOTE_ZYGOTE_H_
