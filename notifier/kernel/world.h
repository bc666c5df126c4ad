// What one node's kernel asks of the emulation around it: the time, and a way
// out. Stated here so that nothing in notifier/ knows the supervisor.
#ifndef QUIESCE_NOTIFIER_KERNEL_WORLD_H_
#define QUIESCE_NOTIFIER_KERNEL_WORLD_H_

#include <cerrno>

#include "absl/strings/string_view.h"
#include "notifier/base/nanos.h"
#include "notifier/call/outcome.h"
#include "notifier/kernel/message.h"

namespace quiesce {

struct Call;

class World {
 public:
  virtual ~World() = default;

  // CLOCK_MONOTONIC as guests see it. Virtual time stands still while a node
  // runs.
  virtual Nanos Now() const = 0;

  // What to add to Now() for CLOCK_REALTIME.
  virtual Nanos RealtimeOffset() const { return 0; }

  // False where guests read the host's clocks and wait in the kernel.
  virtual bool VirtualTime() const { return true; }
  // Whether guests stand still while a call is answered, so that no signal can
  // take the caller out of it before it has its answer.
  virtual bool HoldsGuests() const { return VirtualTime(); }

  // Takes a message for another node (never for the sender itself: a kernel
  // keeps those). It leaves at the end of the round; what becomes of it is
  // decided on the FIBs of that moment. A message that cannot arrive comes back
  // to the sender as kIcmpError (message.h) with all it carried.
  virtual void Send(Message message) = 0;

  // The calling process runs a new program that has not read a clock yet: the
  // moment to take its clocks and random bytes over.
  virtual void OnNewImage(Call&) {}

  // The code put into its vDSO makes the call of notifier/guest/vdso.h.
  virtual Outcome OnClockPage(Call&) { return Outcome::Fail(ENOSYS); }

  // The calling process is about to make another one.
  virtual void OnNewProcess(Call&) {}

  // A guest asked for something that is answered in part or not at all; goes
  // into the run's summary once per node and text.
  virtual void Confess(NodeId node, absl::string_view what) = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_WORLD_H_
