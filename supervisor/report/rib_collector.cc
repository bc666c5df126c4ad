#include "supervisor/report/rib_collector.h"

#include <poll.h>

#include <algorithm>
#include <iterator>

#include "absl/status/statusor.h"

namespace quiesce {

void RibCollector::Add(std::string node, ControlKind kind, UniqueFd socket) {
  pending_.push_back(
      {std::move(node), kind,
       std::make_unique<RibQuery>(std::move(socket), ReportDialogue(kind))});
}

bool RibCollector::Step() {
  std::vector<pollfd> fds;
  fds.reserve(pending_.size());
  for (const Pending& p : pending_) {
    const short events = POLLIN | (p.query->want_write() ? POLLOUT : 0);
    fds.push_back({p.query->fd(), events, 0});
  }
  if (poll(fds.data(), fds.size(), 0) <= 0) return false;
  bool moved = false;
  std::vector<Pending> rest;
  for (size_t i = 0; i < pending_.size(); ++i) {
    Pending& p = pending_[i];
    absl::Status status;
    if (fds[i].revents != 0) {
      moved = true;
      if ((fds[i].revents & POLLOUT) != 0) status = p.query->OnWritable();
      // POLLHUP and POLLERR too: reading says what happened.
      if (status.ok() && (fds[i].revents & ~POLLOUT) != 0) {
        status = p.query->OnReadable();
      }
    }
    if (!status.ok()) {
      errors_.emplace_back(p.node, status);
    } else if (p.query->done()) {
      Finish(p);
    } else {
      rest.push_back(std::move(p));
    }
  }
  pending_ = std::move(rest);
  return moved;
}

void RibCollector::Finish(const Pending& pending) {
  absl::StatusOr<NodeRib> rib =
      ParseReport(pending.kind, pending.node, pending.query->replies());
  if (!rib.ok()) {
    errors_.emplace_back(pending.node, rib.status());
    return;
  }
  std::move(rib->paths.begin(), rib->paths.end(), std::back_inserter(paths_));
  std::move(rib->sessions.begin(), rib->sessions.end(),
            std::back_inserter(sessions_));
}

std::vector<std::string> RibCollector::Waiting() const {
  std::vector<std::string> names;
  for (const Pending& p : pending_) names.push_back(p.node);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace quiesce
