#include "supervisor/zygote/zygote_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "notifier/base/status_macros.h"
#include "supervisor/launch/spec_wire.h"
#include "supervisor/launch/wire.h"

namespace quiesce {
namespace {

// What nodes of one kind have in common.
std::string KindOf(NodeSpec node) {
  node.name.clear();
  node.hostname.clear();
  for (FileSpec& file : node.files) file.content.clear();
  node.sys_files.clear();
  node.init_cpu = -1;
  node.init_fifo_priority = 0;
  WireWriter words;
  PutNodeSpec(node, words);
  return words.bytes();
}

std::string Words(const ProcessSpec& process) {
  WireWriter words;
  PutProcessSpec(process, words);
  return words.bytes();
}

}  // namespace

void ZygoteStore::Expect(const NodeSpec& node) {
  ++expected_[KindOf(node)][node.HostName().size()];
}

absl::StatusOr<SpawnedProcess> ZygoteStore::Spawn(const NodeSpec& node,
                                                  const ProcessSpec& process,
                                                  const CopySetting& setting,
                                                  NodeProcessTree* tree) {
  const size_t name_size = node.HostName().size();
  std::string key = KindOf(node);
  const std::map<size_t, int>& nodes = expected_[key];
  key += Words(process);
  std::pair<size_t, size_t> name_sizes = {name_size, name_size};
  int count = 0;
  if (by_length_.count(key) > 0) {
    const auto same = nodes.find(name_size);
    count = same == nodes.end() ? 0 : same->second;
    absl::StrAppend(&key, name_size);
  } else if (!nodes.empty()) {
    name_sizes = {nodes.begin()->first, nodes.rbegin()->first};
    for (const auto& [size, some] : nodes) count += some;
  }
  if (count < least_) return tree->Spawn(process);

  Kind& kind = kinds_[key];
  kind.process = process.name;
  if (kind.number > 0 && !kind.tried) {
    kind.tried = true;
    auto zygote = Zygote::Make(launcher_, node, process, kind.number,
                               name_sizes, setting.clock);
    if (zygote.ok()) {
      kind.zygote = *std::move(zygote);
    } else {
      kind.refused = std::string(zygote.status().message());
      if (name_sizes.first != name_sizes.second) by_length_.insert(key);
    }
  }
  if (kind.zygote != nullptr) {
    auto copy = kind.zygote->Copy(process, setting, tree);
    if (copy.ok()) return copy;
    kind.refused = std::string(copy.status().message());
    if (!absl::IsFailedPrecondition(copy.status())) {
      kind.copies += kind.zygote->copies();
      kind.zygote.reset();
      ++failed_;
      return copy.status();
    }
  }
  ASSIGN_OR_RETURN(SpawnedProcess spawned, tree->Spawn(process));
  kind.number = spawned.node_pid;
  ++kind.started;
  return spawned;
}

std::vector<ZygoteReport> ZygoteStore::Reports() const {
  std::vector<ZygoteReport> reports;
  for (const auto& [key, kind] : kinds_) {
    if (!kind.tried) continue;
    ZygoteReport report;
    report.process = kind.process;
    report.stopped_by = kind.refused;
    report.started = kind.started;
    report.copies = kind.copies;
    if (kind.zygote != nullptr) {
      report.stopped_by = kind.zygote->stopped_by();
      report.shared_kib = kind.zygote->private_kib();
      report.copies += kind.zygote->copies();
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<ZygoteReport> AddUpReports(
    const std::vector<std::vector<ZygoteReport>>& all) {
  std::vector<ZygoteReport> sum;
  for (const std::vector<ZygoteReport>& some : all) {
    for (const ZygoteReport& report : some) {
      const auto same =
          std::find_if(sum.begin(), sum.end(), [&](const auto& other) {
            return other.process == report.process &&
                   other.stopped_by == report.stopped_by &&
                   other.shared_kib == report.shared_kib;
          });
      if (same == sum.end()) {
        sum.push_back(report);
        continue;
      }
      same->copies += report.copies;
      same->started += report.started;
    }
  }
  std::stable_sort(sum.begin(), sum.end(), [](const auto& a, const auto& b) {
    return a.process < b.process;
  });
  return sum;
}

std::string DescribeReport(const ZygoteReport& report) {
  if (report.copies == 0) {
    return absl::StrFormat("zygote of %s: no copies, %d started: %s\n",
                           report.process, report.started, report.stopped_by);
  }
  return absl::StrFormat(
      "zygote of %s: %d copies, %d started; %.1f MiB shared; %s %s\n",
      report.process, report.copies, report.started, report.shared_kib / 1024.0,
      report.shared_kib == 0 ? "given up:" : "stopped at", report.stopped_by);
}

}  // namespace quiesce
