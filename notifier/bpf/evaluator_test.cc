#include "notifier/bpf/evaluator.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

seccomp_data CallOf(int number, uint64_t arg0 = 0, uint64_t arg1 = 0) {
  seccomp_data call = {};
  call.nr = number;
  call.arch = AUDIT_ARCH_X86_64;
  call.args[0] = arg0;
  call.args[1] = arg1;
  return call;
}

// A filter of another make, whose meaning is known.
std::vector<sock_filter> Libseccomp() {
  scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
  EXPECT_EQ(seccomp_rule_add(context, SCMP_ACT_NOTIFY, SYS_socket, 1,
                             SCMP_A0(SCMP_CMP_EQ, 2)),
            0);
  EXPECT_EQ(seccomp_rule_add(context, SCMP_ACT_ERRNO(7), SYS_connect, 1,
                             SCMP_A1(SCMP_CMP_GT, 0x100000000)),
            0);
  EXPECT_EQ(seccomp_rule_add(context, SCMP_ACT_KILL, SYS_bind, 1,
                             SCMP_A1(SCMP_CMP_MASKED_EQ, 0xff00, 0x8900)),
            0);
  int file = memfd_create("filter", 0);
  EXPECT_EQ(seccomp_export_bpf(context, file), 0);
  seccomp_release(context);
  std::vector<sock_filter> program(lseek(file, 0, SEEK_END) /
                                   sizeof(sock_filter));
  EXPECT_GT(
      pread(file, program.data(), program.size() * sizeof(sock_filter), 0), 0);
  close(file);
  return program;
}

TEST(EvaluatorTest, UnderstandsLibseccomp) {
  const std::vector<sock_filter> program = Libseccomp();
  auto answer = [&](const seccomp_data& call) {
    return EvaluateFilter(program, call).value();
  };
  EXPECT_EQ(answer(CallOf(SYS_socket, 2)), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(answer(CallOf(SYS_socket, 1)), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer(CallOf(SYS_socket, 0x100000002)), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer(CallOf(SYS_connect, 0, 0x100000001)), SECCOMP_RET_ERRNO | 7);
  EXPECT_EQ(answer(CallOf(SYS_connect, 0, 0xffffffff)), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer(CallOf(SYS_bind, 0, 0x8912)), SECCOMP_RET_KILL_THREAD);
  EXPECT_EQ(answer(CallOf(SYS_bind, 0, 0x8812)), SECCOMP_RET_ALLOW);
}

TEST(EvaluatorTest, RefusesWhatTheKernelRefuses) {
  const seccomp_data call = CallOf(0);
  std::vector<std::vector<sock_filter>> bad = {
      {},
      {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)},
      {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), BPF_STMT(BPF_RET | BPF_K, 0)},
      {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, 0)},
      {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_STMT(BPF_RET | BPF_K, 0)},
      {BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_RET | BPF_K, 0)},
      {BPF_STMT(BPF_JMP | BPF_JA, 0xffffffff), BPF_STMT(BPF_RET | BPF_K, 0)},
      {BPF_STMT(BPF_ST, BPF_MEMWORDS), BPF_STMT(BPF_RET | BPF_K, 0)},
      std::vector<sock_filter>(BPF_MAXINSNS + 1, BPF_STMT(BPF_RET | BPF_K, 0)),
  };
  for (size_t i = 0; i < bad.size(); ++i) {
    EXPECT_FALSE(EvaluateFilter(bad[i], call).ok()) << i;
  }
}

TEST(EvaluatorTest, Computes) {
  const std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_IMM, 0xf0),
      BPF_STMT(BPF_ST, 3),
      BPF_STMT(BPF_LDX | BPF_MEM, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_STMT(BPF_ALU | BPF_OR | BPF_X, 0),
      BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 1),
      BPF_STMT(BPF_RET | BPF_A, 0),
  };
  EXPECT_EQ(EvaluateFilter(program, CallOf(0)).value(), (64u | 0xf0) << 1);
}

}  // namespace
}  // namespace quiesce
