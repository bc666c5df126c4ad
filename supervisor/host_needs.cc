#include "supervisor/host_needs.h"

#include <sys/resource.h>

#include <algorithm>
#include <string>

#include "notifier/base/scarce_fd.h"
#include "notifier/base/status_macros.h"
#include "notifier/kernel/placeholder.h"
#include "supervisor/plan/footprint.h"

namespace quiesce {

namespace {

// More do not help: then it is one node that wants so much.
constexpr int kMostEmulators = 16;

}  // namespace

absl::StatusOr<HostNeeds> HostNeeds::Of(const Topology& topology, int emulators,
                                        int copied_from) {
  for (int count = 1; emulators == 0 && count <= kMostEmulators; ++count) {
    ASSIGN_OR_RETURN(HostNeeds needs, Of(topology, count, copied_from));
    if (needs.HasDescriptors()) return needs;
  }
  emulators = std::max(1, emulators);
  ASSIGN_OR_RETURN(const NetworkFootprint footprint,
                   EstimateFootprint(topology, emulators, copied_from));
  HostNeeds needs;
  needs.emulators_ = emulators;
  needs.resources_.namespaces = topology.nodes().size();
  needs.resources_.descriptors = footprint.descriptors;
  needs.resources_.tasks = footprint.tasks;
  needs.resources_.memory_kib = footprint.memory_kib;
  needs.limits_ = CompareWithHost(needs.resources_);
  return needs;
}

bool HostNeeds::HasDescriptors() const {
  return std::all_of(limits_.begin(), limits_.end(), [](const HostLimit& one) {
    return one.name != "descriptors" || one.Fits();
  });
}

bool HostNeeds::MemoryMayBeScarce() const {
  return std::any_of(limits_.begin(), limits_.end(), [](const HostLimit& one) {
    return one.name == "memory_kib" && one.limit >= 0 &&
           one.needed > one.limit / 2;
  });
}

bool HostNeeds::Print(std::ostream& out) const {
  bool fits = true;
  if (emulators_ > 1) {
    out << emulators_
        << " supervisor processes that share the nodes; descriptors are of "
           "one\n";
  }
  for (const HostLimit& limit : limits_) {
    // There are namespaces enough nearly everywhere.
    if (limit.noun.find("namespace") != std::string::npos && limit.Fits()) {
      continue;
    }
    out << limit.ToString() << "\n";
    if (limit.Fits()) continue;
    out << "  too much; remedy: " << limit.remedy << "\n";
    fits = false;
  }
  return fits;
}

void HostNeeds::Warn(std::ostream& out) const {
  if (emulators_ > 1) {
    out << "quiesce: " << emulators_
        << " supervisor processes share the nodes\n";
  }
  for (const HostLimit& limit : limits_) {
    if (!limit.IsNear()) continue;
    out << "quiesce: nearly too much: " << limit.ToString() << "\n";
  }
}

void HostNeeds::AllowScarceDescriptors() const {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const int64_t limit = files.rlim_cur;
  ScarceFd::Allow(std::clamp<int64_t>(
      limit - resources_.descriptors - limit / 20, 0, limit / 4));
}

void HostNeeds::AddUsed(int64_t descriptors, int64_t tasks,
                        Timing* timing) const {
  for (const HostLimit& limit : limits_) {
    int64_t used = 0;
    if (limit.name == "descriptors") {
      used = descriptors + kDescriptorReserve;
    } else if (limit.name == "tasks") {
      used = tasks;
    } else if (limit.name == "memory_kib") {
      used = timing->routers_pss_kib() + timing->supervisor_pss_kib();
    } else {
      continue;
    }
    Resource* resource = timing->add_resources();
    resource->set_name(limit.name);
    resource->set_estimated(limit.needed);
    resource->set_used(used);
    resource->set_limit(std::max<int64_t>(0, limit.limit));
  }
}

}  // namespace quiesce
