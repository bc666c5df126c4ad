// Writes classic BPF with labels. Jumps go forward only, as BPF demands.
#ifndef QUIESCE_NOTIFIER_BPF_ASSEMBLER_H_
#define QUIESCE_NOTIFIER_BPF_ASSEMBLER_H_

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace quiesce {

class Assembler {
 public:
  using Label = int;

  Label NewLabel();
  // The next instruction is where jumps to `label` lead.
  void Place(Label label);

  void LoadWord(uint32_t offset);  // of seccomp_data, a multiple of 4
  void And(uint32_t mask);
  void Return(uint32_t value);
  void Jump(Label to);
  void JumpIfEqual(uint32_t value, Label to);
  void JumpIfNotEqual(uint32_t value, Label to);
  void JumpIfLess(uint32_t value, Label to);  // unsigned

  // The program. OutOfRange if it is longer than BPF_MAXINSNS; Internal if a
  // label that is jumped to was not placed, or was placed before the jump.
  absl::StatusOr<std::vector<sock_filter>> Finish();

 private:
  // A conditional jump reaches 255 instructions, an unconditional one any
  // number. All long ones are a short conditional one around an unconditional.
  void Branch(uint16_t condition, uint32_t value, bool when, Label to);

  std::vector<sock_filter> code_;
  std::vector<int> places_;                   // of each label, or -1
  std::vector<std::pair<int, Label>> jumps_;  // instruction, target
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BPF_ASSEMBLER_H_
