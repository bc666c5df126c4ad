#include "supervisor/launch/launch_filter.h"

#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>

#include "supervisor/launch/child.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS  // 6.6
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

namespace quiesce {

std::vector<sock_filter> LaunchFilter(const std::vector<sock_filter>& filter) {
  std::vector<sock_filter> result = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, kHandshakeCall},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, SYS_close},
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, args[1])},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, kHandshakeCall},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  result.insert(result.end(), filter.begin(), filter.end());
  return result;
}

void SetSyncWakeUp(int listener) {
  const uint64_t flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags);
}

}  // namespace quiesce
