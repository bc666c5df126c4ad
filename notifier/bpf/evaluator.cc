#include "notifier/bpf/evaluator.h"

#include <linux/bpf_common.h>

#include <cstring>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "notifier/bpf/classic.h"

namespace quiesce {
namespace {

absl::Status Bad(size_t at, const char* why) {
  return absl::InvalidArgumentError(
      absl::StrCat("instruction ", at, ": ", why));
}

}  // namespace

absl::StatusOr<uint32_t> EvaluateFilter(absl::Span<const sock_filter> program,
                                        const seccomp_data& call) {
  if (program.size() > BPF_MAXINSNS) return Bad(program.size(), "too long");
  uint32_t a = 0, x = 0;
  uint32_t memory[BPF_MEMWORDS] = {};
  for (size_t at = 0; at < program.size();) {
    const sock_filter& i = program[at++];
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (i.k % 4 != 0 || i.k + 4 > sizeof(call)) {
          return Bad(at - 1, "bad offset");
        }
        std::memcpy(&a, reinterpret_cast<const char*>(&call) + i.k, 4);
        break;
      case BPF_LD | BPF_W | BPF_LEN:
        a = sizeof(call);
        break;
      case BPF_LD | BPF_IMM:
        a = i.k;
        break;
      case BPF_LDX | BPF_IMM:
        x = i.k;
        break;
      case BPF_LD | BPF_MEM:
      case BPF_LDX | BPF_MEM:
      case BPF_ST:
      case BPF_STX:
        if (i.k >= BPF_MEMWORDS) return Bad(at - 1, "bad memory word");
        if (i.code == (BPF_LD | BPF_MEM)) a = memory[i.k];
        if (i.code == (BPF_LDX | BPF_MEM)) x = memory[i.k];
        if (i.code == BPF_ST) memory[i.k] = a;
        if (i.code == BPF_STX) memory[i.k] = x;
        break;
      case BPF_MISC | BPF_TAX:
        x = a;
        break;
      case BPF_MISC | BPF_TXA:
        a = x;
        break;
      case BPF_RET | BPF_K:
        return i.k;
      case BPF_RET | BPF_A:
        return a;
      default: {
        const uint32_t operand = BPF_SRC(i.code) == BPF_X ? x : i.k;
        if (BPF_CLASS(i.code) == BPF_ALU) {
          const bool modulo = BPF_OP(i.code) == BPF_MOD;
          const bool by_nothing =
              operand == 0 && (modulo || BPF_OP(i.code) == BPF_DIV);
          const std::optional<uint32_t> result =
              by_nothing ? 0 : Calculate(i.code, a, operand);
          // seccomp_check_filter() does not admit remainders.
          if (!result.has_value() || modulo) {
            return Bad(at - 1, "unknown arithmetic");
          }
          a = *result;
          break;
        }
        if (BPF_CLASS(i.code) != BPF_JMP) return Bad(at - 1, "unknown code");
        const std::optional<uint32_t> distance = Distance(i, a, operand);
        if (!distance.has_value()) return Bad(at - 1, "unknown jump");
        if (*distance >= program.size() - at) {
          return Bad(at - 1, "jump out of the program");
        }
        at += *distance;
      }
    }
  }
  return Bad(program.size(), "falls off the end");
}

}  // namespace quiesce
