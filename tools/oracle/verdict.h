// What the oracle says: a table for people, JSON for programs.
#ifndef QUIESCE_TOOLS_ORACLE_VERDICT_H_
#define QUIESCE_TOOLS_ORACLE_VERDICT_H_

#include <string>
#include <vector>

#include "tools/oracle/compare.h"
#include "tools/oracle/results.h"
#include "topo/topology.h"

namespace quiesce {

struct Verdict {
  std::string spec;
  std::string image;
  int kernel_runs = 0;
  Comparison fib;
  Comparison rib;
  Comparison rules;    // policy routing's
  Comparison pairs;    // who reaches whom
  Comparison answers;  // to a topology's questions
  // Entries of the kernel's own runs that the rule of validity would call
  // illegal. They happened, so more than 0 means that the rule does not know
  // something about this network, and that `ambiguous_legal` says little.
  int rule_misjudged = 0;
  std::string misjudged_example;

  bool same() const {
    return fib.same() && rib.same() && rules.same() && pairs.same() &&
           answers.same();
  }
  // At most `differences` of each table are shown in full.
  std::string ToText(int differences) const;
};

bool AllSame(const std::vector<Verdict>& verdicts);

// An array, one object for each.
std::string ToJson(const std::vector<Verdict>& verdicts);

// `kernel` holds the results of each run on the real kernel. Pure.
Verdict Judge(const Topology& topology, const std::vector<Results>& kernel,
              const Results& ours);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_ORACLE_VERDICT_H_
