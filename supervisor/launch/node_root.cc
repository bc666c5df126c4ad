#include "supervisor/launch/node_root.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "notifier/base/status_macros.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/launch/mounts.h"
#include "supervisor/launch/node_files.h"

namespace quiesce {
namespace {

absl::Status MakeDevices(int dev) {
  struct Device {
    const char* name;
    unsigned major, minor;
  };
  constexpr Device kDevices[] = {
      {"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
      {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
  };
  for (const Device& device : kDevices) {
    if (mknodat(dev, device.name, S_IFCHR | 0666,
                makedev(device.major, device.minor)) != 0) {
      return ErrnoStatus(absl::StrCat("mknod /dev/", device.name));
    }
  }
  constexpr const char* kLinks[][2] = {
      {"/proc/self/fd", "fd"},       {"/proc/self/fd/0", "stdin"},
      {"/proc/self/fd/1", "stdout"}, {"/proc/self/fd/2", "stderr"},
      {"pts/ptmx", "ptmx"},
  };
  for (const auto& link : kLinks) {
    if (symlinkat(link[0], dev, link[1]) != 0) {
      return ErrnoStatus(absl::StrCat("symlink /dev/", link[1]));
    }
  }
  if (mkdirat(dev, "pts", 0755) != 0 || mkdirat(dev, "shm", 01777) != 0) {
    return ErrnoStatus("mkdir below /dev");
  }
  return absl::OkStatus();
}

// The pieces while they are put together.
struct Building {
  const NodeSpec& spec;
  UniqueFd image;  // the image's root, copied
  UniqueFd store;  // the node's tmpfs
  UniqueFd root;   // the node's root to be
  int stored = 0;  // directories made in the store

  // A new directory of the store, as a mount; `mode` is its own.
  absl::StatusOr<UniqueFd> StoreDirectory(mode_t mode) {
    std::string name = absl::StrCat("d", stored++);
    if (mkdirat(store.get(), name.c_str(), mode) != 0 ||
        fchmodat(store.get(), name.c_str(), mode, 0) != 0) {
      return ErrnoStatus("mkdir in the node's tmpfs");
    }
    return CopyMount(store.get(), name, false, false);
  }

  absl::Status OpenImage() {
    bool host = spec.rootfs == "host";
    auto copied = CopyMount(AT_FDCWD, host ? "/" : spec.rootfs, host, true);
    if (!copied.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "root file system ", spec.rootfs, ": ", copied.status().message(),
          "; build it with tools/image, or name an existing directory"));
    }
    image = std::move(copied).value();
    return absl::OkStatus();
  }

  absl::Status MakeRoot() {
    ASSIGN_OR_RETURN(store,
                     NewMount("tmpfs",
                              {{"size", absl::StrCat(spec.private_bytes)},
                               {"nr_inodes", absl::StrCat(spec.private_inodes)},
                               {"mode", "0755"},
                               {"source", "quiesce"}},
                              MOUNT_ATTR_NOSUID));
    // Into the namespace, so that its directories can be bound; at a place
    // that every host has and that the node will not see.
    RETURN_IF_ERROR(Attach(store.get(), AT_FDCWD, "/tmp"));
    if (spec.root_mode == RootMode::kOverlay) {
      for (const char* name : {"upper", "work"}) {
        if (mkdirat(store.get(), name, 0755) != 0) {
          return ErrnoStatus("mkdir in the node's tmpfs");
        }
      }
      ASSIGN_OR_RETURN(
          root,
          NewMount("overlay",
                   {{"source", "quiesce"},
                    {"lowerdir", absl::StrCat("/proc/self/fd/", image.get())},
                    {"upperdir",
                     absl::StrCat("/proc/self/fd/", store.get(), "/upper")},
                    {"workdir",
                     absl::StrCat("/proc/self/fd/", store.get(), "/work")}},
                   0));
    } else {
      root = std::move(image);
    }
    return Attach(root.get(), AT_FDCWD, "/tmp");
  }

  // Binds a directory of the store; the place must exist.
  absl::StatusOr<UniqueFd> BindStore(const std::string& path, mode_t mode) {
    ASSIGN_OR_RETURN(UniqueFd tree, StoreDirectory(mode));
    absl::Status bound = Attach(tree.get(), root.get(),
                                std::string(absl::StripPrefix(path, "/")));
    if (!bound.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("root file system ", spec.rootfs, " has no directory ",
                       path, " to put a private one over: ", bound.message()));
    }
    return tree;
  }

  absl::Status MakePrivate() {
    std::vector<std::string> paths = spec.private_dirs;
    std::sort(paths.begin(), paths.end());  // parents first
    std::string parent;
    for (const std::string& path : paths) {
      if (path.size() < 2 || path[0] != '/') {
        return absl::InvalidArgumentError(absl::StrCat(
            "private directory \"", path, "\" is not an absolute path"));
      }
      bool nested =
          !parent.empty() &&
          (path == parent || absl::StartsWith(path, absl::StrCat(parent, "/")));
      if (nested) continue;  // MakeFiles makes it
      parent = path;
      bool sticky = path == "/tmp" || path == "/var/tmp";
      RETURN_IF_ERROR(BindStore(path, sticky ? 01777 : 0755).status());
    }
    return absl::OkStatus();
  }

  absl::Status MakeDev() {
    ASSIGN_OR_RETURN(UniqueFd dev, BindStore("/dev", 0755));
    RETURN_IF_ERROR(MakeDevices(dev.get()));
    ASSIGN_OR_RETURN(
        UniqueFd pts,
        NewMount("devpts",
                 {{"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}},
                 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
    return Attach(pts.get(), root.get(), "dev/pts");
  }

  // Files with the same content are one: links cost no page.
  absl::Status MakeSys() {
    ASSIGN_OR_RETURN(UniqueFd sys, BindStore("/sys", 0755));
    std::map<std::string, std::string> by_content;
    for (const auto& [path, content] : spec.sys_files) {
      RETURN_IF_ERROR(MakeParents(sys.get(), path));
      auto [first, fresh] = by_content.emplace(content, path);
      if (!fresh) {
        if (linkat(sys.get(), first->second.c_str(), sys.get(), path.c_str(),
                   0) != 0) {
          return ErrnoStatus(absl::StrCat("/sys/", path));
        }
        continue;
      }
      RETURN_IF_ERROR(WriteFile(sys.get(), path, content, 0644));
    }
    return absl::OkStatus();
  }

  // A fork bomb must not use up the machine's pids. Since 6.14 pid_max is each
  // PID namespace's own (kernel/pid.c); before, it is the machine's, and not
  // ours to change.
  absl::Status LimitPids(int proc) {
    if (!spec.pid_namespace) return absl::OkStatus();
    utsname kernel = {};
    int major = 0, minor = 0;
    uname(&kernel);
    if (sscanf(kernel.release, "%d.%d", &major, &minor) != 2 ||
        std::pair(major, minor) < std::pair(6, 14)) {
      return absl::OkStatus();
    }
    UniqueFd limit(openat(proc, "sys/kernel/pid_max", O_WRONLY | O_CLOEXEC));
    std::string text = absl::StrCat(spec.pid_limit);
    if (write(limit.get(), text.data(), text.size()) < 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a limit of ", text, " pids: ", ErrnoStatus("").message(),
          "; the kernel wants more than 300"));
    }
    return absl::OkStatus();
  }

  // A /proc of the new PID namespace. /proc/sys outside of net and the
  // trigger file reach the whole machine: read-only, as container runtimes
  // have them.
  absl::Status MakeProc() {
    ASSIGN_OR_RETURN(
        UniqueFd proc,
        NewMount("proc", {},
                 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
    absl::Status attached = Attach(proc.get(), root.get(), "proc");
    if (!attached.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("root file system ", spec.rootfs,
                       " has no directory /proc: ", attached.message()));
    }
    RETURN_IF_ERROR(LimitPids(proc.get()));
    ASSIGN_OR_RETURN(UniqueFd net,
                     CopyMount(proc.get(), "sys/net", false, false));
    for (const char* path : {"sys", "sysrq-trigger"}) {
      if (faccessat(proc.get(), path, F_OK, 0) != 0) continue;
      ASSIGN_OR_RETURN(UniqueFd fixed,
                       CopyMount(proc.get(), path, false, true));
      RETURN_IF_ERROR(
          Attach(fixed.get(), root.get(), absl::StrCat("proc/", path)));
    }
    return Attach(net.get(), root.get(), "proc/sys/net");
  }

  // Opened while the host is still in sight.
  absl::StatusOr<std::vector<UniqueFd>> OpenBinds() {
    std::vector<UniqueFd> trees;
    for (const BindSpec& bind : spec.binds) {
      auto tree = CopyMount(AT_FDCWD, bind.host_path, true, true);
      if (!tree.ok()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "bind of ", bind.host_path, ": ", tree.status().message()));
      }
      trees.push_back(std::move(tree).value());
    }
    return trees;
  }

  // The node's root becomes "/"; the old one is still mounted upon it, at ".".
  absl::Status Pivot() {
    if (fchdir(root.get()) != 0) return ErrnoStatus("fchdir to the new root");
    if (syscall(SYS_pivot_root, ".", ".") != 0) {
      return ErrnoStatus("pivot_root");
    }
    return absl::OkStatus();
  }

  // A file below something read-only: a file of the store bound over it.
  absl::Status BindFile(const FileSpec& file, const UserDatabase& users) {
    std::string name = absl::StrCat("d", stored++);
    RETURN_IF_ERROR(WriteFile(store.get(), name, file.content, file.mode));
    RETURN_IF_ERROR(SetOwner(store.get(), name, file.owner, users));
    ASSIGN_OR_RETURN(UniqueFd tree, CopyMount(store.get(), name, false, false));
    absl::Status bound = Attach(tree.get(), AT_FDCWD, file.path);
    if (!bound.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "file ", file.path,
          ": its directory is read-only and the image has "
          "no such file to put it over (",
          bound.message(),
          "); make its directory a private one, or use RootMode::kOverlay"));
    }
    return absl::OkStatus();
  }

  absl::Status MakeFiles() {
    UserDatabase users = UserDatabase::Load("");
    for (const std::string& path : spec.private_dirs) {  // nested ones
      RETURN_IF_ERROR(MakeParents(AT_FDCWD, absl::StrCat(path, "/")));
    }
    for (const DirectorySpec& directory : spec.directories) {
      RETURN_IF_ERROR(MakeParents(AT_FDCWD, directory.path));
      RETURN_IF_ERROR(MakeDirectory(AT_FDCWD, directory.path, directory.mode));
      RETURN_IF_ERROR(
          SetOwner(AT_FDCWD, directory.path, directory.owner, users));
    }
    for (const FileSpec& file : spec.files) {
      absl::Status written = MakeParents(AT_FDCWD, file.path);
      if (written.ok()) {
        written = WriteFile(AT_FDCWD, file.path, file.content, file.mode);
      }
      if (written.ok()) {
        RETURN_IF_ERROR(SetOwner(AT_FDCWD, file.path, file.owner, users));
      } else if (IsReadOnly(written)) {
        RETURN_IF_ERROR(BindFile(file, users));
      } else {
        return written;
      }
    }
    return absl::OkStatus();
  }
};

}  // namespace

absl::Status BuildNodeRoot(const NodeSpec& spec) {
  umask(0);
  // Nothing that happens here may reach the host's namespace, or come from it.
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return ErrnoStatus("making all mounts private");
  }
  Building node{spec};
  RETURN_IF_ERROR(node.OpenImage());
  ASSIGN_OR_RETURN(std::vector<UniqueFd> binds, node.OpenBinds());
  RETURN_IF_ERROR(node.MakeRoot());
  RETURN_IF_ERROR(node.MakeProc());
  RETURN_IF_ERROR(node.MakeDev());
  RETURN_IF_ERROR(node.MakeSys());
  if (spec.root_mode == RootMode::kReadOnly || spec.rootfs == "host") {
    RETURN_IF_ERROR(node.MakePrivate());
  }
  RETURN_IF_ERROR(node.Pivot());
  for (size_t i = 0; i < binds.size(); ++i) {
    const std::string& path = spec.binds[i].node_path;
    struct stat info;
    if (fstat(binds[i].get(), &info) != 0) return ErrnoStatus("fstat");
    absl::Status made = MakeParents(AT_FDCWD, path);
    if (made.ok()) {
      made = S_ISDIR(info.st_mode) ? MakeDirectory(AT_FDCWD, path, 0755)
                                   : TouchFile(AT_FDCWD, path);
    }
    if (!made.ok() && !IsReadOnly(made)) return made;
    RETURN_IF_ERROR(Attach(binds[i].get(), AT_FDCWD, path));
  }
  RETURN_IF_ERROR(node.MakeFiles());
  if (umount2(".", MNT_DETACH) != 0) return ErrnoStatus("leaving the host");
  if (chdir("/") != 0) return ErrnoStatus("chdir /");
  umask(022);
  return absl::OkStatus();
}

absl::Status MountOwnProc() {
  if (mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
    return ErrnoStatus("making all mounts slaves");
  }
  ASSIGN_OR_RETURN(
      UniqueFd proc,
      NewMount("proc", {},
               MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  return Attach(proc.get(), AT_FDCWD, "/proc");
}

}  // namespace quiesce
