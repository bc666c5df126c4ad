#include "notifier/kernel/packet_placeholder.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "notifier/kernel/placeholder.h"

namespace quiesce {

ErrnoOr<PacketPlaceholder> NewPacketPlaceholder(bool nonblocking, int buffer) {
  int ends[2];
  // Whether ours waits is said with each call.
  const int flags = SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0);
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | flags, 0, ends) != 0) {
    return Errno(ENFILE);
  }
  PacketPlaceholder pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
  if (InReserve(std::max(ends[0], ends[1]))) return Errno(ENFILE);
  int on = 1;
  setsockopt(pair.guest.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
  SetSendBuffer(pair.ours.get(), buffer);
  SetSendBuffer(pair.guest.get(), buffer);
  return pair;
}

std::optional<std::string> NextPacket(int ours) {
  const ssize_t size =
      recv(ours, nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
  if (size < 0) return std::nullopt;
  if (size == 0) {
    pollfd end{ours, POLLIN, 0};
    if (poll(&end, 1, 0) > 0 && (end.revents & POLLHUP)) return std::nullopt;
  }
  std::string bytes(size, '\0');
  if (recv(ours, bytes.data(), size, MSG_DONTWAIT) < 0) return std::nullopt;
  return bytes;
}

int PutPacket(int ours, uint32_t number, absl::string_view bytes) {
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))] = {};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  cmsghdr* cmsg = CMSG_FIRSTHDR(&header);
  cmsg->cmsg_level = SOL_SOCKET;
  cmsg->cmsg_type = SCM_CREDENTIALS;
  cmsg->cmsg_len = CMSG_LEN(sizeof(ucred));
  const ucred credentials{getpid(), number, 0};
  memcpy(CMSG_DATA(cmsg), &credentials, sizeof(credentials));
  return sendmsg(ours, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

ErrnoOr<uint32_t> TakePacket(int file, int flags, std::string* bytes) {
  iovec piece{bytes->data(), bytes->size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + 64];
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  const ssize_t got = recvmsg(file, &header, MSG_DONTWAIT | flags);
  if (got < 0) return Errno(errno);
  bytes->resize(got);
  return NumberOfPacket(header);
}

uint32_t NumberOfPacket(msghdr& header) {
  uint32_t number = 0;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr;
       c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS) {
      continue;
    }
    ucred credentials;
    memcpy(&credentials, CMSG_DATA(c), sizeof(credentials));
    number = credentials.uid;
  }
  return number;
}

}  // namespace quiesce
