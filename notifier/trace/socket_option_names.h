// The socket options that have names.
#ifndef QUIESCE_NOTIFIER_TRACE_SOCKET_OPTION_NAMES_H_
#define QUIESCE_NOTIFIER_TRACE_SOCKET_OPTION_NAMES_H_

namespace quiesce {

// asm-generic/socket.h and bits/socket.h, which do not get on with
// <linux/in.h>.
inline constexpr int kSolSocket = 1, kSolIp = 0, kSolTcp = 6, kSolUdp = 17,
                     kSolIpv6 = 41, kSolIcmpv6 = 58, kSolRaw = 255,
                     kSolPacket = 263, kSolNetlink = 270;

// How an option's value is shown.
enum class OptionAs {
  kInt,
  kBytes,
  kString,
  kFlags,  // an int in hexadecimal
  kLinger,
  kTimeval,
  kU64,
  kFamily,
  kType,
  kProtocol,
  kErrno,
  kCredentials,
  kMembership,   // ip_mreq, ip_mreqn
  kMembership6,  // ipv6_mreq
  kGroup,        // group_req
  kInAddr,
  kMd5,
  kProgram,
  kIcmp6Filter,
  kPacketMembership,
  kTcpInfo,
};

struct NamedOption {
  int level;
  int name;
  const char* text;
  OptionAs as = OptionAs::kInt;
};

// Null if there is none.
const NamedOption* FindNamedOption(int level, int name);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_SOCKET_OPTION_NAMES_H_
