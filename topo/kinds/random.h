// Random numbers that are the same everywhere for a seed: the standard
// library's distributions are not. SplitMix64 (Steele, Lea, Flood 2014).
#ifndef QUIESCE_TOPO_KINDS_RANDOM_H_
#define QUIESCE_TOPO_KINDS_RANDOM_H_

#include <cstdint>

namespace quiesce {

class SeededRandom {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // In 0..bound-1; bound > 0. The bias of the remainder is below bound / 2^64.
  uint64_t Below(uint64_t bound) { return Next() % bound; }

 private:
  uint64_t state_;
};

}  // namespace quiesce

#endif  // QUIESCE_TOPO_KINDS_RANDOM_H_
