// What classic BPF's arithmetic and comparisons do (net/core/filter.c).
#ifndef QUIESCE_NOTIFIER_BPF_CLASSIC_H_
#define QUIESCE_NOTIFIER_BPF_CLASSIC_H_

#include <linux/bpf_common.h>
#include <linux/filter.h>

#include <cstdint>
#include <optional>

namespace quiesce {

// `a` after a BPF_ALU instruction; none if there is no such operation. What a
// division by 0 means is the caller's business: `operand` is not 0 then.
inline std::optional<uint32_t> Calculate(uint16_t code, uint32_t a,
                                         uint32_t operand) {
  switch (BPF_OP(code)) {
    case BPF_ADD:
      return a + operand;
    case BPF_SUB:
      return a - operand;
    case BPF_MUL:
      return a * operand;
    case BPF_DIV:
      return a / operand;
    case BPF_MOD:
      return a % operand;
    case BPF_AND:
      return a & operand;
    case BPF_OR:
      return a | operand;
    case BPF_XOR:
      return a ^ operand;
    case BPF_LSH:
      return a << (operand & 31);
    case BPF_RSH:
      return a >> (operand & 31);
    case BPF_NEG:
      return -a;
    default:
      return std::nullopt;
  }
}

// How far a BPF_JMP instruction jumps; none if there is no such comparison.
inline std::optional<uint32_t> Distance(const sock_filter& jump, uint32_t a,
                                        uint32_t operand) {
  switch (BPF_OP(jump.code)) {
    case BPF_JA:
      return jump.k;
    case BPF_JEQ:
      return a == operand ? jump.jt : jump.jf;
    case BPF_JGT:
      return a > operand ? jump.jt : jump.jf;
    case BPF_JGE:
      return a >= operand ? jump.jt : jump.jf;
    case BPF_JSET:
      return (a & operand) != 0 ? jump.jt : jump.jf;
    default:
      return std::nullopt;
  }
}

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BPF_CLASSIC_H_
