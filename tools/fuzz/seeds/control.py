"""Control messages: see notifier/fuzz/control_fuzz.cc."""
import struct

from words import u16, u32, v4, v6

SOCKET, IP, IPV6 = 1, 0, 41


def cmsg(level, kind, data, length=None):
    length = 16 + len(data) if length is None else length
    return struct.pack('<Qii', length, level, kind) + data + bytes(
        -len(data) % 8)


def control_seeds():
    everything, room = u16(0x1fff), u16(512)

    def seed(kind, to, control=b'', asked=everything, space=room, ttl=64):
        return bytes([kind, to]) + asked + space + bytes([ttl]) + control

    pktinfo4 = cmsg(IP, 8, u32(2) + v4('10.0.1.1') + bytes(4))
    pktinfo6 = cmsg(IPV6, 50, v6('fd00:1::1') + u32(2))
    ttl, tos = cmsg(IP, 2, u32(9)), cmsg(IP, 1, u32(0xc0))
    hops, tclass = cmsg(IPV6, 52, u32(255)), cmsg(IPV6, 67, u32(0xc0))
    return {
        'udp4': seed(0, 0, pktinfo4 + ttl + tos),
        'udp4_one_byte_tos': seed(0, 0, cmsg(IP, 1, b'\x10')),
        'udp4_to_itself': seed(0, 1),
        'udp4_group': seed(0, 2, pktinfo4),
        'udp4_unreachable': seed(0, 3),
        'udp4_broadcast': seed(0, 4),
        'udp4_ttl_exceeded': seed(0, 0, cmsg(IP, 2, u32(0)), ttl=1),
        'udp4_no_room': seed(0, 0, ttl, space=u16(0)),
        'udp4_little_room': seed(0, 0, ttl, space=u16(24)),
        'udp4_odd_room': seed(0, 0, ttl, space=u16(45)),
        'udp6': seed(1, 0, pktinfo6 + hops + tclass),
        'udp6_group': seed(1, 2, pktinfo6),
        'udp6_mapped': seed(1, 4),
        'udp6_unreachable': seed(1, 3),
        'udp6_options': seed(1, 0, cmsg(IPV6, 54, bytes(8)) +
                             cmsg(IPV6, 59, bytes(8)) +
                             cmsg(IPV6, 57, bytes(8))),
        'raw4': seed(2, 0, pktinfo4 + ttl),
        'raw6': seed(3, 0, pktinfo6 + hops),
        'icmp4': seed(4, 0, ttl),
        'icmp6': seed(5, 0, hops),
        'udplite': seed(6, 0, tos),
        'header_included': seed(7, 0, pktinfo4),
        'header_included6': seed(8, 0, pktinfo6),
        'tcp': seed(9, 0, ttl),
        'ping4': seed(10, 0, pktinfo4 + ttl),
        'ping6': seed(11, 0, pktinfo6 + hops),
        'rights': seed(0, 0, cmsg(SOCKET, 1, u32(3))),
        'credentials': seed(0, 0, cmsg(SOCKET, 2, u32(1, 0, 0))),
        'mark': seed(0, 0, cmsg(SOCKET, 36, u32(7))),
        'txtime': seed(0, 0, cmsg(SOCKET, 61, bytes(8))),
        'other_level': seed(0, 0, cmsg(17, 1, u32(1))),
        'too_long': seed(0, 0, cmsg(IP, 2, u32(9), 99)),
        'too_short': seed(0, 0, cmsg(IP, 2, u32(9), 15)),
        'huge': seed(0, 0, cmsg(IP, 2, u32(9), 2**64 - 1)),
        'without_data': seed(0, 0, cmsg(IP, 8, b'')),
        'cut': seed(0, 0, ttl + tos[:9]),
    }
