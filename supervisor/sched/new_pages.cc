#include "supervisor/sched/new_pages.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/sched/cpu_account.h"

namespace quiesce {
namespace {

constexpr uint64_t kPage = 4096;

// CPU time of a process between two looks, which are further apart after each
// that finds that nothing has grown.
constexpr Nanos kLongestInterval = 16 * kMillisecond;
// Pages that it must have grown by: so many, and one in so many.
constexpr uint64_t kGrowth = 128;
constexpr uint64_t kGrowthShare = 8;
// Fewer new ones are not worth more, nor are shorter ranges.
constexpr uint64_t kWorthwhile = 64;
constexpr uint64_t kShortest = 4 * kPage;

// include/uapi/linux/fs.h
struct PageRegion {
  uint64_t start, end, categories;
};
struct PageScan {
  uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages,
      category_inverted, category_mask, category_anyof_mask, return_mask;
};
constexpr unsigned long kPagemapScan = _IOWR('f', 16, PageScan);
constexpr uint64_t kPageIsPresent = 1 << 3;
constexpr uint64_t kPageIsZeroFrame = 1 << 5;

UniqueFd Open(pid_t process, absl::string_view name) {
  return UniqueFd(open(absl::StrCat("/proc/", process, "/", name).c_str(),
                       O_RDONLY | O_CLOEXEC));
}

// Pages of its own: resident without those of files (proc_pid_statm(5)). The
// file is kept open: that is cheaper, and leaves nothing in the kernel's cache
// that the process's end would have to clear away (fs/dcache.c:d_invalidate).
uint64_t OwnPages(pid_t process, ScarceFd* kept) {
  UniqueFd opened;
  int file = kept->get();
  if (file < 0) {
    opened = Open(process, "statm");
    file = opened.get();
  }
  char text[128];
  const ssize_t size = pread(file, text, sizeof(text) - 1, 0);
  if (opened.valid()) kept->Keep(std::move(opened));
  uint64_t all = 0, resident = 0, shared = 0;
  if (size <= 0) return 0;
  text[size] = '\0';
  if (std::sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &all, &resident,
                  &shared) != 3) {
    return 0;
  }
  return resident - std::min(shared, resident);
}

// Where the process has memory that it can read, that is private and no file's,
// and that is zeroes when it has been dropped (proc_pid_maps(5)).
std::vector<AddressRange> AnonymousMappings(pid_t process) {
  std::vector<AddressRange> result;
  FILE* const maps =
      std::fopen(absl::StrCat("/proc/", process, "/maps").c_str(), "re");
  if (maps == nullptr) return result;
  char line[4352];
  while (std::fgets(line, sizeof(line), maps) != nullptr) {
    uint64_t begin, end, inode;
    char access[5];
    int name = 0;
    if (std::sscanf(line,
                    "%" SCNx64 "-%" SCNx64 " %4s %*x %*x:%*x %" SCNu64 " %n",
                    &begin, &end, access, &inode, &name) != 4) {
      continue;
    }
    const absl::string_view rest(line + name);
    const bool anonymous =
        inode == 0 &&
        (rest.empty() || absl::StartsWith(rest, "[heap]") ||
         absl::StartsWith(rest, "[stack]") || absl::StartsWith(rest, "[anon:"));
    if (access[0] == 'r' && access[3] == 'p' && anonymous)
      result.push_back({begin, end});
  }
  std::fclose(maps);
  return result;
}

// The pages of `mappings` that are there.
std::vector<AddressRange> PresentPages(
    pid_t process, const std::vector<AddressRange>& mappings) {
  std::vector<AddressRange> result;
  const UniqueFd file = Open(process, "pagemap");
  PageRegion regions[128];
  PageScan scan{};
  scan.size = sizeof(scan);
  scan.vec = reinterpret_cast<uint64_t>(regions);
  scan.vec_len = std::size(regions);
  scan.category_inverted = kPageIsZeroFrame;
  scan.category_mask = kPageIsPresent | kPageIsZeroFrame;
  scan.return_mask = kPageIsPresent;
  for (const AddressRange& mapping : mappings) {
    scan.start = mapping.begin;
    scan.end = mapping.end;
    while (scan.start < scan.end) {
      const int count = ioctl(file.get(), kPagemapScan, &scan);
      if (count < 0) break;
      for (int i = 0; i < count; ++i) {
        if (!result.empty() && result.back().end == regions[i].start) {
          result.back().end = regions[i].end;
        } else {
          result.push_back({regions[i].start, regions[i].end});
        }
      }
      if (scan.walk_end <= scan.start) break;
      scan.start = scan.walk_end;
    }
  }
  return result;
}

// Whether it may have somebody else provide its pages (userfaultfd(2)): then
// one that was dropped is not just zeroes.
bool HasPager(pid_t process) {
  const std::string path = absl::StrCat("/proc/", process, "/fd");
  DIR* const entries = opendir(path.c_str());
  if (entries == nullptr) return true;
  bool found = false;
  while (const dirent* entry = readdir(entries)) {
    char target[64];
    const ssize_t size =
        readlinkat(dirfd(entries), entry->d_name, target, sizeof(target));
    found |= size > 0 &&
             absl::string_view(target, size) == "anon_inode:[userfaultfd]";
  }
  closedir(entries);
  return found;
}

uint64_t CountPages(const std::vector<AddressRange>& ranges) {
  uint64_t bytes = 0;
  for (const AddressRange& range : ranges) bytes += range.end - range.begin;
  return bytes / kPage;
}

}  // namespace

std::vector<AddressRange> Subtract(const std::vector<AddressRange>& ranges,
                                   const std::vector<AddressRange>& without) {
  std::vector<AddressRange> result;
  auto next = without.begin();
  for (AddressRange range : ranges) {
    while (next != without.end() && next->end <= range.begin) ++next;
    for (auto it = next; it != without.end() && it->begin < range.end; ++it) {
      if (it->begin > range.begin) result.push_back({range.begin, it->begin});
      range.begin = std::min(std::max(range.begin, it->end), range.end);
    }
    if (range.begin < range.end) result.push_back(range);
  }
  return result;
}

std::vector<AddressRange> NewPages::Take(pid_t process) {
  if (when_ == ZeroPages::kGoAtEveryRest) {
    return HasPager(process)
               ? std::vector<AddressRange>()
               : PresentPages(process, AnonymousMappings(process));
  }
  const Nanos cpu = ProcessCpu(process);
  Process& known = processes_[process];
  if (cpu < known.looked_at + known.interval) return {};
  known.looked_at = cpu;
  const uint64_t pages = OwnPages(process, &known.statm);
  if (pages < known.pages + std::max(kGrowth, known.pages / kGrowthShare)) {
    known.pages = std::min(known.pages, pages);
    known.interval =
        std::clamp(2 * known.interval, kFirstInterval, kLongestInterval);
    return {};
  }
  known.interval = kFirstInterval;
  known.pages = pages;
  std::vector<AddressRange> present =
      PresentPages(process, AnonymousMappings(process));
  std::vector<AddressRange> fresh = Subtract(present, known.seen);
  known.seen = std::move(present);
  fresh.erase(std::remove_if(fresh.begin(), fresh.end(),
                             [](const AddressRange& range) {
                               return range.end - range.begin < kShortest;
                             }),
              fresh.end());
  if (CountPages(fresh) < kWorthwhile || HasPager(process)) return {};
  return fresh;
}

void NewPages::Dropped(pid_t process, const std::vector<AddressRange>& ranges) {
  Process& known = processes_[process];
  known.pages -= std::min(known.pages, CountPages(ranges));
  known.seen = Subtract(known.seen, ranges);
}

}  // namespace quiesce
