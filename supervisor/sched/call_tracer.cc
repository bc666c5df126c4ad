#include "supervisor/sched/call_tracer.h"

#include "notifier/guest/thread_access.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/trace/netlink.h"

namespace quiesce {

void CallTracer::OnEntry(const SyscallRow& row, const Call& call) {
  begun_.insert_or_assign(call.tid, CallFormatter(row, call, &DescribeNetlink));
}

void CallTracer::BeforeInstall(Call& call) {
  auto begun = begun_.find(call.tid);
  if (begun == begun_.end()) return;
  begun->second.ReadAnswer({CallResult::Kind::kValue, 0, 0}, *call.memory);
  read_.insert(call.tid);
}

void CallTracer::OnExit(absl::string_view program, Call& call,
                        const CallResult& result) {
  auto begun = begun_.find(call.tid);
  if (begun == begun_.end()) return;
  auto [pid, is_new] = node_pid_.try_emplace(call.tid, 0);
  if (is_new) pid->second = InnermostPid(call.tid);
  TraceOrigin origin;
  origin.node_id = call.kernel->id();
  origin.node = call.kernel->name();
  origin.program = program;
  origin.pid = pid->second;
  const bool read = read_.erase(call.tid) != 0;
  if (!read) begun->second.ReadAnswer(result, *call.memory);
  writer_->Add(origin, begun->second.Line(result), call.kernel->now());
  begun_.erase(begun);
}

}  // namespace quiesce
