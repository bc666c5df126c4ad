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

// The kernel's memory is the machine's, so that of all processes at once.
void AddUpPrograms(const Timing& timing, Timing* sum) {
  for (const ProgramUsage& more : timing.programs()) {
    auto* all = sum->mutable_programs();
    auto it = std::find_if(all->begin(), all->end(), [&](const auto& program) {
      return program.program() == more.program();
    });
    if (it == all->end()) {
      *all->Add() = more;
      continue;
    }
    it->set_processes(it->processes() + more.processes());
    it->set_start_cpu_seconds(it->start_cpu_seconds() +
                              more.start_cpu_seconds());
    it->set_pss_kib(it->pss_kib() + more.pss_kib());
    it->set_private_kib(it->private_kib() + more.private_kib());
    it->set_descriptors(it->descriptors() + more.descriptors());
  }
  std::sort(sum->mutable_programs()->begin(), sum->mutable_programs()->end(),
            [](const ProgramUsage& a, const ProgramUsage& b) {
              return a.program() < b.program();
            });
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
    sum->mutable_templates()->MergeFrom(timing.templates());
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
    sum->set_file_pss_kib(sum->file_pss_kib() + timing.file_pss_kib());
    sum->set_shards(sum->shards() + timing.shards());
    sum->mutable_nodes()->MergeFrom(timing.nodes());
    AddUpResources(timing, sum);
    AddUpPrograms(timing, sum);
  }
  std::sort(sum->mutable_nodes()->begin(), sum->mutable_nodes()->end(),
            [](const NodeUsage& a, const NodeUsage& b) {
              return a.node() < b.node();
            });
  return absl::OkStatus();
}

}  // namespace quiesce
