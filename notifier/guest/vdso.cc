#include "notifier/guest/vdso.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

struct Function {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// Looks a function up in our own vDSO's dynamic symbols.
absl::StatusOr<Function> FindFunction(const char* name) {
  const char* base = reinterpret_cast<const char*>(getauxval(AT_SYSINFO_EHDR));
  if (base == nullptr) return absl::UnavailableError("no vDSO");
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(base);
  const auto* sections =
      reinterpret_cast<const Elf64_Shdr*>(base + header->e_shoff);
  for (int i = 0; i < header->e_shnum; ++i) {
    if (sections[i].sh_type != SHT_DYNSYM) continue;
    const auto* symbols =
        reinterpret_cast<const Elf64_Sym*>(base + sections[i].sh_offset);
    const char* names = base + sections[sections[i].sh_link].sh_offset;
    const size_t count = sections[i].sh_size / sizeof(Elf64_Sym);
    for (size_t s = 0; s < count; ++s) {
      if (std::strcmp(names + symbols[s].st_name, name) == 0) {
        return Function{symbols[s].st_value, symbols[s].st_size};
      }
    }
  }
  return absl::UnavailableError(absl::StrCat("the vDSO has no ", name));
}

// The time slot, as the code below reads it.
struct Slot {
  int64_t monotonic_sec;
  int64_t monotonic_nsec;
  int64_t real_sec;
  int64_t real_nsec;
  int64_t real_usec;
  int64_t cpu_sec;
  int64_t cpu_nsec;
  int64_t monotonic_nanos;  // for who reads the time stamp counter
};

// Machine code under construction, at a known place.
class Code {
 public:
  Code(uint64_t at, uint64_t slot) : at_(at), slot_(slot) {}

  Code& Bytes(std::initializer_list<uint8_t> bytes) {
    code_.append(bytes.begin(), bytes.end());
    return *this;
  }
  // opcode (3 bytes: REX.W mov reg, [rip+disp32]) of a field of the slot.
  Code& Load(std::initializer_list<uint8_t> opcode, size_t field) {
    Bytes(opcode);
    const int64_t next = at_ + code_.size() + 4;
    const int32_t distance = static_cast<int64_t>(slot_ + field) - next;
    code_.append(reinterpret_cast<const char*>(&distance), 4);
    return *this;
  }
  // A short jump (opcode) whose target is set by Land(), at the returned mark.
  size_t Jump(uint8_t opcode) {
    Bytes({opcode, 0});
    return code_.size();
  }
  void Land(size_t mark) {
    code_[mark - 1] = static_cast<char>(code_.size() - mark);
  }
  Code& Syscall(uint32_t number) {
    Bytes({0xb8});  // mov eax, number; syscall; ret
    code_.append(reinterpret_cast<const char*>(&number), 4);
    return Bytes({0x0f, 0x05, 0xc3});
  }
  const std::string& bytes() const { return code_; }

 private:
  const uint64_t at_;
  const uint64_t slot_;
  std::string code_;
};

constexpr std::initializer_list<uint8_t> kLoadRax = {0x48, 0x8b, 0x05};
constexpr std::initializer_list<uint8_t> kLoadRdx = {0x48, 0x8b, 0x15};

// int clock_gettime(clockid_t edi, struct timespec *rsi)
std::string ClockGettimeCode(uint64_t at, uint64_t slot) {
  Code code(at, slot);
  code.Bytes({0x83, 0xff, 0x0c});  // cmp edi, 12
  const size_t out_of_range = code.Jump(0x73);
  // mov eax, REALTIME | REALTIME_COARSE | TAI; bt eax, edi
  code.Bytes({0xb8, 0x21, 0x08, 0x00, 0x00, 0x0f, 0xa3, 0xf8});
  const size_t real = code.Jump(0x72);
  // mov eax, MONOTONIC | MONOTONIC_RAW | MONOTONIC_COARSE | BOOTTIME
  code.Bytes({0xb8, 0xd2, 0x00, 0x00, 0x00, 0x0f, 0xa3, 0xf8});
  const size_t monotonic = code.Jump(0x72);
  // mov eax, PROCESS_CPUTIME_ID | THREAD_CPUTIME_ID
  code.Bytes({0xb8, 0x0c, 0x00, 0x00, 0x00, 0x0f, 0xa3, 0xf8});
  const size_t other = code.Jump(0x73);
  code.Load(kLoadRax, offsetof(Slot, cpu_sec));
  code.Load(kLoadRdx, offsetof(Slot, cpu_nsec));
  const size_t store_cpu = code.Jump(0xeb);
  code.Land(monotonic);
  code.Load(kLoadRax, offsetof(Slot, monotonic_sec));
  code.Load(kLoadRdx, offsetof(Slot, monotonic_nsec));
  const size_t store = code.Jump(0xeb);
  code.Land(real);
  code.Load(kLoadRax, offsetof(Slot, real_sec));
  code.Load(kLoadRdx, offsetof(Slot, real_nsec));
  code.Land(store_cpu);
  code.Land(store);
  code.Bytes({0x48, 0x89, 0x06});        // mov [rsi], rax
  code.Bytes({0x48, 0x89, 0x56, 0x08});  // mov [rsi+8], rdx
  code.Bytes({0x31, 0xc0, 0xc3});        // xor eax, eax; ret
  code.Land(out_of_range);
  code.Land(other);
  return code.Syscall(228).bytes();
}

// int gettimeofday(struct timeval *rdi, struct timezone *rsi)
std::string GettimeofdayCode(uint64_t at, uint64_t slot) {
  Code code(at, slot);
  code.Bytes({0x48, 0x85, 0xff});  // test rdi, rdi
  const size_t no_time = code.Jump(0x74);
  code.Load(kLoadRax, offsetof(Slot, real_sec));
  code.Load(kLoadRdx, offsetof(Slot, real_usec));
  code.Bytes({0x48, 0x89, 0x07});        // mov [rdi], rax
  code.Bytes({0x48, 0x89, 0x57, 0x08});  // mov [rdi+8], rdx
  code.Land(no_time);
  code.Bytes({0x48, 0x85, 0xf6});  // test rsi, rsi
  const size_t no_zone = code.Jump(0x74);
  code.Bytes({0x48, 0xc7, 0x06, 0, 0, 0, 0});  // mov qword [rsi], 0
  code.Land(no_zone);
  return code.Bytes({0x31, 0xc0, 0xc3}).bytes();
}

// time_t time(time_t *rdi)
std::string TimeCode(uint64_t at, uint64_t slot) {
  Code code(at, slot);
  code.Load(kLoadRax, offsetof(Slot, real_sec));
  code.Bytes({0x48, 0x85, 0xff});  // test rdi, rdi
  const size_t no_place = code.Jump(0x74);
  code.Bytes({0x48, 0x89, 0x07});  // mov [rdi], rax
  code.Land(no_place);
  return code.Bytes({0xc3}).bytes();
}

// What a program was told at its start, /proc/TID/auxv.
class AuxiliaryVector {
 public:
  explicit AuxiliaryVector(pid_t tid) {
    UniqueFd file(open(absl::StrCat("/proc/", tid, "/auxv").c_str(),
                       O_RDONLY | O_CLOEXEC));
    const ssize_t size = read(file.get(), entries_, sizeof(entries_));
    count_ = std::max<ssize_t>(size, 0) / sizeof(entries_[0]);
  }
  // 0 if absent.
  uint64_t Value(uint64_t type) const {
    for (size_t i = 0; i < count_; ++i) {
      if (entries_[i].a_type == type) return entries_[i].a_un.a_val;
    }
    return 0;
  }

 private:
  Elf64_auxv_t entries_[64];
  size_t count_ = 0;
};

UniqueFd OpenMemoryOf(pid_t tid) {
  return UniqueFd(
      open(absl::StrCat("/proc/", tid, "/mem").c_str(), O_RDWR | O_CLOEXEC));
}

struct Opened {
  UniqueFd memory;
  AuxiliaryVector told;
  uint64_t vdso;
};

absl::StatusOr<Opened> OpenMemory(pid_t tid) {
  Opened result{OpenMemoryOf(tid), AuxiliaryVector(tid), 0};
  if (!result.memory.valid()) return ErrnoStatus("memory of the guest");
  result.vdso = result.told.Value(AT_SYSINFO_EHDR);
  if (result.vdso == 0) return absl::NotFoundError("the guest has no vDSO");
  return result;
}

absl::Status Write(const UniqueFd& memory, uint64_t at, const std::string& code,
                   const char* what) {
  return pwrite(memory.get(), code.data(), code.size(), at) ==
                 static_cast<ssize_t>(code.size())
             ? absl::OkStatus()
             : ErrnoStatus(what);
}

}  // namespace

absl::StatusOr<VdsoPatch> VdsoPatch::Make() {
  VdsoPatch patch;
  ASSIGN_OR_RETURN(Function clock, FindFunction("__vdso_clock_gettime"));
  // The slot takes the end of the largest function, 8-aligned.
  patch.slot_offset_ = (clock.offset + clock.size - sizeof(Slot)) & ~7ull;

  const uint64_t slot = patch.slot_offset_;
  const auto add = [&](Function at, std::string code,
                       uint64_t end) -> absl::Status {
    if (at.offset + code.size() > end) {
      return absl::UnavailableError("no room in the vDSO");
    }
    patch.pieces_.push_back({at.offset, std::move(code)});
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(add(clock, ClockGettimeCode(clock.offset, slot), slot));
  ASSIGN_OR_RETURN(Function day, FindFunction("__vdso_gettimeofday"));
  RETURN_IF_ERROR(
      add(day, GettimeofdayCode(day.offset, slot), day.offset + day.size));
  ASSIGN_OR_RETURN(Function time, FindFunction("__vdso_time"));
  RETURN_IF_ERROR(
      add(time, TimeCode(time.offset, slot), time.offset + time.size));
  if (absl::StatusOr<Function> random = FindFunction("__vdso_getrandom");
      random.ok()) {
    // Back to the system call, which is answered from the node's seed.
    RETURN_IF_ERROR(add(*random, Code(0, 0).Syscall(318).bytes(),
                        random->offset + random->size));
  }
  return patch;
}

absl::StatusOr<std::unique_ptr<GuestClock>> GuestClock::Patch(
    pid_t tid, const VdsoPatch& patch, const uint8_t* random) {
  ASSIGN_OR_RETURN(Opened guest, OpenMemory(tid));
  for (const CodePiece& piece : patch.pieces()) {
    RETURN_IF_ERROR(Write(guest.memory, guest.vdso + piece.at, piece.bytes,
                          "patching the guest's vDSO"));
  }
  const uint64_t random_at = guest.told.Value(AT_RANDOM);
  if (random != nullptr && random_at != 0 &&
      pwrite(guest.memory.get(), random, 16, random_at) != 16) {
    return ErrnoStatus("seeding the guest's AT_RANDOM");
  }
  const UniqueFd program(
      open(absl::StrCat("/proc/", tid, "/exe").c_str(), O_RDONLY | O_CLOEXEC));
  const TscSites& reads = TscSitesOf(program.get());
  for (const CodePiece& piece :
       RedirectTsc(reads, guest.told.Value(AT_ENTRY) - reads.entry,
                   guest.vdso + patch.slot_offset() +
                       offsetof(Slot, monotonic_nanos))) {
    RETURN_IF_ERROR(Write(guest.memory, piece.at, piece.bytes,
                          "redirecting the time stamp counter"));
  }
  return std::unique_ptr<GuestClock>(new GuestClock(
      tid, std::move(guest.memory), guest.vdso + patch.slot_offset()));
}

absl::StatusOr<std::unique_ptr<GuestClock>> GuestClock::OfChild(
    pid_t tid, const VdsoPatch& patch) {
  ASSIGN_OR_RETURN(Opened guest, OpenMemory(tid));
  return std::unique_ptr<GuestClock>(new GuestClock(
      tid, std::move(guest.memory), guest.vdso + patch.slot_offset()));
}

bool GuestClock::Set(Nanos monotonic, Nanos realtime) {
  if (monotonic == shown_) return true;
  const Nanos cpu = CpuTimeAt(monotonic);
  const Slot slot{monotonic / kSecond,
                  monotonic % kSecond,
                  realtime / kSecond,
                  realtime % kSecond,
                  realtime % kSecond / 1000,
                  cpu / kSecond,
                  cpu % kSecond,
                  monotonic};
  UniqueFd opened;
  if (!memory_.valid()) opened = OpenMemoryOf(tid_);
  const int memory = memory_.valid() ? memory_.get() : opened.get();
  if (pwrite(memory, &slot, sizeof(slot), slot_) != sizeof(slot)) return false;
  shown_ = monotonic;
  return true;
}

}  // namespace quiesce
