#include "notifier/guest/file_uses.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace quiesce {
namespace {

// "socket:[4711]" or "anon_inode:[eventpoll]"; empty if it is gone.
std::string LinkOf(pid_t tid, int fd) {
  char text[64];
  const ssize_t size = readlink(absl::StrCat("/proc/", tid, "/fd/", fd).c_str(),
                                text, sizeof(text));
  return size > 0 ? std::string(text, size) : "";
}

}  // namespace

// fs/eventpoll.c:ep_show_fdinfo.
std::vector<EpollEntry> EntriesOfSet(pid_t tid, int set) {
  std::vector<EpollEntry> entries;
  std::ifstream info(absl::StrCat("/proc/", tid, "/fdinfo/", set));
  std::string line;
  while (std::getline(info, line)) {
    EpollEntry entry{};
    entry.set = set;
    if (sscanf(line.c_str(),
               "tfd: %d events: %" SCNx32 " data: %" SCNx64
               " pos:%*d ino:%" SCNx64,
               &entry.fd, &entry.events, &entry.data, &entry.inode) == 4) {
      entries.push_back(entry);
    }
  }
  return entries;
}

FileUses UsesOfSocket(pid_t tid, int fd) {
  FileUses uses;
  const std::string wanted = LinkOf(tid, fd);
  constexpr char kSocket[] = "socket:[";
  if (!absl::StartsWith(wanted, kSocket)) return uses;
  const uint64_t inode =
      strtoull(wanted.c_str() + strlen(kSocket), nullptr, 10);
  DIR* all = opendir(absl::StrCat("/proc/", tid, "/fd").c_str());
  if (all == nullptr) return uses;
  while (const dirent* entry = readdir(all)) {
    if (entry->d_name[0] == '.') continue;
    const int number = atoi(entry->d_name);
    const std::string link = LinkOf(tid, number);
    if (link == wanted) uses.descriptors.push_back(number);
    if (link != "anon_inode:[eventpoll]") continue;
    for (const EpollEntry& in_set : EntriesOfSet(tid, number)) {
      if (in_set.inode == inode) uses.entries.push_back(in_set);
    }
  }
  closedir(all);
  return uses;
}

void AddToEpollSets(int file,
                    const std::vector<std::pair<UniqueFd, EpollEntry>>& where) {
  if (where.empty()) return;
  // An entry is known by its file and its number in the caller's table: so the
  // caller needs a table of its own, in which it has the guest's number.
  std::thread([&] {
    if (unshare(CLONE_FILES) != 0) return;
    for (const auto& [set, entry] : where) {
      // Out of the way of what comes next.
      const int source = fcntl(file, F_DUPFD_CLOEXEC, entry.fd + 1);
      const int target = fcntl(set.get(), F_DUPFD_CLOEXEC, entry.fd + 1);
      if (source < 0 || target < 0 || dup2(source, entry.fd) < 0) break;
      epoll_event event{};
      event.events = entry.events;
      event.data.u64 = entry.data;
      epoll_ctl(target, EPOLL_CTL_ADD, entry.fd, &event);
    }
    // A thread that is joined may still be about to close its files; and the
    // one that is replaced is among them.
    close_range(0, ~0u, 0);
  }).join();
}

}  // namespace quiesce
