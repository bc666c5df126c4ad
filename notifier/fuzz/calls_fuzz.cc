// System calls about sockets and files, in any order, with any arguments, from
// a process whose memory holds anything: msghdr and iovec, socket addresses,
// options, ioctls, programs for packets, paths, what is written to sysctls.
// Each call is shown as the trace would show it, too.
//
// An input is the length of what is in memory (16 bits), that, and then steps:
// which call (the high bit: of the second node), then 16 bits for each of its
// arguments. Pointers are relative to where memory begins; 0 is NULL.
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include "notifier/base/ip.h"
#include "notifier/fuzz/guests.h"
#include "notifier/syscalls/table.h"
#include "tools/fuzz/input.h"

namespace quiesce {
namespace {

// The order is part of the seeds.
constexpr int kCalls[] = {
    SYS_socket,     SYS_bind,        SYS_listen,      SYS_connect,
    SYS_accept4,    SYS_getsockname, SYS_getpeername, SYS_shutdown,
    SYS_getsockopt, SYS_setsockopt,  SYS_ioctl,       SYS_sendto,
    SYS_recvfrom,   SYS_sendmsg,     SYS_recvmsg,     SYS_sendmmsg,
    SYS_recvmmsg,   SYS_openat,      SYS_openat2,     SYS_read,
    SYS_readv,      SYS_accept,      SYS_poll,        SYS_ppoll,
    SYS_select,     SYS_pselect6,
};
// Behind them: what guests and worlds do without being asked.
enum Other {
  kClose,
  kNativeWrite,
  kNativeRead,
  kTime,
  kCapable,
  kCable,
  kOthers
};

constexpr int kMostSteps = 64;

bool IsPointer(ArgKind kind) {
  switch (kind) {
    case ArgKind::kPointer:
    case ArgKind::kPath:
    case ArgKind::kBuffer:
    case ArgKind::kBufferOut:
    case ArgKind::kIovec:
    case ArgKind::kIovecOut:
    case ArgKind::kSockAddr:
    case ArgKind::kSockAddrOut:
    case ArgKind::kSockLenPtr:
    case ArgKind::kOptionValue:
    case ArgKind::kOptionValueOut:
    case ArgKind::kMsgHdr:
    case ArgKind::kMsgHdrOut:
    case ArgKind::kMMsgHdr:
    case ArgKind::kMMsgHdrOut:
    case ArgKind::kIoctlArg:
    case ArgKind::kTimespec:
    case ArgKind::kTimeval:
    case ArgKind::kPollFds:
    case ArgKind::kFdSet:
    case ArgKind::kSigset:
      return true;
    default:
      return false;
  }
}

uint64_t Argument(ArgKind kind, uint16_t word) {
  if (IsPointer(kind)) return word == 0 ? 0 : FuzzedMemory::kBase + word;
  if (kind == ArgKind::kIoctl || kind == ArgKind::kHex) return word;
  return static_cast<uint64_t>(int64_t{static_cast<int16_t>(word)});
}

void Make(FuzzedGuest& guest, int number, FuzzInput& input, ToyWorld& world) {
  const SyscallRow& row = *FindSyscall(number);
  std::array<uint64_t, 6> args{};
  for (size_t i = 0; i < 6 && row.args[i] != ArgKind::kNone; ++i) {
    args[i] = Argument(row.args[i], input.Short());
  }
  guest.Do(number, args, world);
}

// Whether there is a way between the nodes, and whether they are told.
void SetCable(uint8_t bits, ToyWorld& world) {
  world.silent = bits & 1;
  world.unreachable.clear();
  if (!(bits & 2)) return;
  for (const char* to : {"10.0.1.1", "10.0.1.2", "fd00:1::1", "fd00:1::2"}) {
    world.unreachable.insert(*IpAddress::Parse(to));
  }
}

void Happen(FuzzedGuest& guest, int what, FuzzInput& input, ToyWorld& world) {
  if (what == kTime)
    return world.RunUntil(world.now + input.Short() * (kSecond / 100));
  if (what == kCapable) return guest.set_capable(input.Byte() & 1);
  if (what == kCable) return SetCable(input.Byte(), world);
  UniqueFd* file = guest.files().Find(input.Byte());
  const uint8_t length = what == kClose ? 0 : input.Byte();
  char buffer[256] = {};
  if (file == nullptr) return;
  switch (what) {
    case kClose:
      file->Reset();
      guest.kernel().DescriptorsChange(getpid());
      break;
    case kNativeWrite: {
      const absl::string_view bytes = input.Bytes(length);
      send(file->get(), bytes.data(), bytes.size(),
           MSG_DONTWAIT | MSG_NOSIGNAL);
      break;
    }
    case kNativeRead:
      recv(file->get(), buffer, length, MSG_DONTWAIT);
      break;
  }
}

void Run(FuzzInput input) {
  ToyWorld world;
  AddTwoNodes(world);
  const absl::string_view memory = input.Bytes(input.Short());
  FuzzedGuest guests[] = {FuzzedGuest(*world.nodes[0], memory),
                          FuzzedGuest(*world.nodes[1], memory)};
  for (int step = 0; step < kMostSteps && !input.empty(); ++step) {
    const uint8_t what = input.Byte();
    FuzzedGuest& guest = guests[what >> 7];
    const size_t number = (what & 0x7f) % (std::size(kCalls) + kOthers);
    guest.kernel().Pump();
    if (number < std::size(kCalls)) {
      Make(guest, kCalls[number], input, world);
    } else {
      Happen(guest, number - std::size(kCalls), input, world);
    }
    world.Run();
  }
}

}  // namespace
}  // namespace quiesce

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int before = quiesce::FreeDescriptor();
  quiesce::Run(quiesce::FuzzInput(data, size));
  if (quiesce::FreeDescriptor() != before) abort();
  return 0;
}
