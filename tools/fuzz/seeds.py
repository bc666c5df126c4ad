#!/usr/bin/env python3
"""Writes the seeds of the binary fuzz targets into their NAME.corpus.

What a run has found is added by hand and stays. The forms of the inputs are
described at the head of each target; kinds and calls are numbers there, since
their order is part of the seeds.
"""
import os
import socket
import struct

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
v4 = lambda text: socket.inet_pton(socket.AF_INET, text)
v6 = lambda text: socket.inet_pton(socket.AF_INET6, text)


def write(target, seeds):
    directory = os.path.join(ROOT, target + '.corpus')
    os.makedirs(directory, exist_ok=True)
    for name, content in seeds.items():
        with open(os.path.join(directory, name), 'wb') as file:
            file.write(content)


def u16(*values):
    return struct.pack('<%dH' % len(values), *(v & 0xffff for v in values))


def u32(*values):
    return struct.pack('<%dI' % len(values), *(v & 0xffffffff for v in values))


# --- Netlink -----------------------------------------------------------------
REQUEST, ACK, ECHO, DUMP = 1, 4, 8, 0x300
REPLACE, EXCL, CREATE, APPEND = 0x100, 0x200, 0x400, 0x800
NEW = REQUEST | ACK | CREATE
INET, INET6, BRIDGE = 2, 10, 7


def attr(kind, value):
    if isinstance(value, int):
        value = u32(value)
    if isinstance(value, str):
        value = value.encode() + b'\0'
    if isinstance(value, list):
        value = b''.join(value)
    return struct.pack('<HH', 4 + len(value), kind) + value + bytes(
        -len(value) % 4)


def message(kind, flags, body, *attrs):
    body += b''.join(attrs)
    return struct.pack('<IHHII', 16 + len(body), kind, flags, 1, 0) + body


def event(what):  # something happens to the node
    return message(what, 0, b'')


def link(index=0, flags=0, mask=0, family=0):
    return struct.pack('<BBHiII', family, 0, 0, index, flags, mask)


def address(family, length, index):
    return struct.pack('<BBBBI', family, length, 0, 0, index)


def route(family, length, table=254, kind=1, scope=0, protocol=4, flags=0,
          source=0):
    return struct.pack('<BBBBBBBBI', family, length, source, 0, table, protocol,
                       scope, kind, flags)


def hop(index, gateway, weight=0, flags=0):
    inner = attr(5, gateway)
    return struct.pack('<HBBi', 8 + len(inner), flags, weight, index) + inner


def rule(family, table, action=1, flags=0, dst=0, src=0):
    return struct.pack('<BBBBBBBBI', family, dst, src, 0, table, 0, 0, action,
                       flags)


def nexthop(family=INET, protocol=4):
    return struct.pack('<BBBBI', family, 0, protocol, 0, 0)


def neighbour(family, index, state=0x80, flags=0):
    return struct.pack('<BBHiHBB', family, 0, 0, index, state, flags, 0)


def new_link(kind, name, *data, family=0):
    info = [attr(1, kind.encode())]
    if data:
        info.append(attr(2, list(data)))
    return message(16, NEW | EXCL, link(flags=1, mask=1), attr(3, name),
                   attr(18, info))


def netlink_seeds():
    # RTM_: NEWLINK 16 ... NEWADDR 20, NEWROUTE 24, NEWNEIGH 28, NEWRULE 32,
    # NEWNEXTHOP 104; each is followed by DEL, GET, SET. Links 2 and 3 are
    # eth1 and eth2; those that are made begin at 4.
    single = [
        message(104, NEW, nexthop(), attr(1, 1), attr(5, 2),
                attr(6, v4('10.0.1.2'))),
        message(104, NEW, nexthop(), attr(1, 2), attr(5, 3),
                attr(6, v4('10.0.2.2'))),
    ]
    group = message(104, NEW, nexthop(0), attr(1, 3), attr(
        2, struct.pack('<IBBHIBBH', 1, 0, 0, 0, 2, 3, 0, 0)))
    via_group = message(24, NEW, route(INET, 24), attr(1, v4('10.6.0.0')),
                        attr(30, 3))
    multipath = attr(9, [hop(2, v4('10.0.1.2')), hop(3, v4('10.0.2.2'), 3)])
    multipath6 = attr(9, [hop(2, v6('fd00:1::2')), hop(3, v6('fd00:2::2'))])
    vrf = new_link('vrf', 'red', attr(1, 10))
    enslave = message(19, REQUEST | ACK, link(2), attr(10, 4))
    gets = {
        'links': message(18, REQUEST | DUMP, link()),
        'links_by_master': message(18, REQUEST | DUMP, link(), attr(10, 4),
                                   attr(18, [attr(1, b'vrf')])),
        'links_of_bridge': message(18, REQUEST | DUMP, link(family=BRIDGE),
                                   attr(29, 2)),
        'link_by_name': message(18, REQUEST, link(), attr(3, 'eth1'),
                                attr(29, 9)),
        'addresses': message(22, REQUEST | DUMP, address(0, 0, 0)),
        'addresses_by_link': message(22, REQUEST | DUMP, address(INET, 0, 2)),
        'address6': message(22, REQUEST, address(INET6, 0, 0),
                            attr(1, v6('fd00:1::1'))),
        'routes': message(26, REQUEST | DUMP, route(0, 0, 0, 0, 0, 0)),
        'routes_by_table': message(26, REQUEST | DUMP,
                                   route(INET, 0, 254, 1, 0, 4), attr(4, 2),
                                   attr(15, 254)),
        'routes6_cloned': message(26, REQUEST | DUMP,
                                  route(INET6, 0, 0, 0, 0, 0, 0x200)),
        'route_get': message(26, REQUEST, route(INET, 32, 0, 0, 0, 0, 0x1000),
                             attr(1, v4('10.0.1.9'))),
        'route_get_fib': message(26, REQUEST,
                                 route(INET, 32, 0, 0, 0, 0, 0x2000),
                                 attr(1, v4('10.0.1.9')), attr(16, 7),
                                 attr(2, v4('10.0.1.1')), attr(4, 2)),
        'route_get_in': message(26, REQUEST, route(INET, 32, 0, 0, 0, 0),
                                attr(1, v4('10.0.2.9')), attr(3, 2),
                                attr(2, v4('10.0.1.7')), attr(27, b'\x11'),
                                attr(28, b'\0\x35'), attr(29, b'\0\x36')),
        'route_get6': message(26, REQUEST, route(INET6, 128, 0, 0, 0, 0),
                              attr(1, v6('fd00:1::9')), attr(4, 2)),
        'neighbours': message(30, REQUEST | DUMP, neighbour(INET, 2),
                              attr(8, 2)),
        'neighbour': message(30, REQUEST, neighbour(INET, 2, 0),
                             attr(1, v4('10.0.1.2'))),
        'fdb': message(30, REQUEST | DUMP, neighbour(BRIDGE, 0, 0)),
        'rules': message(34, REQUEST | DUMP, rule(0, 0)),
        'nexthops': message(106, REQUEST | DUMP, nexthop(0, 0)),
        'nexthops_of_groups': message(106, REQUEST | DUMP, nexthop(0, 0),
                                      attr(3, b''), attr(9, 2)),
        'nexthop': message(106, REQUEST, nexthop(0, 0), attr(1, 3)),
        'netconf': message(82, REQUEST | DUMP, struct.pack('<B3x', INET)),
        'netconf_all': message(82, REQUEST, struct.pack('<B3x', INET6),
                               attr(1, -1)),
        'nsid': message(90, REQUEST, bytes(4), attr(3, 7)),
        'vlans': message(114, REQUEST | DUMP, struct.pack('<B7x', BRIDGE)),
        'qdiscs': message(38, REQUEST | DUMP, bytes(20)),
    }
    seeds = {}
    for name, request in gets.items():
        seeds['get_' + name] = b'\x02' + request
        seeds['get_' + name + '_strict'] = b'\x03' + request
    seeds.update({
        'link_dummy': b'\x02' + new_link('dummy', 'dum0'),
        'link_vrf': b'\x02' + vrf + enslave +
                    message(24, NEW, route(INET, 24, 10),
                            attr(1, v4('10.7.0.0')), attr(5, v4('10.0.1.2'))) +
                    message(17, REQUEST | ACK, link(4)),
        'link_vlan': b'\x02' + message(
            16, NEW | EXCL, link(flags=1, mask=1), attr(3, 'v10'), attr(5, 2),
            attr(18, [attr(1, b'vlan'), attr(2, [attr(1, u16(10))])])) +
                     message(19, REQUEST | ACK, link(2, 0, 1)) +
                     message(17, REQUEST | ACK, link(4)),
        'link_bridge': b'\x02' + new_link('bridge', 'br0', attr(1, 100)) +
                       enslave + message(19, REQUEST | ACK, link(3),
                                         attr(10, 4)) +
                       message(19, REQUEST | ACK, link(2), attr(10, 0)),
        'link_change': b'\x06' + message(
            16, REQUEST | ACK, link(2, 0x1043, 0x1043), attr(3, 'wan'),
            attr(4, 1400), attr(1, b'\2\0\0\0\0\x42'), attr(20, 'alias'),
            attr(13, 1000), attr(27, 7), attr(33, b'\0'), attr(16, b'\2'),
            attr(17, b'\1'), attr(26, [attr(10, [attr(8, b'\1')])])),
        'link_moved': b'\x02' + message(19, REQUEST | ACK, link(2),
                                        attr(19, 99)),
        'address_new': b'\x02' + message(
            20, NEW, address(INET, 24, 2), attr(2, v4('10.0.5.1')),
            attr(1, v4('10.0.5.1')), attr(4, v4('10.0.5.255')),
            attr(3, 'eth1:1'), attr(9, 77), attr(8, 0x80)) +
                       message(21, REQUEST | ACK, address(INET, 24, 2),
                               attr(2, v4('10.0.1.1'))),
        'address_replaced': b'\x02' + message(
            20, NEW | REPLACE, address(INET, 24, 2), attr(2, v4('10.0.1.1')),
            attr(1, v4('10.0.1.1')), attr(9, 77)) +
                            message(20, NEW | REPLACE, address(INET6, 64, 2),
                                    attr(1, v6('fd00:1::1')), attr(9, 77)),
        'address_peer': b'\x02' + message(
            20, NEW, address(INET, 32, 2), attr(2, v4('10.0.6.1')),
            attr(1, v4('10.0.6.2')),
            attr(6, struct.pack('<IIII', 100, 200, 0, 0))),
        'address6_new': b'\x02' + message(
            20, NEW, address(INET6, 64, 2), attr(1, v6('fd00:5::1')),
            attr(8, 0x200), attr(6, struct.pack('<IIII', 100, 200, 0, 0))) +
                        message(21, REQUEST | ACK, address(INET6, 64, 2),
                                attr(1, v6('fd00:1::1'))),
        'route_new': b'\x02' + message(
            24, NEW | EXCL | ECHO, route(INET, 24), attr(1, v4('10.5.0.0')),
            attr(5, v4('10.0.1.2')), attr(4, 2), attr(6, 20),
            attr(7, v4('10.0.1.1'))) +
                     message(24, NEW | REPLACE, route(INET, 24),
                             attr(1, v4('10.5.0.0')), attr(5, v4('10.0.2.2')),
                             attr(6, 20)) +
                     message(24, NEW | APPEND, route(INET, 24),
                             attr(1, v4('10.5.0.0')), attr(4, 2), attr(6, 20)) +
                     message(25, REQUEST | ACK, route(INET, 24, scope=255),
                             attr(1, v4('10.5.0.0'))),
        'route_kinds': b'\x02' + b''.join(
            message(24, NEW, route(INET, 32, 254, kind),
                    attr(1, v4('10.8.0.%d' % kind))) for kind in range(1, 12)),
        'route6_kinds': b'\x02' + b''.join(
            message(24, NEW, route(INET6, 128, 254, kind),
                    attr(1, v6('2001:db8::%d' % kind)))
            for kind in range(1, 12)),
        'route_multipath': b'\x02' + message(
            24, NEW, route(INET, 24), attr(1, v4('10.6.0.0')), multipath) +
                           message(25, REQUEST | ACK,
                                   route(INET, 24, scope=255),
                                   attr(1, v4('10.6.0.0')), multipath),
        'route_via6': b'\x02' + message(
            24, NEW, route(INET, 24), attr(1, v4('10.6.0.0')), attr(4, 2),
            attr(18, u16(INET6) + v6('fe80::2'))),
        'route_metrics': b'\x02' + message(
            24, NEW, route(INET, 0), attr(5, v4('10.0.1.2')),
            attr(8, [attr(2, 1400), attr(8, 1460), attr(16, b'cubic\0')])),
        'route_encap': b'\x02' + message(
            24, NEW, route(INET, 24), attr(1, v4('10.6.0.0')),
            attr(5, v4('10.0.1.2')), attr(21, u16(1)),
            attr(22, [attr(1, struct.pack('>I', 16 << 12 | 0x100))])),
        'route_cascade': b'\x02' + message(
            24, NEW, route(INET, 24), attr(1, v4('10.6.0.0')),
            attr(5, v4('10.0.1.2'))) +
                         message(24, NEW, route(INET, 0), attr(4, 2),
                                 attr(15, 100)) +
                         event(4) + event(6) + event(0) + event(2),
        'route6_new': b'\x02' + message(
            24, NEW, route(INET6, 64), attr(1, v6('2001:db8:1::')),
            attr(5, v6('fd00:1::2')), attr(6, 20), attr(20, b'\1')) +
                      message(25, REQUEST | ACK, route(INET6, 64, scope=255),
                              attr(1, v6('2001:db8:1::'))),
        'route6_multipath': b'\x02' + message(
            24, NEW, route(INET6, 64), attr(1, v6('2001:db8:1::')),
            multipath6) +
                            message(24, NEW | APPEND, route(INET6, 64),
                                    attr(1, v6('2001:db8:1::')),
                                    attr(5, v6('fd00:2::3'))) +
                            message(24, NEW | REPLACE, route(INET6, 64),
                                    attr(1, v6('2001:db8:1::')),
                                    attr(5, v6('fd00:2::4'))),
        'route6_source': b'\x02' + message(
            24, NEW, route(INET6, 64, source=64), attr(1, v6('2001:db8:1::')),
            attr(2, v6('2001:db8:2::')), attr(5, v6('fd00:1::2')),
            attr(23, 60)),
        'nexthop_group': b'\x02' + b''.join(single) + group + via_group +
                         event(0) + message(105, REQUEST, nexthop(0, 0),
                                            attr(1, 1)) +
                         gets['nexthops'] + event(2),
        'nexthop_replaced': b'\x02' + b''.join(single) + group + via_group +
                            message(104, NEW | REPLACE, nexthop(), attr(1, 1),
                                    attr(4, b'')) +
                            message(104, NEW | REPLACE, nexthop(0), attr(1, 3),
                                    attr(2, struct.pack('<IBBH', 2, 9, 0, 0))) +
                            message(105, REQUEST, nexthop(0, 0), attr(1, 3)),
        'nexthop_resilient': b'\x02' + b''.join(single) + message(
            104, NEW, nexthop(0), attr(1, 4),
            attr(2, struct.pack('<IBBHIBBH', 1, 0, 0, 0, 2, 0, 0, 0)),
            attr(3, u16(1)), attr(12, [attr(1, u16(32)), attr(2, 10)])),
        'nexthop6': b'\x02' + message(104, NEW, nexthop(INET6), attr(5, 2),
                                      attr(6, v6('fe80::2')), attr(7, u16(1)),
                                      attr(8, [attr(1, 16)])),
        'neighbour_new': b'\x02' + message(
            28, NEW, neighbour(INET, 2), attr(1, v4('10.0.1.2')),
            attr(2, b'\2\0\0\0\0\5')) +
                         message(28, NEW | REPLACE, neighbour(INET6, 2, 2),
                                 attr(1, v6('fd00:1::2')),
                                 attr(2, b'\2\0\0\0\0\6')) +
                         message(29, REQUEST | ACK, neighbour(INET, 2),
                                 attr(1, v4('10.0.1.2'))) + event(4),
        'rule_new': b'\x02' + message(
            32, NEW, rule(INET, 100, src=8), attr(2, v4('10.0.0.0')),
            attr(6, 100), attr(3, 'eth1'), attr(10, 7), attr(16, 255)) +
                    message(33, REQUEST | ACK, rule(INET, 100, src=8),
                            attr(2, v4('10.0.0.0')), attr(6, 100)),
        'rule_kinds': b'\x02' + message(
            32, NEW, rule(INET6, 0, dst=64), attr(1, v6('2001:db8::')),
            attr(15, 300), attr(22, b'\x11'), attr(24, u16(5, 9)),
            attr(23, u16(1, 2)), attr(20, struct.pack('<II', 0, 5)),
            attr(14, 0), attr(13, 1), attr(17, 'eth2')) +
                      message(32, NEW, rule(INET, 0, 7), attr(6, 9)) +
                      message(32, NEW, rule(INET, 0, 2), attr(4, 200)) +
                      message(32, NEW, rule(INET, 0, 1), attr(19, b'\1')),
        'flaps': b'\x02' + b''.join(event(i % 8) for i in range(16)) +
                 gets['routes'],
        'unprivileged': b'\x08' + via_group + gets['links'],
        'several_cut_short': b'\x02' + (single[0] + group)[:-8],
    })
    return seeds


# --- Packets and programs ----------------------------------------------------
def ins(code, k=0, jt=0, jf=0):
    return struct.pack('<HBBI', code, jt, jf, k & 0xffffffff)


def bpf_seeds():
    packet = (b'\x01\x80\xc2\0\0\x14\2\0\0\0\0\1\x08\0E\xc0\0\x1c\0\0\0\0\1\x11'
              b'\0\0\n\0\1\1\xe0\0\0\5\x02\x08\x02\x08\0\x08\0\0payload')
    ret = lambda k: ins(0x06, k)
    ldb, ldh, ldw = 0x30, 0x28, 0x20
    programs = {
        'keep_all': [ret(0xffffffff)],
        'keep_some': [ret(20)],
        'keep_length': [ins(0x80), ins(0x16)],
        'ip_only': [ins(ldh, 12), ins(0x15, 0x800, 0, 1), ret(-1), ret(0)],
        'isis': [ins(ldh, 14), ins(0x15, 0xfefe, 0, 3), ins(ldb, 17),
                 ins(0x15, 0x83, 0, 1), ret(-1), ret(0)],
        'alu': [ins(0x00, 7)] + [ins(0x04 | op, 3) for op in
                                 (0, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70,
                                  0x90, 0xa0)] + [ins(0x84), ins(0x16)],
        'alu_x': [ins(0x01, 5), ins(ldw, 0)] + [
            ins(0x0c | op) for op in (0, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
                                      0x70, 0x90, 0xa0)] + [ins(0x16)],
        'divided_by_zero': [ins(0x01, 0), ins(0x00, 1), ins(0x3c), ret(-1)],
        'divided_by_zero_k': [ins(0x34, 0), ret(-1)],
        'shifted_far': [ins(0x00, 1), ins(0x01, 40), ins(0x6c), ins(0x16)],
        'jumps': [ins(ldb, 0), ins(0x25, 5, 0, 2), ins(0x35, 9, 1, 0),
                  ins(0x45, 1, 1, 0), ins(0x05, 0), ins(0x1d, 0, 0, 1),
                  ret(1), ret(9)],
        'jumps_out': [ins(0x05, 9), ret(0)],
        'scratch': [ins(0x00, 3), ins(0x02, 15), ins(0x03, 0), ins(0x60, 15),
                    ins(0x61, 0), ins(0x07), ins(0x87), ins(0x16)],
        'scratch_unwritten': [ins(0x60, 3), ins(0x16)],
        'scratch_on_one_way': [ins(ldb, 0), ins(0x15, 1, 0, 1), ins(0x02, 2),
                               ins(0x60, 2), ins(0x16)],
        'msh': [ins(0xb1, 14), ins(0x48, 14), ins(0x15, 520, 0, 1), ret(-1),
                ret(0)],
        'indirect': [ins(0x01, 0xffffffff), ins(0x50, 1), ins(0x40, 0),
                     ret(-1)],
        'out_of_bounds': [ins(ldw, 0x7fffffff), ret(-1)],
        'at_the_end': [ins(ldw, len(packet) - 4), ins(ldw, len(packet) - 3),
                       ret(-1)],
        'negative': [ins(ldb, -0x100000), ins(ldb, -0x200000 + 12), ret(-1)],
        'ancillary': [ins(ldw, -0x1000 + k) for k in range(0, 64, 4)] +
                     [ins(0x16)],
        'ancillary_unknown': [ins(ldw, -0x1000 + 1), ret(-1)],
        'no_return': [ins(ldw, 0)],
        'unknown': [ins(0xffff), ret(0)],
        'empty_packet': [ins(0x80), ins(0x14, 1), ins(0x16)],
    }
    return {
        name: bytes([len(program)]) + b''.join(program) +
              (b'' if name == 'empty_packet' else packet)
        for name, program in programs.items()
    }


# --- Socket addresses --------------------------------------------------------
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

    request = message(18, REQUEST | DUMP, link())
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


# --- Control messages --------------------------------------------------------
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


# --- System calls ------------------------------------------------------------
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


# --- What routers say --------------------------------------------------------
def wire_seeds():
    def step(how, what, content):
        return bytes([how, what]) + u16(len(content)) + content

    def bgp(kind, body=b''):
        return b'\xff' * 16 + struct.pack('>HB', 19 + len(body), kind) + body

    tlv = lambda kind, value: bytes([kind, len(value)]) + value
    capabilities = (tlv(1, b'\0\1\0\1') + tlv(1, b'\0\2\0\1') + tlv(2, b'') +
                    tlv(64, b'\x80\x78\0\1\1\x80') + tlv(65, b'\0\0\xfd\xe9') +
                    tlv(71, b'\0\1\1\x80\0\0\x78') + tlv(69, b'\0\1\1\3'))
    opening = b'\4\xfd\xe9\0\xb4\n\0\0\1'
    plain = bgp(1, opening + bytes([len(capabilities) + 2]) +
                tlv(2, capabilities))
    extended = bgp(1, opening + b'\xff\xff' +
                   struct.pack('>HBH', len(capabilities) + 3, 2,
                               len(capabilities)) + capabilities)
    path = lambda flags, kind, value: bytes([flags, kind, len(value)]) + value
    attributes = (path(0x40, 1, b'\0') + path(0x40, 2, b'\2\1\0\0\xfd\xe9') +
                  path(0x40, 3, v4('10.0.0.1')))
    reach6 = path(0x80, 14, b'\0\2\1\x10' + v6('fd00::1') +
                  b'\0\x40' + v6('2001:db8::')[:8])
    unreach6 = path(0x90, 15, b'')[:2] + struct.pack('>H', 12) + (
        b'\0\2\1\x40' + v6('2001:db8::')[:8])
    update = bgp(2, b'\0\3\x10\n\5' + struct.pack('>H', len(attributes)) +
                 attributes + b'\x18\n\6\0\0\x20\n\6\0\1')
    update6 = bgp(2, b'\0\0' + struct.pack(
        '>H', len(attributes + reach6 + unreach6)) + attributes + reach6 +
                  unreach6)
    syn, syn_ack, data, ack, fin, rst = (k << 2 | 1 for k in range(6))
    up = (step(syn, 0, b'') + step(syn_ack & ~1, 0, b'') + step(data, 0, plain) +
          step(data & ~1, 0, extended) + step(data, 0, bgp(4)) +
          step(data & ~1, 0, bgp(4)))
    ldp = struct.pack('>HH6sHHI', 1, 14, v4('10.0.0.1') + b'\0\0', 0x201, 4, 7)
    datagrams = {
        'rip': (0, b'\2\2\0\0' + struct.pack('>HH', 2, 0) + v4('10.0.0.0') +
                v4('255.0.0.0') + bytes(4) + b'\0\0\0\1'),
        'ldp_hello': (2, struct.pack('>HH6sHHI', 1, 30, v4('10.0.0.1') +
                                     b'\0\0', 0x100, 20, 7) +
                      struct.pack('>HHHH', 0x400, 4, 15, 0)),
        'bfd': (3, b'\x20\xc0\3\x18' + bytes(20)),
        'babel': (5, b'\x2a\2\0\x08\4\6\0\0\0\1\1\x90'),
        'eigrp': (9, b'\2\5' + bytes(18) + struct.pack('>HH', 1, 12) +
                  b'\1\0\1\0\0\0\0\x0f'),
        'ospf_hello': (10, b'\2\1\0\x2c' + v4('10.0.0.1') + bytes(4) +
                       bytes(12) + v4('255.255.255.0') +
                       b'\0\x0a\2\1\0\0\0\x28' + bytes(8)),
        'ospf_update': (10, b'\2\4\0\x40' + v4('10.0.0.1') + bytes(16) +
                        b'\0\0\0\1' + bytes(36)),
        'ospf6_hello': (10, b'\3\1\0\x24' + v4('10.0.0.1') + bytes(4) +
                        bytes(28)),
        'pim_hello': (11, b'\x20\0\0\0\0\1\0\2\0\x69'),
        'vrrp': (12, b'\x31\1\x64\1\0\x64\0\0' + v4('10.0.0.9')),
        'icmp': (7, b'\x08\0\0\0\0\1\0\1'),
        'icmp6_advert': (8, b'\x86\0\0\0@\0\7\x08' + bytes(8)),
    }
    seeds = {
        'bgp_up': up,
        'bgp_updates': up + step(data, 2, update) + step(data, 2, update6) +
                       step(data & ~1, 2, bgp(3, b'\6\2')) + step(fin, 2, b''),
        'bgp_in_pieces': step(syn, 0, b'') + b''.join(
            step(data, 2, (plain + bgp(4) + update)[i:i + 7])
            for i in range(0, 210, 7)),
        'bgp_bad_header': step(syn, 0, b'') + step(data, 0, bytes(40)),
        'bgp_reset': up + step(rst, 0, b''),
        'ldp': step(syn, 1, b'') + step(data, 1, ldp) +
               step(data & ~1, 1, ldp + ldp),
    }
    for name, (what, content) in datagrams.items():
        seeds[name] = (step(2, what, content) + step(3, what, content) +
                       step(2, what, content[:-1]))
        seeds[name + '_frame'] = step(6, what, content)
    for name, llc in (('isis_hello', b'\xfe\xfe\3\x83\x1b\1\0\x0f\1\0\0'),
                      ('isis_lsp', b'\xfe\xfe\3\x83\x1b\1\0\x12\1\0\0')):
        seeds[name] = step(6, 7, b'\1\x80\xc2\0\0\x14\2\0\0\0\0\1' +
                           struct.pack('>H', 40) + llc + bytes(37))
    return seeds


write('notifier/fuzz/netlink_fuzz', netlink_seeds())
write('notifier/fuzz/bpf_fuzz', bpf_seeds())
write('notifier/fuzz/sockaddr_fuzz', sockaddr_seeds())
write('notifier/fuzz/control_fuzz', control_seeds())
write('notifier/fuzz/calls_fuzz', calls_seeds())
write('supervisor/fuzz/wire_fuzz', wire_seeds())
