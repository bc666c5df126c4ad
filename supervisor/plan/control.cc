#include "supervisor/plan/control.h"

#include "topo/image.h"

namespace quiesce {

absl::optional<Control> ControlOf(const proto::Image& image) {
  std::string daemon;
  Control control;
  switch (image.rib()) {
    case proto::FRR_VTY:
      control.kind = ControlKind::kFrr;
      daemon = "bgpd";
      break;
    case proto::BIRD_CTL:
      control.kind = ControlKind::kBird;
      daemon = "bird";
      break;
    case proto::BGPCTL:
      return Control{ControlKind::kOpenbgpd, ""};
    case proto::GOBGP_CLI:
      return Control{ControlKind::kGobgp, ""};
    default:
      return absl::nullopt;
  }
  control.path = DefaultControlPath(control.kind);
  const proto::Process* process = FindProcess(image, daemon);
  if (process != nullptr && !process->readiness().unix_socket().empty()) {
    control.path = process->readiness().unix_socket();
  }
  return control;
}

}  // namespace quiesce
