// One function for each configuration language; used by topo/render.cc only.
#ifndef QUIESCE_TOPO_RENDER_TEXT_H_
#define QUIESCE_TOPO_RENDER_TEXT_H_

#include <string>

#include "absl/container/btree_map.h"
#include "topo/diagnostics.h"
#include "topo/topology.h"

namespace quiesce::render {

// Daemon (Config.daemon) to text. What cannot be said in the language goes to
// `errors`.
using Texts = absl::btree_map<std::string, std::string>;

Texts Frr(const Topology& topology, const TopologyNode& node,
          Diagnostics* errors);
Texts Bird(const Topology& topology, const TopologyNode& node,
           Diagnostics* errors);
Texts Gobgp(const Topology& topology, const TopologyNode& node,
            Diagnostics* errors);
Texts Exabgp(const Topology& topology, const TopologyNode& node,
             Diagnostics* errors);
Texts Openbgpd(const Topology& topology, const TopologyNode& node,
               Diagnostics* errors);

// Whether a daemon that gives up both connections when two are opened at once
// (OpenBGPD, GoBGP) is to wait for the neighbor's: where that is another of its
// kind, and a later node. All nodes start at the same instant.
bool WaitsFor(const Topology& topology, const TopologyNode& node,
              const TopologyNeighbor& neighbor);

// "tor-0-1" of a session's far end, for comments; its address if nobody has it.
std::string PeerName(const Topology& topology,
                     const TopologyNeighbor& neighbor);

}  // namespace quiesce::render

#endif  // QUIESCE_TOPO_RENDER_TEXT_H_
