#!/bin/bash
# iproute2_test.sh NATIVE_RUN SUPERVISOR SESSION: Debian's iproute2 prints and
# does the same on Linux and in a node, command by command. What is left out:
# blanks, and that Linux's eth0 has an other end in another namespace.
set -eu
addresses=--address=10.0.0.1/24,2001:db8::1/64
for runner in "$1" "$2"; do
  "$runner" $addresses -- sh "$3" >"$TEST_TMPDIR/raw" 2>&1
  sed -E 's/@if[0-9]+//; s/ link-netnsid 0//; s/ +/ /g' \
    "$TEST_TMPDIR/raw" >"$TEST_TMPDIR/${runner##*/}"
done
cases=$(grep -c '^\$ ' "$TEST_TMPDIR/supervisor")
echo "$cases commands"
[ "$cases" -gt 100 ]
diff "$TEST_TMPDIR/native_run" "$TEST_TMPDIR/supervisor"
