// Two nodes of a toy world with a cable between them, and a process in each
// whose system calls a fuzzer thinks of.
#ifndef QUIESCE_NOTIFIER_FUZZ_GUESTS_H_
#define QUIESCE_NOTIFIER_FUZZ_GUESTS_H_

#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/base/unique_fd.h"
#include "notifier/call/call.h"
#include "notifier/syscalls/socket_calls.h"
#include "notifier/syscalls/table.h"
#include "notifier/testing/toy_world.h"
#include "notifier/trace/call_formatter.h"
#include "notifier/trace/netlink.h"

namespace quiesce {

// A process's memory: kSize bytes from kBase on, everything else is EFAULT.
class FuzzedMemory : public GuestMemory {
 public:
  static constexpr uint64_t kBase = 0x10000;
  static constexpr uint64_t kSize = 0x4000;

  explicit FuzzedMemory(absl::string_view content) : bytes_(content) {
    bytes_.resize(kSize);
  }
  int Read(GuestAddr from, void* to, size_t size) override {
    if (!Has(from, size)) return EFAULT;
    if (size > 0) memcpy(to, bytes_.data() + Offset(from), size);
    return 0;
  }
  int Write(GuestAddr to, const void* from, size_t size) override {
    if (!Has(to, size)) return EFAULT;
    if (size > 0) memcpy(bytes_.data() + Offset(to), from, size);
    return 0;
  }
  ErrnoOr<std::string> ReadString(GuestAddr from, size_t max) override {
    if (!Has(from, 1)) return Errno(EFAULT);
    const size_t end = bytes_.find('\0', Offset(from));
    if (end == std::string::npos) return Errno(EFAULT);
    if (end - Offset(from) > max) return Errno(ENAMETOOLONG);
    return bytes_.substr(Offset(from), end - Offset(from));
  }

 private:
  static uint64_t Offset(GuestAddr at) {
    return static_cast<uint64_t>(at) - kBase;
  }
  static bool Has(GuestAddr at, size_t size) {
    return Offset(at) <= kSize && size <= kSize - Offset(at);
  }

  std::string bytes_;
};

// Its descriptors: 0 to 15.
class FuzzedFiles : public GuestFiles {
 public:
  ErrnoOr<UniqueFd> Duplicate(int number) override {
    const UniqueFd* file = Find(number);
    if (file == nullptr) return Errno(EBADF);
    UniqueFd copy(fcntl(file->get(), F_DUPFD_CLOEXEC, 0));
    if (!copy.valid()) return Errno(EMFILE);
    return copy;
  }
  // Null where there is none.
  UniqueFd* Find(int number) {
    if (number < 0 || number >= static_cast<int>(files_.size())) return nullptr;
    return files_[number].valid() ? &files_[number] : nullptr;
  }
  bool full() const { return FirstFree() == nullptr; }
  void Add(UniqueFd file) { *FirstFree() = std::move(file); }

 private:
  UniqueFd* FirstFree() {
    for (UniqueFd& file : files_) {
      if (!file.valid()) return &file;
    }
    return nullptr;
  }
  const UniqueFd* FirstFree() const {
    return const_cast<FuzzedFiles*>(this)->FirstFree();
  }

  std::array<UniqueFd, 16> files_;
};

struct FuzzedCall : public Call {
  bool Capable(int) override { return capable; }
  int Replace(int number, int fd) override {
    UniqueFd* file = own_files->Find(number);
    if (file == nullptr) return EBADF;
    *file = UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    return 0;
  }
  bool capable = true;
  FuzzedFiles* own_files = nullptr;
};

class FuzzedGuest {
 public:
  FuzzedGuest(NodeKernel& kernel, absl::string_view memory)
      : kernel_(&kernel), memory_(memory) {}

  NodeKernel& kernel() { return *kernel_; }
  FuzzedFiles& files() { return files_; }
  FuzzedMemory& memory() { return memory_; }
  void set_capable(bool capable) { capable_ = capable; }

  // A call that is tried twice if it parks, with what happens in `world` in
  // between; `result` says how it ended.
  void Do(int number, std::array<uint64_t, 6> args, ToyWorld& world,
          CallResult* result) {
    const SyscallRow& row = *FindSyscall(number);
    const auto call = Begin(number, args);
    CallFormatter formatter(row, *call, DescribeNetlink);
    for (int attempts = 0; attempts < 2; ++attempts) {
      Outcome outcome = row.handler(*call);
      if (outcome.kind() == Outcome::Kind::kValue) {
        result->kind = CallResult::Kind::kValue;
        result->value = outcome.value();
      } else if (outcome.kind() == Outcome::Kind::kFail) {
        result->kind = CallResult::Kind::kError;
        result->error = outcome.error();
      }
      if (Settle(*call, std::move(outcome))) break;
      world.Run();
    }
    const std::string line = formatter.Finish(*result, memory_);
    static const bool trace = getenv("FUZZ_TRACE") != nullptr;
    if (trace)
      fprintf(stderr, "%s: %s\n", kernel_->name().c_str(), line.c_str());
  }
  // The same with plain numbers: the value, or the errno, negative.
  int64_t Do(int number, std::array<uint64_t, 6> args, ToyWorld& world) {
    CallResult result;
    Do(number, args, world, &result);
    return result.kind == CallResult::Kind::kError ? -result.error
                                                   : result.value;
  }

 private:
  std::unique_ptr<FuzzedCall> Begin(int number, std::array<uint64_t, 6> args) {
    auto call = std::make_unique<FuzzedCall>();
    call->number = number;
    call->args = args;
    call->kernel = kernel_;
    call->memory = &memory_;
    call->files = &files_;
    call->own_files = &files_;
    call->capable = capable_;
    call->started = kernel_->now();
    call->tid = call->tgid = getpid();  // whose user and groups it has
    return call;
  }
  // What the dispatcher does with an outcome; true if the call has ended.
  bool Settle(FuzzedCall& call, Outcome outcome) {
    switch (outcome.kind()) {
      case Outcome::Kind::kInstall: {
        const bool fits = !files_.full();
        if (outcome.done()) outcome.done()(fits);
        if (fits) files_.Add(std::move(outcome.fd()));
        kernel_->DescriptorsChange(call.tgid);
        return true;
      }
      case Outcome::Kind::kPark:
        ++call.attempts;
        return false;
      default:
        if (outcome.kind() == Outcome::Kind::kValue && call.delivered) {
          call.delivered();
        }
        return true;
    }
  }

  NodeKernel* kernel_;
  FuzzedMemory memory_;
  FuzzedFiles files_;
  bool capable_ = true;
};

// The nodes: 10.0.1.1 and 10.0.1.2, fd00:1::1 and fd00:1::2, each on its eth1.
// What is for nobody alone crosses the cable between them.
inline void AddTwoNodes(ToyWorld& world) {
  for (uint8_t last : {1, 2}) {
    NodeKernel& node = world.AddNode(last == 1 ? "a" : "b");
    Stack& stack = node.stack();
    const int link = stack.AddEthernet("eth1", {2, 0, 0, 0, 0, last}, 1500);
    stack.SetUp(link);
    const std::string host(1, static_cast<char>('0' + last));
    stack.AddAddress(link, *IpPrefix::Parse("10.0.1." + host + "/24"));
    stack.AddAddress(link, *IpPrefix::Parse("fd00:1::" + host + "/64"));
    stack.socket_settings().ping_group_from = 0;
    stack.socket_settings().ping_group_to = INT32_MAX;
    AddProtocols(node);
  }
  world.lost = [&world](const Message& message) {
    const IpAddress& to = message.destination.address;
    NodeKernel& other = *world.nodes[1 - message.from];
    if (message.kind != MessageKind::kFrame &&
        (message.kind != MessageKind::kDatagram ||
         !(to.is_multicast() || other.stack().IsBroadcast(to)))) {
      return false;
    }
    if (world.unreachable.empty()) {
      Message copy = message;
      copy.to = other.id();
      copy.iif = 2;
      other.Receive(std::move(copy));
      other.Pump();
    }
    return true;
  };
}

// The lowest descriptor that is free: the same before and after an input, or
// one was left open.
inline int FreeDescriptor() { return UniqueFd(dup(STDERR_FILENO)).get(); }

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_FUZZ_GUESTS_H_
