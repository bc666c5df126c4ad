// When a packet came in, told beside it (net/socket.c:__sock_recv_timestamp).
#ifndef QUIESCE_NOTIFIER_SOCKOPT_TIMESTAMPS_H_
#define QUIESCE_NOTIFIER_SOCKOPT_TIMESTAMPS_H_

#include <string>

#include "notifier/base/nanos.h"
#include "notifier/sockopt/option_table.h"

namespace quiesce {

// Appends what SO_TIMESTAMP, SO_TIMESTAMPNS and SO_TIMESTAMPING of `options`
// ask for; `when` is of CLOCK_REALTIME.
void AppendTimestamps(const OptionValues& options, Nanos when,
                      std::string* control);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SOCKOPT_TIMESTAMPS_H_
