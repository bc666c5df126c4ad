// Classic BPF programs as guests attach them: what is accepted comes to its end
// on any packet. Where it can be seen on a socket of this machine, the kernel
// accepts the same and keeps as much.
//
// An input is how many instructions there are, those, and a packet.
#include <linux/filter.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "notifier/base/unique_fd.h"
#include "notifier/bpf/socket_filter.h"
#include "tools/fuzz/input.h"

namespace quiesce {
namespace {

constexpr int kRefused = -1;

// A pair of sockets without links, networks and interfaces.
class Kernel {
 public:
  // How much of `packet` comes through, or kRefused.
  int Run(const std::vector<sock_filter>& program, absl::string_view packet) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) != 0) abort();
    const UniqueFd from(ends[0]), to(ends[1]);
    const sock_fprog words = {static_cast<uint16_t>(program.size()),
                              const_cast<sock_filter*>(program.data())};
    if (setsockopt(to.get(), SOL_SOCKET, SO_ATTACH_FILTER, &words,
                   sizeof(words)) != 0) {
      if (errno != EINVAL) abort();
      return kRefused;
    }
    send(from.get(), packet.data(), packet.size(), 0);
    char buffer[4096];
    return std::max<int>(0, recv(to.get(), buffer, sizeof(buffer), 0));
  }
};

// Whether a program looks at nothing but bytes of the packet.
bool OnlyBytes(const std::vector<sock_filter>& program) {
  return std::none_of(program.begin(), program.end(), [](const sock_filter& i) {
    if (BPF_CLASS(i.code) != BPF_LD && BPF_CLASS(i.code) != BPF_LDX) {
      return false;
    }
    return BPF_MODE(i.code) == BPF_IND ||
           ((BPF_MODE(i.code) == BPF_ABS || BPF_MODE(i.code) == BPF_MSH) &&
            static_cast<int32_t>(i.k) < 0);
  });
}

void Run(FuzzInput input) {
  std::vector<sock_filter> program(input.Byte());
  const absl::string_view words =
      input.Bytes(program.size() * sizeof(sock_filter));
  if (program.empty()) return;
  memcpy(program.data(), words.data(), words.size());
  const std::string packet(input.Bytes(2048));
  const auto filter = SocketFilter::Make(program);
  const int kept = Kernel().Run(program, packet);
  if (filter.has_value() != (kept != kRefused)) {
    fprintf(stderr, "the kernel %s it\n",
            kept == kRefused ? "refuses" : "takes");
    abort();
  }
  if (!filter) return;
  FilteredPacket whole;
  whole.frame = packet;
  const size_t ours =
      std::min<size_t>(filter->Run(whole), std::max<size_t>(packet.size(), 0));
  if (OnlyBytes(program) && static_cast<int>(ours) != kept) {
    fprintf(stderr, "the kernel keeps %d, not %zu\n", kept, ours);
    abort();
  }
  // The same as a frame, behind a link's header, and as each protocol.
  for (uint16_t protocol : {0x0800, 0x86dd, 0x0806}) {
    FilteredPacket frame;
    frame.frame = packet;
    frame.data = std::min<size_t>(14, packet.size());
    frame.network = frame.data;
    frame.protocol = protocol;
    frame.type = 3;
    frame.ifindex = 2;
    frame.hardware = 1;
    frame.random = 4;
    filter->Run(frame);
    frame.data = 0;
    filter->Run(frame);
  }
}

}  // namespace
}  // namespace quiesce

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quiesce::Run(quiesce::FuzzInput(data, size));
  return 0;
}
