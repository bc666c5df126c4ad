#!/bin/sh
# A session with Debian's iproute2, as a person has it in one node: every command
# with what it prints and its exit status. Run on Linux and in a node, it comes
# out the same (iproute2_test.sh). Needs eth0 with 10.0.0.1/24 and
# 2001:db8::1/64.
try() {
  echo "\$ $*"
  "$@" 2>&1
  echo "= $?"
}
try ip addr
try ip -4 addr
try ip -6 addr show dev eth0
try ip -br addr
try ip -br link
try ip link show eth0
try ip link show nosuch
try ip -o addr
try ip -j -4 addr show dev lo
try ip route
try ip -6 route
try ip route show table local
try ip -6 route show table local
try ip route show table all
try ip rule
try ip -6 rule
try ip neigh
try ip netconf show dev eth0

# Routes of all sorts.
try ip route add 10.1.0.0/16 via 10.0.0.2
try ip route add 10.1.0.0/16 via 10.0.0.2
try ip route add 10.2.0.0/16 via 10.0.0.2 metric 20 proto bgp
try ip route add 10.2.0.0/16 via 10.0.0.3 metric 30 proto 186 src 10.0.0.1
try ip route add 10.3.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.0.3 weight 2
try ip route add blackhole 10.4.0.0/16
try ip route add unreachable 10.5.0.0/16
try ip route add prohibit 10.6.0.0/16
try ip route add throw 10.7.0.0/16 table 100
try ip route add default via 10.0.0.254
try ip route add 10.8.0.0/16 via 10.99.0.1
try ip route add 10.8.0.0/16 via 10.99.0.1 dev eth0 onlink
try ip route add 10.9.0.0/16 dev nosuch
try ip route add 10.9.0.1/16 dev eth0
try ip route add 10.9.0.0/16 dev eth0 mtu 1400 advmss 1000 table 100
try ip route replace 10.1.0.0/16 via 10.0.0.9
try ip route append 10.1.0.0/16 via 10.0.0.10
try ip route change 10.77.0.0/16 via 10.0.0.9
try ip route
try ip -d route
try ip route show proto bgp
try ip route show 10.0.0.0/8
try ip route show root 10.2.0.0/16
try ip route show match 10.2.3.4
try ip route show exact 10.3.0.0/16
try ip route show table 100
try ip route show type blackhole
try ip -j route show 10.3.0.0/16
try ip route get 10.2.3.4
try ip route get 10.4.0.1
try ip route get 10.5.0.1
try ip route get 10.6.0.1
try ip route get 127.0.0.1
try ip route get 10.0.0.1
try ip route get 10.0.0.77
try ip route get 8.8.8.8
try ip route get fibmatch 10.2.3.4
try ip route del 10.2.0.0/16 metric 20
try ip route del 10.2.0.0/16
try ip route del 10.2.0.0/16
try ip route del 10.55.0.0/16
try ip route flush table 100
try ip route show table 100

try ip -6 route add 2001:db8:1::/48 via 2001:db8::2
try ip -6 route add 2001:db8:1::/48 via 2001:db8::2
try ip -6 route add 2001:db8:2::/48 nexthop via 2001:db8::2 nexthop via 2001:db8::3
try ip -6 route add blackhole 2001:db8:3::/48
try ip -6 route add default via 2001:db8::fe metric 100
try ip -6 route add 2001:db8:4::/48 via fe80::1
try ip -6 route add 2001:db8:4::/48 via fe80::1 dev eth0
try ip -6 route
try ip -6 route get 2001:db8:1::1
try ip -6 route get 2001:db8:3::1
try ip -6 route get ::1
try ip -6 route del 2001:db8:2::/48
try ip -6 route show 2001:db8:1::/48

# Next hop objects.
try ip nexthop add id 1 via 10.0.0.2 dev eth0
try ip nexthop add id 2 via 10.0.0.3 dev eth0
try ip nexthop add id 1 via 10.0.0.2 dev eth0
try ip nexthop add id 10 group 1/2
try ip nexthop add id 11 group 1/99
try ip nexthop add id 12 blackhole
try ip nexthop
try ip route add 10.20.0.0/16 nhid 10
try ip route show 10.20.0.0/16
try ip nexthop del id 2
try ip nexthop
try ip route show 10.20.0.0/16
try ip nexthop del id 99
try ip nexthop flush
try ip route show 10.20.0.0/16

# Rules.
try ip rule add from 10.0.0.0/24 table 100 priority 1000
try ip rule add to 10.50.0.0/16 lookup 100 priority 1001
try ip rule add fwmark 0x1 table 200 priority 1002
try ip rule add iif eth0 blackhole priority 1003
try ip rule
try ip rule del priority 1001
try ip rule del priority 1001
try ip -6 rule add from 2001:db8::/32 table 100 priority 1000
try ip -6 rule

# Addresses.
try ip addr add 10.0.1.1/24 dev eth0
try ip addr add 10.0.1.1/24 dev eth0
try ip addr add 10.0.1.2/24 dev eth0
try ip addr add 10.0.2.1/24 dev eth0 label eth0:1 scope link
try ip addr add 10.0.3.1 peer 10.0.3.2 dev eth0
try ip addr add 10.255.0.1/32 dev lo
try ip -6 addr add 2001:db8:f::1/128 dev lo
try ip addr show dev eth0
try ip addr show dev lo
try ip route show table local
try ip addr del 10.0.1.1/24 dev eth0
try ip addr del 10.0.1.1/24 dev eth0
try ip -4 addr show dev eth0
try ip addr show to 10.255.0.0/16
try ip addr flush dev eth0 label eth0:1

# Neighbours.
try ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:99 dev eth0
try ip neigh add 2001:db8::2 lladdr 02:00:00:00:00:99 dev eth0 nud permanent
try ip neigh
try ip neigh del 10.0.0.2 dev eth0
try ip neigh show dev eth0

# Links.
try ip link set eth0 mtu 1400
try ip link set eth0 down
try ip -4 addr show dev eth0
try ip route
try ip -6 route
try ip route add 10.80.0.0/16 via 10.0.0.2
try ip link set eth0 up
try ip route
try ip link set lo down
try ip route show table local
try ip link set nosuch up
