#include "supervisor/zygote/template_run.h"

#include <asm/prctl.h>
#include <elf.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "notifier/base/nanos.h"
#include "notifier/base/status_macros.h"
#include "notifier/call/clock_page_call.h"

namespace quiesce {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kMostGiven = 32 << 10;
constexpr size_t kMostCalls = 100'000;

// A process that waits in ppoll() goes on from there as if it had returned.
absl::Status EndWait(const Tracee& process) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    ASSIGN_OR_RETURN(user_regs_struct registers, process.Registers());
    if (registers.orig_rax == SYS_ppoll) {
      registers.orig_rax = -1;
      registers.rax = 0;
      return process.SetRegisters(registers);
    }
    // It is only on its way there.
    RETURN_IF_ERROR(process.Resume(PTRACE_CONT));
    absl::SleepFor(absl::Milliseconds(1));
    if (ptrace(PTRACE_INTERRUPT, process.pid(), nullptr, nullptr) != 0) break;
    RETURN_IF_ERROR(process.Wait().status());
  }
  return absl::InternalError("a template does not wait for its execve");
}

std::vector<uint64_t> Arguments(const user_regs_struct& registers) {
  return {registers.rdi, registers.rsi, registers.rdx,
          registers.r10, registers.r8,  registers.r9};
}

// SysFirstOfImage() is called: in a node this draws random bytes, and takes the
// clock over if nobody has.
bool MayBeFirst(const user_regs_struct& registers) {
  return (registers.orig_rax == SYS_brk && registers.rdi == 0) ||
         (registers.orig_rax == SYS_arch_prctl &&
          static_cast<int>(registers.rdi) == ARCH_SET_FS);
}

bool NamesPath(const CallRule& rule) {
  return std::strchr(rule.arguments, 'p') != nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TemplateRun>> TemplateRun::Run(
    pid_t pid, TemplateSetting setting) {
  ASSIGN_OR_RETURN(Tracee process, Tracee::Seize(pid));
  std::unique_ptr<TemplateRun> run(
      new TemplateRun(std::move(process), std::move(setting)));
  RETURN_IF_ERROR(EndWait(run->process_));
  RETURN_IF_ERROR(run->ToExec());
  RETURN_IF_ERROR(run->FindGadget());
  RETURN_IF_ERROR(run->MakeTwin());
  ASSIGN_OR_RETURN(run->files_, FileView::Of(pid));
  run->TellTime();
  std::set<std::string> own;
  for (const std::string& path : run->setting_.own_files) {
    own.insert(run->files_->Canonical(path));
  }
  run->setting_.own_files = std::move(own);
  RETURN_IF_ERROR(run->ToTheEnd());
  // Of a file that is gone copies cannot be told.
  std::erase_if(run->told_, [&](const Told& told) {
    return told.kind == Told::Kind::kDevice &&
           run->files_->StateOf(told.path).error != 0;
  });
  return run;
}

TemplateRun::~TemplateRun() {
  if (twin_.has_value()) twin_->Kill();
  process_.Kill();
}

int64_t TimeAs(const TemplateRun::Told& told, int64_t realtime) {
  if (told.modulus != 0) realtime %= told.modulus;
  return realtime / told.divisor;
}

void TemplateRun::TellTime() {
  told_.push_back({setting_.host_name, Told::Kind::kHostName, ""});
  // As timespec, timeval and single numbers have it; nodes differ by less than
  // a second.
  for (const auto& [divisor, modulus] :
       {std::pair{1, kSecond}, std::pair{1000, kSecond},
        std::pair{1, int64_t{0}}, std::pair{1000, int64_t{0}}}) {
    Told told{"", Told::Kind::kTime, "", divisor, modulus};
    const int64_t time = TimeAs(told, setting_.realtime);
    told.bytes.assign(reinterpret_cast<const char*>(&time), sizeof(time));
    told_.push_back(std::move(told));
  }
}

absl::Status TemplateRun::ToExec() {
  for (bool executed = false;;) {
    RETURN_IF_ERROR(process_.Resume(PTRACE_SYSCALL));
    ASSIGN_OR_RETURN(const TraceStop stop, process_.Wait());
    if (stop.kind == TraceStop::Kind::kGone) {
      return absl::FailedPreconditionError("execve() failed");
    }
    if (stop.kind == TraceStop::Kind::kEvent &&
        stop.number == PTRACE_EVENT_EXEC) {
      executed = true;
    } else if (executed && stop.kind == TraceStop::Kind::kSyscall) {
      break;
    }
  }
  // Memory is another one now.
  return process_.Reopen();
}

absl::Status TemplateRun::FindGadget() {
  std::ifstream maps(absl::StrCat("/proc/", process_.pid(), "/maps"));
  for (std::string line; std::getline(maps, line);) {
    if (!absl::EndsWith(line, "[vdso]")) continue;
    const uint64_t begin = std::stoull(line, nullptr, 16);
    const uint64_t end =
        std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
    ASSIGN_OR_RETURN(const std::string code, process_.Read(begin, end - begin));
    const size_t at = code.find("\x0f\x05");
    if (at == std::string::npos) break;
    process_.set_gadget(begin + at);
    return absl::OkStatus();
  }
  return absl::UnavailableError("no system call in the vDSO");
}

absl::Status TemplateRun::MakeTwin() {
  ASSIGN_OR_RETURN(const user_regs_struct begin, process_.Registers());
  ASSIGN_OR_RETURN(
      const int64_t page,
      process_.Call(SYS_mmap,
                    {kScratch, kScratchSize, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
                     static_cast<uint64_t>(-1), 0}));
  if (page != static_cast<int64_t>(kScratch)) {
    return absl::FailedPreconditionError("no room for a helper page");
  }
  // As execve() would have left it (supervisor/launch/child.cc).
  for (uint64_t cap = 0; cap < 64; ++cap) {
    ASSIGN_OR_RETURN(const int64_t have,
                     process_.Call(SYS_prctl, {PR_CAPBSET_READ, cap}));
    if (have < 0) break;
    if (setting_.capabilities >> cap & 1) continue;
    RETURN_IF_ERROR(process_.Call(SYS_prctl, {PR_CAPBSET_DROP, cap}).status());
  }
  pid_t twin = -1;
  ASSIGN_OR_RETURN(const int64_t made, process_.Call(SYS_clone,
                                                     {CLONE_VM | CLONE_SIGHAND |
                                                      CLONE_PARENT | SIGCHLD},
                                                     &twin));
  if (made < 0 || twin < 0) {
    return absl::ErrnoToStatus(static_cast<int>(-made), "a template's twin");
  }
  ASSIGN_OR_RETURN(twin_, Tracee::Adopt(twin));
  twin_->set_gadget(process_.gadget());
  RETURN_IF_ERROR(DropCapabilities(process_, setting_.capabilities));
  // Reads of the time stamp counter come to us: ld.so keeps some.
  RETURN_IF_ERROR(
      process_.Call(SYS_prctl, {PR_SET_TSC, PR_TSC_SIGSEGV}).status());
  return process_.SetRegisters(begin);
}

absl::Status DropCapabilities(const Tracee& process, uint64_t keep) {
  // Of what it may have: a host may have less.
  std::ifstream status(absl::StrCat("/proc/", process.pid(), "/status"));
  for (std::string line; std::getline(status, line);) {
    if (!absl::StartsWith(line, "CapPrm:")) continue;
    keep &= std::stoull(line.substr(line.find('\t')), nullptr, 16);
  }
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  for (int half = 0; half < 2; ++half) {
    const auto bits = static_cast<uint32_t>(keep >> (32 * half));
    data[half] = {bits, bits, bits};
  }
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof(header));
  bytes.append(reinterpret_cast<const char*>(data), sizeof(data));
  RETURN_IF_ERROR(process.Write(kScratch, bytes));
  ASSIGN_OR_RETURN(
      const int64_t done,
      process.Call(SYS_capset, {kScratch, kScratch + sizeof(header)}));
  return done == 0 ? absl::OkStatus()
                   : absl::ErrnoToStatus(static_cast<int>(-done),
                                         "capabilities of a template");
}

absl::Status TemplateRun::ToTheEnd() {
  for (size_t calls = 0; calls < kMostCalls; ++calls) {
    RETURN_IF_ERROR(process_.Resume(PTRACE_SYSCALL));
    ASSIGN_OR_RETURN(const TraceStop stop, process_.Wait());
    if (stop.kind == TraceStop::Kind::kSignal && stop.number == SIGSEGV) {
      RETURN_IF_ERROR(AnswerCounter());
      continue;
    }
    if (stop.kind != TraceStop::Kind::kSyscall) {
      return absl::FailedPreconditionError(
          absl::StrCat("a signal or an end (", stop.number, ") came early"));
    }
    ASSIGN_OR_RETURN(const user_regs_struct registers, process_.Registers());
    const auto number = static_cast<int64_t>(registers.orig_rax);
    if (number == kClockPageCall) {
      RETURN_IF_ERROR(AnswerClock(registers));
      continue;
    }
    if (number == SYS_close && clock_descriptor_ >= 0 &&
        static_cast<int>(registers.rdi) == clock_descriptor_) {
      clock_descriptor_ = -1;
      RETURN_IF_ERROR(Finish().status());
      continue;
    }
    if (MayBeFirst(registers)) {
      std::string random = setting_.random(16);
      RETURN_IF_ERROR(setting_.clock.patch(
          process_.pid(), reinterpret_cast<const uint8_t*>(random.data())));
      told_.push_back({std::move(random), Told::Kind::kAtRandom, ""});
    }
    const CallRule* rule = FindCallRule(number);
    std::string why = "nothing is known of it";
    if (rule != nullptr) {
      ASSIGN_OR_RETURN(why, Judge(*rule, registers));
    }
    if (!why.empty()) {
      stopped_by_ = absl::StrCat(CallName(number), ": ", why);
      registers_ = registers;
      // It makes the call again when it goes on.
      registers_.rax = registers.orig_rax;
      registers_.orig_rax = -1;
      registers_.rip -= 2;
      for (const int descriptor : log_.ReadNumbers()) {
        std::ifstream info(
            absl::StrCat("/proc/", process_.pid(), "/fdinfo/", descriptor));
        std::string word;
        info >> word >> positions_[descriptor];  // pos:
      }
      return absl::OkStatus();
    }
    if (kind_ == CallKind::kIdentity) {
      RETURN_IF_ERROR(Answer(registers));
      continue;
    }
    ASSIGN_OR_RETURN(call_.result, Finish());
    if (kind_ == CallKind::kPipe && call_.result == 0) {
      ASSIGN_OR_RETURN(const std::string ends,
                       process_.Read(call_.arguments[0], 8));
      std::memcpy(call_.pipe, ends.data(), 8);
    }
    RETURN_IF_ERROR(HideChance());
    if (kind_ == CallKind::kMemory || kind_ == CallKind::kAsks ||
        kind_ == CallKind::kUses) {
      continue;
    }
    struct stat info;
    const bool regular =
        call_.result >= 0 && kind_ == CallKind::kOpens && NamesPath(*rule) &&
        stat(absl::StrCat("/proc/", process_.pid(), "/fd/", call_.result)
                 .c_str(),
             &info) == 0 &&
        (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode));
    call_.kind = kind_;
    const int opened = static_cast<int>(call_.result);
    log_.Add(std::move(call_), path_, regular);
    const OpenFile* file =
        kind_ == CallKind::kOpens ? log_.FileOf(opened) : nullptr;
    if (kind_ == CallKind::kChanges || (file != nullptr && file->traces)) {
      made_.insert(path_);
    }
  }
  return absl::FailedPreconditionError("it makes calls without end");
}

absl::StatusOr<std::string> TemplateRun::Judge(
    const CallRule& rule, const user_regs_struct& registers) {
  call_ = LoggedCall();
  call_.number = rule.number;
  const std::vector<uint64_t> arguments = Arguments(registers);
  std::copy(arguments.begin(), arguments.end(), call_.arguments);
  kind_ = rule.kind;
  path_.clear();
  if (std::string why = JudgeArguments(rule.number, call_.arguments);
      !why.empty()) {
    return why;
  }
  if (rule.arguments[0] == 'f' &&
      IsUnknown(static_cast<int>(call_.arguments[0]))) {
    return absl::StrCat("descriptor ", static_cast<int>(call_.arguments[0]),
                        " is of unknown origin");
  }
  if (std::string why = JudgeRead(rule, call_.arguments); !why.empty()) {
    return why;
  }
  if (NamesPath(rule)) {
    ASSIGN_OR_RETURN(std::string why, JudgePath(rule, call_.arguments));
    if (!why.empty()) return why;
  }
  RETURN_IF_ERROR(TakeGiven(rule, call_.arguments));
  return std::string();
}

// Open, and not by a call of its own. What is not open fails alike in a copy.
bool TemplateRun::IsUnknown(int descriptor) const {
  return log_.FileOf(descriptor) == nullptr &&
         access(
             absl::StrCat("/proc/", process_.pid(), "/fd/", descriptor).c_str(),
             F_OK) == 0;
}

// What depends on more than the call's number; also sets kind_ where the
// number alone does not say it.
std::string TemplateRun::JudgeArguments(int64_t number,
                                        const uint64_t* arguments) {
  const auto flags = static_cast<int>(arguments[1]);
  switch (number) {
    case SYS_mmap:
      // But for the clock's page, which copies get from their nodes.
      return (arguments[3] & MAP_TYPE) == MAP_PRIVATE ||
                     (clock_descriptor_ >= 0 &&
                      static_cast<int>(arguments[4]) == clock_descriptor_)
                 ? ""
                 : "memory to be shared";
    case SYS_futex:
      return (flags & FUTEX_CMD_MASK) == FUTEX_WAKE ? "" : "it waits";
    case SYS_ioctl:
      return arguments[1] == TCGETS ? "" : "not understood";
    case SYS_fcntl:
      switch (flags) {
        case F_GETFL:
        case F_GETFD:
          return "";
        case F_DUPFD:
        case F_DUPFD_CLOEXEC:
          kind_ = CallKind::kOpens;
          return "";
        case F_SETFL:
        case F_SETFD:
          kind_ = CallKind::kUsesState;
          return "";
        case F_SETLK:
          kind_ = CallKind::kWrites;
          return "";
        default:
          return "not understood";
      }
    case SYS_getrandom:
      return arguments[1] <= kMostGiven && arguments[2] <= 7 ? "" : "unusual";
    case SYS_prlimit64:
      return arguments[0] == 0 && arguments[2] == 0 ? "" : "limits are set";
    case SYS_socket:
      return arguments[0] == AF_UNIX ? "" : "the node's network";
    case SYS_arch_prctl:
      return arguments[0] == ARCH_SET_FS ? "" : "not understood";
    case SYS_prctl:
      switch (arguments[0]) {
        case PR_CAPBSET_READ:
        case PR_GET_KEEPCAPS:
        case PR_GET_DUMPABLE:
        case PR_GET_SECUREBITS:
          kind_ = CallKind::kAsks;
          return "";
        case PR_SET_KEEPCAPS:
        case PR_CAPBSET_DROP:
        case PR_SET_DUMPABLE:
          return "";
        default:
          return "not understood";
      }
    default:
      return "";
  }
}

std::string TemplateRun::JudgeRead(const CallRule& rule,
                                   const uint64_t* arguments) const {
  if (rule.number != SYS_read && rule.number != SYS_pread64 &&
      rule.number != SYS_getdents64) {
    return "";
  }
  const OpenFile* file = log_.FileOf(static_cast<int>(arguments[0]));
  if (file == nullptr) return "";  // EBADF
  if (!file->regular) return "it reads from others";
  if (rule.number != SYS_getdents64) return "";
  const auto own = setting_.own_files.lower_bound(file->path + "/");
  return own != setting_.own_files.end() &&
                 absl::StartsWith(*own, file->path + "/")
             ? absl::StrCat(file->path, " holds the node's own files")
             : "";
}

absl::StatusOr<std::string> TemplateRun::JudgePath(const CallRule& rule,
                                                   const uint64_t* arguments) {
  const size_t which = std::strchr(rule.arguments, 'p') - rule.arguments;
  ASSIGN_OR_RETURN(std::string path, process_.ReadString(arguments[which]));
  const bool from = which > 0 && rule.arguments[which - 1] == 'a';
  const int directory =
      from ? static_cast<int>(arguments[which - 1]) : AT_FDCWD;
  if (path.empty()) {
    // AT_EMPTY_PATH: the descriptor itself.
    return IsUnknown(directory)
               ? absl::StrCat("descriptor ", directory, " is of unknown origin")
               : std::string();
  }
  if (path[0] != '/') {
    const OpenFile* base =
        directory == AT_FDCWD ? nullptr : log_.FileOf(directory);
    if (directory != AT_FDCWD && (base == nullptr || base->path.empty())) {
      return std::string("a directory of unknown origin");
    }
    path = absl::StrCat(base == nullptr ? "" : base->path, "/", path);
  }
  // Who opens a namespace asks nothing yet.
  if (absl::StartsWith(path, "/proc/self/ns/") && kind_ == CallKind::kOpens) {
    path_ = path;
    return std::string();
  }
  // The program's own path.
  if (path == "/proc/self/exe" && kind_ == CallKind::kAsks) {
    return std::string();
  }
  path_ = files_->Canonical(path);
  for (const char* own : {"/proc", "/sys"}) {
    if (path_ == own || absl::StartsWith(path_, absl::StrCat(own, "/"))) {
      return absl::StrCat(path, " is the node's own");
    }
  }
  if (setting_.own_files.count(path_) > 0) {
    return absl::StrCat(path, " is the node's own");
  }
  if (made_.count(path_) == 0) {
    asked_.emplace(path_, files_->StateOf(path_));
  }
  return std::string();
}

// What pointers point at is gone when the call is to be made again.
absl::Status TemplateRun::TakeGiven(const CallRule& rule,
                                    const uint64_t* arguments) {
  for (int i = 0; rule.arguments[i] != '\0'; ++i) {
    const char what = rule.arguments[i];
    size_t size = 0;
    if (what == 'b' || what == 's') {
      size = arguments[i + 1];
    } else if (what == 'g') {
      size = arguments[i - 1] * 4;
    } else if (what >= '1' && what <= '9') {
      size = (what - '0') * 4;
    } else if (what == 'p') {
      ASSIGN_OR_RETURN(std::string path, process_.ReadString(arguments[i]));
      call_.given.emplace_back(i, path + '\0');
      continue;
    }
    if (size == 0 || arguments[i] == 0) continue;
    if (size > kMostGiven) {
      return absl::FailedPreconditionError("too much to be repeated");
    }
    ASSIGN_OR_RETURN(std::string bytes, process_.Read(arguments[i], size));
    call_.given.emplace_back(i, std::move(bytes));
  }
  return absl::OkStatus();
}

// Which inodes the standard files have, and when they and files of its own
// were made, is the host's, and differs between runs of one node, too.
absl::Status TemplateRun::HideChance() {
  size_t buffer;
  switch (call_.number) {
    case SYS_stat:
    case SYS_lstat:
    case SYS_fstat:
      buffer = 1;
      break;
    case SYS_newfstatat:
      buffer = 2;
      break;
    default:
      return absl::OkStatus();
  }
  if (call_.result != 0) return absl::OkStatus();
  const uint64_t at = call_.arguments[buffer];
  std::string path = path_;
  bool own = !path.empty() && made_.count(path) > 0;
  if (path.empty()) {  // of a descriptor
    const int number = static_cast<int>(call_.arguments[0]);
    const OpenFile* file = log_.FileOf(number);
    if (file == nullptr) return absl::OkStatus();
    path = file->path;
    own = file->traces;
    if (log_.IdOf(number) < 3) {
      own = true;
      RETURN_IF_ERROR(process_.Write(
          at, std::string(offsetof(struct stat, st_nlink), '\0')));
    }
  }
  if (own) {
    RETURN_IF_ERROR(process_.Write(
        at + offsetof(struct stat, st_atim),
        std::string(sizeof(struct stat) - offsetof(struct stat, st_atim),
                    '\0')));
  }
  if (path.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      std::string device,
      process_.Read(at + offsetof(struct stat, st_dev), sizeof(dev_t)));
  for (const Told& told : told_) {
    if (told.kind == Told::Kind::kDevice && told.bytes == device) {
      return absl::OkStatus();
    }
  }
  told_.push_back({std::move(device), Told::Kind::kDevice, std::move(path)});
  return absl::OkStatus();
}

// RDTSC or RDTSCP: the node's clock, which stands still.
absl::Status TemplateRun::AnswerCounter() {
  ASSIGN_OR_RETURN(user_regs_struct registers, process_.Registers());
  ASSIGN_OR_RETURN(const std::string code, process_.Read(registers.rip, 3));
  const bool with_core = code == "\x0f\x01\xf9";
  if (!with_core && code.substr(0, 2) != "\x0f\x31") {
    return absl::FailedPreconditionError("it crashes");
  }
  const auto now = static_cast<uint64_t>(setting_.clock.monotonic);
  registers.rax = now & 0xffffffff;
  registers.rdx = now >> 32;
  if (with_core) registers.rcx = 0;
  registers.rip += with_core ? 3 : 2;
  return process_.SetRegisters(registers);
}

absl::StatusOr<int64_t> TemplateRun::Finish() {
  RETURN_IF_ERROR(process_.Resume(PTRACE_SYSCALL));
  ASSIGN_OR_RETURN(const TraceStop stop, process_.Wait());
  if (stop.kind != TraceStop::Kind::kSyscall) {
    return absl::FailedPreconditionError("a call did not return");
  }
  return process_.Result();
}

absl::Status TemplateRun::FinishWith(user_regs_struct registers,
                                     int64_t result) {
  user_regs_struct skipped = registers;
  skipped.orig_rax = -1;
  RETURN_IF_ERROR(process_.SetRegisters(skipped));
  RETURN_IF_ERROR(Finish().status());
  registers.rax = result;
  registers.orig_rax = -1;
  return process_.SetRegisters(registers);
}

absl::Status TemplateRun::Answer(user_regs_struct registers) {
  int64_t result = setting_.number;
  switch (registers.orig_rax) {
    case SYS_getppid:
      result = 1;
      break;
    case SYS_set_tid_address:
      // Asks, and changes.
      call_.result = result;
      RETURN_IF_ERROR(Finish().status());
      registers.rax = result;
      registers.orig_rax = -1;
      log_.Add(std::move(call_), "", false);
      return process_.SetRegisters(registers);
    case SYS_uname: {
      utsname name;
      uname(&name);
      std::memset(name.nodename, 0, sizeof(name.nodename));
      setting_.host_name.copy(name.nodename, sizeof(name.nodename) - 1);
      RETURN_IF_ERROR(process_.Write(
          registers.rdi, absl::string_view(reinterpret_cast<const char*>(&name),
                                           sizeof(name))));
      result = 0;
      break;
    }
    case SYS_getrandom: {
      result = 0;
      if (registers.rsi == 0) break;
      std::string bytes = setting_.random(registers.rsi);
      RETURN_IF_ERROR(process_.Write(registers.rdi, bytes));
      result = static_cast<int64_t>(bytes.size());
      told_.push_back({std::move(bytes), Told::Kind::kRandom, ""});
      break;
    }
    default:
      break;
  }
  return FinishWith(registers, result);
}

// The code in the vDSO wants its page. The template gets one of its own, at the
// place where its copies will have theirs.
absl::Status TemplateRun::AnswerClock(user_regs_struct registers) {
  if (registers.rdi == kPageIsMapped) {
    clock_page_ = registers.rsi;
    RETURN_IF_ERROR(setting_.clock.page_is_mapped(process_.pid(), clock_page_));
    return FinishWith(registers, 0);
  }
  RETURN_IF_ERROR(process_.Write(kScratch, absl::string_view("clock", 6)));
  user_regs_struct instead = registers;
  instead.orig_rax = SYS_memfd_create;
  instead.rdi = kScratch;
  instead.rsi = MFD_CLOEXEC;
  RETURN_IF_ERROR(process_.SetRegisters(instead));
  ASSIGN_OR_RETURN(const int64_t number, Finish());
  if (number < 0) return absl::InternalError("no page for a template's clock");
  const UniqueFd file(
      open(absl::StrCat("/proc/", process_.pid(), "/fd/", number).c_str(),
           O_RDWR | O_CLOEXEC));
  const std::string page =
      setting_.clock.page(setting_.clock.monotonic, setting_.realtime);
  if (pwrite(file.get(), page.data(), page.size(),
             static_cast<off_t>(setting_.clock.offset)) !=
      static_cast<ssize_t>(page.size())) {
    return ErrnoStatus("a template's clock");
  }
  clock_descriptor_ = static_cast<int>(number);
  registers.rax = number;
  registers.orig_rax = -1;
  return process_.SetRegisters(registers);
}

}  // namespace quiesce
