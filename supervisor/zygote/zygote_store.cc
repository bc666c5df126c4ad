#include "supervisor/zygote/zygote_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "notifier/base/status_macros.h"
#include "supervisor/launch/spec_wire.h"
#include "supervisor/launch/wire.h"

namespace quiesce {
namespace {

// What processes of one kind have in common.
std::string KindOf(NodeSpec node, const ProcessSpec& process) {
  const size_t host_name =
      (node.hostname.empty() ? node.name : node.hostname).size();
  node.name.clear();
  node.hostname.assign(host_name, 'x');
  for (FileSpec& file : node.files) file.content.clear();
  node.sys_files.clear();
  WireWriter words;
  PutNodeSpec(node, words);
  PutProcessSpec(process, words);
  return words.bytes();
}

}  // namespace

absl::StatusOr<SpawnedProcess> ZygoteStore::Spawn(const NodeSpec& node,
                                                  const ProcessSpec& process,
                                                  const CopySetting& setting,
                                                  NodeProcessTree* tree) {
  Kind& kind = kinds_[KindOf(node, process)];
  kind.process = process.name;
  if (kind.number > 0 && !kind.tried) {
    kind.tried = true;
    auto zygote =
        Zygote::Make(launcher_, node, process, kind.number, setting.clock);
    if (zygote.ok()) {
      kind.zygote = *std::move(zygote);
    } else {
      kind.refused = std::string(zygote.status().message());
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
