#include "topo/flaps.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "topo/build.h"
#include "topo/diagnostics.h"
#include "topo/kinds/arguments.h"
#include "topo/kinds/random.h"

namespace quiesce {
namespace {

constexpr KeyDoc kKeys[] = {
    {"every", "TIME", "one flap in each such span"},
    {"for", "TIME", "how long"},
    {"down", "TIME", "how long a link is down"},
    {"seed", "N", "what chance follows from"},
    {"silent", "on|off", "whether the ends are not told"},
};

int64_t Milliseconds(absl::string_view key, absl::string_view fallback,
                     Arguments* arguments) {
  absl::Duration time;
  const std::string text = arguments->String(key, fallback);
  if (!absl::ParseDuration(text, &time) || time < absl::Milliseconds(1) ||
      time > absl::Hours(24 * 366)) {
    arguments->Error(
        key, absl::StrCat("'", text, "' is no time; write 10s, 5m, 24h"));
    return 1000;
  }
  return absl::ToInt64Milliseconds(time);
}

}  // namespace

absl::StatusOr<Topology> WithFlaps(const Topology& topology,
                                   absl::string_view spec) {
  Diagnostics errors("--flaps");
  Arguments arguments(spec, kKeys, {}, &errors);
  const int64_t every = Milliseconds("every", "60s", &arguments);
  const int64_t length = Milliseconds("for", "1h", &arguments);
  const int64_t down = Milliseconds("down", "10s", &arguments);
  const bool silent = arguments.Bool("silent", false);
  SeededRandom random(arguments.Seed());
  if (down >= every) {
    arguments.Error("down", "a link must be up again before the next flap");
  }
  if (topology.links().empty()) errors.AddLine(0, "there is no link to flap");
  if (!errors.ok()) return errors.ToStatus();

  proto::Topology words = topology.ToProto();
  for (int64_t begin = every; begin + every <= length; begin += every) {
    const uint64_t link = random.Below(topology.links().size());
    const int64_t at = begin + static_cast<int64_t>(random.Below(every - down));
    proto::Event* lost = words.add_event();
    lost->set_at_seconds(at / 1e3);
    *lost->mutable_link_down() = words.link(static_cast<int>(link)).a();
    lost->set_carrier(!silent);
    proto::Event* back = words.add_event();
    back->set_at_seconds((at + down) / 1e3);
    *back->mutable_link_up() = lost->link_down();
    back->set_carrier(!silent);
  }
  return BuildTopology(words, {});
}

}  // namespace quiesce
