// Reading what /proc says of one thread.
#ifndef QUIESCE_SUPERVISOR_SCHED_THREAD_FILES_H_
#define QUIESCE_SUPERVISOR_SCHED_THREAD_FILES_H_

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "notifier/base/unique_fd.h"

namespace quiesce {

// Reads the beginning of the file, below `directory` or AT_FDCWD, as text;
// empty if the thread is gone.
template <size_t kSize>
const char* ReadText(int directory, const std::string& path,
                     char (&text)[kSize]) {
  UniqueFd file(openat(directory, path.c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t size = file.valid() ? read(file.get(), text, kSize - 1) : 0;
  text[size > 0 ? size : 0] = '\0';
  return text;
}

// How often the thread has run whose schedstat that is: the third number
// (Documentation/scheduler/sched-stats); 0 if it is not there.
inline uint64_t TimesRunIn(const char* schedstat) {
  const char* third = std::strrchr(schedstat, ' ');
  return third == nullptr ? 0 : std::strtoull(third, nullptr, 10);
}

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_THREAD_FILES_H_
