// Replies come from programs that may be of another version, broken or
// hostile: whatever they send, parsing ends with rows or an error.

#include <fstream>
#include <random>
#include <sstream>

#include "gtest/gtest.h"
#include "supervisor/report/bird_rib.h"
#include "supervisor/report/control_dialogue.h"
#include "supervisor/report/frr_rib.h"
#include "supervisor/report/gobgp_rib.h"
#include "supervisor/report/openbgpd_rib.h"

namespace quiesce {
namespace {

std::string Sample(const std::string& name) {
  std::ifstream file("supervisor/report/testdata/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Bytes changed, pieces cut out, doubled, or the end missing.
std::string Mutate(std::string text, std::mt19937* random) {
  auto pick = [random](size_t n) { return n == 0 ? 0 : (*random)() % n; };
  for (size_t i = 1 + pick(4); i > 0 && !text.empty(); --i) {
    const size_t at = pick(text.size()), length = pick(40);
    switch (pick(5)) {
      case 0:
        text[at] = static_cast<char>(pick(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(pick(text.size()), length));
        break;
      case 3:
        text[at] = "{}[]\":,0 \n\t"[pick(11)];
        break;
      default:
        if (pick(10) == 0) text.resize(at);
    }
  }
  return text;
}

class RibFuzz : public testing::TestWithParam<const char*> {};

TEST_P(RibFuzz, EveryReplyIsRowsOrAnError) {
  const std::string sample = Sample(GetParam());
  std::mt19937 random(1);
  int good = 0, bad = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string text = Mutate(sample, &random);
    bool ok;
    if (std::string(GetParam()).substr(0, 4) == "bird") {
      auto dialogue = BirdDialogue({"x"});
      ok = dialogue->OnBytes(text).ok() && dialogue->done();
      const std::string reply = ok ? dialogue->replies()[0] : text;
      auto sessions = ParseBirdSessions("b", reply);
      ok = ParseBirdRib("b", reply, sessions).ok();
    } else if (std::string(GetParam()).substr(0, 5) == "gobgp") {
      ok = ParseGobgpRib("g", text, {}).ok() |
           ParseGobgpSessions("g", text).ok();
    } else if (std::string(GetParam()).substr(0, 8) == "openbgpd") {
      ok = ParseOpenbgpdRib("o", text).ok() |
           ParseOpenbgpdSessions("o", text).ok();
    } else {
      ok = ParseFrrRib("f", text).ok() | ParseFrrSessions("f", text).ok();
    }
    ++(ok ? good : bad);
  }
  // The mutations are neither all harmless nor all fatal.
  EXPECT_GT(good, 0);
  EXPECT_GT(bad, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Samples, RibFuzz,
    testing::Values("frr_rib_detail.json", "frr_rib.json", "frr_summary.json",
                    "frr10_rib_detail.json", "gobgp_rib.json",
                    "gobgp_neighbor.json", "openbgpd_rib.json",
                    "openbgpd_neighbor.json", "bird_rib.ctl",
                    "bird_rib_ibgp.ctl"));

}  // namespace
}  // namespace quiesce
