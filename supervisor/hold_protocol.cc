#include "supervisor/hold_protocol.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

constexpr int kStdio = 3;

// An address for `path` whatever its length (sun_path holds 107 bytes): by way
// of its directory, which `directory` keeps open as long as it is used.
absl::StatusOr<sockaddr_un> Address(const std::string& path,
                                    UniqueFd* directory) {
  const size_t slash = path.rfind('/');
  const std::string parent =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  directory->Reset(open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory->valid()) return ErrnoStatus(parent);
  const std::string name =
      absl::StrCat("/proc/self/fd/", directory->get(), "/",
                   slash == std::string::npos ? path : path.substr(slash + 1));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": name too long"));
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  return address;
}

}  // namespace

std::string EncodeRequest(const std::string& node,
                          const std::vector<std::string>& argv) {
  std::string text = node + '\0';
  for (const std::string& word : argv) text += word + '\0';
  return text;
}

absl::Status SendPacket(int socket, const std::string& text, const int* fds,
                        int count) {
  iovec piece{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(kStdio * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(header), fds, count * sizeof(int));
  }
  if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    return ErrnoStatus("the control socket");
  }
  return absl::OkStatus();
}

absl::StatusOr<HoldRequest> ReceiveRequest(int socket) {
  std::string text(1 << 17, '\0');
  iovec piece{text.data(), text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(kStdio * sizeof(int))];
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const ssize_t size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (size < 0) return ErrnoStatus("the control socket");
  text.resize(size);

  HoldRequest request;
  int received = 0;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const int count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (int i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
      UniqueFd owned(fd);
      if (received < kStdio) request.stdio[received++] = std::move(owned);
    }
  }
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\0', at);
    if (end == std::string::npos) break;
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (words.size() < 2 || received != kStdio ||
      (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
    return absl::InvalidArgumentError("not a request: NODE COMMAND...");
  }
  request.node = words[0];
  request.argv.assign(words.begin() + 1, words.end());
  return request;
}

absl::StatusOr<UniqueFd> ConnectControl(const std::string& path) {
  UniqueFd directory;
  ASSIGN_OR_RETURN(sockaddr_un address, Address(path, &directory));
  UniqueFd result(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (connect(result.get(), reinterpret_cast<sockaddr*>(&address),
              sizeof(address)) != 0) {
    return ErrnoStatus(path);
  }
  return result;
}

absl::StatusOr<UniqueFd> ListenControl(const std::string& path) {
  UniqueFd directory;
  ASSIGN_OR_RETURN(sockaddr_un address, Address(path, &directory));
  UniqueFd result(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  unlink(path.c_str());
  if (bind(result.get(), reinterpret_cast<sockaddr*>(&address),
           sizeof(address)) != 0 ||
      listen(result.get(), SOMAXCONN) != 0) {
    return ErrnoStatus(path);
  }
  return result;
}

}  // namespace quiesce
