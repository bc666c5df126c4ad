#include "tools/kernel_runtime/usage.h"

#include <time.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "notifier/base/status_macros.h"

namespace quiesce {

absl::StatusOr<absl::Duration> CpuTimeOf(pid_t pid) {
  clockid_t clock;
  if (int error = clock_getcpuclockid(pid, &clock); error != 0) {
    return absl::ErrnoToStatus(error, absl::StrCat("CPU clock of ", pid));
  }
  timespec time;
  if (clock_gettime(clock, &time) != 0) {
    return ErrnoStatus(absl::StrCat("CPU clock of ", pid));
  }
  return absl::DurationFromTimespec(time);
}

absl::StatusOr<int64_t> KibNamed(absl::string_view text,
                                 absl::string_view name) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    std::vector<absl::string_view> words =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    int64_t number;
    if (words.size() == 3 && words[0] == absl::StrCat(name, ":") &&
        words[2] == "kB" && absl::SimpleAtoi(words[1], &number)) {
      return number;
    }
  }
  return absl::NotFoundError(absl::StrCat("no line ", name));
}

absl::StatusOr<int64_t> PssKibOf(pid_t pid) {
  std::string path = absl::StrCat("/proc/", pid, "/smaps_rollup");
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  auto kib = KibNamed(text.str(), "Pss");
  if (!kib.ok()) {
    return absl::NotFoundError(
        absl::StrCat(path, ": ", std::string(kib.status().message())));
  }
  return kib;
}

}  // namespace quiesce
