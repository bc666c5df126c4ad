#include "notifier/bpf/socket_filter.h"

#include <linux/bpf_common.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>

#include "notifier/bpf/classic.h"

namespace quiesce {
namespace {

bool IsJump(const sock_filter& i) { return BPF_CLASS(i.code) == BPF_JMP; }

// filter.c:chk_code_allowed.
bool Known(const sock_filter& i) {
  switch (i.code) {
    case BPF_LD | BPF_W | BPF_ABS:
    case BPF_LD | BPF_H | BPF_ABS:
    case BPF_LD | BPF_B | BPF_ABS:
    case BPF_LD | BPF_W | BPF_IND:
    case BPF_LD | BPF_H | BPF_IND:
    case BPF_LD | BPF_B | BPF_IND:
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LD | BPF_IMM:
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_B | BPF_MSH:
    case BPF_LDX | BPF_IMM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
    case BPF_MISC | BPF_TAX:
    case BPF_MISC | BPF_TXA:
    case BPF_RET | BPF_K:
    case BPF_RET | BPF_A:
    case BPF_ALU | BPF_NEG:
    case BPF_JMP | BPF_JA:
      return true;
    default:
      break;
  }
  const uint16_t source = BPF_SRC(i.code);
  const uint16_t op = BPF_OP(i.code);
  if (i.code != (BPF_CLASS(i.code) | op | source)) return false;
  switch (BPF_CLASS(i.code)) {
    case BPF_ALU:
      return op <= BPF_RSH || op == BPF_MOD || op == BPF_XOR;
    case BPF_JMP:
      return op >= BPF_JEQ && op <= BPF_JSET;
    default:
      return false;
  }
}

bool IsAncillary(uint32_t k) {
  const uint32_t what = k - static_cast<uint32_t>(SKF_AD_OFF);
  return what < SKF_AD_MAX && what % 4 == 0;
}

bool WellFormed(const std::vector<sock_filter>& program, size_t at) {
  const sock_filter& i = program[at];
  const size_t rest = program.size() - at - 1;  // instructions after this one
  if (!Known(i)) return false;
  switch (i.code) {
    case BPF_ALU | BPF_DIV | BPF_K:
    case BPF_ALU | BPF_MOD | BPF_K:
      return i.k != 0;
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_K:
      return i.k < 32;
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
      return i.k < BPF_MEMWORDS;
    case BPF_JMP | BPF_JA:
      return i.k < rest;
    case BPF_LD | BPF_W | BPF_ABS:
    case BPF_LD | BPF_H | BPF_ABS:
    case BPF_LD | BPF_B | BPF_ABS:
      return i.k < static_cast<uint32_t>(SKF_AD_OFF) || IsAncillary(i.k);
    default:
      return !IsJump(i) || (i.jt < rest && i.jf < rest);
  }
}

// filter.c:check_load_and_stores: no word is read that may not be written.
bool ReadsOnlyWhatIsWritten(const std::vector<sock_filter>& program) {
  std::vector<uint16_t> masks(program.size(), 0xffff);
  uint16_t valid = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& i = program[at];
    valid &= masks[at];
    if (i.code == BPF_ST || i.code == BPF_STX) {
      valid |= 1 << i.k;
    } else if (i.code == (BPF_LD | BPF_MEM) || i.code == (BPF_LDX | BPF_MEM)) {
      if (!(valid >> i.k & 1)) return false;
    } else if (i.code == (BPF_JMP | BPF_JA)) {
      masks[at + 1 + i.k] &= valid;
      valid = 0xffff;
    } else if (IsJump(i)) {
      masks[at + 1 + i.jt] &= valid;
      masks[at + 1 + i.jf] &= valid;
      valid = 0xffff;
    }
  }
  return true;
}

size_t SizeOf(uint16_t code) {
  switch (BPF_SIZE(code)) {
    case BPF_W:
      return 4;
    case BPF_H:
      return 2;
    default:
      return 1;
  }
}

uint32_t BigEndian(absl::string_view bytes) {
  uint32_t value = 0;
  for (const char byte : bytes) {
    value = value << 8 | static_cast<uint8_t>(byte);
  }
  return value;
}

// bpf_skb_load_helper, bpf_internal_load_pointer_neg_helper.
std::optional<uint32_t> Load(const FilteredPacket& packet, int64_t offset,
                             size_t size) {
  int64_t at = offset;
  if (offset >= 0) {
    at += packet.data;
  } else if (offset >= SKF_NET_OFF) {
    at += packet.network - int64_t{SKF_NET_OFF};
  } else if (offset >= SKF_LL_OFF) {
    at -= SKF_LL_OFF;
  } else {
    return std::nullopt;
  }
  if (at < 0 || at + size > packet.frame.size()) return std::nullopt;
  return BigEndian(packet.frame.substr(at, size));
}

// flow_dissector.c:__skb_get_poff: where the transport's payload begins.
uint32_t PayloadOffset(const FilteredPacket& packet) {
  const auto byte = [&](size_t at) {
    return at < packet.frame.size() ? static_cast<uint8_t>(packet.frame[at])
                                    : 0;
  };
  size_t at = packet.network;
  int protocol = 0;
  if (packet.protocol == ETH_P_IP) {
    protocol = byte(at + 9);
    at += (byte(at) & 0xf) * 4;
  } else if (packet.protocol == ETH_P_IPV6) {
    protocol = byte(at + 6);
    at += 40;
  } else {
    return 0;
  }
  switch (protocol) {
    case IPPROTO_TCP:
      at += std::max(20, (byte(at + 12) & 0xf0) >> 2);
      break;
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
      at += 8;
      break;
    default:
      break;
  }
  return std::min(at, packet.frame.size()) - packet.data;
}

uint32_t Ancillary(const FilteredPacket& packet, uint32_t what) {
  switch (what) {
    case SKF_AD_PROTOCOL:
      return packet.protocol;
    case SKF_AD_PKTTYPE:
      return packet.type;
    case SKF_AD_IFINDEX:
      return packet.ifindex;
    case SKF_AD_MARK:
      return packet.mark;
    case SKF_AD_HATYPE:
      return packet.hardware;
    case SKF_AD_PAY_OFFSET:
      return PayloadOffset(packet);
    case SKF_AD_RANDOM:
      return packet.random;
    default:
      return 0;  // queue, hash, processor, VLAN tags, netlink attributes
  }
}

}  // namespace

std::optional<SocketFilter> SocketFilter::Make(
    std::vector<sock_filter> program) {
  if (program.empty() || program.size() > BPF_MAXINSNS) return std::nullopt;
  for (size_t at = 0; at < program.size(); ++at) {
    if (!WellFormed(program, at)) return std::nullopt;
  }
  if (BPF_CLASS(program.back().code) != BPF_RET ||
      !ReadsOnlyWhatIsWritten(program)) {
    return std::nullopt;
  }
  return SocketFilter(std::move(program));
}

uint32_t SocketFilter::Run(const FilteredPacket& packet) const {
  uint32_t a = 0, x = 0;
  uint32_t memory[BPF_MEMWORDS] = {};
  const uint32_t length = packet.frame.size() - packet.data;
  for (size_t at = 0; at < program_.size();) {
    const sock_filter& i = program_[at++];
    const uint32_t operand = BPF_SRC(i.code) == BPF_X ? x : i.k;
    switch (BPF_CLASS(i.code)) {
      case BPF_LD:
      case BPF_LDX: {
        uint32_t& to = BPF_CLASS(i.code) == BPF_LD ? a : x;
        const uint32_t what = i.k - static_cast<uint32_t>(SKF_AD_OFF);
        std::optional<uint32_t> loaded;
        switch (BPF_MODE(i.code)) {
          case BPF_IMM:
            loaded = i.k;
            break;
          case BPF_MEM:
            loaded = memory[i.k];
            break;
          case BPF_LEN:
            loaded = length;
            break;
          case BPF_MSH:
            loaded = Load(packet, static_cast<int32_t>(i.k), 1);
            if (loaded) loaded = (*loaded & 0xf) * 4;
            break;
          case BPF_ABS:
            if (i.k < static_cast<uint32_t>(SKF_AD_OFF)) {
              loaded = Load(packet, static_cast<int32_t>(i.k), SizeOf(i.code));
            } else if (what == SKF_AD_ALU_XOR_X) {
              loaded = a ^ x;
            } else {
              loaded = Ancillary(packet, what);
            }
            break;
          case BPF_IND:
            loaded =
                Load(packet, static_cast<int32_t>(x + i.k), SizeOf(i.code));
            break;
        }
        if (!loaded) return 0;
        to = *loaded;
        break;
      }
      case BPF_ST:
        memory[i.k] = a;
        break;
      case BPF_STX:
        memory[i.k] = x;
        break;
      case BPF_MISC:
        if (BPF_MISCOP(i.code) == BPF_TAX) {
          x = a;
        } else {
          a = x;
        }
        break;
      case BPF_RET:
        return BPF_RVAL(i.code) == BPF_A ? a : i.k;
      case BPF_ALU:
        if (operand == 0 &&
            (BPF_OP(i.code) == BPF_DIV || BPF_OP(i.code) == BPF_MOD)) {
          return 0;
        }
        a = *Calculate(i.code, a, operand);  // as WellFormed() has seen
        break;
      case BPF_JMP:
        at += *Distance(i, a, operand);
        break;
    }
  }
  return 0;
}

}  // namespace quiesce
