// The files that a node's guests open instead of the kernel's: what they hold,
// and what becomes of what is written to them.
//
// A file that is read is a sealed memory file with the content of the moment.
// A file that is written, or that never ends, is a pair of sockets: reads and
// writes run natively at the guest's end, and the other end is served by
// NodeKernel::Pump() like a placeholder.
#ifndef QUIESCE_NOTIFIER_PROCFS_VIRTUAL_FILES_H_
#define QUIESCE_NOTIFIER_PROCFS_VIRTUAL_FILES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/base/errno_or.h"
#include "notifier/base/unique_fd.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/procfs/sysctls.h"

namespace quiesce {

// What a path is.
struct VirtualFile {
  enum class Kind {
    kText,    // read only
    kSysctl,  // /proc/sys/net/: written by who has CAP_NET_ADMIN
    kRandom,  // /dev/urandom: never ends
    kError,   // opening it fails with `error`
  };
  Kind kind = Kind::kText;
  std::string content;
  std::string sysctl;  // relative to /proc/sys/net
  int error = 0;
};

// One node's. Lives in its kernel as a protocol that nothing is addressed to:
// that keeps it as long as the node and gives it the node's order of death.
class VirtualFiles : public Protocol {
 public:
  // Those of `kernel`, made on first use.
  static VirtualFiles& Of(NodeKernel& kernel);

  explicit VirtualFiles(NodeKernel& kernel);
  ~VirtualFiles() override;

  // Absent for every path that is left to the kernel. `call`: who asks.
  std::optional<VirtualFile> Find(Call& call, absl::string_view path);

  // The guest's end of an open file; `open_flags` as of open(2), of which
  // access mode and O_NONBLOCK count. Errors: ENFILE where the supervisor has
  // no descriptor left.
  ErrnoOr<UniqueFd> Open(const VirtualFile& file, int open_flags);

  // Descriptors that are held for open files.
  size_t served() const { return served_.size(); }

  void Receive(Message) override {}
  Nanos next_timer() const override { return kNever; }
  void RunTimers(Nanos) override {}

 private:
  class Served;
  class SysctlWriter;
  class RandomSource;

  ErrnoOr<UniqueFd> OpenText(const VirtualFile& file, int open_flags);
  std::string Uuid();

  NodeKernel& kernel_;
  Sysctls sysctls_;
  std::string boot_id_;
  std::map<uint64_t, std::unique_ptr<Served>> served_;  // by watch
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_PROCFS_VIRTUAL_FILES_H_
