"""rtnetlink requests: see notifier/fuzz/netlink_fuzz.cc."""
import struct

from words import u16, u32, v4, v6

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
