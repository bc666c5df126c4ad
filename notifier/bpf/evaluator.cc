#include "notifier/bpf/evaluator.h"

#include <linux/bpf_common.h>

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

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
          switch (BPF_OP(i.code)) {
            case BPF_ADD:
              a += operand;
              break;
            case BPF_SUB:
              a -= operand;
              break;
            case BPF_MUL:
              a *= operand;
              break;
            case BPF_DIV:
              a = operand == 0 ? 0 : a / operand;
              break;
            case BPF_AND:
              a &= operand;
              break;
            case BPF_OR:
              a |= operand;
              break;
            case BPF_XOR:
              a ^= operand;
              break;
            case BPF_LSH:
              a <<= operand & 31;
              break;
            case BPF_RSH:
              a >>= operand & 31;
              break;
            case BPF_NEG:
              a = -a;
              break;
            default:
              return Bad(at - 1, "unknown arithmetic");
          }
          break;
        }
        if (BPF_CLASS(i.code) != BPF_JMP) return Bad(at - 1, "unknown code");
        size_t distance = 0;
        switch (BPF_OP(i.code)) {
          case BPF_JA:
            distance = i.k;
            break;
          case BPF_JEQ:
            distance = a == operand ? i.jt : i.jf;
            break;
          case BPF_JGE:
            distance = a >= operand ? i.jt : i.jf;
            break;
          case BPF_JGT:
            distance = a > operand ? i.jt : i.jf;
            break;
          case BPF_JSET:
            distance = (a & operand) ? i.jt : i.jf;
            break;
          default:
            return Bad(at - 1, "unknown jump");
        }
        if (distance >= program.size() - at) {
          return Bad(at - 1, "jump out of the program");
        }
        at += distance;
      }
    }
  }
  return Bad(program.size(), "falls off the end");
}

}  // namespace quiesce
