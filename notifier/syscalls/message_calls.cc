// Sending and receiving with addresses and ancillary data (net/socket.c).
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "notifier/kernel/guest_message.h"
#include "notifier/syscalls/socket_args.h"
#include "notifier/syscalls/socket_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {
namespace {

constexpr size_t kMaxPieces = 1024;                       // UIO_MAXIOV
constexpr uint64_t kMaxRead = INT_MAX & ~uint64_t{4095};  // MAX_RW_COUNT
constexpr uint64_t kMaxControl = 131072;                  // optmem_max

// struct user_msghdr.
struct Header {
  uint64_t name;
  int32_t name_size;
  int32_t padding;
  uint64_t pieces;
  uint64_t piece_count;
  uint64_t control;
  uint64_t control_size;
  uint32_t flags;
  uint32_t padding2;
};
static_assert(sizeof(Header) == sizeof(msghdr));

GuestAddr At(uint64_t address) { return static_cast<GuestAddr>(address); }

// What lies around a header. Its pieces are local variables next to it, as a
// rule: then they need no further look into the guest.
class Surroundings {
 public:
  // False if the header is not all there.
  bool Read(Call& call, GuestAddr at, Header* header) {
    constexpr uint64_t kPage = 4096;
    constexpr uint64_t kBefore = 64;
    const auto address = static_cast<uint64_t>(at);
    begin_ = address;
    size_ = call.memory->Known(at, bytes_, sizeof(bytes_));
    if (Copy(at, header, sizeof(*header))) return true;
    const uint64_t page = address / kPage * kPage;
    const uint64_t begin = std::max(page, address - std::min(address, kBefore));
    const uint64_t end =
        std::max(std::min(page + kPage, begin + sizeof(bytes_)),
                 address + sizeof(*header));
    if (end - begin > sizeof(bytes_)) return false;
    begin_ = begin;
    size_ = 0;
    if (call.memory->Read(At(begin), bytes_, end - begin) != 0) return false;
    size_ = end - begin;
    return Copy(at, header, sizeof(*header));
  }
  bool Copy(GuestAddr from, void* to, size_t size) const {
    const uint64_t offset = static_cast<uint64_t>(from) - begin_;
    if (offset > size_ || size > size_ - offset) return false;
    std::copy_n(bytes_ + offset, size, static_cast<char*>(to));
    return true;
  }

 private:
  char bytes_[256];
  uint64_t begin_ = 0;
  size_t size_ = 0;
};

// lib/iov_iter.c:__import_iovec. 0 or an errno.
int ReadPieces(Call& call, const Surroundings& around, GuestAddr at,
               uint64_t count, GuestMessage* message) {
  std::vector<iovec> pieces(count);
  const size_t size = pieces.size() * sizeof(iovec);
  if (!around.Copy(at, pieces.data(), size)) {
    if (int error = call.memory->Read(at, pieces.data(), size)) return error;
  }
  uint64_t total = 0;
  for (const iovec& piece : pieces) {
    if (piece.iov_len > SSIZE_MAX) return EINVAL;
    uint64_t size = std::min<uint64_t>(piece.iov_len, kMaxRead - total);
    message->pieces.push_back(
        {At(reinterpret_cast<uint64_t>(piece.iov_base)), size});
    total += size;
  }
  return 0;
}

// net/socket.c:__copy_msghdr, copy_msghdr_from_user. 0 or an errno.
int ReadHeader(Call& call, GuestAddr at, bool sending, Header* header,
               GuestMessage* message) {
  Surroundings around;
  if (!around.Read(call, at, header)) {
    auto read = call.memory->ReadValue<Header>(at);
    if (!read.ok()) return read.error();
    *header = *read;
  }
  if (header->name == 0) header->name_size = 0;
  if (header->name_size < 0) return EINVAL;
  header->name_size =
      std::min<int>(header->name_size, sizeof(sockaddr_storage));
  message->name_addr = At(header->name);
  message->name_capacity = header->name_size;
  if (sending && header->name_size > 0) {
    auto name = ReadSockAddr(call, At(header->name), header->name_size);
    if (!name.ok()) return name.error();
    message->name = *name;
  }
  if (header->piece_count > kMaxPieces) return EMSGSIZE;
  if (int error = ReadPieces(call, around, At(header->pieces),
                             header->piece_count, message)) {
    return error;
  }
  message->control_addr = At(header->control);
  message->control_capacity =
      message->control_addr == GuestAddr::kNull ? 0 : header->control_size;
  if (sending && message->control_capacity > 0) {
    if (header->control_size > kMaxControl) return ENOBUFS;
    message->control.resize(header->control_size);
    return call.memory->Read(message->control_addr, message->control.data(),
                             message->control.size());
  }
  return 0;
}

// What recvmsg(2) writes back.
int WriteHeader(Call& call, GuestAddr at, const GuestMessage& message) {
  const int name_size = static_cast<int>(message.name_size);
  // The last two fields of struct msghdr, in one write.
  struct {
    uint64_t control_size;
    uint32_t flags;
  } tail{message.control_size, static_cast<uint32_t>(message.out_flags)};
  static_assert(offsetof(Header, flags) ==
                offsetof(Header, control_size) + sizeof(tail.control_size));
  const WritePiece pieces[] = {
      {at + offsetof(Header, name_size), &name_size, sizeof(name_size)},
      {at + offsetof(Header, control_size), &tail,
       sizeof(tail.control_size) + sizeof(tail.flags)}};
  return WriteOutputs(call, message,
                      absl::MakeSpan(pieces).subspan(
                          message.name_addr == GuestAddr::kNull ? 1 : 0));
}

using Undo = std::function<void()>;

// What was taken for a call. If a signal ends the call before its answer is
// there, nobody hears of it, so it is put back.
class Taken {
 public:
  ~Taken() {
    for (; !undo_.empty(); undo_.pop_back()) undo_.back()();
  }
  void Add(Undo undo) { undo_.push_back(std::move(undo)); }
  void Keep() { undo_.clear(); }

  static std::shared_ptr<Taken> For(Call& call) {
    if (call.held == nullptr) call.held = std::make_shared<Taken>();
    auto taken = std::static_pointer_cast<Taken>(call.held);
    call.delivered = [taken = taken.get()] { taken->Keep(); };
    return taken;
  }

 private:
  std::vector<Undo> undo_;
};

// Receives a message; `more` may be waited for behind it.
Outcome Receive(Call& call, SocketArg& arg, GuestMessage& message,
                bool more = false) {
  message.may_undo = more || !call.kernel->world().HoldsGuests();
  Outcome outcome = arg.socket->Receive(call, arg.file, message);
  if (message.undo && outcome.kind() == Outcome::Kind::kValue) {
    Taken::For(call)->Add(message.undo);
  }
  return outcome;
}

// What was taken is gone, though the call fails.
Outcome FailAndKeep(Call& call, int error) {
  Taken::For(call)->Keep();
  return Outcome::Fail(error);
}

Outcome SendOne(Call& call, SocketArg& arg, GuestAddr at, int flags, bool,
                bool*) {
  Header header;
  GuestMessage message;
  if (int error = ReadHeader(call, at, true, &header, &message)) {
    return Outcome::Fail(error);
  }
  message.flags = flags;
  return arg.socket->Send(call, arg.file, message);
}

// `*undoable`: what was received comes again if a signal ends the call.
Outcome ReceiveOne(Call& call, SocketArg& arg, GuestAddr at, int flags,
                   bool more, bool* undoable) {
  Header header;
  GuestMessage message;
  if (int error = ReadHeader(call, at, false, &header, &message)) {
    return Outcome::Fail(error);
  }
  message.flags = flags;
  Outcome outcome = Receive(call, arg, message, more);
  if (outcome.kind() != Outcome::Kind::kValue) return outcome;
  *undoable = message.undo != nullptr;
  if (int error = WriteHeader(call, at, message)) {
    return FailAndKeep(call, error);
  }
  return outcome;
}

GuestMessage OnePiece(Call& call) {
  GuestMessage message;
  message.pieces.push_back(
      {call.Addr(1), std::min<uint64_t>(call.args[2], kMaxRead)});
  message.flags = call.Int(3);
  return message;
}

}  // namespace

Outcome SysSendto(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  GuestMessage message = OnePiece(call);
  if (call.Addr(4) != GuestAddr::kNull) {
    auto name = ReadSockAddr(call, call.Addr(4), call.Int(5));
    if (!name.ok()) return Outcome::Fail(name.error());
    message.name = *name;
  }
  return arg->socket->Send(call, arg->file, message);
}

Outcome SysRecvfrom(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  GuestMessage message = OnePiece(call);
  message.name_addr = call.Addr(4);
  int room = 0;
  if (message.name_addr != GuestAddr::kNull) {
    auto size = call.memory->ReadValue<int>(call.Addr(5));
    if (!size.ok()) return Outcome::Fail(size.error());
    if (*size < 0) return Outcome::Fail(EINVAL);
    room = *size;
  }
  message.name_capacity = room;
  Outcome outcome = Receive(call, *arg, message);
  if (outcome.kind() != Outcome::Kind::kValue) return outcome;
  const int size = static_cast<int>(message.name_size);
  const WritePiece size_piece{call.Addr(5), &size, sizeof(size)};
  if (int error = WriteOutputs(
          call, message,
          absl::MakeSpan(&size_piece,
                         message.name_addr == GuestAddr::kNull ? 0 : 1))) {
    return FailAndKeep(call, error);
  }
  return outcome;
}

Outcome SysSendmsg(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  return SendOne(call, *arg, call.Addr(1), call.Int(2), false, nullptr);
}

Outcome SysRecvmsg(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  bool undoable = false;
  return ReceiveOne(call, *arg, call.Addr(1), call.Int(2), false, &undoable);
}

namespace {

// How many messages of a parked call are done, beside what a socket keeps in
// the lower bits of Call::scratch.
constexpr int kDoneShift = 48;
constexpr uint64_t kOfSocket = (uint64_t{1} << kDoneShift) - 1;

// One message after the other until one fails or time is up; an error is told
// only if it is the first's. One that waits is waited for
// (net/socket.c:do_recvmmsg, __sys_sendmmsg), but not where a signal could lose
// what came before.
template <typename One>
Outcome Many(Call& call, Nanos deadline, One one) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  uint32_t count = std::min<uint32_t>(call.args[2], kMaxPieces);
  int flags = call.Int(3);
  uint32_t done = call.scratch >> kDoneShift;
  call.scratch &= kOfSocket;
  bool undoable = true;
  while (done < count) {
    if (done > 0 && (flags & MSG_WAITFORONE)) flags |= MSG_DONTWAIT;
    GuestAddr at = call.Addr(1) + done * sizeof(mmsghdr);
    const bool waits = !arg->nonblocking() && !(flags & MSG_DONTWAIT);
    Outcome outcome = one(call, *arg, at, flags, waits, &undoable);
    if (outcome.kind() == Outcome::Kind::kPark) {
      // do_recvmmsg() returns what it has when a signal comes.
      const bool interrupted = call.interrupted && call.attempts == 0;
      if (done > 0 && (interrupted || !undoable)) return Outcome::Value(done);
      call.scratch |= uint64_t{done} << kDoneShift;
      call.done_in_part = done > 0;
      return outcome;
    }
    if (outcome.kind() != Outcome::Kind::kValue) {
      return done == 0 ? std::move(outcome) : Outcome::Value(done);
    }
    auto length = static_cast<uint32_t>(outcome.value());
    if (int error =
            call.memory->WriteValue(at + offsetof(mmsghdr, msg_len), length)) {
      Taken::For(call)->Keep();
      return done == 0 ? Outcome::Fail(error) : Outcome::Value(done);
    }
    call.scratch = 0;
    ++done;
    if (call.kernel->now() >= deadline) break;
  }
  return Outcome::Value(done);
}

}  // namespace

Outcome SysSendmmsg(Call& call) { return Many(call, kNever, SendOne); }

// The timeout is looked at when a message has come: one that does not come is
// waited for all the same (recvmmsg(2), BUGS).
Outcome SysRecvmmsg(Call& call) {
  ErrnoOr<Timeout> timeout = ReadTimespec(call, call.Addr(4));
  if (!timeout.ok()) return Outcome::Fail(timeout.error());
  const Nanos deadline = DeadlineOf(call, *timeout);
  Outcome outcome = Many(call, deadline, ReceiveOne);
  if (outcome.kind() != Outcome::Kind::kValue || timeout->forever ||
      outcome.value() == 0) {
    return outcome;
  }
  const timespec rest =
      ToTimespec(std::max<Nanos>(0, deadline - call.kernel->now()));
  if (int error = call.memory->WriteValue(call.Addr(4), rest)) {
    return Outcome::Fail(error);
  }
  return outcome;
}

Outcome SysFlushThenNative(Call& call) {
  const bool vector = call.number == SYS_readv || call.number == SYS_writev;
  const bool reading = call.number == SYS_read || call.number == SYS_readv;
  if (!vector && !reading && call.number != SYS_write) {  // sendfile, splice
    call.kernel->Pump();
    return Outcome::Native();
  }
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok() || arg->socket == nullptr) return Outcome::Native();
  GuestMessage message;
  if (reading) {
    if (!vector) {
      message = OnePiece(call);
      message.flags = 0;
    } else if (call.args[2] > kMaxPieces ||
               ReadPieces(call, {}, call.Addr(1), call.args[2], &message) !=
                   0) {
      return Outcome::Native();  // fails there, too
    }
  }
  message.may_undo = !call.kernel->world().HoldsGuests();
  Outcome outcome = arg->socket->BeforeNative(
      call, arg->file, reading ? &message : nullptr, /*flags=*/0);
  if (outcome.kind() != Outcome::Kind::kValue) return outcome;
  if (message.undo) Taken::For(call)->Add(std::move(message.undo));
  if (int error = WriteOutputs(call, message)) return FailAndKeep(call, error);
  return outcome;
}

}  // namespace quiesce
