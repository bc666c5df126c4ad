// A process run up to the last point where other nodes' processes can still be
// made from it: the first call that shows it something of its node alone, or
// that a copy could not make again (call_log.h).
//
// It runs in a node of its own, under ptrace and no filter. What a process may
// learn before is told by us: its number, its host name, random bytes, the
// time. Beside it lies a twin that shares its memory and signal handlers, but
// keeps the privileges with which it began; copies are made of the twin.
#ifndef QUIESCE_SUPERVISOR_ZYGOTE_TEMPLATE_RUN_H_
#define QUIESCE_SUPERVISOR_ZYGOTE_TEMPLATE_RUN_H_

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/zygote/call_log.h"
#include "supervisor/zygote/file_view.h"
#include "supervisor/zygote/tracee.h"

namespace quiesce {

// How a process's clocks are taken over (notifier/guest/vdso.h).
struct ClockHooks {
  // `random`: the 16 bytes of AT_RANDOM.
  std::function<absl::Status(pid_t tid, const uint8_t* random)> patch;
  std::function<absl::Status(pid_t tid, uint64_t address)> page_is_mapped;
  std::function<absl::Status(pid_t tid, uint64_t page, const uint8_t* random)>
      patch_copy;
  int file = -1;  // with the page
  uint64_t offset = 0;
  // What time it is: since boot, and on the wall.
  int64_t monotonic = 0;
  int64_t realtime = 0;
  std::function<std::string(int64_t monotonic, int64_t realtime)> page;
};

struct TemplateSetting {
  pid_t number = 0;  // what it takes for its own pid
  std::string host_name;
  uint64_t capabilities = 0;
  std::string program;
  // Paths of files that no two nodes have alike.
  std::set<std::string> own_files;
  ClockHooks clock;
  int64_t realtime = 0;  // what time it takes it to be
  // What AT_RANDOM and getrandom(2) give.
  std::function<std::string(size_t size)> random;
};

// Where the helper page is, which copies unmap.
inline constexpr uint64_t kScratch = 0x600000000000;
inline constexpr uint64_t kScratchSize = 64 << 10;

// Takes all capabilities but these away from a process that may be injected
// calls and has a helper page.
absl::Status DropCapabilities(const Tracee& process, uint64_t keep);

class TemplateRun {
 public:
  // `pid` waits in ppoll() before its execve (ProcessSpec::wait_before_exec).
  // Its tracer is the calling thread, for good.
  static absl::StatusOr<std::unique_ptr<TemplateRun>> Run(
      pid_t pid, TemplateSetting setting);
  ~TemplateRun();

  // In words: the call that it was stopped at.
  const std::string& stopped_by() const { return stopped_by_; }
  const CallLog& log() const { return log_; }
  // What it was told, in order: host name, the time, the devices of files that
  // it has asked for; and by chance: AT_RANDOM, drawn at each call that may be
  // the first of a program (SysFirstOfImage) and used at the first, and what
  // getrandom gave.
  struct Told {
    std::string bytes;
    enum class Kind { kHostName, kTime, kDevice, kAtRandom, kRandom } kind;
    std::string path;     // whose device
    int64_t divisor = 1;  // how many nanoseconds the time was counted in
    int64_t modulus = 0;  // the rest of the time by that, unless 0
  };
  const std::vector<Told>& told() const { return told_; }
  // Paths it has asked for, and what it found.
  const std::map<std::string, FileState>& asked() const { return asked_; }

  // Descriptors whose position reads have moved, and where they stand.
  const std::map<int, int64_t>& positions() const { return positions_; }

  const Tracee& process() const { return process_; }
  const Tracee& twin() const { return *twin_; }
  const user_regs_struct& registers() const { return registers_; }
  // Where it has mapped the clock page; 0: nowhere.
  uint64_t clock_page() const { return clock_page_; }

 private:
  TemplateRun(Tracee process, TemplateSetting setting)
      : process_(std::move(process)), setting_(std::move(setting)) {}

  absl::Status ToExec();
  absl::Status FindGadget();
  absl::Status MakeTwin();
  absl::Status ToTheEnd();
  // At the entry of a call; why it must not be made, or empty.
  absl::StatusOr<std::string> Judge(const CallRule& rule,
                                    const user_regs_struct& registers);
  std::string JudgeArguments(int64_t number, const uint64_t* arguments);
  absl::StatusOr<std::string> JudgePath(const CallRule& rule,
                                        const uint64_t* arguments);
  bool IsUnknown(int descriptor) const;
  std::string JudgeRead(const CallRule& rule, const uint64_t* arguments) const;
  absl::Status TakeGiven(const CallRule& rule, const uint64_t* arguments);
  // Answers a call itself.
  absl::Status Answer(user_regs_struct registers);
  absl::Status AnswerCounter();
  absl::Status HideChance();
  void TellTime();
  absl::Status AnswerClock(user_regs_struct registers);
  // Lets the call that has been entered return; its result.
  absl::StatusOr<int64_t> Finish();
  absl::Status FinishWith(user_regs_struct registers, int64_t result);

  Tracee process_;
  TemplateSetting setting_;
  std::optional<Tracee> twin_;
  std::optional<FileView> files_;
  CallLog log_;
  LoggedCall call_;  // the one under way
  CallKind kind_ = CallKind::kStops;
  std::string path_;  // that it names, without symbolic links
  std::map<std::string, FileState> asked_;
  std::set<std::string> made_;  // by itself
  std::vector<Told> told_;
  std::string stopped_by_;
  user_regs_struct registers_{};
  std::map<int, int64_t> positions_;
  uint64_t clock_page_ = 0;
  int clock_descriptor_ = -1;
};

// The time as a template was told it, in a node of which this is the time.
int64_t TimeAs(const TemplateRun::Told& told, int64_t realtime);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_ZYGOTE_TEMPLATE_RUN_H_
