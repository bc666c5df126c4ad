// The trace of a run: one line for each finished call.
//
//   [r1/bgpd:12] connect(7, ...) = 0 <vt=1.000000>
#ifndef QUIESCE_NOTIFIER_TRACE_TRACE_WRITER_H_
#define QUIESCE_NOTIFIER_TRACE_TRACE_WRITER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "notifier/base/nanos.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// Who made a call. `pid` is the thread's id as its node knows it.
struct TraceOrigin {
  int32_t node_id = 0;
  absl::string_view node;
  absl::string_view program;
  int pid = 0;
};

std::string FormatTraceLine(const TraceOrigin& origin, absl::string_view call,
                            Nanos when);

// Written to by all shards at once, hence the lock. What a node does is in
// order; how shards interleave is chance, so the lines of a round are kept and
// written node by node: the file depends on the run alone.
class TraceWriter {
 public:
  enum class Order {
    kAsFinished,  // at once: for watching one program
    kByNode,      // at the end of each round, by node_id
  };

  // "-" is standard output, which stays open. Errors: as open(2).
  static absl::StatusOr<std::unique_ptr<TraceWriter>> Open(
      const std::string& path, Order order);
  // Writes what is left; a failure is lost: Flush() before.
  ~TraceWriter();

  void Add(const TraceOrigin& origin, absl::string_view call, Nanos when)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // No shard runs now.
  void EndRound() ABSL_LOCKS_EXCLUDED(mutex_);
  // Writes out everything. The first error of the whole file, if any.
  absl::Status Flush() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  TraceWriter(UniqueFd owned, int fd, Order order)
      : owned_(std::move(owned)), fd_(fd), order_(order) {}

  void Gather() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteOut() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const UniqueFd owned_;  // not valid for standard output
  const int fd_;
  const Order order_;
  absl::Mutex mutex_;
  std::map<int32_t, std::string> by_node_ ABSL_GUARDED_BY(mutex_);
  std::string buffer_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_TRACE_WRITER_H_
