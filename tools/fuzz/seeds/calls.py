"""System calls: see notifier/fuzz/calls_fuzz.cc."""
import struct

from addresses import in4, in6, ll, nl
from control import IP, cmsg
from netlink import (DUMP, INET, INET6, NEW, REQUEST, address, attr, link, message,
                     new_link)
from programs import ins
from words import u16, u32, v4, v6

CALLS = ('socket bind listen connect accept4 getsockname getpeername shutdown '
         'getsockopt setsockopt ioctl sendto recvfrom sendmsg recvmsg sendmmsg '
         'recvmmsg openat openat2 read readv accept poll ppoll select pselect6 '
         'close write_natively read_natively time capable cable').split()
BASE = 0x10000


class Guest:
    """Memory and steps of an input for calls_fuzz."""

    def __init__(self):
        self.memory, self.steps = bytearray(16), b''

    def put(self, content):
        """Where it is, relative to where memory begins."""
        self.memory += bytes(-len(self.memory) % 8)
        at = len(self.memory)
        self.memory += content
        return at

    def do(self, name, *args, node=0):
        self.steps += bytes([CALLS.index(name) | node << 7]) + u16(*args)

    def close(self, descriptor, node=0):
        self.steps += bytes([CALLS.index('close') | node << 7, descriptor])

    def write(self, descriptor, content, node=0):
        self.steps += bytes([CALLS.index('write_natively') | node << 7,
                             descriptor, len(content)]) + content

    def read(self, descriptor, size, node=0):
        self.steps += bytes([CALLS.index('read_natively') | node << 7,
                             descriptor, size])

    def cable(self, bits):
        self.steps += bytes([CALLS.index('cable'), bits])

    def wait(self, hundredths):
        self.steps += bytes([CALLS.index('time')]) + u16(hundredths)

    def iovec(self, *sizes):
        return self.put(b''.join(
            struct.pack('<QQ', BASE + self.put(b'x' * size), size)
            for size in sizes))

    def msghdr(self, name=b'', sizes=(32,), control=b'', room=None):
        iov = self.iovec(*sizes)
        name_at = self.put(name) if name else 0
        control_at = self.put(control) if control else 0
        return self.put(struct.pack(
            '<QIIQQQQII', BASE + name_at if name else 0, len(name), 0,
            BASE + iov, len(sizes), BASE + control_at if control else 0,
            len(control) if room is None else room, 0, 0))

    def done(self):
        return u16(len(self.memory)) + bytes(self.memory) + self.steps


def calls_seeds():
    seeds = {}
    nonblock, stream, dgram, raw = 0x800, 1, 2, 3
    any4, to_b = in4('0.0.0.0', 9), in4('10.0.1.2', 9)

    g = Guest()  # two nodes talk
    g.do('socket', INET, stream | nonblock, 0, node=1)
    g.do('bind', 0, g.put(any4), 16, node=1)
    g.do('listen', 0, 5, node=1)
    g.do('socket', INET, stream | nonblock, 0)
    g.do('connect', 0, g.put(to_b), 16)
    g.do('accept4', 0, g.put(bytes(16)), g.put(u32(16)), nonblock, node=1)
    g.write(0, b'hello')
    g.do('recvfrom', 1, g.put(bytes(64)), 64, 2, 0, 0, node=1)
    g.read(1, 8, node=1)
    g.do('sendto', 0, g.put(b'urgent'), 6, 1, 0, 0)
    g.do('recvmsg', 1, g.msghdr(bytes(16), control=bytes(64)), 0, node=1)
    g.do('shutdown', 0, 1)
    g.wait(500)
    g.close(1, node=1)
    g.write(0, b'late')
    g.wait(30000)
    seeds['tcp'] = g.done()

    g = Guest()  # nobody answers
    g.do('socket', INET, stream, 0)
    for level, name, value in ((6, 1, 1), (6, 18, 5000), (6, 13, 60), (0, 2, 1),
                               (1, 9, 1), (1, 2, 1), (6, 14, 99)):
        g.do('setsockopt', 0, level, name, g.put(u32(value)), 4)
    g.do('connect', 0, g.put(in4('10.0.1.77', 9)), 16)
    g.wait(60000)
    g.do('getsockopt', 0, 1, 4, g.put(u32(0)), g.put(u32(4)))
    g.do('getsockopt', 0, 6, 11, g.put(bytes(256)), g.put(u32(256)))
    g.close(0)
    seeds['tcp_refused'] = g.done()

    g = Guest()  # the way is gone, and later is there again
    g.do('socket', INET, stream | nonblock, 0, node=1)
    g.do('bind', 0, g.put(any4), 16, node=1)
    g.do('listen', 0, 5, node=1)
    g.do('socket', INET, stream | nonblock, 0)
    g.do('setsockopt', 0, 1, 9, g.put(u32(1)), 4)
    g.do('setsockopt', 0, 6, 4, g.put(u32(5)), 4)
    g.do('connect', 0, g.put(to_b), 16)
    g.do('accept', 0, 0, 0, node=1)
    g.cable(3)
    g.write(0, b'lost')
    g.do('select', 3, g.put(b'\7' + bytes(7)), g.put(b'\7' + bytes(7)),
         g.put(b'\7' + bytes(7)), g.put(bytes(16)))
    g.wait(3000)
    g.cable(0)
    g.wait(20000)
    g.do('poll', g.put(struct.pack('<ihhihh', 0, 15, 0, 9, 1, 0)), 2, 0)
    g.write(1, b'answer', node=1)
    g.cable(2)
    g.write(0, b'refused')
    g.wait(30000)
    g.cable(3)
    g.write(1, b'gone', node=1)
    for _ in range(4):
        g.wait(60000)
    g.do('poll', g.put(struct.pack('<ihh', 1, 7, 0)), 1, 0, node=1)
    g.do('recvfrom', 1, g.put(bytes(64)), 64, 0, 0, 0, node=1)
    g.do('connect', 0, g.put(u16(0) + bytes(14)), 16)
    g.do('connect', 0, g.put(to_b), 16)
    seeds['tcp_gives_up'] = g.done()

    g = Guest()  # ports shared, backlogs full, both at once
    for _ in range(2):
        g.do('socket', INET6, stream | nonblock, 0)
        g.do('setsockopt', _, 1, 15, g.put(u32(1)), 4)
        g.do('bind', _, g.put(in6('::', 9)), 28)
        g.do('listen', _, 0)
    for number in range(3):
        g.do('socket', INET, stream | nonblock, 0, node=1)
        g.do('connect', number, g.put(in4('10.0.1.1', 9)), 16, node=1)
    for _ in range(2):
        g.do('accept', _, g.put(bytes(28)), g.put(u32(28)))
        g.do('ppoll', g.put(struct.pack('<ihh', _, 1, 0)), 1,
             g.put(bytes(16)), 0, 8)
    g.close(0)
    g.close(1, node=1)
    g.do('setsockopt', 2, 1, 13, g.put(u32(1, 0)), 8, node=1)
    g.close(2, node=1)
    seeds['tcp_many'] = g.done()

    g = Guest()
    g.do('socket', INET, dgram | nonblock, 0)
    g.do('socket', INET, dgram | nonblock, 0, node=1)
    g.do('bind', 0, g.put(any4), 16, node=1)
    for name in (8, 12, 13, 20, 11):
        g.do('setsockopt', 0, 0, name, g.put(u32(1)), 4, node=1)
    control = cmsg(IP, 2, u32(7)) + cmsg(IP, 8, u32(2, 0, 0))
    one = g.msghdr(to_b, (4, 8), control)
    g.do('sendmsg', 0, one, 0)
    many = g.put(bytes(g.memory[one:one + 56]) + bytes(8) +
                 bytes(g.memory[one:one + 56]) + bytes(8))
    g.do('sendmmsg', 0, many, 2, 0)
    g.do('recvmsg', 0, g.msghdr(bytes(28), (2, 64), bytes(256)), 0x20, node=1)
    back = g.msghdr(bytes(28), (64,), bytes(256))
    room = g.put((bytes(g.memory[back:back + 56]) + bytes(8)) * 3)
    g.do('recvmmsg', 0, room, 3, 0x10040,
         g.put(struct.pack('<qq', 1, 0)), node=1)
    g.do('ioctl', 0, 0x541b, g.put(u32(0)), node=1)
    g.do('readv', 0, g.iovec(3, 3), 2, node=1)
    g.do('read', 0, g.put(bytes(9)), 9, node=1)
    seeds['udp'] = g.done()

    g = Guest()  # of other people's groups
    g.do('socket', INET, dgram | nonblock, 0)
    group = v4('224.0.0.9')
    g.do('setsockopt', 0, 0, 35, g.put(group + v4('10.0.1.1')), 8)
    g.do('setsockopt', 0, 0, 32, g.put(group + bytes(4) + u32(2)), 12)
    g.do('setsockopt', 0, 0, 39, g.put(group + bytes(4) + v4('10.0.1.2')), 12)
    g.do('setsockopt', 0, 0, 42, g.put(u32(2, 0) + in4('224.0.0.9', 0) +
                                       bytes(112)), 136)
    g.do('setsockopt', 0, 0, 41, g.put(group + bytes(4) + u32(1, 1) +
                                       v4('10.0.1.2')), 20)
    g.do('getsockopt', 0, 0, 41, g.put(group + bytes(60)), g.put(u32(64)))
    g.do('setsockopt', 0, 0, 36, g.put(group + v4('10.0.1.1')), 8)
    g.do('socket', INET6, dgram | nonblock, 0)
    g.do('setsockopt', 1, 41, 20, g.put(v6('ff02::9') + u32(2)), 20)
    g.do('setsockopt', 1, 41, 17, g.put(u32(2)), 4)
    seeds['groups'] = g.done()

    g = Guest()  # programs, devices, timeouts
    g.do('socket', INET, dgram | nonblock, 0)
    program = g.put(ins(0x28, 0) + ins(0x15, 9, 0, 1) + ins(0x06, 4) +
                    ins(0x06, 0))
    g.do('setsockopt', 0, 1, 26, g.put(struct.pack('<HxxxxxxQ', 4,
                                                   BASE + program)), 16)
    g.do('getsockopt', 0, 1, 26, g.put(bytes(64)), g.put(u32(64)))
    g.do('setsockopt', 0, 1, 25, g.put(b'eth1\0'), 5)
    g.do('getsockopt', 0, 1, 25, g.put(bytes(16)), g.put(u32(16)))
    for name in (20, 21, 66):
        g.do('setsockopt', 0, 1, name, g.put(struct.pack('<qq', 2, 5)), 16)
    g.do('setsockopt', 0, 1, 13, g.put(u32(1, 3)), 8)
    g.do('setsockopt', 0, 1, 27, g.put(u32(0)), 4)
    g.do('bind', 0, g.put(any4), 16)
    g.do('sendto', 0, g.put(b'to itself'), 9, 0, g.put(in4('10.0.1.1', 9)), 16)
    g.do('recvfrom', 0, g.put(bytes(16)), 16, 0, 0, 0)
    seeds['programs'] = g.done()

    g = Guest()  # every option there may be
    for i, (family, kind) in enumerate(
            ((INET, stream), (INET6, stream), (INET, dgram), (INET6, raw))):
        g.do('socket', family, kind | nonblock, 89 if kind == raw else 0)
        value, size = g.put(bytes(128)), g.put(u32(128))
        for level, name in ((1, 3), (1, 7), (1, 17), (1, 38), (1, 57), (0, 14),
                            (41, 24), (41, 61), (255, 7), (58, 1), (6, 9)):
            g.do('getsockopt', i, level, name, value, size)
    seeds['options'] = g.done()

    g = Guest()
    g.do('socket', INET, dgram | nonblock, 0)
    ifreq = lambda rest=b'': b'eth1'.ljust(16, b'\0') + rest.ljust(24, b'\0')
    for request in (0x8913, 0x8915, 0x8919, 0x891b, 0x891d, 0x8921, 0x8927,
                    0x8933, 0x8942, 0x8970):
        g.do('ioctl', 0, request, g.put(ifreq()))
    g.do('ioctl', 0, 0x8910, g.put(bytes(16) + u32(2) + bytes(20)))
    g.do('ioctl', 0, 0x8912, g.put(struct.pack('<ixxxxQ', 200,
                                               BASE + g.put(bytes(200)))))
    g.do('ioctl', 0, 0x8914, g.put(ifreq(u16(0x1003))))
    g.do('ioctl', 0, 0x8916, g.put(ifreq(in4('10.0.9.1', 0))))
    g.do('ioctl', 0, 0x891c, g.put(ifreq(in4('255.255.0.0', 0))))
    g.do('ioctl', 0, 0x8922, g.put(ifreq(u32(1400))))
    g.do('ioctl', 0, 0x8946, g.put(ifreq(struct.pack(
        '<Q', BASE + g.put(u32(1) + bytes(60))))))
    g.do('ioctl', 0, 0x890b, g.put(bytes(120)))
    g.do('ioctl', 0, 0x8954, g.put(in4('10.0.1.2', 0).ljust(68, b'\0')))
    g.steps += bytes([CALLS.index('capable'), 0])
    g.do('ioctl', 0, 0x8914, g.put(ifreq(u16(0))))
    seeds['ioctls'] = g.done()

    g = Guest()
    g.do('socket', INET, raw | nonblock, 89)
    g.do('socket', INET, raw | nonblock, 255, node=1)
    header = (b'E\0\0\x1c\0\1\0\0\1\x59\0\0' + v4('10.0.1.2') +
              v4('10.0.1.1') + b'payload!')
    g.do('sendto', 0, g.put(header), len(header), 0,
         g.put(in4('10.0.1.1', 0)), 16, node=1)
    g.do('recvfrom', 0, g.put(bytes(64)), 64, 0, g.put(bytes(16)),
         g.put(u32(16)))
    g.do('socket', INET6, raw | nonblock, 58)
    g.do('setsockopt', 1, 58, 1, g.put(bytes(32)), 32)
    g.do('setsockopt', 1, 255, 7, g.put(u32(2)), 4)
    g.do('sendto', 1, g.put(b'\x80\0\0\0\0\1\0\1ping'), 12, 0,
         g.put(in6('fd00:1::2', 0)), 28)
    g.do('recvfrom', 1, g.put(bytes(64)), 64, 0, 0, 0)
    seeds['raw'] = g.done()

    g = Guest()
    for node in (0, 1):
        g.do('socket', 17, raw | nonblock, 0x300, node=node)
        g.do('bind', 0, g.put(ll(2, 3)), 20, node=node)
    g.do('setsockopt', 0, 263, 1, g.put(u32(2) + u16(0, 6) + b'\1\x80\xc2\0\0'
                                        b'\x14\0\0'), 16, node=1)
    g.do('setsockopt', 0, 263, 8, g.put(u32(1)), 4, node=1)
    frame = b'\1\x80\xc2\0\0\x14\2\0\0\0\0\1\0\7\xfe\xfe\3\x83isis'
    g.do('sendto', 0, g.put(frame), len(frame), 0, g.put(ll(2)), 20)
    g.do('recvmsg', 0, g.msghdr(bytes(20), (64,), bytes(128)), 0x20, node=1)
    g.do('socket', 17, dgram | nonblock, 8)
    g.do('sendto', 1, g.put(header), len(header), 0, g.put(ll(2)), 20)
    g.do('getsockopt', 0, 263, 6, g.put(bytes(16)), g.put(u32(16)), node=1)
    seeds['packet'] = g.done()

    g = Guest()
    g.do('socket', 16, raw | nonblock, 0)
    g.do('bind', 0, g.put(nl(0, 0x7fff)), 12)
    for name in (1, 2, 3, 5, 8, 11, 12):
        g.do('setsockopt', 0, 270, name, g.put(u32(1)), 4)
    request = message(18, REQUEST | DUMP, link())
    g.do('sendto', 0, g.put(request), len(request), 0, g.put(nl(0)), 12)
    g.do('recvmsg', 0, g.msghdr(bytes(12), (4096,), bytes(64)), 0x22)
    g.do('recvmsg', 0, g.msghdr(bytes(12), (100,), bytes(64)), 0)
    g.do('getsockopt', 0, 270, 9, g.put(bytes(16)), g.put(u32(16)))
    request = new_link('dummy', 'dum0') + message(
        20, NEW, address(INET, 24, 3), attr(2, v4('10.0.7.1')))
    g.write(0, request)
    g.read(0, 250)
    seeds['netlink'] = g.done()

    g = Guest()
    paths = ('/proc/net/route', '/proc/net//tcp', '/proc/net/udp6',
             '/proc/net/dev', '/sys/class/net/eth1/mtu', '/dev/urandom',
             '/proc/sys/kernel/random/uuid', '/proc/net/raw',
             '/proc/self/net/if_inet6', '/proc/net/packet')
    for i, path in enumerate(paths):
        g.do('openat', -100, g.put(path.encode() + b'\0'), 0, 0)
        g.read(i, 99)
    seeds['files'] = g.done()

    g = Guest()
    for i, (path, value) in enumerate((
            ('ipv4/conf/eth1/forwarding', b'0\n'),
            ('ipv4/conf/all/rp_filter', b'2'),
            ('ipv4/ip_forward', b'1\n'),
            ('ipv4/ping_group_range', b'7\t9\n'),
            ('ipv6/conf/default/accept_ra', b'-1'),
            ('ipv4/tcp_l3mdev_accept', b' 17\n'))):
        at = g.put(b'/proc/sys/net/' + path.encode() + b'\0')
        g.do('openat', -100, at, 2, 0)
        g.write(i, value)
        g.do('read', i, g.put(bytes(9)), 9)
    g.do('openat2', -100, at, g.put(struct.pack('<QQQ', 1, 0, 0)), 24)
    g.write(6, b'17x')
    seeds['sysctls'] = g.done()
    return seeds
