// How an image's routing daemon is asked for its RIB.
#ifndef QUIESCE_SUPERVISOR_PLAN_CONTROL_H_
#define QUIESCE_SUPERVISOR_PLAN_CONTROL_H_

#include <string>

#include "absl/types/optional.h"
#include "proto/image.pb.h"
#include "supervisor/report/rib_questions.h"

namespace quiesce {

struct Control {
  ControlKind kind;
  std::string path;  // of its socket, inside the node; empty: by programs
};

// Nothing for an image that has no RIB. The path is the daemon's readiness, if
// that is a socket, else Debian's.
absl::optional<Control> ControlOf(const proto::Image& image);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_PLAN_CONTROL_H_
