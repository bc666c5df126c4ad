0001 BIRD 2.0.12 ready.
1007-Table master4:
 172.16.0.0/16        unreachable [p1 20:23:37.016 from 10.0.14.1] * (100) [?]
1008-	Type: BGP univ
1012-	BGP.origin: Incomplete
 	BGP.as_path: 
 	BGP.next_hop: 10.0.12.2
 	BGP.med: 0
 	BGP.local_pref: 100
 	BGP.originator_id: 10.0.0.2
 	BGP.cluster_list: 10.0.0.1
1007-172.20.3.0/24        unreachable [p1 20:23:36.112 from 10.0.14.1] * (100) [AS65002i]
1008-	Type: BGP univ
1012-	BGP.origin: IGP
 	BGP.as_path: 65002
 	BGP.next_hop: 10.0.13.3
 	BGP.med: 50
 	BGP.local_pref: 100
 	BGP.community: (65001,100) (65535,65281)
 	BGP.large_community: (65001, 1, 2)
1007-172.20.4.0/24        blackhole [static1 20:23:33.728] * (200)
1008-	Type: static univ
1007-192.168.1.0/24       unreachable [p1 20:23:36.112 from 10.0.14.1] * (100) [i]
1008-	Type: BGP univ
1012-	BGP.origin: IGP
 	BGP.as_path: 
 	BGP.next_hop: 10.0.14.1
 	BGP.med: 50
 	BGP.local_pref: 100
 	BGP.community: (65001,100) (65535,65281)
 	BGP.large_community: (65001, 1, 2)
1007-192.168.2.0/24       unreachable [p1 20:23:37.016 from 10.0.14.1] * (100) [i]
1008-	Type: BGP univ
1012-	BGP.origin: IGP
 	BGP.as_path: 
 	BGP.next_hop: 10.0.12.2
 	BGP.med: 0
 	BGP.local_pref: 100
 	BGP.originator_id: 10.0.0.2
 	BGP.cluster_list: 10.0.0.1
1007-192.168.3.0/24       unreachable [p1 20:23:36.112 from 10.0.14.1] * (100) [AS65002i]
1008-	Type: BGP univ
1012-	BGP.origin: IGP
 	BGP.as_path: 65002
 	BGP.next_hop: 10.0.13.3
 	BGP.med: 50
 	BGP.local_pref: 100
 	BGP.community: (65001,100) (65535,65281)
 	BGP.large_community: (65001, 1, 2)
1007-192.168.4.0/24       unicast [direct1 20:23:33.730] * (240)
 	dev dummy0
1008-	Type: device univ
1007-
 Table master6:
 fd01:4::/64          unicast [direct1 20:23:33.730] * (240)
 	dev dummy0
1008-	Type: device univ
0000 
