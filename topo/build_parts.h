// The steps of BuildTopology, in their order; used by topo/build.cc only.
#ifndef QUIESCE_TOPO_BUILD_PARTS_H_
#define QUIESCE_TOPO_BUILD_PARTS_H_

#include "proto/topology.pb.h"
#include "topo/build.h"
#include "topo/diagnostics.h"
#include "topo/topology.h"

namespace quiesce::build {

// What the steps share: the input, what exists so far, and the mistakes.
struct Work {
  const proto::Topology& words;
  const BuildOptions& options;
  Place root;
  Diagnostics& errors;
  Topology::Parts parts;
  // Every address that means something beyond its link, in the file's order.
  struct Given {
    IpAddress address;
    TopologyEnd at;  // the interface; -1 - i for VRF i's own
    Place place;
  };
  std::vector<Given> addresses;
};

// The place of node `index` of the input.
Place NodePlace(const Work& work, int index);
// Whether Linux lets an interface have it (net/core/dev.c:dev_valid_name).
bool IsInterfaceName(const std::string& name);

// "r1 eth1": an interface in words.
std::string EndName(const Work& work, const TopologyEnd& end);

// build_nodes.cc: one TopologyNode for each node of the input, even for a bad
// one, so that indices agree; interfaces with addresses.
void AddNodes(Work* work);
// build_links.cc: links, and the interfaces that only links name.
void AddLinks(Work* work);
// build_addresses.cc: that nobody else has an address, and who it is.
void CheckAddresses(Work* work);
// build_bgp.cc: sessions; needs all addresses and links.
void AddBgp(Work* work);
// build_files.cc: gateways, static routes, hand-written configuration, files.
void AddExtras(Work* work);
// build_events.cc
void AddEvents(Work* work);
void AddQuestions(Work* work);

}  // namespace quiesce::build

#endif  // QUIESCE_TOPO_BUILD_PARTS_H_
