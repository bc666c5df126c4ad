// Which emulator a node belongs to, and which shard of that.
#ifndef QUIESCE_SUPERVISOR_SCHED_PLACEMENT_H_
#define QUIESCE_SUPERVISOR_SCHED_PLACEMENT_H_

#include <cstdint>

namespace quiesce {

// The part, of `parts`, of the node that comes `index`th in a generator's
// order.
//
// Neighbours in that order have like loads, so each group of as many as there
// are parts is dealt out to all of them. But to deal always in the same order
// is not enough: the nodes that work in one round often stand at regular
// distances (the first of every pod), and at an even distance two parts would
// give all of them to one. So each group begins with another part, by chance.
constexpr int PartOf(int index, int parts) {
  // The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
  uint64_t chance = (index / parts + 1) * 0x9e3779b97f4a7c15;
  chance = (chance ^ (chance >> 30)) * 0xbf58476d1ce4e5b9;
  chance = (chance ^ (chance >> 27)) * 0x94d049bb133111eb;
  chance ^= chance >> 31;
  return static_cast<int>((index + chance) % parts);
}

constexpr int EmulatorOf(int node, int emulators) {
  return PartOf(node, emulators);
}

// An emulator has one node of each group.
constexpr int ShardOf(int node, int emulators, int shards) {
  return PartOf(node / emulators, shards);
}

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_PLACEMENT_H_
