// Lookups: policy rules, tables, the choice among equal paths and the source
// address. net/ipv4/route.c, fib_trie.c:fib_table_lookup, net/ipv6/route.c.
#ifndef QUIESCE_NOTIFIER_NET_RESOLVER_H_
#define QUIESCE_NOTIFIER_NET_RESOLVER_H_

#include "notifier/net/stack.h"

namespace quiesce {

// What a lookup in the tables found; errno in `error` (EAGAIN: nothing here).
struct FibResult {
  int error = 0;
  const Route* route = nullptr;
  std::vector<Hop> hops;  // usable under the flow's constraints
  uint32_t table = 0;
};

class Resolver {
 public:
  struct Options {
    uint8_t min_scope = RT_SCOPE_UNIVERSE;  // flowi4_scope
    bool ignore_link_state = false;         // FIB_LOOKUP_IGNORE_LINKSTATE
    bool strict_interface = false;          // RT6_LOOKUP_F_IFACE
  };
  static FibResult LookupTable(const Stack& stack, const RouteTable& table,
                               const Flow& flow, const Options& options);
  // Through the rules (fib_lookup, fib6_lookup). ENETUNREACH when none has it.
  static FibResult Lookup(const Stack& stack, const Flow& flow,
                          const Options& options);
  static RouteResult Output4(const Stack& stack, const Flow& flow);
  static RouteResult Output6(const Stack& stack, const Flow& flow);
  static RouteResult Input4(const Stack& stack, Flow flow, int iif);
  static RouteResult Input6(const Stack& stack, Flow flow, int iif);

 private:
  static FibResult LookupMerged4(const Stack& stack, const Flow& flow,
                                 const Options& options);
  static Flow WithVrf(const Stack& stack, Flow flow);
  static bool RuleMatches(const Stack& stack, const Rule& rule,
                          const Flow& flow);
  static bool ConsiderList(const Stack& stack, const RouteList& list,
                           const Flow& flow, const Options& options,
                           FibResult& result);
  static RouteResult Finish(const Stack& stack, const Flow& flow,
                            FibResult found);
  static int Choose(const Stack& stack, const Flow& flow,
                    const std::vector<Hop>& hops);
};

// fib_props[type].error: 0 for routes that lead
// somewhere, else an errno (EAGAIN for throw).
int RouteTypeError(int type);
// The same for IPv6, which knows fewer types that refuse.
int RouteTypeError6(int type);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NET_RESOLVER_H_
