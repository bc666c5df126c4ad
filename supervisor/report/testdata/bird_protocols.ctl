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
 
1002-p1         BGP        ---        up     20:23:34.813  Established   
1006-  BGP state:          Established
     Neighbor address: 10.0.13.1
     Neighbor AS:      65001
     Local AS:         65002
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
     Session:          external AS4
     Source address:   10.0.13.3
     Hold timer:       143.279/180
     Keepalive timer:  23.366/60
   Channel ipv4
     State:          UP
     Table:          master4
     Preference:     100
     Input filter:   ACCEPT
     Output filter:  ACCEPT
     Routes:         5 imported, 6 exported, 1 preferred
     BGP Next hop:   10.0.13.3
 
1002-p2         BGP        ---        up     20:23:34.807  Established   
1006-  BGP state:          Established
     Neighbor address: 10.0.23.2
     Neighbor AS:      65001
     Local AS:         65002
     Neighbor ID:      10.0.0.2
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
       Hostname: f2
     Session:          external AS4
     Source address:   10.0.23.3
     Hold timer:       121.409/180
     Keepalive timer:  22.098/60
   Channel ipv4
     State:          UP
     Table:          master4
     Preference:     100
     Input filter:   ACCEPT
     Output filter:  (unnamed)
     Routes:         4 imported, 2 exported, 4 preferred
     BGP Next hop:   10.0.23.3
 
1002-p6         BGP        ---        start  20:23:34.814  Idle          Received: Finite state machine error
1006-  BGP state:          Idle
     Neighbor address: fd00:13::1
     Neighbor AS:      65001
     Local AS:         65002
     Error wait:       16.694/60
     Last error:       Received: Finite state machine error
   Channel ipv6
     State:          DOWN
     Table:          master6
     Preference:     100
     Input filter:   ACCEPT
     Output filter:  ACCEPT
 
1002-p7         BGP        ---        start  20:23:33.728  Idle          
1006-  BGP state:          Idle
     Neighbor address: 10.0.0.78
     Neighbor AS:      65078
     Local AS:         65002
   Channel ipv4
     State:          DOWN
     Table:          master4
     Preference:     100
     Input filter:   ACCEPT
     Output filter:  ACCEPT
 
0000 
