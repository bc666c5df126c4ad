#include "supervisor/report/rib_query.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {

absl::StatusOr<UniqueFd> ConnectInRoot(const std::string& root,
                                       const std::string& path) {
  UniqueFd directory(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return ErrnoStatus(absl::StrCat("open ", root));
  struct open_how how = {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  UniqueFd inode(static_cast<int>(
      syscall(SYS_openat2, directory.get(), path.c_str(), &how, sizeof(how))));
  if (!inode.valid()) {
    return ErrnoStatus(absl::StrCat("no control socket ", path, " in ", root));
  }
  UniqueFd socket_fd(
      socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_fd.valid()) return ErrnoStatus("socket(AF_UNIX)");
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d",
                inode.get());
  // A non-blocking connect of a unix socket is done at once or fails
  // (net/unix/af_unix.c:unix_stream_connect).
  if (connect(socket_fd.get(), reinterpret_cast<sockaddr*>(&address),
              sizeof(address)) != 0) {
    return ErrnoStatus(absl::StrCat("connect ", path, " in ", root));
  }
  return socket_fd;
}

RibQuery::RibQuery(UniqueFd socket, std::unique_ptr<ControlDialogue> dialogue)
    : socket_(std::move(socket)), dialogue_(std::move(dialogue)) {
  int flags = fcntl(socket_.get(), F_GETFL);
  if (flags >= 0) fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK);
}

absl::Status RibQuery::OnWritable() {
  while (want_write()) {
    absl::string_view bytes = dialogue_->output();
    ssize_t n = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EAGAIN) return absl::OkStatus();
      if (errno == EINTR) continue;
      return absl::UnavailableError(
          absl::StrCat("the daemon's control socket: ", strerror(errno)));
    }
    dialogue_->Sent(static_cast<size_t>(n));
    progress_ += static_cast<uint64_t>(n);
  }
  return absl::OkStatus();
}

absl::Status RibQuery::OnReadable() {
  char buffer[1 << 16];
  while (!done()) {
    ssize_t n = recv(socket_.get(), buffer, sizeof(buffer), 0);
    if (n < 0) {
      if (errno == EAGAIN) return absl::OkStatus();
      if (errno == EINTR) continue;
      return absl::UnavailableError(
          absl::StrCat("the daemon's control socket: ", strerror(errno)));
    }
    if (n == 0) {
      return absl::UnavailableError(
          "the daemon closed its control socket before it had answered");
    }
    progress_ += static_cast<uint64_t>(n);
    RETURN_IF_ERROR(
        dialogue_->OnBytes(absl::string_view(buffer, static_cast<size_t>(n))));
    // The next command usually fits at once; that saves the caller a poll.
    RETURN_IF_ERROR(OnWritable());
  }
  return absl::OkStatus();
}

}  // namespace quiesce
