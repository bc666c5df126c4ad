#include "supervisor/zygote/zygote.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "notifier/base/nanos.h"
#include "notifier/base/status_macros.h"
#include "notifier/guest/thread_access.h"
#include "notifier/listener/listener.h"
#include "supervisor/launch/child.h"
#include "supervisor/launch/launch_filter.h"
#include "supervisor/launch/pidfd.h"
#include "supervisor/launch/stdio.h"

namespace quiesce {
namespace {

constexpr size_t kPage = 4096;
// What templates take for the time, after the second: bytes that no others have
// in their place, as microseconds, too.
constexpr int64_t kSomeTime = 0x1a2b3c4d;
constexpr int64_t kOtherTime = 0x29384756;
constexpr uint64_t kLargestMapping = 4ull << 30;
constexpr int kMostHelpers = 64;  // of one node, at a time
constexpr int kClockNumber = 3;   // nothing else is open then

absl::Status CallError(int64_t result, absl::string_view what) {
  return absl::InternalError(
      absl::StrCat("a copy of a process: ", what, ": ", strerror(-result)));
}

// Makes a call that must not fail.
absl::StatusOr<int64_t> Make(const Tracee& process, absl::string_view what,
                             int64_t number,
                             std::initializer_list<uint64_t> arguments,
                             pid_t* child = nullptr) {
  ASSIGN_OR_RETURN(const int64_t result,
                   process.Call(number, arguments, child));
  if (result < 0) return CallError(result, what);
  return result;
}

struct Mapping {
  uint64_t begin = 0;
  uint64_t end = 0;
  std::string mode;      // "rw-p"
  bool kernels = false;  // [vvar] and the like, which cannot be read

  bool operator==(const Mapping& other) const = default;
};

std::vector<Mapping> MappingsOf(pid_t pid) {
  std::vector<Mapping> result;
  std::ifstream file(absl::StrCat("/proc/", pid, "/maps"));
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::MaxSplits(' ', 2));
    const std::vector<std::string> range = absl::StrSplit(words[0], '-');
    result.push_back(
        {std::stoull(range[0], nullptr, 16), std::stoull(range[1], nullptr, 16),
         words[1],
         absl::StrContains(line, "[v") && !absl::EndsWith(line, "[vdso]")});
  }
  return result;
}

enum class PageKind : uint8_t { kAbsent, kOfFile, kOwn };

// Documentation/admin-guide/mm/pagemap.rst
std::vector<PageKind> PagesOf(pid_t pid, const Mapping& mapping) {
  constexpr uint64_t kPresent = 1ull << 63, kOfFile = 1ull << 61;
  const size_t pages = (mapping.end - mapping.begin) / kPage;
  std::vector<uint64_t> entries(pages);
  const UniqueFd file(open(absl::StrCat("/proc/", pid, "/pagemap").c_str(),
                           O_RDONLY | O_CLOEXEC));
  const ssize_t got = pread(file.get(), entries.data(), pages * 8,
                            static_cast<off_t>(mapping.begin / kPage * 8));
  std::vector<PageKind> kinds(pages, PageKind::kAbsent);
  for (size_t i = 0; got > 0 && i < static_cast<size_t>(got) / 8; ++i) {
    if ((entries[i] & kPresent) == 0) continue;
    kinds[i] = (entries[i] & kOfFile) != 0 ? PageKind::kOfFile : PageKind::kOwn;
  }
  return kinds;
}

// Texts that begin with different letters have none in common.
std::string HostName(size_t size, char first) {
  std::string name;
  for (size_t i = 0; i < size; ++i) {
    name.push_back(static_cast<char>(first + i * 7 % 13));
  }
  return name;
}

// Bytes by chance, and others, none the same.
std::function<std::string(size_t)> Bytes(bool others) {
  auto chance = std::make_shared<std::mt19937_64>(0x7a79676f7465);
  return [chance, others](size_t size) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i) {
      const uint64_t word = (*chance)();
      const auto byte = static_cast<uint8_t>(word);
      const auto step = static_cast<uint8_t>(1 + (word >> 8) % 255);
      bytes.push_back(static_cast<char>(others ? byte + step : byte));
    }
    return bytes;
  };
}

// Waits for a call that has begun; if the filter notifies it, it is run.
absl::StatusOr<int64_t> FinishCall(const Tracee& copy, Listener& listener) {
  for (;;) {
    TraceStop stop{};
    ASSIGN_OR_RETURN(const bool stopped, copy.HasStopped(&stop));
    if (stopped) {
      if (stop.kind == TraceStop::Kind::kStep) return copy.Result();
      return absl::InternalError("a copy ended, or got a signal");
    }
    pollfd waiting{listener.fd(), POLLIN, 0};
    if (poll(&waiting, 1, 1) <= 0) continue;
    seccomp_notif call;
    if (listener.Receive(&call)) listener.Continue(call.id);
  }
}

}  // namespace

Zygote::~Zygote() {
  templates_.clear();
  nodes_.clear();
}

absl::StatusOr<std::unique_ptr<Zygote>> Zygote::Make(
    Launcher* launcher, const NodeSpec& node, const ProcessSpec& process,
    pid_t number, std::pair<size_t, size_t> name_sizes,
    const ClockHooks& clock) {
  if (process.user != "root" || process.keep_credentials ||
      process.cwd != "/" || process.argv[0][0] != '/' ||
      !process.inherit_fds.empty() ||
      process.terminal != TerminalMode::kNewSession) {
    return absl::FailedPreconditionError("not started like a daemon of root");
  }
  std::unique_ptr<Zygote> zygote(new Zygote());
  zygote->number_ = number;
  zygote->capabilities_ = process.capabilities.value_or(DefaultCapabilities());
  for (const bool second : {false, true}) {
    TemplateSetting setting;
    setting.number = number;
    setting.program = process.argv[0];
    setting.host_name = second ? HostName(name_sizes.first, 'n')
                               : HostName(name_sizes.second, 'a');
    setting.capabilities = zygote->capabilities_;
    for (const FileSpec& file : node.files) {
      setting.own_files.insert(file.path);
    }
    setting.clock = clock;
    setting.realtime = clock.realtime - clock.realtime % kSecond +
                       (second ? kOtherTime : kSomeTime);
    setting.random = Bytes(second);
    RETURN_IF_ERROR(
        zygote->RunTemplate(launcher, node, process, std::move(setting)));
  }
  RETURN_IF_ERROR(zygote->Compare());
  RETURN_IF_ERROR(zygote->SharePageTables());
  // The first one is kept.
  zygote->templates_.pop_back();
  zygote->nodes_.pop_back();
  const Tracee& first = zygote->templates_[0]->process();
  ASSIGN_OR_RETURN(zygote->extended_state_, first.ExtendedState());
  ASSIGN_OR_RETURN(zygote->signal_mask_, first.SignalMask());
  zygote->to_repeat_ = zygote->templates_[0]->log().ToRepeat();
  return zygote;
}

absl::Status Zygote::RunTemplate(Launcher* launcher, const NodeSpec& node,
                                 const ProcessSpec& process,
                                 TemplateSetting setting) {
  NodeSpec own = node;
  own.name = absl::StrCat("template-", process.name);
  own.hostname = setting.host_name;
  // Else it could not enter those of nodes.
  own.pid_namespace = false;
  ASSIGN_OR_RETURN(std::unique_ptr<NodeProcessTree> tree,
                   launcher->StartNode(own));
  ProcessSpec waiting = process;
  waiting.filter.clear();
  waiting.wait_before_exec = true;
  waiting.capabilities = ~uint64_t{0};
  // Files of the same kind, which are gone with it.
  std::vector<UniqueFd> files;
  for (StdioSpec* stdio :
       {&waiting.stdin_from, &waiting.stdout_to, &waiting.stderr_to}) {
    if (stdio->kind != StdioSpec::Kind::kFile) continue;
    const std::string path = absl::StrCat(stdio->path, ".template");
    files.emplace_back(
        open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    unlink(path.c_str());
    *stdio = StdioSpec::Fd(files.back().get());
  }
  ASSIGN_OR_RETURN(const SpawnedProcess spawned, tree->Spawn(waiting));
  ASSIGN_OR_RETURN(std::unique_ptr<TemplateRun> run,
                   TemplateRun::Run(spawned.pid, std::move(setting)));
  nodes_.push_back(std::move(tree));
  templates_.push_back(std::move(run));
  return absl::OkStatus();
}

absl::Status Zygote::Compare() {
  const TemplateRun& first = *templates_[0];
  const TemplateRun& second = *templates_[1];
  std::string difference;
  if (!first.log().SameAs(second.log(), &difference) ||
      first.stopped_by() != second.stopped_by() ||
      first.told().size() != second.told().size()) {
    return absl::FailedPreconditionError(
        absl::StrCat("what it does depends on its node: ", difference));
  }
  using Told = TemplateRun::Told;
  for (size_t i = 0; i < first.told().size(); ++i) {
    const Told& told = first.told()[i];
    told_.push_back(
        {told.bytes, second.told()[i].bytes,
         told.kind == Told::Kind::kAtRandom ? ToldTwice::Kind::kAtRandom
         : told.kind == Told::Kind::kDevice || told.kind == Told::Kind::kTime
             ? ToldTwice::Kind::kNumber
         : told.bytes.size() != second.told()[i].bytes.size()
             ? ToldTwice::Kind::kText
             : ToldTwice::Kind::kBytes});
  }
  const pid_t pids[] = {first.process().pid(), second.process().pid()};
  const std::vector<Mapping> mappings = MappingsOf(pids[0]);
  if (mappings != MappingsOf(pids[1])) {
    return absl::FailedPreconditionError("its memory is laid out by chance");
  }
  for (const Mapping& mapping : mappings) {
    if (mapping.mode[3] != 'p' || mapping.kernels || mapping.begin == kScratch)
      continue;
    if (mapping.end - mapping.begin > kLargestMapping) {
      return absl::FailedPreconditionError(
          absl::StrCat("it maps ", (mapping.end - mapping.begin) >> 20,
                       " MiB at once, too much to be compared"));
    }
    const std::vector<PageKind> own = PagesOf(pids[0], mapping);
    const std::vector<PageKind> others = PagesOf(pids[1], mapping);
    const auto of_either = [&](size_t page) {
      return own[page] == PageKind::kOwn || others[page] == PageKind::kOwn;
    };
    for (size_t begin = 0; begin < own.size();) {
      size_t end = begin;
      while (end < own.size() && of_either(end)) ++end;
      if (end == begin) {
        ++begin;
        continue;
      }
      private_kib_ += (end - begin) * kPage / 1024;
      const uint64_t address = mapping.begin + begin * kPage;
      const size_t size = (end - begin) * kPage;
      ASSIGN_OR_RETURN(const std::string bytes,
                       first.process().Read(address, size));
      ASSIGN_OR_RETURN(const std::string other_bytes,
                       second.process().Read(address, size));
      RETURN_IF_ERROR(
          CompareMemory({address, bytes, other_bytes}, told_, &patches_));
      begin = end;
    }
  }
  return absl::OkStatus();
}

// A fork leaves out the page tables of files that are mapped, as long as the
// process has no page of its own there (mm/memory.c:vma_needs_copy); its faults
// cost more than a copy of them.
absl::Status Zygote::SharePageTables() const {
  const Tracee& first = templates_[0]->process();
  for (const Mapping& mapping : MappingsOf(first.pid())) {
    if (mapping.mode[3] != 'p' || mapping.kernels) continue;
    const std::vector<PageKind> pages = PagesOf(first.pid(), mapping);
    if (std::count(pages.begin(), pages.end(), PageKind::kOwn) > 0) continue;
    const auto some = std::find(pages.begin(), pages.end(), PageKind::kOfFile);
    if (some == pages.end()) continue;
    const uint64_t at = mapping.begin + (some - pages.begin()) * kPage;
    ASSIGN_OR_RETURN(const std::string byte, first.Read(at, 1));
    RETURN_IF_ERROR(first.Write(at, byte));
  }
  return absl::OkStatus();
}

absl::Status Zygote::CheckFiles(const NodeProcessTree& node) const {
  ASSIGN_OR_RETURN(const FileView files, FileView::Of(node.init_pid()));
  for (const auto& [path, state] : templates_[0]->asked()) {
    if (files.StateOf(path) != state) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, " is another one in the node"));
    }
  }
  return absl::OkStatus();
}

absl::Status Zygote::Fork(const NodeProcessTree& node, Making* making) {
  const Tracee& twin = templates_[0]->twin();
  ASSIGN_OR_RETURN(const int64_t pidfd,
                   quiesce::Make(twin, "pidfd_open", SYS_pidfd_open,
                                 {static_cast<uint64_t>(node.init_pid()), 0}));
  const auto fd = static_cast<uint64_t>(pidfd);
  RETURN_IF_ERROR(quiesce::Make(twin, "the node's PID namespace", SYS_setns,
                                {fd, CLONE_NEWPID})
                      .status());
  // A number that the node's own count does not come to: the copy gets the
  // next one of that. Helpers that nobody has reaped yet still have theirs.
  clone_args arguments = {};
  arguments.flags = CLONE_VM | CLONE_PARENT;
  arguments.set_tid = kScratch + sizeof(arguments);
  arguments.set_tid_size = 1;
  pid_t helper_pid = -1;
  int64_t made = -EEXIST;
  for (pid_t number = node.pid_limit() - 1;
       made == -EEXIST && number > node.pid_limit() - kMostHelpers; --number) {
    std::string bytes(reinterpret_cast<const char*>(&arguments),
                      sizeof(arguments));
    bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
    RETURN_IF_ERROR(twin.Write(kScratch, bytes));
    ASSIGN_OR_RETURN(made, twin.Call(SYS_clone3, {kScratch, sizeof(arguments)},
                                     &helper_pid));
  }
  if (made < 0) return CallError(made, "clone3");
  ASSIGN_OR_RETURN(making->helper, Tracee::Adopt(helper_pid));
  Tracee& helper = *making->helper;
  helper.set_gadget(twin.gadget());
  RETURN_IF_ERROR(quiesce::Make(twin, "close", SYS_close, {fd}).status());
  RETURN_IF_ERROR(quiesce::Make(helper, "the node's namespaces", SYS_setns,
                                {fd, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
                                         CLONE_NEWNET})
                      .status());
  RETURN_IF_ERROR(quiesce::Make(helper, "close", SYS_close, {fd}).status());
  pid_t copy_pid = -1;
  RETURN_IF_ERROR(
      quiesce::Make(helper, "clone", SYS_clone, {SIGCHLD}, &copy_pid).status());
  ASSIGN_OR_RETURN(making->copy, Tracee::Adopt(copy_pid));
  making->copy->set_gadget(twin.gadget());
  RETURN_IF_ERROR(helper.BeginCall(SYS_exit_group, {0}));
  for (;;) {
    ASSIGN_OR_RETURN(const TraceStop stop, helper.Wait());
    if (stop.kind == TraceStop::Kind::kGone) break;
    RETURN_IF_ERROR(helper.Resume(PTRACE_CONT));
  }
  making->helper.reset();
  return absl::OkStatus();
}

absl::Status Zygote::Tell(const Tracee& copy,
                          const CopySetting& setting) const {
  ASSIGN_OR_RETURN(const FileView files, FileView::Of(copy.pid()));
  using Kind = TemplateRun::Told::Kind;
  std::vector<std::string> own;
  std::string at_random;  // the first one
  for (const TemplateRun::Told& told : templates_[0]->told()) {
    switch (told.kind) {
      case Kind::kHostName:
        own.push_back(setting.host_name);
        break;
      case Kind::kTime: {
        const int64_t time = TimeAs(told, setting.clock.realtime);
        own.emplace_back(reinterpret_cast<const char*>(&time), sizeof(time));
        break;
      }
      case Kind::kDevice:
        own.push_back(files.DeviceOf(told.path));
        break;
      case Kind::kAtRandom:
      case Kind::kRandom:
        own.push_back(setting.random(told.bytes.size()));
        break;
    }
    if (told.kind == Kind::kAtRandom && at_random.empty()) {
      at_random = own.back();
    }
  }
  if (at_random.empty()) {
    return absl::InternalError("a template without a clock");
  }
  if (setting.host_name.size() > templates_[0]->told()[0].bytes.size()) {
    return absl::InternalError("a longer host name than expected");
  }
  std::vector<std::pair<uint64_t, std::string>> pieces;
  pieces.reserve(patches_.size());
  for (const MemoryPatch& patch : patches_) {
    pieces.emplace_back(patch.address,
                        PatchBytes(patch, told_[patch.told], own[patch.told]));
  }
  RETURN_IF_ERROR(copy.WritePieces(pieces));
  return setting.clock.patch_copy(
      copy.pid(), templates_[0]->clock_page(),
      reinterpret_cast<const uint8_t*>(at_random.data()));
}

// Installs the filter, and gives the copy its standard files and its clock page
// while it waits in the call that the filter notifies first.
absl::Status Zygote::GiveFiles(const Tracee& copy, const ProcessSpec& process,
                               const ClockHooks& clock,
                               SpawnedProcess* spawned) const {
  const std::vector<sock_filter> filter = LaunchFilter(process.filter);
  sock_fprog program = {static_cast<unsigned short>(filter.size()), nullptr};
  program.filter = reinterpret_cast<sock_filter*>(kScratch + sizeof(program));
  std::string bytes(reinterpret_cast<const char*>(&program), sizeof(program));
  bytes.append(reinterpret_cast<const char*>(filter.data()),
               filter.size() * sizeof(sock_filter));
  if (bytes.size() > kScratchSize) {
    return absl::InternalError("the filter is too long");
  }
  RETURN_IF_ERROR(copy.Write(kScratch, bytes));
  ASSIGN_OR_RETURN(const int64_t number,
                   quiesce::Make(copy, "the seccomp filter", SYS_seccomp,
                                 {SECCOMP_SET_MODE_FILTER,
                                  SECCOMP_FILTER_FLAG_NEW_LISTENER |
                                      SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                                  kScratch}));
  ASSIGN_OR_RETURN(
      spawned->listener,
      FetchDescriptor(spawned->pidfd.get(), static_cast<int>(number)));
  SetSyncWakeUp(spawned->listener.get());
  RETURN_IF_ERROR(quiesce::Make(copy, "close", SYS_close,
                                {static_cast<uint64_t>(number), kHandshakeCall})
                      .status());

  RETURN_IF_ERROR(copy.BeginCall(kHandshakeCall, {}));
  Listener listener(
      UniqueFd(fcntl(spawned->listener.get(), F_DUPFD_CLOEXEC, 0)));
  seccomp_notif call;
  pollfd waiting{listener.fd(), POLLIN, 0};
  if (poll(&waiting, 1, 10'000) <= 0 || !listener.Receive(&call)) {
    return absl::InternalError("a copy does not come to its first call");
  }
  const StdioSpec* stdio[] = {&process.stdin_from, &process.stdout_to,
                              &process.stderr_to};
  for (int i = 0; i < 3; ++i) {
    ASSIGN_OR_RETURN(const UniqueFd file, OpenStdio(*stdio[i], i == 0));
    if (const int error =
            listener.Replace(call.id, file.get(), i, /*close_on_exec=*/false)) {
      return CallError(-error, "its standard files");
    }
  }
  const uint64_t page = templates_[0]->clock_page();
  if (page != 0) {
    if (const int error = listener.Replace(call.id, clock.file, kClockNumber,
                                           /*close_on_exec=*/true)) {
      return CallError(-error, "its clock");
    }
  }
  if (!listener.Return(call.id, 0)) {
    return absl::InternalError("a copy has left its first call");
  }
  RETURN_IF_ERROR(FinishCall(copy, listener).status());
  if (page == 0) return absl::OkStatus();
  RETURN_IF_ERROR(quiesce::Make(copy, "its clock", SYS_mmap,
                                {page, kPage, PROT_READ, MAP_SHARED | MAP_FIXED,
                                 kClockNumber, clock.offset})
                      .status());
  return quiesce::Make(copy, "close", SYS_close, {kClockNumber, kHandshakeCall})
      .status();
}

absl::Status Zygote::Repeat(const Tracee& copy, int listener_fd) const {
  Listener listener(UniqueFd(fcntl(listener_fd, F_DUPFD_CLOEXEC, 0)));
  const auto run = [&](int64_t number,
                       std::initializer_list<uint64_t> arguments)
      -> absl::StatusOr<int64_t> {
    RETURN_IF_ERROR(copy.BeginCall(number, arguments));
    return FinishCall(copy, listener);
  };
  // Numbers that were taken by files since forgotten are free now.
  const auto move = [&](int from, int to) -> absl::Status {
    if (from == to) return absl::OkStatus();
    ASSIGN_OR_RETURN(const int64_t flags,
                     run(SYS_fcntl, {static_cast<uint64_t>(from), F_GETFD}));
    ASSIGN_OR_RETURN(
        const int64_t moved,
        run(SYS_dup3, {static_cast<uint64_t>(from), static_cast<uint64_t>(to),
                       flags == FD_CLOEXEC ? uint64_t{O_CLOEXEC} : 0}));
    if (moved != to) return CallError(moved, "dup3");
    return run(SYS_close, {static_cast<uint64_t>(from)}).status();
  };
  for (const LoggedCall& call : to_repeat_) {
    uint64_t arguments[6];
    std::copy(std::begin(call.arguments), std::end(call.arguments), arguments);
    std::string scratch(64, '\0');  // the first bytes are for what comes back
    for (const auto& [which, bytes] : call.given) {
      arguments[which] = kScratch + scratch.size();
      scratch.append(bytes);
      scratch.resize((scratch.size() + 7) / 8 * 8);
    }
    if (call.kind == CallKind::kPipe) arguments[0] = kScratch;
    RETURN_IF_ERROR(copy.Write(kScratch, scratch));
    ASSIGN_OR_RETURN(
        int64_t result,
        run(call.number, {arguments[0], arguments[1], arguments[2],
                          arguments[3], arguments[4], arguments[5]}));
    if (call.kind == CallKind::kOpens && result >= 0 && call.result >= 0) {
      RETURN_IF_ERROR(
          move(static_cast<int>(result), static_cast<int>(call.result)));
      result = call.result;
    }
    if (result != call.result) {
      return absl::InternalError(
          absl::StrCat("a copy of a process: ", CallName(call.number),
                       " returned ", result, " instead of ", call.result));
    }
    if (call.kind != CallKind::kPipe || result != 0) continue;
    ASSIGN_OR_RETURN(const std::string ends, copy.Read(kScratch, 8));
    int made[2];
    memcpy(made, ends.data(), sizeof(made));
    RETURN_IF_ERROR(move(made[1], call.pipe[1]));
    RETURN_IF_ERROR(move(made[0], call.pipe[0]));
  }
  for (const auto& [number, position] : templates_[0]->positions()) {
    ASSIGN_OR_RETURN(
        const int64_t result,
        run(SYS_lseek, {static_cast<uint64_t>(number),
                        static_cast<uint64_t>(position), SEEK_SET}));
    if (result != position) return CallError(result, "lseek");
  }
  return absl::OkStatus();
}

absl::StatusOr<SpawnedProcess> Zygote::Copy(const ProcessSpec& process,
                                            const CopySetting& setting,
                                            NodeProcessTree* node) {
  RETURN_IF_ERROR(CheckFiles(*node));
  SpawnedProcess spawned;
  Making making;
  const absl::Status made = MakeCopy(process, setting, node, &making, &spawned);
  if (made.ok()) {
    ++copies_;
    return spawned;
  }
  if (making.helper.has_value()) making.helper->Kill();
  if (making.copy.has_value()) making.copy->Kill();
  return absl::AbortedError(made.message());
}

absl::Status Zygote::MakeCopy(const ProcessSpec& process,
                              const CopySetting& setting, NodeProcessTree* node,
                              Making* making, SpawnedProcess* spawned) {
  RETURN_IF_ERROR(Fork(*node, making));
  const Tracee& copy = *making->copy;
  spawned->name = process.name;
  spawned->pid = copy.pid();
  spawned->node_pid = InnermostPid(copy.pid());
  spawned->pidfd =
      UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, copy.pid(), 0)));
  if (spawned->node_pid != number_) {
    return absl::InternalError(absl::StrCat("a copy of ", process.name,
                                            " is process ", spawned->node_pid,
                                            " of its node, not ", number_));
  }
  RETURN_IF_ERROR(node->Adopt(process, *spawned));
  RETURN_IF_ERROR(quiesce::Make(copy, "setsid", SYS_setsid, {}).status());
  RETURN_IF_ERROR(GiveFiles(copy, process, setting.clock, spawned));
  RETURN_IF_ERROR(DropCapabilities(copy, capabilities_));
  RETURN_IF_ERROR(Repeat(copy, spawned->listener.get()));
  RETURN_IF_ERROR(Tell(copy, setting));
  RETURN_IF_ERROR(
      quiesce::Make(copy, "munmap", SYS_munmap, {kScratch, kScratchSize})
          .status());
  RETURN_IF_ERROR(copy.SetExtendedState(extended_state_));
  RETURN_IF_ERROR(copy.SetSignalMask(signal_mask_));
  RETURN_IF_ERROR(copy.SetRegisters(templates_[0]->registers()));
  return copy.Detach();
}

}  // namespace quiesce
