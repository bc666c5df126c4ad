"""Words of any seed: numbers and addresses."""
import socket
import struct

v4 = lambda text: socket.inet_pton(socket.AF_INET, text)
v6 = lambda text: socket.inet_pton(socket.AF_INET6, text)


def u16(*values):
    return struct.pack('<%dH' % len(values), *(v & 0xffff for v in values))


def u32(*values):
    return struct.pack('<%dI' % len(values), *(v & 0xffffffff for v in values))
