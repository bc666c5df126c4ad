#include "notifier/procfs/virtual_files.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "notifier/procfs/class_net.h"
#include "notifier/procfs/proc_net.h"
#include "notifier/procfs/proc_net_sockets.h"

namespace quiesce {
namespace {

// No IPPROTO: those of messages are bytes.
constexpr int kNoProtocol = 1000;

constexpr size_t kRandomAhead = 16384;

}  // namespace

// An open file with an end of ours.
class VirtualFiles::Served : public EndWatcher {
 public:
  Served(VirtualFiles& files, UniqueFd end)
      : files_(files), end_(std::move(end)) {
    watch_ = files_.kernel_.Watch(end_.get(), this);
  }
  ~Served() override { files_.kernel_.Unwatch(watch_); }

  uint64_t watch() const { return watch_; }

 protected:
  NodeKernel& kernel() { return files_.kernel_; }
  VirtualFiles& files() { return files_; }
  int end() const { return end_.get(); }
  // To be told when the guest has read something.
  void WatchRoom() { kernel().WatchRoom(end(), watch_, true); }
  // Deletes this.
  void Done() { files_.served_.erase(watch_); }

 private:
  VirtualFiles& files_;
  const UniqueFd end_;
  uint64_t watch_ = 0;
};

// Only what is written at the start of the file counts, as with the kernel's
// sysctl_writes_strict (kernel/sysctl.c:proc_first_pos_non_zero_ignore): the
// first line that is written, if nothing was read before.
class VirtualFiles::SysctlWriter : public Served {
 public:
  // `readable`: the guest has the content to read, and at first all of it.
  SysctlWriter(VirtualFiles& files, UniqueFd end, std::string path,
               bool readable)
      : Served(files, std::move(end)),
        path_(std::move(path)),
        readable_(readable) {}

  void OnEnd(uint32_t) override {
    char buffer[4096];
    while (true) {
      const ssize_t size = recv(end(), buffer, sizeof(buffer), MSG_DONTWAIT);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return;
      if (size <= 0) break;
      if (!moved_on_ && !WasRead()) {
        const absl::string_view text(buffer, size);
        Set(text.substr(0, text.find('\n')));
      }
      moved_on_ = true;
    }
    Done();
  }

 private:
  bool WasRead() const {
    int unread = 0;
    return readable_ && ioctl(end(), SIOCOUTQ, &unread) == 0 && unread == 0;
  }

  void Set(absl::string_view value) {
    bool effect = false;
    const int error =
        files().sysctls_.Write(kernel().stack(), path_, value, &effect);
    kernel().Touch();
    const std::string name = absl::StrCat("/proc/sys/net/", path_);
    if (error != 0) {
      kernel().Confess(absl::StrCat(name,
                                    ": a value that Linux refuses was "
                                    "written and ignored"));
    } else if (!effect) {
      kernel().Confess(absl::StrCat(name, ": kept, without effect"));
    }
  }

  const std::string path_;
  const bool readable_;
  bool moved_on_ = false;  // from the start of the file
};

// Keeps some bytes ahead of the reader. When it draws them depends on when the
// reader reads, so it has a sequence of its own.
class VirtualFiles::RandomSource : public Served {
 public:
  RandomSource(VirtualFiles& files, UniqueFd end)
      : Served(files, std::move(end)), random_(kernel().Random()) {
    const int size = kRandomAhead;
    setsockopt(this->end(), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    WatchRoom();
    Fill();
  }

  void OnEnd(uint32_t events) override {
    if (events & (EPOLLHUP | EPOLLERR)) {
      Done();
      return;
    }
    char ignored[256];  // whatever is written to it: entropy
    while (recv(end(), ignored, sizeof(ignored), MSG_DONTWAIT) > 0) {
    }
    Fill();
  }

 private:
  void Fill() {
    while (true) {
      if (ahead_.empty()) {
        while (ahead_.size() < 512) {
          const uint64_t word = random_();
          ahead_.append(reinterpret_cast<const char*>(&word), sizeof(word));
        }
      }
      const ssize_t sent = send(end(), ahead_.data(), ahead_.size(),
                                MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0) return;
      ahead_.erase(0, sent);
    }
  }

  std::mt19937_64 random_;
  std::string ahead_;  // drawn and not sent
};

VirtualFiles& VirtualFiles::Of(NodeKernel& kernel) {
  Protocol* found = kernel.protocol(kNoProtocol);
  if (found == nullptr) {
    kernel.SetProtocol(kNoProtocol, std::make_unique<VirtualFiles>(kernel));
    found = kernel.protocol(kNoProtocol);
  }
  return static_cast<VirtualFiles&>(*found);
}

VirtualFiles::VirtualFiles(NodeKernel& kernel) : kernel_(kernel) {}

VirtualFiles::~VirtualFiles() = default;

std::optional<VirtualFile> VirtualFiles::Find(Call& call,
                                              absl::string_view path) {
  VirtualFile file;
  absl::string_view rest = path;
  for (absl::string_view net :
       {"/proc/net/", "/proc/self/net/", "/proc/thread-self/net/"}) {
    rest = path;
    if (!absl::ConsumePrefix(&rest, net)) continue;
    std::optional<std::string> content = ProcNetFile(kernel_.stack(), rest);
    if (!content) content = ProcNetSockets(call, rest);
    if (!content) return std::nullopt;
    file.content = *std::move(content);
    return file;
  }
  rest = path;
  if (absl::ConsumePrefix(&rest, "/proc/sys/net/")) {
    std::optional<std::string> content = sysctls_.Read(kernel_.stack(), rest);
    if (!content) return std::nullopt;
    file.kind = VirtualFile::Kind::kSysctl;
    file.content = *std::move(content);
    file.sysctl = std::string(rest);
    return file;
  }
  rest = path;
  // Directories, which end there or one below, are the kernel's.
  if (absl::ConsumePrefix(&rest, "/sys/class/net/") &&
      absl::StrContains(rest, '/') && !absl::StrContains(rest, "..")) {
    ErrnoOr<std::string> content = ClassNetFile(kernel_.stack(), rest);
    if (content.ok()) {
      file.content = *std::move(content);
    } else {
      file.kind = VirtualFile::Kind::kError;
      file.error = content.error();
    }
    return file;
  }
  // The rest is chance and time, which are the kernel's where its clock is.
  if (!kernel_.world().VirtualTime()) return std::nullopt;
  if (path == "/dev/urandom" || path == "/dev/random") {
    file.kind = VirtualFile::Kind::kRandom;
    return file;
  }
  if (path == "/proc/uptime") {
    // fs/proc/uptime.c. All CPUs have been idle all the time.
    const Nanos now = kernel_.now();
    const std::string uptime = absl::StrFormat(
        "%d.%02d", now / kSecond, now % kSecond / (10 * kMillisecond));
    file.content = absl::StrCat(uptime, " ", uptime, "\n");
    return file;
  }
  if (path == "/proc/sys/kernel/random/uuid") {
    file.content = Uuid() + "\n";
    return file;
  }
  if (path == "/proc/sys/kernel/random/boot_id") {
    if (boot_id_.empty()) boot_id_ = Uuid();
    file.content = boot_id_ + "\n";
    return file;
  }
  return std::nullopt;
}

// RFC 4122, version 4.
std::string VirtualFiles::Uuid() {
  const uint64_t high = kernel_.Random(), low = kernel_.Random();
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%012x", high >> 32,
                         (high >> 16) & 0xffff, high & 0xfff,
                         0x8000 | (low >> 50), low & 0xffffffffffff);
}

ErrnoOr<UniqueFd> VirtualFiles::OpenText(const VirtualFile& file,
                                         int open_flags) {
  UniqueFd memory(memfd_create("quiesce", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.valid()) return Errno(ENFILE);
  absl::string_view left = file.content;
  while (!left.empty()) {
    const ssize_t written = write(memory.get(), left.data(), left.size());
    if (written < 0) return Errno(ENFILE);
    left.remove_prefix(written);
  }
  fchmod(memory.get(), 0444);
  fcntl(memory.get(), F_ADD_SEALS,
        F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  // An open file of its own, that can only be read.
  UniqueFd reader(open(absl::StrCat("/proc/self/fd/", memory.get()).c_str(),
                       O_RDONLY | O_CLOEXEC | (open_flags & O_NONBLOCK)));
  if (!reader.valid()) return Errno(ENFILE);
  return reader;
}

ErrnoOr<UniqueFd> VirtualFiles::Open(const VirtualFile& file, int open_flags) {
  const bool reads = (open_flags & O_ACCMODE) != O_WRONLY;
  const bool random = file.kind == VirtualFile::Kind::kRandom;
  if (!random && (open_flags & O_ACCMODE) == O_RDONLY) {
    return OpenText(file, open_flags);
  }
  int ends[2];
  const int nonblocking = open_flags & O_NONBLOCK ? SOCK_NONBLOCK : 0;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | nonblocking, 0, ends) !=
      0) {
    return Errno(ENFILE);
  }
  UniqueFd guest(ends[0]), ours(ends[1]);
  std::unique_ptr<Served> served;
  if (random) {
    served = std::make_unique<RandomSource>(*this, std::move(ours));
  } else {
    if (reads) {
      send(ours.get(), file.content.data(), file.content.size(),
           MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    shutdown(ours.get(), SHUT_WR);
    served = std::make_unique<SysctlWriter>(*this, std::move(ours), file.sysctl,
                                            reads);
  }
  const uint64_t watch = served->watch();
  served_[watch] = std::move(served);
  return guest;
}

}  // namespace quiesce
