// What the topology knows about sessions that are down.
#ifndef QUIESCE_SUPERVISOR_REPORT_SESSION_REMARKS_H_
#define QUIESCE_SUPERVISOR_REPORT_SESSION_REMARKS_H_

#include "proto/report.pb.h"
#include "topo/topology.h"

namespace quiesce {

// Remarks on each of the summary's sessions that are down because the node that
// has the address is of another AS than is expected of it: both ends try again
// for ever, and some daemons so often that the network never comes to rest.
void RemarkOnSessions(const Topology& topology, Summary* summary);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_SESSION_REMARKS_H_
