#include "notifier/kernel/guest_message.h"

#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace quiesce {

uint64_t TotalSize(const GuestMessage& message) {
  uint64_t total = 0;
  for (const auto& piece : message.pieces) total += piece.size;
  return total;
}

int Gather(Call& call, const GuestMessage& message, uint64_t limit,
           std::string* bytes) {
  bytes->clear();
  for (const auto& piece : message.pieces) {
    uint64_t size = std::min<uint64_t>(piece.size, limit - bytes->size());
    if (size == 0) continue;
    size_t old = bytes->size();
    bytes->resize(old + size);
    if (int error = call.memory->Read(piece.base, bytes->data() + old, size)) {
      return error;
    }
  }
  return 0;
}

int Scatter(Call& call, const GuestMessage& message, absl::string_view bytes) {
  for (const auto& piece : message.pieces) {
    size_t size = std::min<uint64_t>(piece.size, bytes.size());
    if (size == 0) continue;
    if (int error = call.memory->Write(piece.base, bytes.data(), size)) {
      return error;
    }
    bytes.remove_prefix(size);
  }
  return 0;
}

namespace {

// How much of `control` fits; notes that it is cut.
size_t RoomForControl(GuestMessage& message, absl::string_view control) {
  size_t fits = 0;
  while (fits < control.size()) {
    cmsghdr header;
    memcpy(&header, control.data() + fits, sizeof(header));
    if (fits + header.cmsg_len > message.control_capacity) {
      message.out_flags |= MSG_CTRUNC;
      break;
    }
    fits += std::min(CMSG_ALIGN(header.cmsg_len), control.size() - fits);
  }
  return std::min<size_t>(fits, message.control_capacity);
}

}  // namespace

int PutPacketInto(Call& call, GuestMessage& message, absl::string_view bytes,
                  const SockAddr& name, absl::string_view control) {
  message.name_size = name.size();
  message.control_size = RoomForControl(message, control);
  if (message.pieces.size() == 1) {
    const size_t size =
        std::min<uint64_t>(message.pieces[0].size, bytes.size());
    message.outputs.push_back(
        {message.pieces[0].base, std::string(bytes.substr(0, size))});
  } else if (int error = Scatter(call, message, bytes)) {
    return error;
  }
  if (message.name_addr != GuestAddr::kNull) {
    message.outputs.push_back(
        {message.name_addr, name.substr(0, message.name_capacity)});
  }
  if (message.control_size > 0) {
    message.outputs.push_back(
        {message.control_addr,
         std::string(control.substr(0, message.control_size))});
  }
  return 0;
}

int WriteOutputs(Call& call, const GuestMessage& message,
                 absl::Span<const WritePiece> more) {
  std::vector<WritePiece> pieces;
  for (const GuestMessage::Output& output : message.outputs) {
    pieces.push_back({output.to, output.bytes.data(), output.bytes.size()});
  }
  pieces.insert(pieces.end(), more.begin(), more.end());
  return call.memory->WriteAll(pieces);
}

void AppendControl(int level, int type, const void* data, size_t size,
                   std::string* control) {
  cmsghdr header{};
  header.cmsg_len = CMSG_LEN(size);
  header.cmsg_level = level;
  header.cmsg_type = type;
  size_t start = control->size();
  control->resize(start + CMSG_SPACE(size));
  memcpy(control->data() + start, &header, sizeof(header));
  memcpy(control->data() + start + CMSG_LEN(0), data, size);
}

Outcome WaitToReceive(const Call& call, Nanos now, bool nonblocking,
                      Nanos timeout) {
  if (nonblocking) return Outcome::Fail(EAGAIN);
  if (timeout == 0) return Outcome::Park();
  const Nanos deadline = SaturatingAdd(call.started, timeout);
  return now >= deadline ? Outcome::Fail(EAGAIN) : Outcome::Park(deadline);
}

}  // namespace quiesce
