// One emulated socket, whatever its family. The guest holds a real descriptor
// (the placeholder); this is its meaning.
#ifndef QUIESCE_NOTIFIER_KERNEL_SOCKET_H_
#define QUIESCE_NOTIFIER_KERNEL_SOCKET_H_

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/call/call.h"
#include "notifier/call/outcome.h"
#include "notifier/kernel/guest_file.h"

namespace quiesce {

// A socket address as the guest gave it or will get it.
using SockAddr = std::string;  // the bytes, sa_family first

// struct msghdr with its names resolved: where data goes stays in the guest.
struct GuestMessage {
  SockAddr name;               // in: destination
  GuestAddr name_addr{};       // out: where the source goes, and
  uint32_t name_capacity = 0;  //   how much room it has there
  struct Piece {
    GuestAddr base;
    uint64_t size;
  };
  std::vector<Piece> pieces;
  std::string control;       // in: ancillary data
  GuestAddr control_addr{};  // out
  uint64_t control_capacity = 0;
  int flags = 0;
  // Filled in by Receive():
  uint32_t name_size = 0;  // the whole size, even if it did not fit
  uint64_t control_size = 0;
  int out_flags = 0;  // MSG_TRUNC ...
  // What is still to be written to the guest, with the answer's own fields.
  struct Output {
    GuestAddr to;
    std::string bytes;
  };
  std::vector<Output> outputs;
  // Puts back what was taken, so that it comes again. Filled in only where the
  // socket can, and `may_undo` asks for it.
  bool may_undo = false;
  std::function<void()> undo;
};

// Owned by its node's kernel; touched by the node's shard only. Methods
// are handlers: they return at once, and may be run again after Park. `file` is
// a duplicate of the guest's descriptor, alive for the call only, or how to get
// one.
class Socket {
 public:
  Socket(uint64_t cookie, int family, int type, int protocol)
      : cookie_(cookie), family_(family), type_(type), protocol_(protocol) {}
  virtual ~Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  uint64_t cookie() const { return cookie_; }  // SO_COOKIE of the placeholder
  int family() const { return family_; }
  int type() const { return type_; }  // without SOCK_NONBLOCK, SOCK_CLOEXEC
  int protocol() const { return protocol_; }

  virtual Outcome Bind(Call& call, int file, const SockAddr& address) = 0;
  virtual Outcome Connect(Call& call, int file, const SockAddr& address,
                          bool nonblocking) = 0;
  virtual Outcome Listen(Call& call, int file, int backlog) = 0;
  // `peer` is filled in where there is one to accept.
  virtual Outcome Accept(Call& call, const GuestFile& file, int flags,
                         SockAddr* peer) = 0;
  virtual ErrnoOr<SockAddr> LocalName() = 0;
  virtual ErrnoOr<SockAddr> PeerName() = 0;
  // Value 0 or an errno.
  virtual Outcome SetOption(Call& call, const GuestFile& file, int level,
                            int name, absl::string_view value) = 0;
  // `value` comes with the guest's buffer size and leaves with the answer. The
  // outcome's value, if not 0, is the length to tell instead of the answer's.
  virtual Outcome GetOption(Call& call, const GuestFile& file, int level,
                            int name, std::string* value) = 0;
  // SO_RCVTIMEO and SO_SNDTIMEO; 0: none.
  virtual Nanos receive_timeout() const { return 0; }
  virtual Nanos send_timeout() const { return 0; }
  virtual Outcome Shutdown(Call& call, int file, int how) = 0;
  virtual Outcome Send(Call& call, const GuestFile& file,
                       GuestMessage& message) = 0;
  virtual Outcome Receive(Call& call, const GuestFile& file,
                          GuestMessage& message) = 0;
  virtual Outcome Ioctl(Call& call, const GuestFile& file, uint32_t request,
                        GuestAddr argument) = 0;

  // Whether some guest may still hold the placeholder. Asked now and then of
  // sockets that nothing watches; false removes it.
  virtual bool Alive() { return true; }

  // What poll(2) shows of this socket, where `bits` are what it shows of the
  // placeholder. Asked once NodeKernel::corrects_readiness().
  virtual short Readiness(int file, short bits) {
    (void)file;
    return bits;
  }

  // Before the kernel runs a read of the placeholder itself, `into` a message,
  // or a write, where that is null (strict profile only): anything but Native
  // is the answer instead. `flags` as of send(2) or recv(2).
  virtual Outcome BeforeNative(Call& call, const GuestFile& file,
                               GuestMessage* into, int flags) {
    (void)call, (void)file, (void)into, (void)flags;
    return Outcome::Native();
  }

 private:
  friend class NodeKernel;
  uint64_t cookie_;
  const int family_;
  const int type_;
  const int protocol_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_SOCKET_H_
