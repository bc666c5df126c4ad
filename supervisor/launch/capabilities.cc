#include <linux/capability.h>

#include "supervisor/launch/spec.h"

namespace quiesce {

uint64_t DefaultCapabilities() {
  // What OCI runtimes grant unless told otherwise, and the three that
  // routers need (BIRD does not start without NET_BROADCAST).
  constexpr int kDefault[] = {
      CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FSETID,           CAP_FOWNER,
      CAP_MKNOD,   CAP_NET_RAW,      CAP_SETGID,           CAP_SETUID,
      CAP_SETFCAP, CAP_SETPCAP,      CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT,
      CAP_KILL,    CAP_AUDIT_WRITE,  CAP_NET_ADMIN,        CAP_NET_BROADCAST,
  };
  uint64_t set = 0;
  for (int capability : kDefault) set |= CapabilityBit(capability);
  return set;
}

}  // namespace quiesce
