#include "supervisor/launch/wire.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

// What fits into a message itself. Small: every node init keeps a buffer.
constexpr size_t kInlineBytes = 4 << 10;
constexpr int kMaxFds = 200;  // the kernel's limit is SCM_MAX_FD = 253

// The first byte of each message.
enum Form : char { kInline = 'i', kMemfd = 'm' };

absl::StatusOr<UniqueFd> ToMemfd(absl::string_view bytes) {
  UniqueFd fd(memfd_create("quiesce-message", MFD_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("memfd_create");
  while (!bytes.empty()) {
    ssize_t done = write(fd.get(), bytes.data(), bytes.size());
    if (done < 0) return ErrnoStatus("writing a message to a memfd");
    bytes.remove_prefix(done);
  }
  return fd;
}

absl::StatusOr<std::string> FromMemfd(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return ErrnoStatus("fstat of a message");
  std::string bytes(info.st_size, '\0');
  for (size_t at = 0; at < bytes.size();) {
    ssize_t done = pread(fd, &bytes[at], bytes.size() - at, at);
    if (done <= 0) return ErrnoStatus("reading a message from a memfd");
    at += done;
  }
  return bytes;
}

}  // namespace

absl::Status SendMessage(int socket, absl::string_view bytes,
                         absl::Span<const int> fds) {
  std::vector<int> all(fds.begin(), fds.end());
  std::string body;
  UniqueFd memfd;
  if (bytes.size() <= kInlineBytes) {
    body.reserve(bytes.size() + 1);
    body.push_back(kInline);
    body.append(bytes.data(), bytes.size());
  } else {
    ASSIGN_OR_RETURN(memfd, ToMemfd(bytes));
    body.push_back(kMemfd);
    all.insert(all.begin(), memfd.get());
  }
  if (all.size() > kMaxFds) {
    return absl::InvalidArgumentError("too many descriptors in one message");
  }
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * (kMaxFds + 1))];
  iovec io{body.data(), body.size()};
  msghdr header{};
  header.msg_iov = &io;
  header.msg_iovlen = 1;
  if (!all.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * all.size());
    cmsghdr* c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int) * all.size());
    std::memcpy(CMSG_DATA(c), all.data(), sizeof(int) * all.size());
  }
  while (sendmsg(socket, &header, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) {
      return absl::UnavailableError("the other end is gone");
    }
    return ErrnoStatus("sendmsg");
  }
  return absl::OkStatus();
}

absl::StatusOr<WireMessage> ReceiveMessage(int socket, int timeout_ms) {
  if (timeout_ms >= 0) {
    pollfd waiting{socket, POLLIN, 0};
    int ready;
    while ((ready = poll(&waiting, 1, timeout_ms)) < 0 && errno == EINTR) {
    }
    if (ready < 0) return ErrnoStatus("poll");
    if (ready == 0) return absl::DeadlineExceededError("no answer in time");
  }
  std::string body(kInlineBytes + 1, '\0');
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * (kMaxFds + 1))];
  iovec io{body.data(), body.size()};
  msghdr header{};
  header.msg_iov = &io;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  ssize_t size;
  while ((size = recvmsg(socket, &header, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno == EINTR) continue;
    if (errno == ECONNRESET) {
      return absl::UnavailableError("the other end is gone");
    }
    return ErrnoStatus("recvmsg");
  }
  if (size == 0) return absl::UnavailableError("the other end is gone");
  WireMessage message;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr;
       c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0);
         at += sizeof(int)) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(c) + at, sizeof(fd));
      message.fds.emplace_back(fd);
    }
  }
  if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
    return absl::ResourceExhaustedError(
        "a message arrived incomplete: out of descriptors (RLIMIT_NOFILE)?");
  }
  if (body[0] == kMemfd) {
    if (message.fds.empty()) return absl::InternalError("message lost its fd");
    ASSIGN_OR_RETURN(message.bytes, FromMemfd(message.fds[0].get()));
    message.fds.erase(message.fds.begin());
  } else {
    message.bytes = body.substr(1, size - 1);
  }
  return message;
}

void PutStatus(const absl::Status& status, WireWriter& out) {
  out.Value(static_cast<int32_t>(status.code()));
  out.String(status.message());
}

absl::Status TakeStatus(WireReader& in) {
  int32_t code = in.Value<int32_t>();
  std::string text = in.String();
  if (!in.ok()) return absl::InternalError("an answer was cut short");
  return absl::Status(static_cast<absl::StatusCode>(code), text);
}

}  // namespace quiesce
