// Prints docs/compatibility.md.
#include <cstdio>

#include "notifier/netlink/message_types.h"
#include "notifier/sockopt/option_table.h"
#include "notifier/syscalls/table.h"
#include "tools/compat/page.h"

int main() {
  const std::string page = quiesce::CompatibilityPage(
      quiesce::SyscallTable(), quiesce::NetlinkMessageTypes(),
      quiesce::OptionTable());
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0
                                                                         : 1;
}
