#include "supervisor/sched/exchange.h"

#include <string>

namespace quiesce {

void SetFailure(const absl::Status& status, proto::Part* part) {
  if (status.ok()) return;
  part->mutable_failure()->set_code(static_cast<int>(status.code()));
  part->mutable_failure()->set_what(std::string(status.message()));
}

absl::Status FirstFailure(const std::vector<proto::Part>& parts) {
  for (const proto::Part& part : parts) {
    if (!part.has_failure()) continue;
    return absl::Status(static_cast<absl::StatusCode>(part.failure().code()),
                        part.failure().what());
  }
  return absl::OkStatus();
}

absl::Status AgreeOn(const absl::Status& status, Exchange* exchange) {
  proto::Part part;
  SetFailure(status, &part);
  const absl::StatusOr<std::vector<proto::Part>> parts = exchange->Meet(part);
  return parts.ok() ? FirstFailure(*parts) : parts.status();
}

}  // namespace quiesce
