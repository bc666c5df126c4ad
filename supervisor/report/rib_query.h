// Asks one daemon over its control socket without ever blocking: the caller
// polls, and may in between serve the very system calls that the daemon makes
// to answer.
//
// Owned and used by one thread. When the daemon dies, OnReadable and OnWritable
// say Unavailable.
#ifndef QUIESCE_SUPERVISOR_REPORT_RIB_QUERY_H_
#define QUIESCE_SUPERVISOR_REPORT_RIB_QUERY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/report/control_dialogue.h"

namespace quiesce {

// Connects to a unix stream socket at an absolute `path` as a process whose
// root is `root` sees it, for instance "/proc/1234/root": symbolic links stay
// inside (openat2's RESOLVE_IN_ROOT), and the length of the path does not
// matter. The descriptor is non-blocking and close-on-exec.
// Errors: NotFound, or what connect(2) says (Unavailable for ECONNREFUSED and
// for a full backlog).
absl::StatusOr<UniqueFd> ConnectInRoot(const std::string& root,
                                       const std::string& path);

class RibQuery {
 public:
  // `socket` is connected; it is made non-blocking.
  RibQuery(UniqueFd socket, std::unique_ptr<ControlDialogue> dialogue);

  int fd() const { return socket_.get(); }
  bool want_write() const { return !dialogue_->output().empty(); }
  bool done() const { return dialogue_->done(); }
  // Bytes that have moved so far, either way.
  uint64_t progress() const { return progress_; }

  // To be called when poll says so; calling at any other time is harmless.
  absl::Status OnWritable();
  absl::Status OnReadable();

  // One reply for each command; call when done().
  const std::vector<std::string>& replies() const {
    return dialogue_->replies();
  }

 private:
  UniqueFd socket_;
  std::unique_ptr<ControlDialogue> dialogue_;
  uint64_t progress_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_RIB_QUERY_H_
