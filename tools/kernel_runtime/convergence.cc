#include "tools/kernel_runtime/convergence.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "tools/kernel_runtime/ask_daemon.h"

namespace quiesce {
namespace {

// Looks at connections, and says when to do so again.
absl::StatusOr<absl::Time> LookAtConnections(Activity* activity) {
  absl::Time before = absl::Now();
  RETURN_IF_ERROR(activity->PollConnections());
  absl::Time after = absl::Now();
  return after + 50 * (after - before);
}

std::string FirstFew(const std::vector<std::string>& lines) {
  size_t few = std::min<size_t>(lines.size(), 10);
  std::string text = absl::StrJoin(lines.begin(), lines.begin() + few, "; ");
  if (few < lines.size()) {
    absl::StrAppend(&text, "; and ", lines.size() - few, " more");
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> MissingSessions(KernelNetwork* network,
                                            int* established) {
  std::vector<std::string> missing;
  *established = 0;
  for (int node = 0; node < network->size(); ++node) {
    ASSIGN_OR_RETURN(std::vector<BgpSession> sessions,
                     AskSessions(network, node));
    for (const BgpSession& session : sessions) {
      if (session.established()) {
        ++*established;
      } else {
        missing.push_back(absl::StrCat(session.node, " - ", session.remote_ip,
                                       ": ", session.state));
      }
    }
  }
  if (missing.empty()) return std::string();
  return absl::StrCat("sessions not established: ", FirstFew(missing));
}

absl::StatusOr<Convergence> AwaitConvergence(KernelNetwork* network,
                                             Activity* activity,
                                             const ConvergenceOptions& options,
                                             const Missing& missing,
                                             const Disturb& disturb) {
  absl::Time start = absl::Now();
  absl::Duration unchanged = options.quiet;  // the window if nothing changes
  absl::Time ask_at = absl::InfinitePast();
  absl::Time look_at = start;
  Convergence result;
  auto quiet = [&] {
    return activity->last_change() > start
               ? absl::Now() - activity->last_change() >= options.quiet
               : absl::Now() - start >= unchanged;
  };
  while (true) {
    RETURN_IF_ERROR(network->CheckAlive());
    ASSIGN_OR_RETURN(const bool disturbed, disturb());
    if (disturbed) {
      start = absl::Now();
      unchanged = options.unnoticed;
    }
    RETURN_IF_ERROR(activity->PollRoutes());
    if (absl::Now() >= look_at || (quiet() && absl::Now() >= ask_at)) {
      ASSIGN_OR_RETURN(look_at, LookAtConnections(activity));
    }
    absl::Time now = absl::Now();
    if (quiet() && now >= ask_at) {
      result.routers = network->RouterUsage();
      ASSIGN_OR_RETURN(result.missing, missing());
      // A session may have come up since the connections were looked at: then
      // the quiet time only begins.
      RETURN_IF_ERROR(activity->PollRoutes());
      RETURN_IF_ERROR(activity->PollConnections());
      const bool over = now - start > options.patience;
      if (quiet() && (result.missing.empty() || over)) {
        result.last_change = std::max(start, activity->last_change());
        result.noticed = now;
        result.route_events = activity->route_events();
        return result;
      }
      ask_at = now + options.ask_again;
    }
    if (now - start > options.patience + options.unnoticed) {
      return absl::DeadlineExceededError("routes still change");
    }
    absl::SleepFor(options.interval);
  }
}

}  // namespace quiesce
