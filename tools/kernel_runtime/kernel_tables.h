// The state of a network on the real kernel as its report's tables.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_TABLES_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_TABLES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/report/fib.h"
#include "supervisor/report/output_dir.h"
#include "tools/kernel_runtime/kernel_network.h"

namespace quiesce {

class KernelTables {
 public:
  // What a run has left in a directory.
  static absl::StatusOr<KernelTables> ReadFiles(const std::string& directory);

  // The network as it is now, who reaches whom included.
  absl::Status Read(KernelNetwork* network);

  // The same, as far as needed to tell whether it is `wanted`: what differs,
  // or nothing.
  absl::StatusOr<std::string> Differ(KernelNetwork* network,
                                     const KernelTables& wanted);

  // fib.jsonl, fib.csv, rules.jsonl, rib.jsonl and reachability.json.
  absl::Status Write(OutputDir* out) const;

  int64_t fib_rows() const;
  int64_t rib_paths() const;

 private:
  absl::Status ReadFibs(KernelNetwork* network);
  absl::Status ReadRibs(KernelNetwork* network);
  // After the FIBs: rules, and who reaches whom.
  absl::Status ReadWays(KernelNetwork* network);

  std::vector<NodeFib> fibs_;
  std::string fib_, rules_, rib_;  // as JSON lines
  std::string reachability_;       // as JSON
};

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_TABLES_H_
