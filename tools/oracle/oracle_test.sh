#!/bin/bash
# oracle_test.sh ORACLE ARGS...: the oracle finds a network equal.
#
# Needs root and the images (tools/image). Left behind for whoever looks:
# what the runs wrote, in the test's temporary directory.
set -eu
oracle=$(realpath "$1")
shift
if [ "$(id -u)" != 0 ]; then
  echo "needs root" >&2
  exit 1
fi
exec "$oracle" --out="$TEST_TMPDIR/oracle" "$@"
