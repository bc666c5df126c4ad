// Chance between the threads of a node.
//
// Threads of a node take turns, and each goes on until it blocks
// (docs/architecture.md). On a busy machine of several cores one may lose its
// core anywhere and the others run on meanwhile: races that a program has are
// lost there once in a while, and never here. So a run may ask for chance: now
// and then a thread is held at a call that is notified, as if it had lost its
// core on the way into the kernel, for some milliseconds of virtual time. Which
// thread, where and how long follows from a seed and from the node's calls, so
// a race that is lost is lost again in every run with that seed.
#ifndef QUIESCE_SUPERVISOR_SCHED_THREAD_HOLDS_H_
#define QUIESCE_SUPERVISOR_SCHED_THREAD_HOLDS_H_

#include <cstdint>

#include "notifier/base/nanos.h"

namespace quiesce {

class ThreadHolds {
 public:
  // 0: nobody is ever held.
  explicit ThreadHolds(uint64_t seed) : state_(seed), on_(seed != 0) {}

  // How long the thread that makes a call now is held; 0: not at all.
  Nanos Next() {
    if (!on_) return 0;
    const uint64_t draw = Draw();
    if (draw % kOneIn != 0) return 0;
    return (1 + Draw() % kLongestMs) * kMillisecond;
  }

 private:
  static constexpr uint64_t kOneIn = 24;
  static constexpr uint64_t kLongestMs = 40;

  // SplitMix64 (Steele, Lea, Flood 2014).
  uint64_t Draw() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
  const bool on_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_THREAD_HOLDS_H_
