// What a node and a process of it are to be, as plain values: the words that
// the launcher takes. Nothing here does anything.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_SPEC_H_
#define QUIESCE_SUPERVISOR_LAUNCH_SPEC_H_

#include <linux/filter.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace quiesce {

// Who owns a file: names are looked up in the node's own /etc/passwd and
// /etc/group, digits are taken as they are. Empty means root.
struct FileOwner {
  std::string user;
  std::string group;  // empty: the user's own group
};

// A directory that the node finds; missing parents are made with mode 0755.
struct DirectorySpec {
  std::string path;
  mode_t mode = 0755;
  FileOwner owner;
};

// A file that the node finds, with missing parents. In a node whose root is
// read-only it must lie below a private directory or replace a file that the
// image has.
struct FileSpec {
  std::string path;
  std::string content;
  mode_t mode = 0644;
  FileOwner owner;
};

// A file or directory of the host, seen read-only in the node.
struct BindSpec {
  std::string host_path;
  std::string node_path;
};

// How much of the image a node may change. Nothing it writes ever reaches the
// image: what it changes lives in memory that goes with the node.
enum class RootMode {
  // Everything is writable: an overlay over the image. Costs next to nothing
  // more than kReadOnly (measured: 1.5 against 1.4 ms a node, and about 1 KiB
  // of kernel memory for each of the image's files that the node opens).
  kOverlay,
  // The image itself, read-only; `private_dirs` are writable and empty at
  // first, whatever the image has there. Every inode is shared by all nodes.
  kReadOnly,
};

// One node: its file system and namespaces. Every node has mount, PID, UTS,
// IPC and network namespaces of its own; the network namespace is empty, so
// there is no way to the host's network.
struct NodeSpec {
  std::string name;
  // A directory holding the image's root file system, or "host": the host's
  // own files.
  std::string rootfs;
  RootMode root_mode = RootMode::kOverlay;
  std::string hostname;  // empty: `name`
  const std::string& HostName() const {
    return hostname.empty() ? name : hostname;
  }

  // Directories that are the node's own. With kReadOnly, and for the host's
  // files with either mode, they start empty and need to exist in the image;
  // else they are made where they are missing and keep what the image has.
  std::vector<std::string> private_dirs = {"/run", "/tmp", "/var/log",
                                           "/var/tmp"};
  std::vector<DirectorySpec> directories;
  std::vector<FileSpec> files;
  std::vector<BindSpec> binds;
  // Files below /sys, path relative to it ("class/net/eth0/mtu"). /sys holds
  // nothing else.
  std::vector<std::pair<std::string, std::string>> sys_files;
  // The most that all private files of the node may take.
  uint64_t private_bytes = 256ull << 20;
  // And the most there can be of them.
  int private_inodes = 65536;
  // The highest pid of the node, and so the most processes and threads it can
  // have. Needs Linux 6.14; more than 300.
  int pid_limit = 1024;

  // One-program mode: the program sees the host's files exactly as they are,
  // read-write, /sys and /dev included; everything above but the name is
  // ignored. PID and network namespace are a choice each. With the former
  // /proc is of that namespace; without it only what the node's PID 1 finds
  // when the supervisor ends (all descendants, unless PID 1 itself was
  // killed before) dies with the supervisor.
  bool host_transparent = false;
  // Without, and not host_transparent: processes of a template, which can enter
  // that of a node only from outside (supervisor/zygote).
  bool pid_namespace = true;
  bool net_namespace = true;  // else: only with host_transparent

  // Where the node's PID 1 runs. It sleeps unless it spawns or reaps. A
  // priority above the guests' makes exits known before the supervisor runs
  // again on that core. -1 and 0: anywhere, SCHED_OTHER.
  int init_cpu = -1;
  int init_fifo_priority = 0;
};

// Where one of a process's descriptors comes from.
struct StdioSpec {
  enum class Kind {
    kNull,  // /dev/null
    kFd,    // a descriptor of ours, borrowed until Spawn() returns
    kFile,  // a file of the host, opened for appending (stdin: reading)
  };
  Kind kind = Kind::kNull;
  int fd = -1;
  std::string path;

  static StdioSpec Null() { return {}; }
  static StdioSpec Fd(int fd) { return {Kind::kFd, fd, {}}; }
  static StdioSpec File(std::string path) {
    return {Kind::kFile, -1, std::move(path)};
  }
};

// What the process has to do with the terminal of its standard input.
enum class TerminalMode {
  kNewSession,  // setsid(): none (daemons)
  kInherit,     // stays in our session and process group
  kForeground,  // a process group of its own, made the terminal's foreground;
                // the caller takes the terminal back when it has ended
};

// The capabilities a container runtime leaves by default, and those a router
// needs (NET_ADMIN, NET_BROADCAST, NET_RAW). Bit n is capability n of
// <linux/capability.h>.
uint64_t DefaultCapabilities();
// The bit of a capability; for example CapabilityBit(CAP_SYS_ADMIN).
constexpr uint64_t CapabilityBit(int capability) {
  return uint64_t{1} << capability;
}

// One process of a node.
struct ProcessSpec {
  std::string name;  // for messages
  // argv[0] without a slash is looked for in the environment's PATH.
  std::vector<std::string> argv;
  std::vector<std::string> env;  // "KEY=value"; PATH is added if missing
  std::string cwd = "/";

  // Names or numbers, looked up in the node's /etc/passwd and /etc/group.
  std::string user = "root";
  std::string group;  // empty: the user's own
  std::optional<std::vector<std::string>> supplementary_groups;
  // none: as /etc/group says
  // What the process may have, whichever user it is: the bounding set, and
  // for other users than root the ambient set too. Caller-chosen or
  // DefaultCapabilities() when empty.
  std::optional<uint64_t> capabilities;
  // Leaves user, groups and capabilities exactly as the caller of Start()
  // had them (one-program mode).
  bool keep_credentials = false;

  StdioSpec stdin_from;
  StdioSpec stdout_to;
  StdioSpec stderr_to;
  // Further descriptors: ours -> the number the process sees (3 and up).
  std::vector<std::pair<int, int>> inherit_fds;
  TerminalMode terminal = TerminalMode::kNewSession;

  std::vector<std::pair<int, rlimit>> rlimits;  // RLIMIT_*, limits
  int cpu = -1;           // pinned to this one; -1: wherever
  int fifo_priority = 0;  // SCHED_FIFO; 0: SCHED_OTHER
  // personality(2) flags, added to what we have.
  uint32_t personality = ADDR_NO_RANDOMIZE;
  bool merge_memory = false;  // PR_SET_MEMORY_MERGE
  std::optional<mode_t> umask;
  // It waits in ppoll() before its execve() for somebody who traces it; without
  // a filter only.
  bool wait_before_exec = false;

  // The seccomp filter; empty: none, and no listener. It must let seccomp()
  // and exit_group() through; everything else it may notify. The
  // launcher puts a few instructions before it, see child.h.
  std::vector<sock_filter> filter;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_SPEC_H_
