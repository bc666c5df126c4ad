"""What routers say: see supervisor/fuzz/wire_fuzz.cc."""
import struct

from words import u16, v4, v6


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
