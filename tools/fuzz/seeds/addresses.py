"""Socket addresses: see notifier/fuzz/sockaddr_fuzz.cc."""
import struct

from netlink import INET, INET6
from words import u16, u32, v4, v6


def in4(address, port):
    return u16(INET) + struct.pack('>H', port) + v4(address) + bytes(8)


def in6(address, port, scope=0):
    return u16(INET6) + struct.pack('>HI', port, 0) + v6(address) + u32(scope)


def nl(port, groups=0):
    return u16(16, 0) + u32(port, groups)


def ll(index, protocol=0x800):
    return u16(17) + struct.pack('>H', protocol) + u32(index) + (
        b'\1\0\0\6\2\0\0\0\0\2\0\0')


def sockaddr_seeds():
    bind, connect, send, listen, receive, accept = range(6)

    def step(what, name=b'', length=None):
        length = len(name) if length is None else length
        return bytes([what, length, len(name)]) + name

    own4, own6 = in4('10.0.1.1', 8), in6('fd00:1::1', 8)
    seeds = {
        'tcp4': b'\0' + step(bind, own4) + step(listen) + step(accept, b'', 16),
        'tcp4_connect': b'\0' + step(connect, in4('10.0.1.2', 179)) +
                        step(connect, u16(0) + bytes(14)),
        'tcp4_to_itself': b'\0' + step(bind, own4) + step(connect, own4) +
                          step(send, own4),
        'tcp4_unspec': b'\0' + step(bind, u16(0) + bytes(14)) +
                       step(bind, u16(0) + b'\0\0\n\0\1\1' + bytes(8)),
        'tcp6': b'\1' + step(bind, own6) + step(listen) +
                step(receive, b'', 28),
        'tcp6_mapped': b'\1' + step(connect, in6('::ffff:10.0.1.2', 9)),
        'tcp6_link_local': b'\1' + step(bind, in6('fe80::1', 9, 2)) +
                           step(connect, in6('fe80::2', 9, 2)),
        'udp4': b'\2' + step(bind, own4) + step(connect, in4('10.0.1.2', 9)) +
                step(send) + step(receive, b'', 16) +
                step(connect, u16(0) + bytes(14)),
        'udp4_to_itself': b'\2' + step(bind, own4) + step(send, own4) +
                          step(receive, b'', 7) + step(send, own4) +
                          step(receive, b'', 255),
        'udp4_many': b'\2' + step(send, in4('224.0.0.5', 9)) +
                     step(send, in4('255.255.255.255', 9)) +
                     step(send, in4('10.0.1.255', 9)) +
                     step(bind, in4('224.0.0.5', 9)),
        'udp6': b'\3' + step(bind, in6('::', 9)) + step(send, own6) +
                step(send, in6('ff02::5', 9, 2)) + step(send, own4),
        'raw4': b'\4' + step(bind, in4('10.0.1.1', 0)) +
                step(send, in4('10.0.1.1', 0)) + step(receive, b'', 16),
        'raw6': b'\5' + step(bind, in6('fd00:1::1', 0)) +
                step(send, in6('fd00:1::1', 89)) + step(receive, b'', 28) +
                step(send, in6('ff02::5', 0, 2)),
        'icmp': b'\6' + step(send, in4('10.0.1.2', 0)) + step(receive, b'', 16),
        'icmp6': b'\7' + step(send, in6('fd00:1::2', 0)) +
                 step(receive, b'', 28),
        'header_included': b'\x08' + step(send, in4('10.0.1.2', 0)),
        'netlink': b'\x09' + step(bind, nl(0, 0x111)) +
                   step(connect, nl(0)) + step(send, nl(0)) +
                   step(receive, b'', 12),
        'netlink_to_others': b'\x09' + step(bind, nl(99)) + step(send, nl(99)) +
                             step(send, nl(0, 1)) + step(connect, nl(5, 3)),
        'packet_raw': b'\x0a' + step(bind, ll(2, 3)) + step(send, ll(2)) +
                      step(receive, b'', 20),
        'packet_dgram': b'\x0b' + step(bind, ll(0)) + step(send, ll(2, 0x88cc)),
        'packet_short': b'\x0b' + step(bind, ll(2)[:12]) +
                        step(send, ll(2)[:12]),
    }
    seeds['ping4'] = b'\x0c' + step(bind, in4('10.0.1.1', 7)) + step(
        send, in4('10.0.1.2', 0)) + step(receive, b'', 16)
    seeds['ping6'] = b'\x0d' + step(send, in6('fd00:1::2', 0)) + step(
        receive, b'', 28)
    for kind in range(14):
        seeds['lengths_%d' % kind] = bytes([kind]) + b''.join(
            step(what, in6('fd00:1::2', 9), length)
            for length in (0, 1, 2, 8, 16, 24, 28, 128, 129)
            for what in (bind, connect))[:400]
    return seeds
