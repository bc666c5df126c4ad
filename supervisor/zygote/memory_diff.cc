#include "supervisor/zygote/memory_diff.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace quiesce {
namespace {

constexpr size_t kChunk = 4096;
constexpr size_t kWord = 8;
constexpr size_t kHalf = 4;
constexpr size_t kGuardAt = 8;  // of AT_RANDOM: the pointer guard
constexpr int kGuardRotation = 17;

template <typename T>
T ValueAt(absl::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

// What mixing pointers with another guard changes in them.
uint64_t MixedDifference(absl::string_view a, absl::string_view b) {
  return std::rotl(
      ValueAt<uint64_t>(a, kGuardAt) ^ ValueAt<uint64_t>(b, kGuardAt),
      kGuardRotation);
}

bool StandsAt(const MemoryPair& memory, size_t at, const ToldTwice& told,
              size_t from, size_t size) {
  return memory.first.substr(at, size) ==
             absl::string_view(told.first).substr(from, size) &&
         memory.second.substr(at, size) ==
             absl::string_view(told.second).substr(from, size);
}

// Where the aligned piece of `size` bytes around a place begins; false if it
// is not all there.
bool Around(const MemoryPair& memory, size_t at, size_t size, size_t* begin) {
  const size_t before = (memory.address + at) % size;
  if (before > at) return false;
  *begin = at - before;
  return *begin + size <= memory.first.size();
}

// Of a guard at a multiple of 8, what is left of it from `at` on.
bool FindRestOfGuard(const MemoryPair& memory, size_t at, const ToldTwice& told,
                     MemoryPatch* patch) {
  const size_t in_word = (memory.address + at) % kWord;
  const size_t most = std::min(kWord - in_word, memory.first.size() - at);
  for (const size_t guard : {size_t{0}, kGuardAt}) {
    patch->from = guard + in_word;
    patch->size = 0;
    while (patch->size < most && StandsAt(memory, at + patch->size, told,
                                          patch->from + patch->size, 1)) {
      ++patch->size;
    }
    if (patch->size > 0) return true;
  }
  return false;
}

bool FindMixed(const MemoryPair& memory, size_t at, const ToldTwice& told,
               MemoryPatch* patch) {
  size_t begin;
  if (!Around(memory, at, kHalf, &begin)) return false;
  patch->address = memory.address + begin;
  patch->size = kHalf;
  patch->mixed = ValueAt<uint32_t>(memory.first, begin);
  const uint32_t mixed = patch->mixed ^ ValueAt<uint32_t>(memory.second, begin);
  const uint64_t difference = MixedDifference(told.first, told.second);
  patch->half = mixed == static_cast<uint32_t>(difference)
                    ? MemoryPatch::Half::kLow
                    : MemoryPatch::Half::kHigh;
  return patch->half == MemoryPatch::Half::kLow ||
         mixed == static_cast<uint32_t>(difference >> 32);
}

bool TextStandsAt(absl::string_view memory, size_t at,
                  const std::string& text) {
  return memory.size() - at > text.size() &&
         memory.substr(at, text.size()) == text &&
         memory[at + text.size()] == '\0';
}

bool FindTold(const MemoryPair& memory, size_t at,
              const std::vector<ToldTwice>& told, MemoryPatch* patch) {
  for (size_t i = 0; i < told.size(); ++i) {
    if (told[i].first.empty()) continue;
    *patch = MemoryPatch();
    patch->told = static_cast<int>(i);
    patch->address = memory.address + at;
    size_t begin = at;
    switch (told[i].kind) {
      case ToldTwice::Kind::kAtRandom:
        if (FindRestOfGuard(memory, at, told[i], patch) ||
            FindMixed(memory, at, told[i], patch)) {
          return true;
        }
        patch->address = memory.address + at;
        patch->half = MemoryPatch::Half::kNone;
        patch->from = 0;
        [[fallthrough]];
      case ToldTwice::Kind::kBytes:
        patch->size = told[i].first.size();
        if (StandsAt(memory, at, told[i], 0, patch->size)) return true;
        break;
      case ToldTwice::Kind::kText:
        patch->size = told[i].first.size() + 1;
        patch->below = std::string(memory.second.substr(at, patch->size));
        if (TextStandsAt(memory.first, at, told[i].first) &&
            TextStandsAt(memory.second, at, told[i].second)) {
          return true;
        }
        patch->below.clear();
        break;
      case ToldTwice::Kind::kNumber:
        if (!Around(memory, at, kWord, &begin)) break;
        patch->size = kWord;
        patch->address = memory.address + begin;
        if (StandsAt(memory, begin, told[i], 0, kWord)) return true;
        break;
    }
  }
  return false;
}

}  // namespace

absl::Status CompareMemory(const MemoryPair& memory,
                           const std::vector<ToldTwice>& told,
                           std::vector<MemoryPatch>* patches) {
  if (memory.first.size() != memory.second.size()) {
    return absl::FailedPreconditionError("memories of different size");
  }
  size_t at = 0;
  while (at < memory.first.size()) {
    const size_t size = std::min(kChunk, memory.first.size() - at);
    if (memory.first.substr(at, size) == memory.second.substr(at, size)) {
      at += size;
      continue;
    }
    if (memory.first[at] == memory.second[at]) {
      ++at;
      continue;
    }
    MemoryPatch patch;
    if (!FindTold(memory, at, told, &patch)) {
      const size_t begin = at < 8 ? 0 : at - 8;
      return absl::FailedPreconditionError(absl::StrCat(
          "at 0x", absl::Hex(memory.address + at), ": ",
          absl::BytesToHexString(memory.first.substr(begin, 24)), " and ",
          absl::BytesToHexString(memory.second.substr(begin, 24))));
    }
    at = patch.address + patch.size - memory.address;
    patches->push_back(patch);
  }
  return absl::OkStatus();
}

std::string PatchBytes(const MemoryPatch& patch, const ToldTwice& told,
                       absl::string_view own) {
  if (!patch.below.empty()) {
    std::string bytes = patch.below;
    bytes.replace(0, own.size() + 1, std::string(own) + '\0');
    return bytes;
  }
  if (patch.half == MemoryPatch::Half::kNone) {
    return std::string(own.substr(patch.from, patch.size));
  }
  const uint64_t difference = MixedDifference(told.first, own);
  const uint32_t half =
      patch.mixed ^ static_cast<uint32_t>(patch.half == MemoryPatch::Half::kLow
                                              ? difference
                                              : difference >> 32);
  return std::string(reinterpret_cast<const char*>(&half), sizeof(half));
}

}  // namespace quiesce
