// Starts processes by copying where that is possible: one zygote for each kind
// of process, made when the second of its kind is wanted and there are enough.
//
// Of one kind are processes with the same program, arguments, environment,
// credentials and number, in nodes with the same image and the same paths of
// files. Where the length of host names matters to a program, these are of one
// length, too.
#ifndef QUIESCE_SUPERVISOR_ZYGOTE_ZYGOTE_STORE_H_
#define QUIESCE_SUPERVISOR_ZYGOTE_ZYGOTE_STORE_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/launch/launcher.h"
#include "supervisor/zygote/zygote.h"

namespace quiesce {

// From so many nodes of a kind on each shard, copying FRR takes less time than
// starting it; memory it saves before.
inline constexpr int kWorthAZygote = 8;

// What became of one kind.
struct ZygoteReport {
  std::string process;
  // The call that stopped the template, or why there is none.
  std::string stopped_by;
  uint64_t shared_kib = 0;  // memory of the template's own
  int copies = 0;
  int started = 0;  // the others of the kind
};

// Adds those of one process with the same words up.
std::vector<ZygoteReport> AddUpReports(
    const std::vector<std::vector<ZygoteReport>>& all);
// A line about it, for people.
std::string DescribeReport(const ZygoteReport& report);

// Owned by one shard, used and destroyed by its thread.
class ZygoteStore {
 public:
  // `least`: so many nodes of a kind are worth a zygote.
  ZygoteStore(Launcher* launcher, int least)
      : launcher_(launcher), least_(least) {}

  // Such a node will be started. To be told of all before the first Spawn().
  void Expect(const NodeSpec& node);

  // As NodeProcessTree::Spawn(), but the process may be further: at its first
  // call that concerns its node. Aborted: a copy failed halfway. The node is to
  // be thrown away and made anew; the process will then start by itself.
  absl::StatusOr<SpawnedProcess> Spawn(const NodeSpec& node,
                                       const ProcessSpec& process,
                                       const CopySetting& setting,
                                       NodeProcessTree* tree);

  // Copies that failed halfway.
  int failed() const { return failed_; }
  // By process, of those with at least two.
  std::vector<ZygoteReport> Reports() const;

 private:
  struct Kind {
    std::string process;
    pid_t number = -1;  // in the first node
    bool tried = false;
    std::string refused;  // why
    std::unique_ptr<Zygote> zygote;
    int started = 0;
    int copies = 0;  // of a zygote that is gone
  };

  Launcher* const launcher_;
  const int least_;
  // Nodes to be started, by kind and by the length of their host names.
  std::map<std::string, std::map<size_t, int>> expected_;
  std::map<std::string, Kind> kinds_;
  // Kinds of which there are as many as lengths of host names.
  std::set<std::string> by_length_;
  int failed_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_ZYGOTE_ZYGOTE_STORE_H_
