#include "notifier/kernel/guest_message.h"

#include <string.h>
#include <sys/socket.h>

#include <algorithm>

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

int PutName(Call& call, GuestMessage& message, const SockAddr& name) {
  message.name_size = name.size();
  if (message.name_addr == GuestAddr::kNull) return 0;
  size_t size = std::min<size_t>(name.size(), message.name_capacity);
  if (size == 0) return 0;
  return call.memory->Write(message.name_addr, name.data(), size);
}

int PutControl(Call& call, GuestMessage& message, absl::string_view control) {
  message.control_size = 0;
  if (control.empty()) return 0;
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
  fits = std::min<size_t>(fits, message.control_capacity);
  message.control_size = fits;
  if (fits == 0) return 0;
  return call.memory->Write(message.control_addr, control.data(), fits);
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

}  // namespace quiesce
