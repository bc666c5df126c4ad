// What lies between the nodes: links, and the way of a message over them.
//
// Between two rounds every FIB stands still. Then the messages of the round are
// put into their defined order, and each is walked to the owner of its
// destination address, hop by hop through the nodes' FIBs as a packet would be:
// local output, next hop, the neighbour on the link, input there, TTL. So
// multihop sessions, loopback peering and black holes come out by themselves.
// A datagram to many (multicast, broadcast) goes one hop, once to each other
// end of the link it leaves by; whoever listens there takes it.
//
// A hop may lead through more than one link: devices on top of interfaces are
// looked through (fabric_layer2.cc). What leaves by a VLAN device carries its
// tag, and comes in by the VLAN device of the same id at the other end. What
// comes in by a port of a bridge device is for the bridge and goes out by its
// other ports, to whoever is there; by each bridge once, so that a loop of
// bridges is not a storm.
#ifndef QUIESCE_SUPERVISOR_FABRIC_FABRIC_H_
#define QUIESCE_SUPERVISOR_FABRIC_FABRIC_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "notifier/base/nanos.h"
#include "notifier/kernel/message.h"
#include "notifier/net/stack.h"

namespace quiesce {

// One end of a link.
struct Port {
  NodeId node = kNoNode;
  int ifindex = 0;
  auto operator<=>(const Port&) const = default;
};

class Fabric {
 public:
  // `stacks[n]` is node n's; not owned, read only, and only while messages
  // travel. Null: the node is not here.
  explicit Fabric(std::vector<const Stack*> stacks)
      : stacks_(std::move(stacks)), elsewhere_(stacks_.size(), false) {}

  void SetStack(NodeId node, const Stack* stack) { stacks_[node] = stack; }
  // Whether a node that is not here runs in another emulator. If it does not,
  // it is absent, and nobody answers at the far end of its cables.
  void SetElsewhere(NodeId node, bool runs) { elsewhere_[node] = runs; }
  // A link: a cable, or a LAN where it has more than two ends. Each end is in
  // one link.
  void Connect(std::vector<Port> ends, Nanos latency);
  // What goes in or out at a cut end is lost silently.
  void SetCut(Port end, bool cut);
  bool IsCut(Port end) const;
  // The other end of a cable; node kNoNode if there is none.
  Port FarEnd(Port end) const;

  // Where a message ends.
  struct Arrival {
    NodeId node = kNoNode;  // kNoNode: nowhere
    int iif = 0;
    uint8_t ttl = 0;
    Nanos latency = 0;
    // If nowhere: the ICMP error that tells the sender (type << 8 | code; of
    // ICMPv6 for an IPv6 message), by which node and when; 0: it never learns.
    uint64_t icmp = 0;
    NodeId reporter = kNoNode;
  };

  // A link that a hop may still lead through, and how it got there.
  struct Branch {
    Port out;
    std::vector<uint16_t> tags;  // VLAN ids, the outermost last
    Nanos latency = 0;
  };

  // A message on its way. A value: where the next node is another emulator's,
  // it goes on there.
  struct Journey {
    enum class Stage : uint8_t {
      kOutput,  // `at` sends it
      kInput,   // it comes in at `at`, at `port`, meant for `neighbour`
      kReport,  // it ends nowhere, `at` says so
      kDone,
    };
    Message message;
    Stage stage = Stage::kOutput;
    NodeId at = kNoNode;  // whose turn it is
    int port = 0;
    IpAddress neighbour;           // not valid: whoever listens
    Port out;                      // by which it has come to this link
    std::vector<uint16_t> tags;    // that it carries there
    Nanos way = 0;                 // of this hop, up to this link
    std::vector<Branch> branches;  // where else the neighbour may be
    std::vector<Port> bridges;     // of this hop, that have taken it
    bool cut = false;              // somewhere a cable of this hop is cut
    Arrival arrival;               // so far
  };
  // Appends the journeys of a message of a node here: one, or one to each other
  // end of a link.
  void Begin(Message message, std::vector<Journey>* journeys) const;
  // Goes on until the journey is done, or it is the turn of a node elsewhere.
  // Copies that part from it, at a bridge, are appended to `copies`.
  void Advance(Journey* journey, std::vector<Journey>* copies) const;
  // Of a journey that is done: the message with to, iif, ttl and arrival filled
  // in, or the error for its sender. `now` is the time of sending. None: it is
  // lost, and nobody is told, as befits datagrams.
  static std::optional<Message> Finish(Journey journey, Nanos now);

  // The whole way, and the whole of it for all messages of a round, in the
  // order of the contract below; where every node is here.
  Arrival Walk(const Message& message) const;
  std::vector<Message> Route(std::vector<Message> sent, Nanos now) const;

 private:
  using Devices = absl::InlinedVector<int, 2>;
  struct Segment {
    std::vector<Port> ends;
    Nanos latency = 0;
  };
  struct Plug {
    size_t segment = 0;
    bool cut = false;
  };

  const Plug* FindPlug(Port end) const;
  // Whether somebody may be there.
  bool Runs(Port end) const;
  // From `at`, as the lookup there says.
  void Forward(const RouteResult& route, const IpAddress& destination,
               Journey* journey) const;
  // To the next end of the link that may be the neighbour's, after `before`,
  // then to other links; if there is none, its sender hears so.
  void AskNext(Port before, Journey* journey) const;
  void Input(const Stack& stack, Flow* flow, Journey* journey,
             std::vector<Journey>* copies) const;

  // --- fabric_layer2.cc ------------------------------------------------------
  // Adds the links by which what a node sends out of a device leaves it, with
  // `tags`, after `latency`.
  static void Leave(const Stack& stack, Port device, std::vector<uint16_t> tags,
                    Nanos latency, Journey* journey);
  // Which devices of the node a message is for that comes in by `device`. What
  // bridges pass on is added to the journey's branches.
  static void Take(const Stack& stack, Port device, std::vector<uint16_t> tags,
                   Nanos latency, Journey* journey, Devices* devices);
  static void Bridge(const Stack& stack, Port bridge, int except,
                     const std::vector<uint16_t>& tags, Nanos latency,
                     Journey* journey);
  // A copy of a message to many for each other end of each branch.
  void Spread(Journey* journey, std::vector<Journey>* copies) const;

  std::vector<const Stack*> stacks_;
  std::vector<bool> elsewhere_;
  std::vector<Segment> segments_;
  absl::flat_hash_map<std::pair<NodeId, int>, Plug> plugs_;
};

// The order in which a round's messages are handed over: by sending node, then
// session, then sequence (and by protocol, since some number their sessions
// each for itself); copies of one by receiving node. This is part of what a run
// means: results depend on it, so it must not depend on shards, threads or
// arrival. Do not change it.
bool DeliveredBefore(const Message& a, const Message& b);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_FABRIC_FABRIC_H_
