#include "supervisor/ask_program.h"

#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "notifier/base/status_macros.h"
#include "notifier/bpf/filter.h"
#include "notifier/syscalls/table.h"

namespace quiesce {

absl::StatusOr<Answer> AskProgram(Emulation* emulation, NodeId id,
                                  const std::vector<std::string>& argv) {
  const UniqueFd output(memfd_create("output", MFD_CLOEXEC));
  if (!output.valid()) return ErrnoStatus("memfd_create");
  ProcessSpec spec;
  spec.name = argv[0];
  spec.argv = argv;
  spec.env = {"HOME=/", "LANG=C"};
  spec.capabilities = DefaultCapabilities();
  spec.stdout_to = StdioSpec::Fd(output.get());
  spec.stderr_to = spec.stdout_to;
  ASSIGN_OR_RETURN(spec.filter, BuildFilter(SyscallTable(), kForNetworks));
  ASSIGN_OR_RETURN(const pid_t pid, emulation->Spawn(id, spec));
  absl::optional<ExitReport> exit;
  emulation->OnNode(id, [&](NodeRuntime& node) {
    node.RunUntilIdle();
    for (ExitReport& one : node.TakeExits()) {
      if (one.pid == pid) exit = std::move(one);
    }
  });
  if (!exit.has_value()) {
    return absl::DeadlineExceededError(absl::StrCat(
        "is idle but \"", absl::StrJoin(argv, " "), "\" has not ended"));
  }
  RETURN_IF_ERROR(exit->launch_error);
  Answer answer{emulation->node(id).name(), argv, exit->wait_status, {}};
  answer.text.resize(lseek(output.get(), 0, SEEK_END));
  if (pread(output.get(), answer.text.data(), answer.text.size(), 0) !=
      static_cast<ssize_t>(answer.text.size())) {
    return ErrnoStatus("pread");
  }
  return answer;
}

}  // namespace quiesce
