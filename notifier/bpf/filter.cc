#include "notifier/bpf/filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cerrno>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "notifier/bpf/assembler.h"

namespace quiesce {
namespace {

// asm/unistd.h: numbers of x32 calls have this bit.
constexpr uint32_t kX32Bit = 0x40000000;

constexpr uint32_t kLow = 0;   // offsets of the halves of a 64-bit argument,
constexpr uint32_t kHigh = 4;  // little-endian

uint32_t ArgOffset(int arg) {
  return offsetof(seccomp_data, args) + arg * sizeof(uint64_t);
}

uint32_t Half(uint64_t value, uint32_t half) {
  return static_cast<uint32_t>(half == kHigh ? value >> 32 : value);
}

// The rules of `row` that count, as one row may have several reasons.
std::vector<const FilterRule*> Chosen(const SyscallRow& row, uint8_t reasons) {
  std::vector<const FilterRule*> chosen;
  for (const FilterRule& rule : row.rules) {
    if (rule.reason == 0) break;
    if ((rule.reason & reasons) == rule.reason) chosen.push_back(&rule);
  }
  return chosen;
}

class Builder {
 public:
  explicit Builder(uint8_t reasons) : reasons_(reasons) {}

  absl::StatusOr<std::vector<sock_filter>> Build(
      absl::Span<const SyscallRow> table) {
    std::vector<const SyscallRow*> rows;
    for (const SyscallRow& row : table) {
      if (!rows.empty() && rows.back()->number >= row.number) {
        return absl::InvalidArgumentError(
            absl::StrCat("table not sorted at ", row.name));
      }
      for (const FilterRule& rule : row.rules) {
        for (const ArgTest& test : rule.tests) {
          if (test.arg >= 6 || (test.value & ~test.mask) != 0) {
            return absl::InvalidArgumentError(
                absl::StrCat("a test of ", row.name, " can never hold"));
          }
        }
      }
      if (!Chosen(row, reasons_).empty()) rows.push_back(&row);
    }

    Assembler::Label ours = code_.NewLabel(), not_x32 = code_.NewLabel();
    code_.LoadWord(offsetof(seccomp_data, arch));
    code_.JumpIfEqual(AUDIT_ARCH_X86_64, ours);
    code_.Return(SECCOMP_RET_KILL_PROCESS);
    code_.Place(ours);
    code_.LoadWord(offsetof(seccomp_data, nr));
    code_.JumpIfLess(kX32Bit, not_x32);
    code_.Return(SECCOMP_RET_ERRNO | ENOSYS);
    code_.Place(not_x32);
    Search(rows);
    return code_.Finish();
  }

 private:
  // A binary search for the number, which is in the accumulator.
  void Search(absl::Span<const SyscallRow* const> rows) {
    if (rows.empty()) {
      code_.Return(SECCOMP_RET_ALLOW);
      return;
    }
    if (rows.size() == 1) {
      Assembler::Label match = code_.NewLabel();
      code_.JumpIfEqual(rows[0]->number, match);
      code_.Return(SECCOMP_RET_ALLOW);
      code_.Place(match);
      Match(*rows[0]);
      return;
    }
    size_t middle = rows.size() / 2;
    Assembler::Label lower = code_.NewLabel();
    code_.JumpIfLess(rows[middle]->number, lower);
    Search(rows.subspan(middle));
    code_.Place(lower);
    Search(rows.first(middle));
  }

  void Match(const SyscallRow& row) {
    for (const FilterRule* rule : Chosen(row, reasons_)) {
      Assembler::Label next = code_.NewLabel();
      bool always = true;
      for (const ArgTest& test : rule->tests) {
        if (test.op == ArgTest::kAlways) continue;
        always = false;
        Test(test, next);
      }
      code_.Return(SECCOMP_RET_USER_NOTIF);
      code_.Place(next);
      if (always) return;
    }
    code_.Return(SECCOMP_RET_ALLOW);
  }

  // Goes on behind it if `test` holds, else to `fails`.
  void Test(const ArgTest& test, Assembler::Label fails) {
    Assembler::Label holds = code_.NewLabel();
    for (uint32_t half : {kLow, kHigh}) {
      uint32_t mask = Half(test.mask, half);
      uint32_t value = Half(test.value, half);
      if (mask == 0) continue;  // 0 == 0
      code_.LoadWord(ArgOffset(test.arg) + half);
      if (mask != 0xffffffff) code_.And(mask);
      if (test.op == ArgTest::kEqual) {
        code_.JumpIfNotEqual(value, fails);
      } else {
        code_.JumpIfNotEqual(value, holds);
      }
    }
    if (test.op == ArgTest::kNotEqual) code_.Jump(fails);
    code_.Place(holds);
  }

  const uint8_t reasons_;
  Assembler code_;
};

}  // namespace

absl::StatusOr<std::vector<sock_filter>> BuildFilter(
    absl::Span<const SyscallRow> table, uint8_t reasons) {
  return Builder(reasons).Build(table);
}

}  // namespace quiesce
