// Writes a trace line for each call of one node when it is answered.
#ifndef QUIESCE_SUPERVISOR_SCHED_CALL_TRACER_H_
#define QUIESCE_SUPERVISOR_SCHED_CALL_TRACER_H_

#include <sys/types.h>

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "notifier/call/call.h"
#include "notifier/syscalls/table.h"
#include "notifier/trace/call_formatter.h"
#include "notifier/trace/trace_writer.h"

namespace quiesce {

// Belongs to one node; `writer` is shared and outlives it.
class CallTracer {
 public:
  explicit CallTracer(TraceWriter* writer) : writer_(writer) {}

  // Before the handler runs the first time: its arguments are still as given.
  void OnEntry(const SyscallRow& row, const Call& call);
  // Before an answer that lets the guest run on before OnExit(): what the call
  // filled in is read now. A success is expected.
  void BeforeInstall(Call& call);
  void OnExit(absl::string_view program, Call& call, const CallResult& result);

 private:
  TraceWriter* const writer_;
  absl::flat_hash_map<pid_t, CallFormatter> begun_;  // by thread
  absl::flat_hash_set<pid_t> read_;                  // by BeforeInstall()
  absl::flat_hash_map<pid_t, pid_t> node_pid_;       // as the node numbers it
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_CALL_TRACER_H_
