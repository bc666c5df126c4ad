#include "supervisor/sched/socket_exchange.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace quiesce {
namespace {

// On the wire: the size, 8 bytes of this host's, and a Part.
using Size = uint64_t;

absl::Status Left() {
  return absl::UnavailableError("another emulator of the swarm has ended");
}

absl::Status SendAll(int socket, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return Left();
    bytes.remove_prefix(sent);
  }
  return absl::OkStatus();
}

absl::Status ReceiveAll(int socket, char* to, size_t size) {
  while (size > 0) {
    const ssize_t received = recv(socket, to, size, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return Left();
    to += received;
    size -= received;
  }
  return absl::OkStatus();
}

std::string Framed(const std::string& bytes) {
  const Size size = bytes.size();
  std::string framed(sizeof(size), '\0');
  std::memcpy(framed.data(), &size, sizeof(size));
  return framed + bytes;
}

absl::Status ReceiveFramed(int socket, std::string* bytes) {
  Size size;
  absl::Status status =
      ReceiveAll(socket, reinterpret_cast<char*>(&size), sizeof(size));
  if (!status.ok()) return status;
  bytes->resize(size);
  return ReceiveAll(socket, bytes->data(), size);
}

}  // namespace

absl::StatusOr<std::vector<proto::Part>> SocketExchange::Meet(
    const proto::Part& part) {
  std::vector<std::string> all(size_);
  all[rank_] = part.SerializeAsString();
  absl::Status status;
  if (rank_ == 0) {
    for (int rank = 1; rank < size_; ++rank) {
      status.Update(ReceiveFramed(sockets_[rank - 1].get(), &all[rank]));
    }
    for (int rank = 1; rank < size_ && status.ok(); ++rank) {
      for (const std::string& bytes : all) {
        status.Update(SendAll(sockets_[rank - 1].get(), Framed(bytes)));
      }
    }
  } else {
    status = SendAll(sockets_[0].get(), Framed(all[rank_]));
    for (std::string& bytes : all) {
      if (status.ok()) status = ReceiveFramed(sockets_[0].get(), &bytes);
    }
  }
  if (!status.ok()) return status;
  std::vector<proto::Part> parts(size_);
  for (int rank = 0; rank < size_; ++rank) {
    if (!parts[rank].ParseFromString(all[rank])) {
      return absl::InternalError("a part that does not parse");
    }
  }
  return parts;
}

}  // namespace quiesce
