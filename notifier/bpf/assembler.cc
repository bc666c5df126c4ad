#include "notifier/bpf/assembler.h"

#include <linux/bpf_common.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace quiesce {

Assembler::Label Assembler::NewLabel() {
  places_.push_back(-1);
  return static_cast<Label>(places_.size()) - 1;
}

void Assembler::Place(Label label) {
  places_[label] = static_cast<int>(code_.size());
}

void Assembler::LoadWord(uint32_t offset) {
  code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

void Assembler::And(uint32_t mask) {
  code_.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
}

void Assembler::Return(uint32_t value) {
  code_.push_back(BPF_STMT(BPF_RET | BPF_K, value));
}

void Assembler::Jump(Label to) {
  jumps_.emplace_back(code_.size(), to);
  code_.push_back(BPF_STMT(BPF_JMP | BPF_JA, 0));
}

void Assembler::JumpIfEqual(uint32_t value, Label to) {
  Branch(BPF_JEQ, value, true, to);
}

void Assembler::JumpIfNotEqual(uint32_t value, Label to) {
  Branch(BPF_JEQ, value, false, to);
}

void Assembler::JumpIfLess(uint32_t value, Label to) {
  Branch(BPF_JGE, value, false, to);
}

void Assembler::Branch(uint16_t condition, uint32_t value, bool when,
                       Label to) {
  uint8_t taken = 0, past = 1;
  code_.push_back(
      sock_filter{static_cast<uint16_t>(BPF_JMP | condition | BPF_K),
                  when ? taken : past, when ? past : taken, value});
  Jump(to);
}

absl::StatusOr<std::vector<sock_filter>> Assembler::Finish() {
  if (code_.size() > BPF_MAXINSNS) {
    return absl::OutOfRangeError(absl::StrCat("filter of ", code_.size(),
                                              " instructions; at most ",
                                              BPF_MAXINSNS, " are allowed"));
  }
  for (auto [from, label] : jumps_) {
    int distance = places_[label] - (from + 1);
    if (places_[label] < 0 || distance < 0) {
      return absl::InternalError(
          absl::StrCat("jump at ", from, " leads nowhere"));
    }
    code_[from].k = distance;
  }
  return std::move(code_);
}

}  // namespace quiesce
