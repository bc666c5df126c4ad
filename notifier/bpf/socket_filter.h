// A classic BPF program that a guest has attached to a socket
// (SO_ATTACH_FILTER): which packets the socket gets, and how much of each.
//
// Checked as net/core/filter.c:bpf_check_classic does, run with the meaning
// that bpf_convert_filter gives each instruction.
#ifndef QUIESCE_NOTIFIER_BPF_SOCKET_FILTER_H_
#define QUIESCE_NOTIFIER_BPF_SOCKET_FILTER_H_

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace quiesce {

// What a filter can learn about a packet (struct sk_buff).
struct FilteredPacket {
  absl::string_view frame;  // from the link's header on
  size_t data = 0;        // where offset 0 is: the header that the socket sees
  size_t network = 0;     // where the network's header begins
  uint16_t protocol = 0;  // ETH_P_*, host order
  uint8_t type = 0;       // PACKET_HOST ...
  int ifindex = 0;
  uint16_t hardware = 0;  // ARPHRD_*
  uint32_t mark = 0;
  uint32_t random = 0;
};

class SocketFilter {
 public:
  // None: the kernel would refuse it with EINVAL.
  static std::optional<SocketFilter> Make(std::vector<sock_filter> program);

  // How many bytes from `data` on to keep; 0: the packet is dropped. May exceed
  // the packet.
  uint32_t Run(const FilteredPacket& packet) const;

  const std::vector<sock_filter>& program() const { return program_; }

 private:
  explicit SocketFilter(std::vector<sock_filter> program)
      : program_(std::move(program)) {}

  std::vector<sock_filter> program_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BPF_SOCKET_FILTER_H_
