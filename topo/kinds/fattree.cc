// Fat-trees in two forms.
//
// k: the k-pod fat-tree of switches (Al-Fares et al. 2008), without hosts.
// 5k^2/4 nodes, k^3/2 links: each pod has k/2 ToRs and k/2 leaves, fully
// joined; leaf j of every pod goes to the k/2 spines of group j. One AS for
// each ToR, one for each pod's leaves, one for all spines (RFC 7938), so that a
// path up, down and up again is refused as a loop. Each ToR originates k/2
// prefixes.
//
// pods=n, leaves=m (NetEmos): n pods of m edge and m aggregation switches,
// fully joined; m*n cores, of which aggregation j of every pod is joined to the
// n of group j; a host at each edge switch, whose subnet the switch originates.
// 4mn nodes, mn(m+n+1) links.
#include "absl/strings/str_cat.h"
#include "topo/kinds/kind.h"
#include "topo/kinds/network.h"

namespace quiesce {
namespace {

struct Shape {
  int pods;
  int per_pod;     // ToRs, and leaves, of a pod
  int group_size;  // spines that one leaf is joined to
  absl::string_view edge, middle, top;
};

// The switches of both forms. Returns the edge switches, pod by pod.
std::vector<int> AddSwitches(const Shape& shape, Network* network) {
  const int edges = shape.pods * shape.per_pod;
  std::vector<int> edge, middle, top;
  for (int pod = 0; pod < shape.pods; ++pod) {
    for (int i = 0; i < shape.per_pod; ++i) {
      edge.push_back(
          network->AddRouter(absl::StrCat(shape.edge, "-", pod, "-", i),
                             shape.edge, pod * shape.per_pod + i));
    }
    for (int i = 0; i < shape.per_pod; ++i) {
      middle.push_back(
          network->AddRouter(absl::StrCat(shape.middle, "-", pod, "-", i),
                             shape.middle, edges + pod));
    }
  }
  for (int group = 0; group < shape.per_pod; ++group) {
    for (int i = 0; i < shape.group_size; ++i) {
      top.push_back(
          network->AddRouter(absl::StrCat(shape.top, "-", group, "-", i),
                             shape.top, edges + shape.pods));
    }
  }
  for (int pod = 0; pod < shape.pods; ++pod) {
    const int base = pod * shape.per_pod;
    for (int i = 0; i < shape.per_pod; ++i) {
      for (int j = 0; j < shape.per_pod; ++j) {
        network->Join(edge[base + i], middle[base + j]);
      }
    }
    for (int j = 0; j < shape.per_pod; ++j) {
      for (int i = 0; i < shape.group_size; ++i) {
        network->Join(middle[base + j], top[j * shape.group_size + i]);
      }
    }
  }
  return edge;
}

}  // namespace

absl::StatusOr<Topology> MakeFatTree(KindContext& context) {
  Arguments& arguments = context.arguments;
  const bool with_hosts = arguments.Has("pods") || arguments.Has("leaves");
  const int k = arguments.Int("k", 4, 2, 80);
  const int pods = arguments.Int("pods", 2, 1, 200);
  const int leaves = arguments.Int("leaves", 2, 1, 200);
  if (arguments.Has("k") && with_hosts) {
    arguments.Error("k", "and pods, leaves are two forms; give one of them");
  } else if (k % 2 != 0) {
    arguments.Error("k", absl::StrCat(k, " is odd; a fat-tree has an even k"));
  }
  if (with_hosts && !(arguments.Has("pods") && arguments.Has("leaves"))) {
    arguments.Error(arguments.Has("pods") ? "leaves" : "pods",
                    "is missing; give pods=N,leaves=M");
  }
  Network network(&arguments, with_hosts ? 1 : k / 2, context.default_image);
  if (!arguments.ok()) return arguments.errors().ToStatus();
  if (with_hosts) {
    const std::vector<int> edges =
        AddSwitches({pods, leaves, pods, "edge", "agg", "core"}, &network);
    for (size_t i = 0; i < edges.size(); ++i) {
      network.AddHost(absl::StrCat("host-", i / leaves, "-", i % leaves),
                      edges[i]);
      network.Originate(edges[i]);
    }
  } else {
    for (int tor :
         AddSwitches({k, k / 2, k / 2, "tor", "leaf", "spine"}, &network)) {
      network.Originate(tor);
    }
  }
  return FinishKind(context, network);
}

}  // namespace quiesce
