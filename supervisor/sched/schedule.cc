#include "supervisor/sched/schedule.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "supervisor/fabric/fabric.h"
#include "supervisor/sched/message_log.h"

namespace quiesce {
namespace {

constexpr int kMostDelay = 7;  // rounds

// What has arrived by `now`, in order of sending.
std::vector<Message> TakeArrived(Nanos now, std::vector<Message>* waiting) {
  const auto later = std::stable_partition(
      waiting->begin(), waiting->end(),
      [now](const Message& m) { return m.arrival <= now; });
  std::vector<Message> taken(std::make_move_iterator(waiting->begin()),
                             std::make_move_iterator(later));
  waiting->erase(waiting->begin(), later);
  return taken;
}

class Rounds : public Schedule {
 public:
  std::string name() const override { return "rounds"; }
  std::vector<Message> Take(uint64_t round, Nanos now,
                            std::vector<Message>* waiting) const override {
    std::vector<Message> taken = TakeArrived(now, waiting);
    std::stable_sort(taken.begin(), taken.end(), DeliveredBefore);
    return taken;
  }
};

class Fifo : public Schedule {
 public:
  std::string name() const override { return "fifo"; }
  std::vector<Message> Take(uint64_t round, Nanos now,
                            std::vector<Message>* waiting) const override {
    const auto first = std::min_element(waiting->begin(), waiting->end(),
                                        [](const Message& a, const Message& b) {
                                          return a.arrival < b.arrival;
                                        });
    std::vector<Message> taken;
    if (first == waiting->end() || first->arrival > now) return taken;
    taken.push_back(std::move(*first));
    waiting->erase(first);
    return taken;
  }
};

class Random : public Schedule {
 public:
  explicit Random(uint64_t seed) : seed_(seed) {}
  std::string name() const override {
    return absl::StrCat("random:seed=", seed_);
  }
  bool in_step() const override { return false; }

  int DelayOf(const Message& message) const override {
    return Mix(Draw(message), message.sequence) % (kMostDelay + 1);
  }

  std::vector<Message> Take(uint64_t round, Nanos now,
                            std::vector<Message>* waiting) const override {
    std::vector<Message> taken = TakeArrived(now, waiting);
    std::stable_sort(taken.begin(), taken.end(),
                     [this, round](const Message& a, const Message& b) {
                       const uint64_t left = Mix(Draw(a), round);
                       const uint64_t right = Mix(Draw(b), round);
                       return left != right ? left < right
                                            : DeliveredBefore(a, b);
                     });
    return taken;
  }

 private:
  // Chance without a state: the same message fares the same whatever else is
  // on its way.
  uint64_t Draw(const Message& m) const {
    return Mix(Mix(Mix(seed_, m.from), m.opener), m.session);
  }

  const uint64_t seed_;
};

}  // namespace

std::unique_ptr<Schedule> RoundsSchedule() {
  return std::make_unique<Rounds>();
}

std::unique_ptr<Schedule> FifoSchedule() { return std::make_unique<Fifo>(); }

std::unique_ptr<Schedule> RandomSchedule(uint64_t seed) {
  return std::make_unique<Random>(seed);
}

absl::StatusOr<std::unique_ptr<Schedule>> ParseSchedule(absl::string_view text,
                                                        uint64_t seed) {
  if (text == "rounds") return RoundsSchedule();
  if (text == "fifo") return FifoSchedule();
  if (text == "random") return RandomSchedule(seed);
  absl::string_view number = text;
  if (absl::ConsumePrefix(&number, "random:seed=") &&
      absl::SimpleAtoi(number, &seed)) {
    return RandomSchedule(seed);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "'", text, "' is no schedule; there are rounds, fifo, random:seed=S"));
}

Nanos SessionOrder::Arrival(const Message& message, Nanos now, Nanos arrival) {
  const Stream stream{message.from, message.to, message.session,
                      message.from_opener};
  const auto before = last_.find(stream);
  if (before != last_.end()) arrival = std::max(arrival, before->second);
  if (arrival <= now) return arrival;
  if (before != last_.end()) {
    before->second = arrival;
    return arrival;
  }
  if (last_.size() >= prune_at_) {
    absl::erase_if(last_, [now](const auto& s) { return s.second <= now; });
    prune_at_ = std::max<size_t>(1024, 2 * last_.size());
  }
  last_[stream] = arrival;
  return arrival;
}

}  // namespace quiesce
