#include "notifier/guest/tsc.h"

#include <elf.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "absl/synchronization/mutex.h"

namespace quiesce {
namespace {

constexpr uint64_t kPage = 4096;
constexpr size_t kHopSize = 5;    // jmp rel32
constexpr size_t kStubSize = 32;  // at most

// The instruction with what compilers put around it, so that no other code and
// no data is taken for it: the halves are joined behind it, or what comes
// before is waited for in front of it.
struct Pattern {
  absl::string_view bytes;
  size_t instruction;  // where it begins
  int size;
};
constexpr Pattern kPatterns[] = {
    // rdtsc; shl rdx, 32
    {absl::string_view("\x0f\x31\x48\xc1\xe2\x20", 6), 0, 2},
    // rdtscp; shl rdx, 32
    {absl::string_view("\x0f\x01\xf9\x48\xc1\xe2\x20", 7), 0, 3},
    // lfence; rdtsc
    {absl::string_view("\x0f\xae\xe8\x0f\x31", 5), 3, 2},
};

// Padding for one hop within a short jump's reach of the `next` instruction's
// place in `code`; each padding is used once.
std::optional<size_t> FindHop(absl::string_view code, size_t next,
                              std::vector<size_t>& used) {
  const std::string padding(kHopSize, '\xcc');
  const size_t end = std::min(code.size(), next + 127 + kHopSize);
  for (size_t at = next < 128 ? 0 : next - 128; at + kHopSize <= end; ++at) {
    at = code.substr(0, end).find(padding, at);
    if (at == absl::string_view::npos) return std::nullopt;
    const bool is_used = std::any_of(used.begin(), used.end(), [&](size_t u) {
      return at < u + kHopSize && u < at + kHopSize;
    });
    if (is_used) continue;
    used.push_back(at);
    return at;
  }
  return std::nullopt;
}

void FindInSegment(absl::string_view code, const Elf64_Phdr& segment,
                   std::vector<TscSites::Site>& sites) {
  // The rest of the last page is mapped, and holds what follows in the file.
  uint64_t stub = (segment.p_vaddr + segment.p_filesz + 15) & ~15ull;
  const uint64_t end =
      (segment.p_vaddr + segment.p_filesz + kPage - 1) & ~(kPage - 1);
  std::vector<size_t> used;
  for (const Pattern& pattern : kPatterns) {
    for (size_t at = code.find(pattern.bytes); at != code.npos;
         at = code.find(pattern.bytes, at + 1)) {
      const size_t instruction = at + pattern.instruction;
      if (stub + kStubSize > end) return;
      const auto hop = FindHop(code, instruction + 2, used);
      if (!hop.has_value()) continue;
      sites.push_back({segment.p_vaddr + instruction, pattern.size,
                       segment.p_vaddr + *hop, stub});
      stub += kStubSize;
    }
  }
}

void AppendJump(std::string& code, uint64_t at, uint64_t to) {
  const auto distance = static_cast<int32_t>(to - (at + kHopSize));
  code.push_back('\xe9');
  code.append(reinterpret_cast<const char*>(&distance), sizeof(distance));
}

std::string Stub(const TscSites::Site& site, uint64_t counter) {
  std::string code("\x48\xa1", 2);  // mov rax, [counter]
  code.append(reinterpret_cast<const char*>(&counter), sizeof(counter));
  code.append("\x48\x8b\x00", 3);      // mov rax, [rax]
  code.append("\x48\x89\xc2", 3);      // mov rdx, rax
  code.append("\x48\xc1\xea\x20", 4);  // shr rdx, 32
  code.append("\x89\xc0", 2);          // mov eax, eax
  // The processor's number, TSC_AUX: 0.
  if (site.size == 3) code.append("\x31\xc9", 2);  // xor ecx, ecx
  AppendJump(code, site.stub + code.size(), site.at + site.size);
  return code;
}

}  // namespace

TscSites FindTscSites(absl::string_view elf) {
  TscSites result;
  Elf64_Ehdr header;
  if (elf.size() < sizeof(header)) return result;
  std::memcpy(&header, elf.data(), sizeof(header));
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_machine != EM_X86_64 || header.e_phoff > elf.size() ||
      header.e_phnum > (elf.size() - header.e_phoff) / sizeof(Elf64_Phdr)) {
    return result;
  }
  result.entry = header.e_entry;
  for (int i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, elf.data() + header.e_phoff + i * sizeof(segment),
                sizeof(segment));
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0 ||
        segment.p_offset > elf.size() ||
        segment.p_filesz > elf.size() - segment.p_offset ||
        segment.p_memsz != segment.p_filesz) {
      continue;
    }
    FindInSegment(elf.substr(segment.p_offset, segment.p_filesz), segment,
                  result.sites);
  }
  return result;
}

const TscSites& TscSitesOf(int file) {
  static const auto* const kNone = new TscSites;
  struct stat about;
  if (fstat(file, &about) != 0 || about.st_size <= 0) return *kNone;
  using Key = std::tuple<dev_t, ino_t, off_t, time_t, long>;
  static auto* const mutex = new absl::Mutex;
  static auto* const known = new std::map<Key, std::unique_ptr<TscSites>>;
  absl::MutexLock lock(mutex);
  auto& sites = (*known)[Key(about.st_dev, about.st_ino, about.st_size,
                             about.st_mtim.tv_sec, about.st_mtim.tv_nsec)];
  if (sites == nullptr) {
    sites = std::make_unique<TscSites>();
    void* const map =
        mmap(nullptr, about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (map != MAP_FAILED) {
      *sites = FindTscSites(
          {static_cast<const char*>(map), static_cast<size_t>(about.st_size)});
      munmap(map, about.st_size);
    }
  }
  return *sites;
}

std::vector<CodePiece> RedirectTsc(const TscSites& sites, uint64_t loaded,
                                   uint64_t counter) {
  std::vector<CodePiece> pieces;
  for (const TscSites::Site& site : sites.sites) {
    std::string leap = {'\xeb', static_cast<char>(site.hop - (site.at + 2))};
    std::string hop;
    AppendJump(hop, site.hop, site.stub);
    // Backwards, so that each step leads to a whole one.
    pieces.push_back({loaded + site.stub, Stub(site, counter)});
    pieces.push_back({loaded + site.hop, std::move(hop)});
    pieces.push_back({loaded + site.at, std::move(leap)});
  }
  return pieces;
}

}  // namespace quiesce
