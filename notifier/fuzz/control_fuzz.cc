// Control messages in both directions: those beside a datagram that is sent,
// and those that tell its receiver what it has asked to be told, in as much
// room as there is.
//
// An input is the kind of the sockets, where to send, what the receiver asks
// for (a bit each), the room it has, a TTL for the sender, and the sender's
// control messages as they lie in its memory.
#include <netinet/in.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>

#include "notifier/base/ip.h"
#include "notifier/fuzz/guests.h"
#include "notifier/kernel/socket_address.h"
#include "notifier/trace/messages.h"
#include "tools/fuzz/input.h"

namespace quiesce {
namespace {

struct Kind {
  int family, type, protocol;
};

// The orders are part of the seeds.
constexpr Kind kKinds[] = {
    {AF_INET, SOCK_DGRAM, 0},
    {AF_INET6, SOCK_DGRAM, 0},
    {AF_INET, SOCK_RAW, 89},
    {AF_INET6, SOCK_RAW, 89},
    {AF_INET, SOCK_RAW, IPPROTO_ICMP},
    {AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
    {AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE},
    {AF_INET, SOCK_RAW, IPPROTO_RAW},
    {AF_INET6, SOCK_RAW, IPPROTO_RAW},
    {AF_INET, SOCK_STREAM, 0},
    {AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
    {AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6},
};

struct Option {
  int level, name;
};

constexpr Option kAsked[] = {
    {IPPROTO_IP, IP_PKTINFO},
    {IPPROTO_IP, IP_RECVTTL},
    {IPPROTO_IP, IP_RECVTOS},
    {IPPROTO_IP, IP_RECVORIGDSTADDR},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT},
    {IPPROTO_IPV6, IPV6_RECVTCLASS},
    {IPPROTO_IP, IP_RECVERR},
    {IPPROTO_IPV6, IPV6_RECVERR},
    {SOL_SOCKET, SO_TIMESTAMP},
    {SOL_SOCKET, SO_TIMESTAMPNS},
    {IPPROTO_IP, IP_RECVOPTS},
    {IPPROTO_IPV6, IPV6_RECVORIGDSTADDR},
};

const char* const kTo4[] = {"10.0.1.2", "10.0.1.1",   "224.0.0.5",
                            "10.9.9.9", "10.0.1.255", "127.0.0.1"};
const char* const kTo6[] = {"fd00:1::2",   "fd00:1::1",       "ff02::5",
                            "2001:db8::1", "::ffff:10.0.1.2", "::1"};

// Where things are in a guest's memory.
constexpr uint64_t kHeader = FuzzedMemory::kBase;
constexpr uint64_t kPiece = kHeader + 64;
constexpr uint64_t kName = kHeader + 128;
constexpr uint64_t kNumber = kHeader + 256;
constexpr uint64_t kBytes = kHeader + 1024;
constexpr uint64_t kControl = kHeader + 4096;
constexpr size_t kMostControl = 4096;

template <typename T>
void Put(FuzzedGuest& guest, uint64_t at, const T& value) {
  guest.memory().Write(GuestAddr{at}, &value, sizeof(value));
}

void PutHeader(FuzzedGuest& guest, size_t name, size_t control) {
  msghdr header{};
  header.msg_name = reinterpret_cast<void*>(kName);
  header.msg_namelen = name;
  header.msg_iov = reinterpret_cast<iovec*>(kPiece);
  header.msg_iovlen = 1;
  header.msg_control = reinterpret_cast<void*>(kControl);
  header.msg_controllen = control;
  Put(guest, kHeader, header);
  Put(guest, kPiece, iovec{reinterpret_cast<void*>(kBytes), 32});
}

void Open(FuzzedGuest& guest, const Kind& kind, uint16_t asked, int ttl,
          ToyWorld& world) {
  const auto do_call = [&](int number, std::array<uint64_t, 6> args) {
    guest.Do(number, args, world);
  };
  do_call(SYS_socket, {static_cast<uint64_t>(kind.family),
                       static_cast<uint64_t>(kind.type | SOCK_NONBLOCK),
                       static_cast<uint64_t>(kind.protocol)});
  const IpAddress any =
      *IpAddress::Parse(kind.family == AF_INET ? "0.0.0.0" : "::");
  const SockAddr name = FormatAddress(kind.family, {any, 9, 0});
  guest.memory().Write(GuestAddr{kName}, name.data(), name.size());
  do_call(SYS_bind, {0, kName, name.size()});
  const auto set = [&](int level, int option, int value) {
    Put(guest, kNumber, value);
    do_call(SYS_setsockopt, {0, static_cast<uint64_t>(level),
                             static_cast<uint64_t>(option), kNumber, 4});
  };
  for (size_t i = 0; i < std::size(kAsked); ++i) {
    if (asked >> i & 1) set(kAsked[i].level, kAsked[i].name, 1);
  }
  set(IPPROTO_IP, IP_TTL, ttl);
  set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
  set(SOL_SOCKET, SO_BROADCAST, 1);
}

// Receives until there is nothing; what comes can be walked through.
void Receive(FuzzedGuest& guest, size_t room, int flags, ToyWorld& world) {
  for (int i = 0; i < 8; ++i) {
    PutHeader(guest, sizeof(sockaddr_storage), room);
    if (guest.Do(SYS_recvmsg, {0, kHeader, static_cast<uint64_t>(flags)},
                 world) < 0) {
      return;
    }
    msghdr header;
    guest.memory().Read(GuestAddr{kHeader}, &header, sizeof(header));
    if (header.msg_controllen > room) abort();
    std::string control(header.msg_controllen, '\0');
    guest.memory().Read(GuestAddr{kControl}, control.data(), control.size());
    FormatControl(control);
    for (size_t at = 0; at < control.size();) {
      cmsghdr one;
      if (control.size() - at < sizeof(one)) abort();
      memcpy(&one, control.data() + at, sizeof(one));
      if (one.cmsg_len < sizeof(one)) abort();
      if (one.cmsg_len > control.size() - at) abort();
      at += CMSG_ALIGN(one.cmsg_len);
    }
  }
}

void Run(FuzzInput input) {
  ToyWorld world;
  AddTwoNodes(world);
  const Kind& kind = kKinds[input.Byte() % std::size(kKinds)];
  const uint8_t to = input.Byte();
  const uint16_t asked = input.Short();
  const size_t room = input.Short() % kMostControl;
  const int ttl = input.Byte();
  const absl::string_view control = input.Bytes(kMostControl);

  FuzzedGuest sender(*world.nodes[0], ""), receiver(*world.nodes[1], "");
  Open(sender, kind, asked, ttl, world);
  Open(receiver, kind, asked, ttl, world);
  const IpAddress address =
      *IpAddress::Parse(kind.family == AF_INET ? kTo4[to % std::size(kTo4)]
                                               : kTo6[to % std::size(kTo6)]);
  // To who listens, and to who does not.
  for (uint16_t port : {9, 10}) {
    const SockAddr name = FormatAddress(kind.family, {address, port, 0});
    sender.memory().Write(GuestAddr{kName}, name.data(), name.size());
    sender.memory().Write(GuestAddr{kControl}, control.data(), control.size());
    const char echo_request[] = "\x08\0abcdefghij";
    sender.memory().Write(GuestAddr{kBytes}, echo_request,
                          sizeof(echo_request));
    PutHeader(sender, name.size(), control.size());
    sender.Do(SYS_sendmsg, {0, kHeader, 0}, world);
    world.Run();
  }
  for (FuzzedGuest* guest : {&receiver, &sender}) {
    Receive(*guest, room, 0, world);
    Receive(*guest, room, MSG_ERRQUEUE, world);
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
