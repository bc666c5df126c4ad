#include "supervisor/report/reachability.h"

#include <linux/rtnetlink.h>

#include <chrono>
#include <deque>
#include <random>
#include <set>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "supervisor/report/fate.h"

namespace quiesce {
namespace {

IpPrefix P(absl::string_view text) { return *IpPrefix::Parse(text); }
IpAddress A(absl::string_view text) { return *IpAddress::Parse(text); }

// A network written down by hand: node i has 10.255.0.i on lo and link
// addresses 10.1.L.1 and 10.1.L.2 on link L, interfaces named "eL".
class Net {
 public:
  explicit Net(int nodes) {
    for (int i = 0; i < nodes; ++i) {
      fibs_.push_back(std::make_unique<NodeFib>("n" + std::to_string(i)));
      fibs_[i]->AddAddress("lo", P("10.255.0." + std::to_string(i) + "/32"));
    }
  }
  // Returns the link's number.
  int Link(int a, int b) {
    int link = static_cast<int>(ends_.size());
    ends_.push_back({a, b});
    for (int side = 0; side < 2; ++side) {
      fibs_[side ? b : a]->AddAddress(Interface(link),
                                      {Gateway(link, side), 30});
    }
    links_.push_back({Name(a), Interface(link), Name(b), Interface(link)});
    return link;
  }
  // A route of `node` over links to their other ends.
  void Route(int node, absl::string_view network, std::vector<int> over) {
    FibEntry entry;
    entry.network = P(network);
    entry.protocol = RTPROT_BGP;
    for (int link : over) {
      int other = ends_[link].first == node ? 1 : 0;
      entry.next_hops.push_back({Gateway(link, other), Interface(link)});
    }
    fibs_[node]->Add(entry);
  }
  void Add(int node, FibEntry entry) { fibs_[node]->Add(entry); }
  void Cut(int link) { links_[link].works = false; }
  void Own(int node, absl::string_view address) {
    fibs_[node]->AddAddress("dummy0", P(address));
  }

  std::vector<const NodeFib*> Fibs() const {
    std::vector<const NodeFib*> fibs;
    for (auto& fib : fibs_) {
      fib->Finish();
      fibs.push_back(fib.get());
    }
    return fibs;
  }
  Forwarding Plane() const { return *Forwarding::Create(Fibs(), links_); }
  ReachabilityReport Check(std::vector<OriginatedPrefix> origins) const {
    return *CheckReachability(Plane(), Fibs(), std::move(origins));
  }
  // What a packet from `source` can meet.
  DispositionSet Fate(int source, absl::string_view to, int wanted) const {
    Forwarding::Graph graph;
    Plane().Fill(A(to), &graph);
    return Analyse(graph, wanted).fate[source];
  }

  static std::string Name(int node) { return "n" + std::to_string(node); }
  static std::string Interface(int link) { return "e" + std::to_string(link); }
  static IpAddress Gateway(int link, int side) {
    return A("10.1.0.0").Plus(link * 4 + 1 + side);
  }
  const std::vector<std::pair<int, int>>& ends() const { return ends_; }

 private:
  std::vector<std::unique_ptr<NodeFib>> fibs_;
  std::vector<std::pair<int, int>> ends_;
  std::vector<NetworkLink> links_;
};

FibEntry OnLink(absl::string_view network, absl::string_view interface) {
  FibEntry entry;
  entry.network = P(network);
  entry.next_hops = {{IpAddress(), std::string(interface)}};
  entry.protocol = RTPROT_KERNEL;
  return entry;
}

FibEntry Drop(absl::string_view network, RouteType type) {
  FibEntry entry;
  entry.network = P(network);
  entry.type = type;
  return entry;
}

TEST(Reachability, EachDisposition) {
  Net net(3);
  int a = net.Link(0, 1), b = net.Link(1, 2);
  net.Own(2, "10.9.2.1/24");
  net.Add(2, OnLink("10.9.2.0/24", "dummy0"));
  net.Route(0, "10.9.2.0/24", {a});
  net.Route(1, "10.9.2.0/24", {b});
  EXPECT_EQ(net.Fate(0, "10.9.2.1", 2), kAccepted);
  EXPECT_EQ(net.Fate(0, "10.9.2.77", 2), kDeliveredToSubnet);
  EXPECT_EQ(net.Fate(0, "10.9.2.1", 1), kAccepted | kElsewhere);
  EXPECT_EQ(net.Fate(0, "10.9.3.1", 2), kNoRoute);
  EXPECT_EQ(net.Fate(2, "10.255.0.2", 2), kAccepted);

  net.Add(1, Drop("10.9.2.64/26", RouteType::kBlackhole));
  EXPECT_EQ(net.Fate(0, "10.9.2.77", 2), kNullRouted);
  EXPECT_EQ(net.Fate(0, "10.9.2.1", 2), kAccepted);

  net.Route(2, "10.8.0.0/16", {b});
  net.Route(1, "10.8.0.0/16", {b});
  EXPECT_EQ(net.Fate(1, "10.8.1.1", 0), kLoop);
  EXPECT_EQ(net.Fate(0, "10.8.1.1", 0), kNoRoute);

  FibEntry wrong = OnLink("10.7.0.0/16", "e0");
  net.Add(0, wrong);
  EXPECT_EQ(net.Fate(0, "10.7.0.1", 2), kNeighborUnreachable);
  wrong.network = P("10.6.0.0/16");
  wrong.next_hops = {{A("10.1.0.3"), "e0"}};
  net.Add(0, wrong);
  EXPECT_EQ(net.Fate(0, "10.6.0.1", 2), kNeighborUnreachable);
  wrong.network = P("10.5.0.0/16");
  wrong.next_hops = {{A("192.0.2.1"), "uplink"}};
  net.Add(0, wrong);
  EXPECT_EQ(net.Fate(0, "10.5.0.1", 2), kExitsNetwork | kElsewhere);
  wrong.network = P("10.4.0.0/16");
  wrong.next_hops = {{A("192.0.2.1"), ""}};
  net.Add(0, wrong);
  EXPECT_EQ(net.Fate(0, "10.4.0.1", 2), kInsufficientInfo);
}

TEST(Reachability, OnLinkNeighboursAreFound) {
  Net net(2);
  net.Link(0, 1);
  net.Add(0, OnLink("10.1.0.0/30", "e0"));
  EXPECT_EQ(net.Fate(0, "10.1.0.2", 1), kAccepted);
  EXPECT_EQ(net.Fate(0, "10.1.0.3", 1), kNeighborUnreachable);
}

TEST(Reachability, NobodyAnswersOverALinkThatIsCut) {
  Net net(2);
  int cut = net.Link(0, 1);
  int whole = net.Link(0, 1);
  net.Own(1, "10.9.0.1/24");
  net.Route(0, "10.9.0.0/24", {cut, whole});
  EXPECT_EQ(net.Fate(0, "10.9.0.1", 1), kAccepted);
  net.Cut(cut);
  EXPECT_EQ(net.Fate(0, "10.9.0.1", 1), kAccepted | kNeighborUnreachable);
  net.Cut(whole);
  EXPECT_EQ(net.Fate(0, "10.9.0.1", 1), kNeighborUnreachable);
}

TEST(Reachability, LinkLocalGatewaysBelongToTheirInterface) {
  NodeFib a("a"), b("b");
  // Both of b's interfaces have the same link-local address.
  b.AddAddress("e1", P("fe80::2/64"));
  b.AddAddress("lo", P("fd00::b/128"));
  FibEntry entry;
  entry.network = P("fd00::b/128");
  entry.next_hops = {{A("fe80::2"), "e1"}, {A("fe80::2"), "e2"}};
  a.Add(entry);
  a.Finish();
  b.Finish();
  std::vector<const NodeFib*> fibs = {&a, &b};
  std::vector<NetworkLink> links = {{"a", "e1", "b", "e1"},
                                    {"a", "e2", "b", "e2"}};
  Forwarding::Graph graph;
  Forwarding::Create(fibs, links)->Fill(A("fd00::b"), &graph);
  EXPECT_EQ(Analyse(graph, 1).fate[0], kAccepted | kNeighborUnreachable);
}

TEST(Reachability, TheLowestMetricWins) {
  Net net(3);
  int good = net.Link(0, 1), bad = net.Link(0, 2);
  net.Own(1, "10.9.0.1/24");
  FibEntry entry = OnLink("10.9.0.0/24", "");
  entry.next_hops = {{Net::Gateway(good, 1), Net::Interface(good)}};
  entry.metric = 20;
  net.Add(0, entry);
  entry.next_hops = {{Net::Gateway(bad, 1), Net::Interface(bad)}};
  entry.metric = 100;
  net.Add(0, entry);
  EXPECT_EQ(net.Fate(0, "10.9.0.1", 1), kAccepted);
}

TEST(Reachability, ALocalRouteBeatsALongerOne) {
  Net net(2);
  int link = net.Link(0, 1);
  net.Add(0, Drop("10.9.0.0/16", RouteType::kLocal));
  net.Route(0, "10.9.1.0/24", {link});
  EXPECT_EQ(net.Fate(0, "10.9.1.1", 0), kAccepted);
}

TEST(Reachability, PathsAndPairs) {
  // A square with two parallel links on one side: 0-1 twice, 0-2, 1-3, 2-3.
  Net net(4);
  int a = net.Link(0, 1), b = net.Link(0, 1), c = net.Link(0, 2),
      d = net.Link(1, 3), e = net.Link(2, 3);
  net.Own(3, "10.9.3.1/24");
  net.Own(0, "10.9.0.1/24");
  net.Route(0, "10.9.3.0/24", {a, b, c});
  net.Route(1, "10.9.3.0/24", {d});
  net.Route(2, "10.9.3.0/24", {e});
  net.Route(3, "10.9.0.0/24", {d, e});
  net.Route(1, "10.9.0.0/24", {a, b});
  // 2 has no route back.
  ReachabilityReport report =
      net.Check({{"n3", P("10.9.3.0/24"), {}}, {"n0", P("10.9.0.0/24"), {}}});
  ASSERT_EQ(report.pairs.size(), 2);
  EXPECT_TRUE(report.pairs[0].reachable());
  EXPECT_EQ(report.pairs[0].paths, 3);
  EXPECT_FALSE(report.pairs[1].reachable());
  EXPECT_EQ(report.pairs[1].fate, kAccepted | kNoRoute);
  EXPECT_EQ(report.pairs[1].paths, 2);
  EXPECT_EQ(report.pairs[0].partly, 0);
  EXPECT_EQ(report.pairs[1].partly, 1);
  EXPECT_EQ(report.reachable_pairs(), 1);
  ASSERT_EQ(report.failures.size(), 1);
  EXPECT_EQ(report.failures[0].disposition, kNoRoute);
  EXPECT_EQ(report.failures[0].witness, (std::vector<std::string>{"n3", "n2"}));

  std::string text;
  WriteReachabilityJson(
      report, [&text](absl::string_view s) { text += std::string(s); });
  auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["summary"]["Pairs"], 2);
  EXPECT_EQ(json["summary"]["Reachable"], 1);
  EXPECT_EQ(json["summary"]["Dispositions"]["NO_ROUTE"], 1);
  EXPECT_EQ(json["pairs"][0]["Source"], "n0");
  EXPECT_EQ(json["pairs"][0]["Paths"], 3);
  EXPECT_EQ(json["pairs"][1]["Prefixes_Partly_Reached"], 1);
  EXPECT_EQ(json["failures"][0]["Network"], "10.9.0.0/24");
  EXPECT_EQ(json["failures"][0]["Witness"][1], "n2");
}

TEST(Reachability, ALoopIsNamedWithItsPath) {
  Net net(4);
  int a = net.Link(0, 1), b = net.Link(1, 2), c = net.Link(2, 3);
  net.Own(3, "10.9.0.1/24");
  net.Route(0, "10.9.0.0/24", {a});
  net.Route(1, "10.9.0.0/24", {b});
  net.Route(2, "10.9.0.0/24", {b, c});
  net.Own(0, "10.8.0.1/24");
  auto report =
      net.Check({{"n3", P("10.9.0.0/24"), {}}, {"n0", P("10.8.0.0/24"), {}}});
  EXPECT_EQ(report.pairs[0].fate, kAccepted | kLoop);
  EXPECT_FALSE(report.pairs[0].reachable());
  ASSERT_FALSE(report.failures.empty());
  EXPECT_EQ(report.failures[0].disposition, kLoop);
  EXPECT_EQ(report.failures[0].witness,
            (std::vector<std::string>{"n0", "n1", "n2", "n1"}));
}

TEST(Reachability, ErrorsNameTheNode) {
  Net net(1);
  auto result = CheckReachability(net.Plane(), net.Fibs(),
                                  {{"ghost", P("10.0.0.0/8"), {}}});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kNotFound);
  std::vector<NetworkLink> links = {{"n0", "e0", "ghost", "e0"}};
  EXPECT_EQ(Forwarding::Create(net.Fibs(), links).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Reachability, RepresentativeAddresses) {
  NodeFib node("n");
  node.AddAddress("d", P("10.1.0.9/24"));
  node.AddAddress("e", P("10.1.0.5/24"));
  node.Finish();
  EXPECT_EQ(RepresentativeAddress(P("10.1.0.0/24"), node), A("10.1.0.5"));
  EXPECT_EQ(RepresentativeAddress(P("10.2.0.0/24"), node), A("10.2.0.1"));
  EXPECT_EQ(RepresentativeAddress(P("10.2.0.7/32"), node), A("10.2.0.7"));
}

// The slow way, on the same input, without the code under test: walk every
// branch by hand, a packet at a time, and remember who was met on the way.
struct Walker {
  const std::vector<std::vector<std::pair<IpPrefix, std::vector<int>>>>& tables;
  const std::vector<std::set<IpAddress>>& owned;
  IpAddress to;
  int wanted;

  DispositionSet Walk(int node, std::set<int> met) const {
    if (owned[node].count(to)) {
      return node == wanted ? kAccepted : kAccepted | kElsewhere;
    }
    if (!met.insert(node).second) return kLoop;
    const std::vector<int>* best = nullptr;
    int length = -1;
    for (const auto& [prefix, next] : tables[node]) {
      if (prefix.Contains(to) && prefix.length > length) {
        length = prefix.length;
        best = &next;
      }
    }
    if (best == nullptr) return kNoRoute;
    if (best->empty()) return kNullRouted;
    DispositionSet all = 0;
    for (int next : *best) all |= Walk(next, met);
    return all;
  }
};

class RandomWalk : public testing::TestWithParam<int> {};

TEST_P(RandomWalk, AgreesWithANaiveWalker) {
  std::mt19937 random(GetParam());
  auto pick = [&random](int n) { return static_cast<int>(random() % n); };
  const int n = 3 + pick(6);
  Net net(n);
  std::vector<std::set<IpAddress>> owned(n);
  for (int i = 0; i < n; ++i) {
    owned[i].insert(A("10.255.0." + std::to_string(i)));
  }
  std::vector<std::vector<int>> of(n);
  for (int i = 0; i < 2 * n; ++i) {
    int a = pick(n), b = pick(n);
    if (a == b) continue;
    int link = net.Link(a, b);
    of[a].push_back(link);
    of[b].push_back(link);
    owned[a].insert(Net::Gateway(link, 0));
    owned[b].insert(Net::Gateway(link, 1));
  }
  std::vector<std::vector<std::pair<IpPrefix, std::vector<int>>>> tables(n);
  for (int i = 0; i < n; ++i) {
    for (int length : {0, 8, 16, 28, 29, 30, 31, 32}) {
      if (pick(3) == 0 && length < 32) continue;
      IpPrefix network{A("10.255.0." + std::to_string(pick(n))), length};
      network = network.Network();
      std::set<int> over;
      for (int k = pick(3); k >= 0 && !of[i].empty(); --k) {
        over.insert(of[i][pick(of[i].size())]);
      }
      std::vector<int> next;
      for (int link : over) {
        auto [a, b] = net.ends()[link];
        next.push_back(a == i ? b : a);
      }
      if (pick(12) == 0 || next.empty()) {
        net.Add(i, Drop(network.ToString(), RouteType::kBlackhole));
        next.clear();
      } else {
        net.Route(i, network.ToString(), {over.begin(), over.end()});
      }
      tables[i].push_back({network, next});
    }
  }
  Forwarding plane = net.Plane();
  for (int d = 0; d < n; ++d) {
    Walker walker{tables, owned, A("10.255.0." + std::to_string(d)), d};
    Forwarding::Graph graph;
    plane.Fill(walker.to, &graph);
    DestinationResult result = Analyse(graph, d);
    for (int s = 0; s < n; ++s) {
      DispositionSet expected = walker.Walk(s, {});
      EXPECT_EQ(result.fate[s], expected) << "from " << s << " to " << d;
      for (int bit = 0; bit < kDispositionBits; ++bit) {
        auto what = static_cast<Disposition>(1 << bit);
        auto path = Witness(graph, d, s, what);
        EXPECT_EQ(!path.empty(), (expected & what) != 0);
        if (path.empty()) continue;
        EXPECT_EQ(path.front(), s);
        if (what == kLoop) {
          EXPECT_EQ(std::count(path.begin(), path.end(), path.back()), 2);
        }
        for (size_t i = 0; i + 1 < path.size(); ++i) {
          const auto& step = graph.steps[path[i]];
          auto first = graph.edges.begin() + step.first;
          EXPECT_NE(std::find(first, first + step.count, path[i + 1]),
                    first + step.count);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWalk, testing::Range(0, 200));

// The k-pod fat-tree with ideal routes.
TEST(Reachability, AFatTreeOf320NodesIsQuick) {
  const int k = 16, h = k / 2, prefixes = h;
  const int tors = k * h, leaves = k * h, spines = h * h;
  const int n = tors + leaves + spines;
  std::vector<std::unique_ptr<NodeFib>> fibs;
  for (int i = 0; i < n; ++i) {
    fibs.push_back(std::make_unique<NodeFib>("n" + std::to_string(10000 + i)));
  }
  std::vector<NetworkLink> links;
  // The interface towards `other` is named after it; its address is the
  // node's number, the same on all interfaces (unnumbered).
  auto address = [](int node) { return A("10.200.0.0").Plus(node); };
  auto hop = [&](int node) {
    return NextHop{address(node), "to" + std::to_string(node)};
  };
  for (int i = 0; i < n; ++i) fibs[i]->AddAddress("lo", {address(i), 32});
  auto link = [&](int a, int b) {
    links.push_back(
        {fibs[a]->node(), hop(b).interface, fibs[b]->node(), hop(a).interface});
  };
  auto leaf = [&](int pod, int i) { return tors + pod * h + i; };
  auto spine = [&](int i, int j) { return tors + leaves + i * h + j; };
  for (int pod = 0; pod < k; ++pod) {
    for (int i = 0; i < h; ++i) {
      for (int j = 0; j < h; ++j) link(pod * h + i, leaf(pod, j));
      for (int j = 0; j < h; ++j) link(leaf(pod, i), spine(i, j));
    }
  }
  std::vector<OriginatedPrefix> origins;
  for (int tor = 0; tor < tors; ++tor) {
    for (int p = 0; p < prefixes; ++p) {
      IpPrefix network{A("10.0.0.0").Plus((tor * prefixes + p) * 256), 24};
      origins.push_back({fibs[tor]->node(), network, {}});
      fibs[tor]->AddAddress("d", {network.address.Plus(1), 24});
      FibEntry entry;
      entry.network = network;
      entry.protocol = RTPROT_BGP;
      const int pod = tor / h;
      for (int node = 0; node < n; ++node) {
        entry.next_hops.clear();
        if (node == tor) continue;
        if (node < tors) {
          for (int j = 0; j < h; ++j) {
            entry.next_hops.push_back(hop(leaf(node / h, j)));
          }
        } else if (node < tors + leaves) {
          const int at = (node - tors) / h, i = (node - tors) % h;
          if (at == pod) {
            entry.next_hops = {hop(tor)};
          } else {
            for (int j = 0; j < h; ++j) {
              entry.next_hops.push_back(hop(spine(i, j)));
            }
          }
        } else {
          entry.next_hops = {hop(leaf(pod, (node - tors - leaves) / h))};
        }
        fibs[node]->Add(entry);
      }
    }
  }
  std::vector<const NodeFib*> all;
  for (auto& fib : fibs) {
    fib->Finish();
    all.push_back(fib.get());
  }
  const auto start = std::chrono::steady_clock::now();
  auto plane = Forwarding::Create(all, links);
  ASSERT_TRUE(plane.ok());
  auto report = CheckReachability(*plane, all, origins);
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - start;
  RecordProperty("milliseconds", static_cast<int>(took.count() * 1000));
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->pairs.size(), tors * (tors - 1));
  EXPECT_EQ(report->reachable_pairs(), report->pairs.size());
  EXPECT_TRUE(report->failures.empty());
  EXPECT_EQ(report->pairs[0].paths, h);             // inside the pod
  EXPECT_EQ(report->pairs[tors - 2].paths, h * h);  // to another
  EXPECT_EQ(report->pairs[0].prefixes, prefixes);
}

}  // namespace
}  // namespace quiesce
