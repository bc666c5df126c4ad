// Asks many daemons at once. The caller alternates Step with letting the nodes
// run; nothing here waits.
#ifndef QUIESCE_SUPERVISOR_REPORT_RIB_COLLECTOR_H_
#define QUIESCE_SUPERVISOR_REPORT_RIB_COLLECTOR_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/report/rib.h"
#include "supervisor/report/rib_query.h"

namespace quiesce {

// Owned by one thread.
class RibCollector {
 public:
  // `socket`: connected to the control socket of `node`'s daemon.
  void Add(std::string node, ControlKind kind, UniqueFd socket);

  // Does all reading and writing that is possible now. Returns whether
  // anything moved. A daemon that fails is counted as finished and its error
  // kept: one silent router does not hide the other ones' tables.
  bool Step();

  bool done() const { return pending_.empty(); }
  // Names of those that have not answered, sorted.
  std::vector<std::string> Waiting() const;

  std::vector<RibRow>& paths() { return paths_; }
  std::vector<BgpSession>& sessions() { return sessions_; }
  // Node and what went wrong, in order of occurrence.
  const std::vector<std::pair<std::string, absl::Status>>& errors() const {
    return errors_;
  }

 private:
  struct Pending {
    std::string node;
    ControlKind kind;
    std::unique_ptr<RibQuery> query;
  };
  void Finish(const Pending& pending);

  std::vector<Pending> pending_;
  std::vector<RibRow> paths_;
  std::vector<BgpSession> sessions_;
  std::vector<std::pair<std::string, absl::Status>> errors_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_RIB_COLLECTOR_H_
