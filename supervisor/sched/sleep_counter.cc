#include "supervisor/sched/sleep_counter.h"

#include <unistd.h>

#include "notifier/base/status_macros.h"

namespace quiesce {

absl::StatusOr<std::unique_ptr<SleepCounter>> SleepCounter::Start(
    pid_t except) {
  ASSIGN_OR_RETURN(
      SharedArray array,
      SharedArray::Make(sizeof(Count), sysconf(_SC_NPROCESSORS_CONF)));
  TraceProgram program =
      TraceProgram::OnRealtimeThreadLeaving(TraceProgram::Wait::kOther);
  if (except != 0 && SeesPidsOfKernel()) {
    program.Call(BPF_FUNC_get_current_pid_tgid);
    program.Add(BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32);
    program.Add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, TraceProgram::kEnd, except);
  }
  program.Call(BPF_FUNC_get_smp_processor_id);
  program.FindElement(array);
  program.Add(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1);
  program.Add(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1, 0, BPF_ADD);
  ASSIGN_OR_RETURN(UniqueFd link, std::move(program).Attach("sched_switch"));
  return std::unique_ptr<SleepCounter>(
      new SleepCounter(std::move(array), std::move(link)));
}

}  // namespace quiesce
