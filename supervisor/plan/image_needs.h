// What an image asks of the emulated kernel, held against what there is, before
// anything starts.
#ifndef QUIESCE_SUPERVISOR_PLAN_IMAGE_NEEDS_H_
#define QUIESCE_SUPERVISOR_PLAN_IMAGE_NEEDS_H_

#include "absl/status/status.h"
#include "proto/image.pb.h"

namespace quiesce {

// InvalidArgument, one line for each need that is not met or not known.
absl::Status CheckNeeds(const proto::Image& image);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_PLAN_IMAGE_NEEDS_H_
