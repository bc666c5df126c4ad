0001 BIRD 2.0.12 ready.
1007-Table master4:
 172.16.0.0/16        unicast [p2 20:23:35.907] * (100) [AS65001?]
 	via 10.0.23.2 on eth2
1008-	Type: BGP univ
1012-	BGP.origin: Incomplete
 	BGP.as_path: 65001
 	BGP.next_hop: 10.0.23.2
 	BGP.med: 0
 	BGP.local_pref: 100
1007-                     unicast [p1 20:23:37.016] (100) [AS65001?]
 	via 10.0.13.1 on eth1
1008-	Type: BGP univ
1012-	BGP.origin: Incomplete
 	BGP.as_path: 65001
 	BGP.next_hop: 10.0.13.1
 	BGP.med: 50
 	BGP.local_pref: 100
 	BGP.community: (65001,100) (65535,65281)
 	BGP.large_community: (65001, 1, 2)
1007-172.20.3.0/24        blackhole [static1 20:23:33.728] * (200)
1008-	Type: static univ
1007-172.20.4.0/24        unicast [p2 20:23:37.165] * (100) [AS65001i]
 	via 10.0.23.2 on eth2
1008-	Type: BGP univ
1012-	BGP.origin: IGP
 	BGP.as_path: 65001
 	BGP.next_hop: 10.0.23.2
 	BGP.local_pref: 100
1007-                     unicast [p1 20:23:36.113] (100) [AS65001i]
 	via 10.0.13.1 on eth1
1008-	Type: BGP univ
1012-	BGP.origin: IGP
 	BGP.as_path: 65001
 	BGP.next_hop: 10.0.13.1
 	BGP.med: 50
 	BGP.local_pref: 100
 	BGP.community: (65001,100) (65535,65281)
 	BGP.large_community: (65001, 1, 2)
1007-192.168.1.0/24       unicast [p1 20:23:36.113] * (100) [AS65001i]
 	via 10.0.13.1 on eth1
1008-	Type: BGP univ
1012-	BGP.origin: IGP
 	BGP.as_path: 65001
 	BGP.next_hop: 10.0.13.1
 	BGP.med: 50
 	BGP.local_pref: 100
 	BGP.community: (65001,100) (65535,65281)
 	BGP.large_community: (65001, 1, 2)
1007-192.168.2.0/24       unicast [p2 20:23:35.907] * (100) [AS65001i]
 	via 10.0.23.2 on eth2
1008-	Type: BGP univ
1012-	BGP.origin: IGP
 	BGP.as_path: 65001
 	BGP.next_hop: 10.0.23.2
 	BGP.med: 0
 	BGP.local_pref: 100
1007-                     unicast [p1 20:23:37.016] (100) [AS65001i]
 	via 10.0.13.1 on eth1
1008-	Type: BGP univ
1012-	BGP.origin: IGP
 	BGP.as_path: 65001
 	BGP.next_hop: 10.0.13.1
 	BGP.med: 50
 	BGP.local_pref: 100
 	BGP.community: (65001,100) (65535,65281)
 	BGP.large_community: (65001, 1, 2)
1007-192.168.3.0/24       unicast [direct1 20:23:33.730] * (240)
 	dev dummy0
1008-	Type: device univ
1007-192.168.4.0/24       unicast [p2 20:23:37.165] * (100) [AS65001i]
 	via 10.0.23.2 on eth2
1008-	Type: BGP univ
1012-	BGP.origin: IGP
 	BGP.as_path: 65001
 	BGP.next_hop: 10.0.23.2
 	BGP.local_pref: 100
1007-                     unicast [p1 20:23:36.113] (100) [AS65001i]
 	via 10.0.13.1 on eth1
1008-	Type: BGP univ
1012-	BGP.origin: IGP
 	BGP.as_path: 65001
 	BGP.next_hop: 10.0.13.1
 	BGP.med: 50
 	BGP.local_pref: 100
 	BGP.community: (65001,100) (65535,65281)
 	BGP.large_community: (65001, 1, 2)
1007-
 Table master6:
 fd01:3::/64          unicast [direct1 20:23:33.730] * (240)
 	dev dummy0
1008-	Type: device univ
0000 
