// What daemons say of themselves, which may be of another version, broken or
// hostile: every reply is rows or an error, to each of the readers.
#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/report/answers.h"
#include "supervisor/report/bird_rib.h"
#include "supervisor/report/control_dialogue.h"
#include "supervisor/report/frr_rib.h"
#include "supervisor/report/gobgp_rib.h"
#include "supervisor/report/openbgpd_rib.h"

namespace quiesce {
namespace {

void Talk(ControlDialogue& dialogue, absl::string_view text) {
  // In two pieces, as a socket might give them.
  const absl::string_view begin = text.substr(0, text.size() / 2);
  if (dialogue.OnBytes(begin).ok() && !dialogue.done()) {
    dialogue.OnBytes(text.substr(begin.size())).IgnoreError();
  }
}

void Read(absl::string_view text) {
  const auto bird = BirdDialogue({"show route all", "show protocols all"});
  Talk(*bird, text);
  Talk(*FrrVtyDialogue({"show version"}), text);
  const std::string reply =
      bird->replies().empty() ? std::string(text) : bird->replies()[0];
  ParseBirdRib("b", reply, ParseBirdSessions("b", reply))
      .status()
      .IgnoreError();
  ParseFrrRib("f", text).status().IgnoreError();
  ParseFrrSessions("f", text).status().IgnoreError();
  const auto sessions = ParseGobgpSessions("g", text);
  ParseGobgpRib("g", text,
                sessions.ok() ? *sessions : std::vector<BgpSession>())
      .status()
      .IgnoreError();
  ParseOpenbgpdRib("o", text).status().IgnoreError();
  ParseOpenbgpdSessions("o", text).status().IgnoreError();
  WithoutTimes(text);
}

}  // namespace
}  // namespace quiesce

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  quiesce::Read({reinterpret_cast<const char*>(data), size});
  return 0;
}
