"""Programs: see notifier/fuzz/bpf_fuzz.cc and elf_fuzz.cc."""
import struct


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


def elf_seeds():
    def elf(*segments, flags=5, at=0x400000, more=0):
        head = 64 + 56 * len(segments)
        table, content = b'', b''
        for code in segments:
            place = head + len(content)
            table += struct.pack('<IIQQQQQQ', 1, flags, place, at + place,
                                 at + place, len(code), len(code) + more, 4096)
            content += code
        return b'\x7fELF\2\1\1' + bytes(9) + struct.pack(
            '<HHIQQQIHHHHHH', 2, 62, 1, at + head, 64, 0, 0, 64, 56,
            len(segments), 0, 0, 0) + table + content

    shift, room, ret = b'\x48\xc1\xe2\x20', b'\xcc' * 16, b'\xc3'
    rdtsc, rdtscp = b'\x0f\x31' + shift, b'\x0f\x01\xf9' + shift
    fenced = b'\x0f\xae\xe8\x0f\x31'
    code = rdtsc + ret + room + rdtscp + ret + room + fenced + ret + room
    return {
        'all': elf(code),
        'two_segments': elf(code, rdtsc + room),
        'no_padding': elf((rdtsc + ret) * 9),
        'padding_before': elf(room + bytes(100) + fenced + ret),
        'padding_out_of_reach': elf(rdtsc + bytes(150) + room),
        'many': elf((rdtsc + ret + room) * 140),
        'at_the_end_of_memory': elf(code, at=2**64 - 512),
        'not_executable': elf(code, flags=6),
        'with_bss': elf(code, more=8),
        'cut': elf(code)[:-20],
        'headers_outside': elf(code)[:100],
    }
