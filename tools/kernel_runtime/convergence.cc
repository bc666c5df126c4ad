#include "tools/kernel_runtime/convergence.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "tools/kernel_runtime/ask_daemon.h"

namespace quiesce {
namespace {

// With sessions missing (somebody waits for a connect retry), how long until
// they are asked for again if nothing else happens.
constexpr absl::Duration kAskAgain = absl::Seconds(5);

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

absl::StatusOr<std::vector<std::string>> MissingSessions(KernelNetwork* network,
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
  return missing;
}

absl::StatusOr<Convergence> AwaitConvergence(
    KernelNetwork* network, Activity* activity,
    const ConvergenceOptions& options) {
  const absl::Time start = absl::Now();
  absl::Time ask_at = absl::InfinitePast();
  absl::Time look_at = start;
  std::vector<std::string> missing;
  auto quiet = [&] {
    return absl::Now() - std::max(start, activity->last_change()) >=
           options.quiet;
  };
  while (true) {
    RETURN_IF_ERROR(network->CheckAlive());
    RETURN_IF_ERROR(activity->PollRoutes());
    if (absl::Now() >= look_at || (quiet() && absl::Now() >= ask_at)) {
      ASSIGN_OR_RETURN(look_at, LookAtConnections(activity));
    }
    absl::Time now = absl::Now();
    if (quiet() && now >= ask_at) {
      Convergence result;
      result.routers = network->RouterUsage();
      ASSIGN_OR_RETURN(missing, MissingSessions(network, &result.session_ends));
      // A session may have come up since the connections were looked at: then
      // the quiet time only begins.
      RETURN_IF_ERROR(activity->PollRoutes());
      RETURN_IF_ERROR(activity->PollConnections());
      if (missing.empty() && quiet()) {
        result.last_change = std::max(start, activity->last_change());
        result.noticed = now;
        result.route_events = activity->route_events();
        return result;
      }
      if (!missing.empty()) ask_at = now + kAskAgain;
    }
    if (now - start > options.patience) {
      return absl::DeadlineExceededError(
          missing.empty()
              ? "routes still change"
              : absl::StrCat("sessions not established: ", FirstFew(missing)));
    }
    absl::SleepFor(options.interval);
  }
}

}  // namespace quiesce
