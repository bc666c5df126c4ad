#include "supervisor/report/timing.h"

#include <algorithm>

namespace quiesce {
namespace {

// Descriptors are counted for each process, so the most matters; the rest for
// all together.
void AddUpResources(const Timing& timing, Timing* sum) {
  for (int i = 0; i < sum->resources_size() && i < timing.resources_size();
       ++i) {
    Resource* resource = sum->mutable_resources(i);
    const uint64_t other = timing.resources(i).used();
    resource->set_used(resource->name() == "descriptors"
                           ? std::max(resource->used(), other)
                           : resource->used() + other);
  }
}

}  // namespace

absl::Status AddUpTimings(const std::vector<std::string>& all, Timing* sum) {
  for (size_t rank = 0; rank < all.size(); ++rank) {
    Timing timing;
    if (!timing.ParseFromString(all[rank])) {
      return absl::InternalError("a timing that does not parse");
    }
    if (rank == 0) {
      *sum = timing;
      continue;
    }
    for (int i = 0; i < sum->phases_size() && i < timing.phases_size(); ++i) {
      PhaseTime* phase = sum->mutable_phases(i);
      const PhaseTime& other = timing.phases(i);
      phase->set_routers_cpu_seconds(phase->routers_cpu_seconds() +
                                     other.routers_cpu_seconds());
      phase->set_supervisor_cpu_seconds(phase->supervisor_cpu_seconds() +
                                        other.supervisor_cpu_seconds());
      phase->set_routers_system_seconds(phase->routers_system_seconds() +
                                        other.routers_system_seconds());
      phase->set_routers_switches(phase->routers_switches() +
                                  other.routers_switches());
      phase->set_supervisor_switches(phase->supervisor_switches() +
                                     other.supervisor_switches());
    }
    sum->set_routers_cpu_seconds(sum->routers_cpu_seconds() +
                                 timing.routers_cpu_seconds());
    sum->set_supervisor_cpu_seconds(sum->supervisor_cpu_seconds() +
                                    timing.supervisor_cpu_seconds());
    sum->set_routers_pss_kib(sum->routers_pss_kib() + timing.routers_pss_kib());
    sum->set_supervisor_pss_kib(sum->supervisor_pss_kib() +
                                timing.supervisor_pss_kib());
    sum->set_shards(sum->shards() + timing.shards());
    sum->mutable_nodes()->MergeFrom(timing.nodes());
    AddUpResources(timing, sum);
  }
  std::sort(sum->mutable_nodes()->begin(), sum->mutable_nodes()->end(),
            [](const NodeUsage& a, const NodeUsage& b) {
              return a.node() < b.node();
            });
  return absl::OkStatus();
}

}  // namespace quiesce
