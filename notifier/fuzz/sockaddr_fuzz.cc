// Socket addresses: bound to, connected to and sent to by sockets of each
// family, and asked for with any room for the answer.
//
// An input is the kind of socket, then steps: what is done, how long the
// address is said to be, how long it is, and it.
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/syscall.h>

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>

#include "notifier/fuzz/guests.h"
#include "tools/fuzz/input.h"

namespace quiesce {
namespace {

constexpr int kMostSteps = 16;

struct Kind {
  int family, type, protocol;
};

// The order is part of the seeds.
constexpr Kind kKinds[] = {
    {AF_INET, SOCK_STREAM, 0},
    {AF_INET6, SOCK_STREAM, 0},
    {AF_INET, SOCK_DGRAM, 0},
    {AF_INET6, SOCK_DGRAM, 0},
    {AF_INET, SOCK_RAW, 89},
    {AF_INET6, SOCK_RAW, 89},
    {AF_INET, SOCK_RAW, IPPROTO_ICMP},
    {AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
    {AF_INET, SOCK_RAW, IPPROTO_RAW},
    {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE},
    {AF_PACKET, SOCK_RAW, ETH_P_ALL << 8},
    {AF_PACKET, SOCK_DGRAM, ETH_P_IP << 8},
    {AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
    {AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6},
};

void Run(FuzzInput input) {
  ToyWorld world;
  AddTwoNodes(world);
  const Kind& kind = kKinds[input.Byte() % std::size(kKinds)];
  // In memory: an address, its size, and a datagram (or a request).
  constexpr uint64_t kName = FuzzedMemory::kBase;
  constexpr uint64_t kSize = kName + 512;
  constexpr uint64_t kBytes = kName + 1024;
  FuzzedGuest guest(*world.nodes[0], "");
  const auto do_call = [&](int number, std::array<uint64_t, 6> args) {
    const int64_t result = guest.Do(number, args, world);
    world.Run();
    return result;
  };
  do_call(SYS_socket, {static_cast<uint64_t>(kind.family),
                       static_cast<uint64_t>(kind.type | SOCK_NONBLOCK),
                       static_cast<uint64_t>(kind.protocol)});
  if (guest.files().Find(0) == nullptr) abort();
  for (int steps = 0; steps < kMostSteps && !input.empty(); ++steps) {
    const uint8_t what = input.Byte();
    const uint64_t length = input.Byte();
    const absl::string_view name = input.Bytes(input.Byte());
    guest.memory().Write(GuestAddr{kName}, name.data(), name.size());
    switch (what % 6) {
      case 0:
        do_call(SYS_bind, {0, kName, length});
        break;
      case 1:
        do_call(SYS_connect, {0, kName, length});
        break;
      case 2:
        do_call(SYS_sendto, {0, kBytes, 64, 0, kName, length});
        break;
      case 3:
        do_call(SYS_listen, {0, length});
        break;
      case 4:
        do_call(SYS_recvfrom, {0, kBytes + 64, 64, 0, kName, kSize});
        break;
      case 5:
        do_call(SYS_accept4, {0, kName, kSize, SOCK_NONBLOCK});
        break;
    }
    for (int asked : {SYS_getsockname, SYS_getpeername}) {
      const int room = static_cast<int>(length);
      guest.memory().Write(GuestAddr{kSize}, &room, sizeof(room));
      if (do_call(asked, {0, kName, kSize}) != 0) continue;
      // What is shown can be given back.
      int size = 0;
      guest.memory().Read(GuestAddr{kSize}, &size, sizeof(size));
      if (size <= 0 || size > static_cast<int>(sizeof(sockaddr_storage))) {
        abort();
      }
    }
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
