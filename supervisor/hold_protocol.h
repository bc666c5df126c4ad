// What tools/exec and a held network say to each other, over a unix
// SOCK_SEQPACKET socket.
//
// The client sends one packet: the node's name, then the command's words, each
// ended by a NUL, with its standard input, output and error attached
// (SCM_RIGHTS). Without a name the one word is an event (hold_event.h). The
// answer is any number of packets of kSays and some text, then one of kExited
// and the exit status in decimal, or kRefused and why. If the client goes away
// first, the command is killed.
#ifndef QUIESCE_SUPERVISOR_HOLD_PROTOCOL_H_
#define QUIESCE_SUPERVISOR_HOLD_PROTOCOL_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

inline constexpr char kControlSocket[] = "control";
inline constexpr char kSays = 's';
inline constexpr char kExited = 'x';
inline constexpr char kRefused = 'r';

// The longest packet of an answer.
inline constexpr size_t kLongestAnswer = 1 << 14;

struct HoldRequest {
  std::string node;  // empty: argv is an event
  std::vector<std::string> argv;
  UniqueFd stdio[3];
};

// The packet's text, without descriptors.
std::string EncodeRequest(const std::string& node,
                          const std::vector<std::string>& argv);

// Sends a packet with descriptors attached (none: nullptr, 0).
absl::Status SendPacket(int socket, const std::string& text, const int* fds,
                        int count);

// Receives a request. InvalidArgument if it is none.
absl::StatusOr<HoldRequest> ReceiveRequest(int socket);

// The socket at `path`, which may be of any length.
absl::StatusOr<UniqueFd> ConnectControl(const std::string& path);
absl::StatusOr<UniqueFd> ListenControl(const std::string& path);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_HOLD_PROTOCOL_H_
