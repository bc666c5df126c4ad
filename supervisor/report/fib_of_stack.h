// A node's FIB as a report value, from its network stack.
#ifndef QUIESCE_SUPERVISOR_REPORT_FIB_OF_STACK_H_
#define QUIESCE_SUPERVISOR_REPORT_FIB_OF_STACK_H_

#include <string>

#include "notifier/net/stack.h"
#include "supervisor/report/fib.h"

namespace quiesce {

// All rules, and all routes of all tables, finished. Table main is VRF
// "default", a VRF device's table is called as the device, any other is "table
// N". Of table local only type local is taken, for reachability. Routes to
// link-local and multicast networks are left out: every interface has them and
// they lead nowhere; so are next hops that are dead.
NodeFib FibOfStack(std::string node, const Stack& stack);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_FIB_OF_STACK_H_
