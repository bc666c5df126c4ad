// A guest thread's memory and descriptors, reached from outside by its own
// thread id: the leader of its process may have exited long ago.
#ifndef QUIESCE_NOTIFIER_GUEST_THREAD_ACCESS_H_
#define QUIESCE_NOTIFIER_GUEST_THREAD_ACCESS_H_

#include <sys/types.h>

#include <string>

#include "notifier/base/unique_fd.h"
#include "notifier/call/guest_access.h"
#include "notifier/guest/copied_memory.h"

namespace quiesce {

// process_vm_readv(2) and process_vm_writev(2): they respect the guest's page
// protections, so what would be EFAULT in the kernel is EFAULT here.
class ThreadMemory : public GuestMemory {
 public:
  explicit ThreadMemory(pid_t tid) : tid_(tid) {}
  // What is known of it while the thread makes its first attempt at a call;
  // null: nothing. Forgotten when something is written.
  void Know(const CallCopy* copy) { copied_ = CopiedMemory(copy); }
  int Read(GuestAddr from, void* to, size_t size) override;
  int Write(GuestAddr to, const void* from, size_t size) override;
  int ReadAll(absl::Span<const ReadPiece> pieces) override;
  int WriteAll(absl::Span<const WritePiece> pieces) override;
  size_t Known(GuestAddr from, void* to, size_t most) override {
    return copied_.ReadSome(static_cast<uint64_t>(from), to, most);
  }
  ErrnoOr<std::string> ReadString(GuestAddr from, size_t max) override;

 private:
  const pid_t tid_;
  CopiedMemory copied_;
};

// pidfd_getfd(2) on `process`, a pidfd of the thread's process, if there is one
// (else -1). Where there is none, or the process's first thread has ended, a
// pidfd of the thread itself is opened and kept in `pidfd` for the process's
// next call: threads of a process share their descriptors. (One that has its
// own, by unshare(CLONE_FILES), would be answered from the table of another.)
class ThreadFiles : public GuestFiles {
 public:
  ThreadFiles(pid_t tid, int process, UniqueFd* pidfd)
      : tid_(tid), process_(process), pidfd_(pidfd) {}
  ErrnoOr<UniqueFd> Duplicate(int guest_fd) override;

 private:
  const pid_t tid_;
  const int process_;
  UniqueFd* const pidfd_;
};

// The thread group of `tid`, from /proc/TID/status; -1 if it is gone.
pid_t ThreadGroupOf(pid_t tid);

// The thread's number in the innermost pid namespace it is in (NSpid); 0 if it
// is gone.
pid_t InnermostPid(pid_t tid);

// CapEff of the thread, from /proc/TID/status; 0 if it is gone.
uint64_t EffectiveCapabilities(pid_t tid);

// What is now under that number in the process; -1 if nothing is.
UniqueFd FileOf(pid_t process, int guest_fd);

// Whether the thread's descriptor is closed by execve (/proc/TID/fdinfo).
bool CloseOnExec(pid_t tid, int guest_fd);

// The file system user id, which is what a socket remembers of its maker.
uint32_t UserOf(pid_t tid);

// Whether the thread is in a group `from` .. `to`: its effective one or a
// supplementary one.
bool InGroups(pid_t tid, uint32_t from, uint32_t to);

// Signals that wait for the thread or its process (SigPnd | ShdPnd); bit 0 is
// signal 1.
uint64_t PendingSignals(pid_t tid);
// Whether a signal has stopped the thread (SIGSTOP), until another continues
// it.
bool IsStopped(pid_t tid);
// Those that the thread's signalfd `fd` takes; 0 if it is none.
uint64_t SignalsOfFd(pid_t tid, int fd);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_GUEST_THREAD_ACCESS_H_
