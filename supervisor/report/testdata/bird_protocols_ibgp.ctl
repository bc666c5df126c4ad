0001 BIRD 2.0.12 ready.
2002-Name       Proto      Table      State  Since         Info
1002-device1    Device     ---        up     20:23:33.728  
1006-
1002-direct1    Direct     ---        up     20:23:33.728  
1006-  Channel ipv4
     State:          UP
     Table:          master4
     Preference:     240
     Input filter:   ACCEPT
     Output filter:  REJECT
     Routes:         1 imported, 0 exported, 1 preferred
   Channel ipv6
     State:          UP
     Table:          master6
     Preference:     240
     Input filter:   ACCEPT
     Output filter:  REJECT
     Routes:         1 imported, 0 exported, 1 preferred
 
1002-kernel1    Kernel     master4    up     20:23:33.728  
1006-  Channel ipv4
     State:          UP
     Table:          master4
     Preference:     10
     Input filter:   ACCEPT
     Output filter:  ACCEPT
     Routes:         0 imported, 7 exported, 0 preferred
 
1002-kernel2    Kernel     master6    up     20:23:33.728  
1006-  Channel ipv6
     State:          UP
     Table:          master6
     Preference:     10
     Input filter:   ACCEPT
     Output filter:  ACCEPT
     Routes:         0 imported, 1 exported, 0 preferred
 
1002-static1    Static     master4    up     20:23:33.728  
1006-  Channel ipv4
     State:          UP
     Table:          master4
     Preference:     200
     Input filter:   ACCEPT
     Output filter:  REJECT
     Routes:         1 imported, 0 exported, 1 preferred
 
1002-p1         BGP        ---        up     20:23:34.812  Established   
1006-  BGP state:          Established
     Neighbor address: 10.0.14.1
     Neighbor AS:      65001
     Local AS:         65001
     Neighbor ID:      10.0.0.1
     Local capabilities
       Multiprotocol
         AF announced: ipv4
       Route refresh
       Graceful restart
       4-octet AS numbers
       Enhanced refresh
       Long-lived graceful restart
     Neighbor capabilities
       Multiprotocol
         AF announced: ipv4
       Route refresh
       Extended message
       Graceful restart
       4-octet AS numbers
       ADD-PATH
         RX: ipv4
         TX:
       Enhanced refresh
       Long-lived graceful restart
         LL stale time: 0
         AF supported:
         AF preserved: ipv4
       Hostname: f1
     Session:          internal multihop AS4
     Source address:   10.0.14.4
     Hold timer:       147.327/180
     Keepalive timer:  12.296/60
   Channel ipv4
     State:          UP
     Table:          master4
     Preference:     100
     Input filter:   ACCEPT
     Output filter:  ACCEPT
     Routes:         5 imported, 2 exported, 5 preferred
     BGP Next hop:   10.0.14.4
     IGP IPv4 table: master4
 
0000 
