// Socket options: levels, names, and values by their type.
#ifndef QUIESCE_NOTIFIER_TRACE_SOCKET_OPTIONS_H_
#define QUIESCE_NOTIFIER_TRACE_SOCKET_OPTIONS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace quiesce {

std::string FormatSockLevel(int level);
std::string FormatSockOption(int level, int name);
// "[1]", "{l_onoff=1, l_linger=0}", ...
std::string FormatOptionValue(int level, int name, absl::string_view value);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_SOCKET_OPTIONS_H_
