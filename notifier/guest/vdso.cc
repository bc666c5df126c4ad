#include "notifier/guest/vdso.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {

// A page that the processes of one node share: nanoseconds, each read and
// written at once.
struct ClockPage {
  std::atomic<int64_t> monotonic;
  std::atomic<int64_t> realtime;
  std::atomic<int64_t> cpu;
};

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

constexpr uint64_t kPageSize = 4096;

// Of each process, behind the code in its vDSO.
struct Data {
  uint64_t page = 0;    // where the process has its node's page; 0: not yet
  uint64_t offset = 0;  // of that page in the file
  // What the time stamp counter is read from: the page, or before that `start`.
  uint64_t counter = 0;
  int64_t start = 0;  // when the program began
};

// Machine code under construction.
class Code {
 public:
  Code& Bytes(std::initializer_list<uint8_t> bytes) {
    code_.append(bytes.begin(), bytes.end());
    return *this;
  }
  Code& Word(uint32_t word) {
    code_.append(reinterpret_cast<const char*>(&word), sizeof(word));
    return *this;
  }
  // A short jump (opcode) whose target is set by Land(), at the returned mark.
  size_t Jump(uint8_t opcode) {
    Bytes({opcode, 0});
    return size();
  }
  void Land(size_t mark) { code_[mark - 1] = static_cast<char>(size() - mark); }
  // An instruction whose last four bytes are the distance to `target`, which is
  // a place in this code: calls, and addresses relative to RIP.
  Code& Near(std::initializer_list<uint8_t> opcode, size_t target) {
    Bytes(opcode);
    return Word(static_cast<uint32_t>(target - (size() + 4)));
  }
  Code& Syscall(uint32_t number) {  // mov eax, number; syscall
    return Bytes({0xb8}).Word(number).Bytes({0x0f, 0x05});
  }
  Code& Align(size_t to) {
    while (size() % to != 0) Bytes({0xcc});
    return *this;
  }
  size_t size() const { return code_.size(); }
  const std::string& bytes() const { return code_; }

 private:
  std::string code_;
};

// What is written over the vDSO: begins with Data.
struct Blob {
  Code code;
  size_t gettime, getday, time;  // where these begin
};

// Maps the node's page. Returns its address or 0 in rax, keeps rcx, rdi, rsi.
size_t AddMap(Code& code) {
  const size_t here = code.size();
  code.Bytes({0x57, 0x56, 0x51});  // push rdi; push rsi; push rcx
  code.Bytes({0x31, 0xff});        // xor edi, edi: kGivePage
  code.Syscall(kClockPageCall);
  code.Bytes({0x85, 0xc0});  // test eax, eax
  const size_t fails = code.Jump(0x78);
  code.Bytes({0x50});                         // push rax
  code.Bytes({0x41, 0x89, 0xc0});             // mov r8d, eax
  code.Bytes({0x31, 0xff});                   // xor edi, edi
  code.Bytes({0xbe}).Word(kPageSize);         // mov esi, 4096
  code.Bytes({0xba}).Word(PROT_READ);         // mov edx, PROT_READ
  code.Bytes({0x41, 0xba}).Word(MAP_SHARED);  // mov r10d, MAP_SHARED
  code.Near({0x4c, 0x8b, 0x0d}, offsetof(Data, offset));  // mov r9, [offset]
  code.Syscall(SYS_mmap);
  code.Bytes({0x48, 0x89, 0xc6});          // mov rsi, rax
  code.Bytes({0xbf}).Word(kPageIsMapped);  // mov edi, kPageIsMapped
  code.Syscall(kClockPageCall);
  code.Bytes({0x5f});  // pop rdi
  code.Syscall(SYS_close);
  code.Land(fails);
  code.Bytes({0x59, 0x5e, 0x5f});  // pop rcx; pop rsi; pop rdi
  code.Near({0x48, 0x8b, 0x05}, offsetof(Data, page));  // mov rax, [page]
  code.Bytes({0xc3});
  return here;
}

// The field at rcx of the page, in rax; negative without a page.
size_t AddRead(Code& code, size_t map) {
  const size_t here = code.size();
  code.Near({0x48, 0x8b, 0x05}, offsetof(Data, page));  // mov rax, [page]
  code.Bytes({0x48, 0x85, 0xc0});                       // test rax, rax
  const size_t mapped = code.Jump(0x75);
  code.Near({0xe8}, map);          // call map
  code.Bytes({0x48, 0x85, 0xc0});  // test rax, rax
  const size_t none = code.Jump(0x74);
  code.Land(mapped);
  code.Bytes({0x48, 0x8b, 0x04, 0x08, 0xc3});  // mov rax, [rax+rcx]; ret
  code.Land(none);
  code.Bytes({0x48, 0x83, 0xc8, 0xff, 0xc3});  // or rax, -1; ret
  return here;
}

// Reads, and divides into seconds in rax and nanoseconds in rdx. The mark of a
// jump that is taken where there is no page.
size_t AddSeconds(Code& code, size_t read) {
  code.Near({0xe8}, read);         // call read
  code.Bytes({0x48, 0x85, 0xc0});  // test rax, rax
  const size_t none = code.Jump(0x78);
  code.Bytes({0x31, 0xd2});          // xor edx, edx
  code.Bytes({0xb9}).Word(kSecond);  // mov ecx, 10^9
  code.Bytes({0x48, 0xf7, 0xf1});    // div rcx
  return none;
}

// int clock_gettime(clockid_t edi, struct timespec *rsi)
size_t AddGettime(Code& code, size_t read) {
  const size_t here = code.size();
  code.Bytes({0x83, 0xff, 0x0c});  // cmp edi, 12
  const size_t out_of_range = code.Jump(0x73);
  const auto is_one_of = [&code](uint32_t clocks, uint8_t jump) {
    code.Bytes({0xb8}).Word(clocks);  // mov eax, clocks
    code.Bytes({0x0f, 0xa3, 0xf8});   // bt eax, edi
    return code.Jump(jump);
  };
  constexpr uint32_t kRealtime =
      1 << CLOCK_REALTIME | 1 << CLOCK_REALTIME_COARSE | 1 << CLOCK_TAI;
  constexpr uint32_t kMonotonic =
      1 << CLOCK_MONOTONIC | 1 << CLOCK_MONOTONIC_RAW |
      1 << CLOCK_MONOTONIC_COARSE | 1 << CLOCK_BOOTTIME;
  constexpr uint32_t kCpu =
      1 << CLOCK_PROCESS_CPUTIME_ID | 1 << CLOCK_THREAD_CPUTIME_ID;
  code.Bytes({0xb9}).Word(offsetof(ClockPage, monotonic));  // mov ecx, field
  const size_t monotonic = is_one_of(kMonotonic, 0x72);
  code.Bytes({0xb1, offsetof(ClockPage, realtime)});  // mov cl, field
  const size_t realtime = is_one_of(kRealtime, 0x72);
  code.Bytes({0xb1, offsetof(ClockPage, cpu)});
  const size_t other = is_one_of(kCpu, 0x73);
  code.Land(monotonic);
  code.Land(realtime);
  const size_t none = AddSeconds(code, read);
  code.Bytes({0x48, 0x89, 0x06});        // mov [rsi], rax
  code.Bytes({0x48, 0x89, 0x56, 0x08});  // mov [rsi+8], rdx
  code.Bytes({0x31, 0xc0, 0xc3});        // xor eax, eax; ret
  code.Land(out_of_range);
  code.Land(other);
  code.Land(none);
  code.Syscall(SYS_clock_gettime).Bytes({0xc3});
  return here;
}

// int gettimeofday(struct timeval *rdi, struct timezone *rsi)
size_t AddGetday(Code& code, size_t read) {
  const size_t here = code.size();
  code.Bytes({0x48, 0x85, 0xff});  // test rdi, rdi
  const size_t no_time = code.Jump(0x74);
  code.Bytes({0xb9}).Word(offsetof(ClockPage, realtime));  // mov ecx, field
  const size_t none = AddSeconds(code, read);
  code.Bytes({0x48, 0x89, 0x07});        // mov [rdi], rax
  code.Bytes({0x89, 0xd0, 0x31, 0xd2});  // mov eax, edx; xor edx, edx
  code.Bytes({0xb9}).Word(1000);         // mov ecx, 1000
  code.Bytes({0xf7, 0xf1});              // div ecx
  code.Bytes({0x48, 0x89, 0x47, 0x08});  // mov [rdi+8], rax
  code.Land(no_time);
  code.Bytes({0x48, 0x85, 0xf6});  // test rsi, rsi
  const size_t no_zone = code.Jump(0x74);
  code.Bytes({0x48, 0xc7, 0x06, 0, 0, 0, 0});  // mov qword [rsi], 0
  code.Land(no_zone);
  code.Bytes({0x31, 0xc0, 0xc3});  // xor eax, eax; ret
  code.Land(none);
  code.Syscall(SYS_gettimeofday).Bytes({0xc3});
  return here;
}

// time_t time(time_t *rdi)
size_t AddTime(Code& code, size_t read) {
  const size_t here = code.size();
  code.Bytes({0xb9}).Word(offsetof(ClockPage, realtime));  // mov ecx, field
  const size_t none = AddSeconds(code, read);
  code.Bytes({0x48, 0x85, 0xff});  // test rdi, rdi
  const size_t no_place = code.Jump(0x74);
  code.Bytes({0x48, 0x89, 0x07});  // mov [rdi], rax
  code.Land(no_place);
  code.Bytes({0xc3});
  code.Land(none);
  code.Syscall(SYS_time).Bytes({0xc3});
  return here;
}

Blob MakeBlob() {
  Blob blob;
  Code& code = blob.code;
  for (size_t i = 0; i < sizeof(Data); ++i) code.Bytes({0});
  const size_t map = AddMap(code);
  const size_t read = AddRead(code.Align(16), map);
  blob.gettime = AddGettime(code.Align(16), read);
  blob.getday = AddGetday(code.Align(16), read);
  blob.time = AddTime(code.Align(16), read);
  return blob;
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

template <typename T>
std::string Raw(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}

absl::Status Write(const UniqueFd& memory, uint64_t at, const std::string& code,
                   const char* what) {
  return pwrite(memory.get(), code.data(), code.size(), at) ==
                 static_cast<ssize_t>(code.size())
             ? absl::OkStatus()
             : ErrnoStatus(what);
}

constexpr size_t kJumpSize = 5;  // jmp rel32

}  // namespace

absl::StatusOr<std::unique_ptr<GuestClocks>> GuestClocks::Make(size_t nodes) {
  std::unique_ptr<GuestClocks> clocks(new GuestClocks);
  RETURN_IF_ERROR(clocks->MakeCode());
  const UniqueFd memory(memfd_create("clock", MFD_CLOEXEC));
  clocks->size_ = std::max<size_t>(nodes, 1) * kPageSize;
  if (!memory.valid() || ftruncate(memory.get(), clocks->size_) != 0) {
    return ErrnoStatus("memory for the guests' clocks");
  }
  void* const pages = mmap(nullptr, clocks->size_, PROT_READ | PROT_WRITE,
                           MAP_SHARED, memory.get(), 0);
  if (pages == MAP_FAILED) return ErrnoStatus("mapping the guests' clocks");
  clocks->pages_ = static_cast<char*>(pages);
  // Nobody writes through what guests are given.
  clocks->file_ =
      UniqueFd(open(absl::StrCat("/proc/self/fd/", memory.get()).c_str(),
                    O_RDONLY | O_CLOEXEC));
  if (!clocks->file_.valid()) return ErrnoStatus("the guests' clocks");
  return clocks;
}

GuestClocks::~GuestClocks() {
  if (pages_ != nullptr) munmap(pages_, size_);
}

absl::Status GuestClocks::MakeCode() {
  ASSIGN_OR_RETURN(const Function gettime,
                   FindFunction("__vdso_clock_gettime"));
  const Blob blob = MakeBlob();
  data_offset_ = (gettime.offset + kJumpSize + 15) & ~15ull;
  if (data_offset_ + blob.code.size() > gettime.offset + gettime.size) {
    return absl::UnavailableError("no room in the vDSO");
  }
  code_.push_back({data_offset_, blob.code.bytes()});
  const auto lead = [&](const Function& function,
                        size_t target) -> absl::Status {
    if (function.size < kJumpSize) {
      return absl::UnavailableError("no room in the vDSO");
    }
    Code jump;
    jump.Near({0xe9}, data_offset_ + target - function.offset);
    code_.push_back({function.offset, jump.bytes()});
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(lead(gettime, blob.gettime));
  ASSIGN_OR_RETURN(const Function day, FindFunction("__vdso_gettimeofday"));
  RETURN_IF_ERROR(lead(day, blob.getday));
  ASSIGN_OR_RETURN(const Function time, FindFunction("__vdso_time"));
  RETURN_IF_ERROR(lead(time, blob.time));
  if (absl::StatusOr<Function> random = FindFunction("__vdso_getrandom");
      random.ok()) {
    // Back to the system call, which is answered from the node's seed.
    Code call;
    call.Syscall(SYS_getrandom).Bytes({0xc3});
    if (call.size() > random->size) {
      return absl::UnavailableError("no room in the vDSO");
    }
    code_.push_back({random->offset, call.bytes()});
  }
  return absl::OkStatus();
}

ClockPage* GuestClocks::PageOf(size_t node) const {
  return reinterpret_cast<ClockPage*>(pages_ + node * kPageSize);
}

absl::Status GuestClocks::Patch(pid_t tid, size_t node,
                                const uint8_t* random) const {
  ASSIGN_OR_RETURN(const Opened guest, OpenMemory(tid));
  const CodePiece& last = code_.back();
  std::string there(last.bytes.size(), '\0');
  if (pread(guest.memory.get(), there.data(), there.size(),
            guest.vdso + last.at) == static_cast<ssize_t>(there.size()) &&
      there == last.bytes) {
    return absl::OkStatus();
  }
  for (const CodePiece& piece : code_) {
    RETURN_IF_ERROR(Write(guest.memory, guest.vdso + piece.at, piece.bytes,
                          "patching the guest's vDSO"));
  }
  RETURN_IF_ERROR(PatchCopy(tid, node, /*page=*/0, random));
  const UniqueFd program(
      open(absl::StrCat("/proc/", tid, "/exe").c_str(), O_RDONLY | O_CLOEXEC));
  const TscSites& reads = TscSitesOf(program.get());
  for (const CodePiece& piece :
       RedirectTsc(reads, guest.told.Value(AT_ENTRY) - reads.entry,
                   guest.vdso + data_offset_ + offsetof(Data, counter))) {
    RETURN_IF_ERROR(Write(guest.memory, piece.at, piece.bytes,
                          "redirecting the time stamp counter"));
  }
  return absl::OkStatus();
}

absl::Status GuestClocks::PatchCopy(pid_t tid, size_t node, uint64_t page,
                                    const uint8_t* random) const {
  ASSIGN_OR_RETURN(const Opened guest, OpenMemory(tid));
  const uint64_t data_at = guest.vdso + data_offset_;
  Data data;
  data.page = page;
  data.offset = OffsetOf(node);
  data.counter = page == 0 ? data_at + offsetof(Data, start)
                           : page + offsetof(ClockPage, monotonic);
  data.start = PageOf(node)->monotonic;
  RETURN_IF_ERROR(
      Write(guest.memory, data_at, Raw(data), "patching the guest's vDSO"));
  const uint64_t random_at = guest.told.Value(AT_RANDOM);
  if (random != nullptr && random_at != 0 &&
      pwrite(guest.memory.get(), random, 16, random_at) != 16) {
    return ErrnoStatus("seeding the guest's AT_RANDOM");
  }
  return absl::OkStatus();
}

absl::Status GuestClocks::PageIsMapped(pid_t tid, uint64_t address) const {
  // An errno: there was no room. Reads go on as system calls.
  if (address >= -kPageSize) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Opened guest, OpenMemory(tid));
  const uint64_t data_at = guest.vdso + data_offset_;
  const uint64_t counter = address + offsetof(ClockPage, monotonic);
  RETURN_IF_ERROR(Write(guest.memory, data_at + offsetof(Data, counter),
                        Raw(counter), "the guest's time stamp counter"));
  return Write(guest.memory, data_at + offsetof(Data, page), Raw(address),
               "the guest's clock page");
}

uint64_t GuestClocks::OffsetOf(size_t node) { return node * kPageSize; }

UniqueFd GuestClocks::FileForGuest() const {
  return UniqueFd(fcntl(file_.get(), F_DUPFD_CLOEXEC, 0));
}

std::string GuestClocks::Page(Nanos monotonic, Nanos realtime) {
  const ClockPage page{monotonic, realtime, CpuTimeAt(monotonic)};
  std::string bytes = Raw(page);
  bytes.resize(kPageSize);
  return bytes;
}

void GuestClocks::Set(size_t node, Nanos monotonic, Nanos realtime) {
  ClockPage* const page = PageOf(node);
  page->monotonic.store(monotonic, std::memory_order_relaxed);
  page->realtime.store(realtime, std::memory_order_relaxed);
  page->cpu.store(CpuTimeAt(monotonic), std::memory_order_relaxed);
}

}  // namespace quiesce
