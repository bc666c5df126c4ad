"""Writes the seeds of the binary fuzz targets into their NAME.corpus.

What a run has found is added by hand and stays. The forms of the inputs are
described at the head of each target; kinds and calls are numbers there, since
their order is part of the seeds.
"""
import os
import sys

sys.dont_write_bytecode = True

import addresses
import calls
import control
import netlink
import programs
import wire

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../..')


def write(target, seeds):
    directory = os.path.join(ROOT, target + '.corpus')
    os.makedirs(directory, exist_ok=True)
    for name, content in seeds.items():
        with open(os.path.join(directory, name), 'wb') as file:
            file.write(content)


write('notifier/fuzz/netlink_fuzz', netlink.netlink_seeds())
write('notifier/fuzz/bpf_fuzz', programs.bpf_seeds())
write('notifier/fuzz/elf_fuzz', programs.elf_seeds())
write('notifier/fuzz/sockaddr_fuzz', addresses.sockaddr_seeds())
write('notifier/fuzz/control_fuzz', control.control_seeds())
write('notifier/fuzz/calls_fuzz', calls.calls_seeds())
write('supervisor/fuzz/wire_fuzz', wire.wire_seeds())
