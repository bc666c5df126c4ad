#!/bin/sh
# Counts the guests' cases by kind. Arguments: KIND:PROGRAM:DIFFERING.
#
# Every case is run on Linux and under the supervisor, most also on its virtual
# clock; `differ` are those that are known not to do the same there.
for guest in "$@"; do
  program=${guest#*:}
  echo "${guest%%:*} $("${program%:*}" --list | wc -l) ${guest##*:}"
done | sort | awk '
  function line(kind, guests, cases, differ) {
    printf "%-12s %6s %6s %6s\n", kind, guests, cases, differ
  }
  function flush() { if (kind != "") line(kind, guests, cases, differ) }
  BEGIN { line("kind", "guests", "cases", "differ") }
  $1 != kind { flush(); kind = $1; guests = cases = differ = 0 }
  { guests++; cases += $2; differ += $3; all++; sum += $2; others += $3 }
  END { flush(); line("all", all, sum, others) }'
