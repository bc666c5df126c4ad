#include "tools/oracle/verdict.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/oracle/legality.h"

namespace quiesce {
namespace {

using Json = nlohmann::ordered_json;

std::string Row(const char* name, const Comparison& table) {
  return absl::StrFormat("%-5s %9d %9d %11d %13d %14d %12d\n", name,
                         table.entries, table.equal, table.ambiguous.size(),
                         table.ambiguous_seen, table.ambiguous_legal,
                         table.differences.size());
}

std::string Differences(const char* name, const Comparison& table, int limit) {
  std::string text;
  int shown = 0;
  for (const Comparison::Difference& difference : table.differences) {
    if (shown++ == limit) {
      absl::StrAppend(&text, "... and ", table.differences.size() - limit,
                      " more in the ", name, "\n");
      break;
    }
    absl::StrAppend(&text, name, " ", difference.text);
  }
  return text;
}

Json TableJson(const Comparison& table) {
  Json ambiguous = Json::array();
  for (const EntryKey& key : table.ambiguous) {
    ambiguous.push_back(key.ToString());
  }
  Json differences = Json::array();
  for (const Comparison::Difference& difference : table.differences) {
    differences.push_back({{"node", difference.key.node},
                           {"vrf", difference.key.vrf},
                           {"network", difference.key.network},
                           {"diff", difference.text}});
  }
  return {{"entries", table.entries},
          {"equal", table.equal},
          {"ambiguous", table.ambiguous.size()},
          {"ambiguous_seen", table.ambiguous_seen},
          {"ambiguous_legal", table.ambiguous_legal},
          {"ambiguous_entries", std::move(ambiguous)},
          {"differences", std::move(differences)}};
}

}  // namespace

std::string Verdict::ToText(int limit) const {
  std::string text = Differences("FIB", fib, limit);
  absl::StrAppend(&text, Differences("RIB", rib, limit));
  absl::StrAppend(&text, Differences("rules", rules, limit));
  absl::StrAppend(&text, Differences("reach", pairs, limit));
  absl::StrAppend(&text, Differences("asked", answers, limit));
  absl::StrAppend(&text, spec, ", image ", image, ", ", kernel_runs,
                  " kernel runs\n");
  absl::StrAppendFormat(&text, "%-5s %9s %9s %11s %13s %14s %12s\n", "table",
                        "entries", "equal", "ambiguous", "of them seen",
                        "of them legal", "different");
  absl::StrAppend(&text, Row("FIB", fib), Row("RIB", rib), Row("rules", rules),
                  Row("reach", pairs));
  if (answers.entries > 0) absl::StrAppend(&text, Row("asked", answers));
  if (rule_misjudged > 0) {
    absl::StrAppend(&text, "the rule of validity misjudges ", rule_misjudged,
                    " entries of the kernel's own runs, such as ",
                    misjudged_example, "\n");
  }
  absl::StrAppend(&text, same() ? "equal\n" : "DIFFERENT\n");
  return text;
}

bool AllSame(const std::vector<Verdict>& verdicts) {
  return std::all_of(verdicts.begin(), verdicts.end(),
                     [](const Verdict& verdict) { return verdict.same(); });
}

std::string ToJson(const std::vector<Verdict>& verdicts) {
  Json json = Json::array();
  for (const Verdict& verdict : verdicts) {
    json.push_back({{"topology", verdict.spec},
                    {"image", verdict.image},
                    {"same", verdict.same()},
                    {"kernel_runs", verdict.kernel_runs},
                    {"rule_misjudged", verdict.rule_misjudged},
                    {"fib", TableJson(verdict.fib)},
                    {"rib", TableJson(verdict.rib)},
                    {"rules", TableJson(verdict.rules)},
                    {"pairs", TableJson(verdict.pairs)},
                    {"answers", TableJson(verdict.answers)}});
  }
  return json.dump(2) + "\n";
}

Verdict Judge(const Topology& topology, const std::vector<Results>& kernel,
              const Results& ours) {
  std::vector<EntryTable> fibs, ribs, pairs, rules, answers;
  for (const Results& run : kernel) {
    fibs.push_back(run.FibTable());
    ribs.push_back(run.RibTable());
    pairs.push_back(run.PairTable(ours));
    rules.push_back(run.rules);
    answers.push_back(run.answers);
  }
  const auto nothing_else = [](const EntryKey&, const EntryValue&) {
    return absl::InvalidArgumentError("nothing else is known");
  };
  Verdict verdict;
  verdict.kernel_runs = kernel.size();
  verdict.fib = Compare(fibs, ours.FibTable(),
                        [&](const EntryKey& key, const EntryValue&) {
                          return LegalFibEntry(ours, key);
                        });
  verdict.rib = Compare(ribs, ours.RibTable(),
                        [&](const EntryKey& key, const EntryValue&) {
                          return LegalRibEntry(topology, ours, key);
                        });
  verdict.rules = Compare(rules, ours.rules, nothing_else);
  verdict.pairs = Compare(pairs, ours.PairTable(ours), nothing_else);
  verdict.answers = Compare(answers, ours.answers, nothing_else);
  auto count = [&verdict](const EntryKey& key, const absl::Status& judged) {
    if (judged.ok()) return;
    ++verdict.rule_misjudged;
    verdict.misjudged_example =
        absl::StrCat(key.ToString(), ": ", std::string(judged.message()));
  };
  for (const Results& run : kernel) {
    for (const auto& [key, paths] : run.rib) {
      // The rule reads the topology's words, not what is written by hand.
      const int node = topology.FindNode(key.node);
      if (node < 0 || !topology.node(node).bgp.has_value()) continue;
      count(key, LegalRibEntry(topology, run, key));
      if (run.fib.contains(key)) count(key, LegalFibEntry(run, key));
    }
  }
  return verdict;
}

}  // namespace quiesce
