#include "notifier/procfs/proc_net_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "notifier/kernel/node_kernel.h"

namespace quiesce {
namespace {

struct File {
  const char* name;
  int family;
  int type;
  const char* head;
  int width;  // to which lines are padded
  int slot_width;
};

constexpr char kRest[] =
    "st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

// net/ipv4/tcp_ipv4.c:tcp4_seq_show, net/ipv6/tcp_ipv6.c:tcp6_seq_show,
// net/ipv4/udp.c:udp4_seq_show, net/ipv4/raw.c:raw_seq_show and their sisters.
constexpr File kFiles[] = {
    {"tcp", AF_INET, SOCK_STREAM, "  sl  local_address rem_address   ", 149, 4},
    {"tcp6", AF_INET6, SOCK_STREAM,
     "  sl  local_address                         remote_address              "
     "          ",
     0, 4},
    {"udp", AF_INET, SOCK_DGRAM, "   sl  local_address rem_address   ", 127, 5},
    {"udp6", AF_INET6, SOCK_DGRAM,
     "  sl  local_address                         remote_address              "
     "          ",
     0, 5},
    {"raw", AF_INET, SOCK_RAW, "  sl  local_address rem_address   ", 0, 4},
    {"raw6", AF_INET6, SOCK_RAW,
     "  sl  local_address                         remote_address              "
     "          ",
     0, 5},
};

struct Name {
  std::string text;
  uint16_t port = 0;
};

// "0100007F:0050": the words of the address as numbers of the host.
Name NameOf(const ErrnoOr<SockAddr>& address, int family) {
  Name name;
  uint32_t words[4] = {};
  int count = 1;
  if (family == AF_INET) {
    sockaddr_in in = {};
    if (address.ok()) {
      std::memcpy(&in, address->data(), std::min(address->size(), sizeof(in)));
    }
    words[0] = in.sin_addr.s_addr;
    name.port = ntohs(in.sin_port);
  } else {
    sockaddr_in6 in6 = {};
    if (address.ok()) {
      std::memcpy(&in6, address->data(),
                  std::min(address->size(), sizeof(in6)));
    }
    std::memcpy(words, &in6.sin6_addr, sizeof(words));
    name.port = ntohs(in6.sin6_port);
    count = 4;
  }
  for (int i = 0; i < count; ++i)
    absl::StrAppendFormat(&name.text, "%08X", words[i]);
  absl::StrAppendFormat(&name.text, ":%04X", name.port);
  return name;
}

int StateOf(Call& call, Socket& socket, bool connected) {
  if (socket.type() != SOCK_STREAM) {
    return connected ? TCP_ESTABLISHED : TCP_CLOSE;
  }
  std::string info(sizeof(tcp_info), '\0');
  Outcome outcome =
      socket.GetOption(call, GuestFile(), IPPROTO_TCP, TCP_INFO, &info);
  if (outcome.kind() != Outcome::Kind::kValue || info.empty()) return TCP_CLOSE;
  return static_cast<uint8_t>(info[0]);
}

}  // namespace

std::optional<std::string> ProcNetSockets(Call& call, absl::string_view name) {
  const File* file = nullptr;
  for (const File& one : kFiles) {
    if (name == one.name) file = &one;
  }
  if (file == nullptr) return std::nullopt;
  const bool stream = file->type == SOCK_STREAM;
  auto line = [file](const std::string& text) {
    return absl::StrFormat("%-*s\n", file->width, text);
  };
  std::string text =
      line(absl::StrCat(file->head, kRest, stream ? "" : " ref pointer drops"));
  int slot = 0;
  for (Socket* socket : call.kernel->sockets()) {
    if (socket->family() != file->family || socket->type() != file->type ||
        !socket->Alive()) {
      continue;
    }
    const ErrnoOr<SockAddr> peer = socket->PeerName();
    Name local = NameOf(socket->LocalName(), file->family);
    const Name remote = NameOf(peer, file->family);
    const int state = StateOf(call, *socket, peer.ok());
    if (file->type == SOCK_RAW) {
      // In the place of a port: the protocol.
      local.text.resize(local.text.size() - 4);
      absl::StrAppendFormat(&local.text, "%04X", socket->protocol());
    } else if (local.port == 0 || (stream && state == TCP_CLOSE)) {
      continue;  // the kernel has it in no table
    }
    absl::StrAppend(
        &text,
        line(absl::StrFormat(
            "%*d: %s %s %02X 00000000:00000000 00:00000000 00000000     0      "
            "  0 0 %s",
            file->slot_width, slot++, local.text, remote.text, state,
            stream ? state == TCP_LISTEN ? "1 0000000000000000 100 0 0 10 0"
                                         : "1 0000000000000000 20 0 0 10 -1"
                   : "2 0000000000000000 0")));
  }
  return text;
}

}  // namespace quiesce
