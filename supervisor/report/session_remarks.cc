#include "supervisor/report/session_remarks.h"

#include "absl/strings/str_cat.h"
#include "notifier/base/ip.h"

namespace quiesce {

void RemarkOnSessions(const Topology& topology, Summary* summary) {
  for (SessionDown& down : *summary->mutable_sessions_down()) {
    const auto address = IpAddress::Parse(down.remote_ip());
    const int owner = address.ok() ? topology.FindOwner(*address) : -1;
    if (owner < 0 || !topology.node(owner).bgp.has_value()) continue;
    const uint32_t as = topology.node(owner).bgp->asn;
    // 0: whichever.
    if (as == down.remote_as() || down.remote_as() == 0) continue;
    down.set_remark(absl::StrCat(topology.node(owner).name, " is of AS ", as));
  }
}

}  // namespace quiesce
