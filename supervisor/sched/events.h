// What happens to a network while it runs, and when it is due. What an event
// does is Emulation's (emulation_events.cc).
#ifndef QUIESCE_SUPERVISOR_SCHED_EVENTS_H_
#define QUIESCE_SUPERVISOR_SCHED_EVENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "notifier/base/ip.h"
#include "notifier/base/nanos.h"
#include "supervisor/fabric/fabric.h"

namespace quiesce {

struct NetworkEvent {
  enum class Kind {
    kLinkDown,
    kLinkUp,
    kProcessKill,
    kProcessStart,
    kNodeStart,
    kNodeStop,
    kInterfaceDown,
    kInterfaceUp,
    kAddressAdd,
    kAddressDel,
  };

  uint32_t number = 0;  // in the topology's list, from 1
  // One of the two: virtual time since the start, or the how manieth
  // convergence, from 1.
  Nanos at = kNever;
  uint32_t at_convergence = 0;

  Kind kind = Kind::kLinkDown;
  Port port;              // of links (either end), interfaces and addresses
  bool carrier = false;   // both ends are told at once; else nobody is
  IpPrefix address;       // kAddressAdd, kAddressDel
  NodeId node = kNoNode;  // the others
  std::string process;    // kProcessKill, kProcessStart
  int signal = 0;
};

// Hands events out in order of time, those of one moment in the order given.
class EventQueue {
 public:
  explicit EventQueue(std::vector<NetworkEvent> events);

  // When the next one that has a time is due; kNever: none is left.
  Nanos next() const;
  // Those due by `elapsed`; each once.
  std::vector<NetworkEvent> TakeDue(Nanos elapsed);
  // Those of the n-th convergence; each once.
  std::vector<NetworkEvent> TakeAtConvergence(uint32_t n);
  // Whether the node is absent at first: the first that is said of it, in the
  // order of the list, is its start.
  bool StartsLater(NodeId node) const;

 private:
  const std::vector<NetworkEvent> given_;
  std::vector<NetworkEvent> timed_;  // by time
  size_t next_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_EVENTS_H_
