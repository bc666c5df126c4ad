// What went wrong on the way and came right again: loops, and pairs of nodes
// that lost each other for a while.
//
// Pure: is shown who reaches whom at the end of each round in which that may
// have changed.
#ifndef QUIESCE_SUPERVISOR_REPORT_TRANSIENTS_H_
#define QUIESCE_SUPERVISOR_REPORT_TRANSIENTS_H_

#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "notifier/base/nanos.h"
#include "proto/report.pb.h"
#include "supervisor/report/reachability.h"

namespace quiesce {

class Transients {
 public:
  // A moment of the run: virtual time since the start, rounds so far, and the
  // number of the last event (0: none yet).
  struct Moment {
    Nanos time = 0;
    uint64_t round = 0;
    uint32_t event = 0;
  };

  // From `now` on packets fare so. The originators are always the same.
  void Update(const ReachabilityReport& report, const Moment& now);

  // Everything, those that last at the end of the run included; sorted by
  // beginning, then by pair and disposition.
  std::vector<Transient> Take();

 private:
  using Pair = std::pair<uint32_t, uint32_t>;
  using Key = std::tuple<uint32_t, uint32_t, int>;  // with a disposition's bit

  void Begin(const ReachabilityReport& report, const Key& key,
             const Moment& now);

  std::set<Pair> reached_;         // at some time so far
  std::map<Key, Transient> open_;  // those that last
  std::vector<Transient> closed_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_TRANSIENTS_H_
