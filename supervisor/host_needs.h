// What a network will take of this host, beside what the host has: told before
// anything starts, and held against what it took in the end.
#ifndef QUIESCE_SUPERVISOR_HOST_NEEDS_H_
#define QUIESCE_SUPERVISOR_HOST_NEEDS_H_

#include <cstdint>
#include <ostream>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/report.pb.h"
#include "supervisor/launch/host_limits.h"
#include "topo/topology.h"

namespace quiesce {

class HostNeeds {
 public:
  // Nothing is known of the network, and nothing needed.
  HostNeeds() = default;
  // With `emulators` processes that share the nodes; 0: the fewest of which
  // none wants more descriptors than it may have, or one where that does not
  // help. Each copies the processes of an image of which it has `copied_from`
  // nodes. Errors: as LoadImage().
  static absl::StatusOr<HostNeeds> Of(const Topology& topology, int emulators,
                                      int copied_from);

  int emulators() const { return emulators_; }

  const ResourceNeeds& resources() const { return resources_; }
  // Each need and its limit. False if one is too much.
  bool Print(std::ostream& out) const;
  // Those that are nearly too much, and that several share the nodes.
  void Warn(std::ostream& out) const;
  // Whether it may want more than half of what there is.
  bool MemoryMayBeScarce() const;
  // Lets as many descriptors be kept to save time as the run will not need; not
  // all, since that is an estimate.
  void AllowScarceDescriptors() const;
  // Adds what the run has taken: descriptors at once, without the reserve, and
  // tasks of nodes; memory is in `timing` already.
  void AddUsed(int64_t descriptors, int64_t tasks, Timing* timing) const;

 private:
  bool HasDescriptors() const;

  int emulators_ = 1;
  ResourceNeeds resources_;
  std::vector<HostLimit> limits_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_HOST_NEEDS_H_
