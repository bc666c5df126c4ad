// How a run ends tells what was wrong, in its exit code and in words.
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

constexpr char kHead[] =
    "# proto-file: proto/topology.proto\n"
    "# proto-message: quiesce.proto.Topology\n";

// Runs what cannot start: code 2, and nothing has been made.
std::string Refused(Words flags) {
  const std::string out = FreshPath("out");
  flags.insert(flags.begin(), "--out=" + out);
  const Result run = Quiesce(flags);
  EXPECT_EQ(run.code, 2) << testing::PrintToString(run);
  EXPECT_EQ(run.out, "");
  EXPECT_FALSE(std::filesystem::exists(out)) << "something was started";
  EXPECT_FALSE(Contains(run.err, "prepare")) << run.err;
  return run.err;
}

#define EXPECT_SAYS(text, part) \
  EXPECT_TRUE(Contains(text, part)) << "lacks: " << (part) << "\n" << (text)

// --- 2: usage ---

TEST(Usage, NoNetwork) { EXPECT_SAYS(Refused({}), "--topo=fattree"); }

TEST(Usage, UnknownKindNamesTheKnown) {
  const std::string text = Refused({"--topo=fatree"});
  EXPECT_SAYS(text, "fatree");
  EXPECT_SAYS(text, "fattree");
}

TEST(Usage, OddK) { EXPECT_SAYS(Refused({"--topo=fattree:k=5"}), "k=5"); }

TEST(Usage, UnknownKeyAndBadValueTogether) {
  const std::string text = Refused({"--topo=ring:n=two,colour=red"});
  EXPECT_SAYS(text, "two");
  EXPECT_SAYS(text, "colour");
}

TEST(Usage, EveryFlagWithABadValueIsListed) {
  const std::string text =
      Refused({"--topo=fattree", "--quiet=soon", "--tick=-1ms",
               "--clock=sundial", "--shards=-2", "--epoch=yesterday"});
  for (const char* part : {"--quiet=soon", "--tick=-1ms", "--clock=sundial",
                           "--shards=-2", "--epoch=yesterday"}) {
    EXPECT_SAYS(text, part);
  }
}

TEST(Usage, UnknownFlag) {
  EXPECT_SAYS(Refused({"--topo=fattree", "--tpoo=ring"}), "tpoo");
}

TEST(Usage, FlagOfTheWrongType) {
  EXPECT_SAYS(Refused({"--topo=fattree", "--shards=many"}), "many");
}

TEST(Usage, StrayWord) {
  EXPECT_SAYS(Refused({"--topo=fattree", "extra"}), "'extra'");
}

TEST(Usage, NoCommandBehindTheDashes) {
  EXPECT_SAYS(Refused({"--"}), "no COMMAND");
}

TEST(Usage, UnknownImage) {
  EXPECT_SAYS(Refused({"--topo=ring", "--image=cisco"}), "cisco");
}

TEST(Usage, MissingFile) {
  EXPECT_SAYS(Refused({"--topo=file:/nowhere.textproto"}),
              "/nowhere.textproto");
  EXPECT_SAYS(Refused({"--topo=gml:/nowhere.gml"}), "/nowhere.gml");
}

TEST(Usage, MistakesOfAFileWithTheirLines) {
  const std::string path = FreshPath("bad.textproto");
  WriteFile(path, absl::StrCat(kHead,  // 1, 2
                               "options { image: \"frr\" }\n"
                               "node { name: \"r1\" interface { name: \"eth1\""
                               " address: \"10.0.0.1/33\" } }\n"
                               "node { name: \"r1\" }\n"
                               "node { name: \"r 3\" }\n"
                               "link { a { node: \"r1\" interface: \"eth1\" }"
                               " b { node: \"r9\" interface: \"eth1\" } }\n"));
  const std::string text = Refused({"--topo=file:" + path});
  for (const char* line : {":4:", ":5:", ":6:", ":7:"}) EXPECT_SAYS(text, line);
  EXPECT_SAYS(text, "10.0.0.1/33");
  EXPECT_SAYS(text, "r9");
}

TEST(Usage, SyntaxErrorWithItsLine) {
  const std::string path = FreshPath("syntax.textproto");
  WriteFile(path, absl::StrCat(kHead, "node { name: \"r1\" \n nmae: 3 }\n"));
  EXPECT_SAYS(Refused({"--topo=file:" + path}), ":4:");
}

TEST(Usage, UnreadableGmlWithItsLine) {
  const std::string path = FreshPath("bad.gml");
  WriteFile(path, "graph [\n node [ id 0 ]\n node [ id zero ]\n]\n");
  EXPECT_SAYS(Refused({"--topo=gml:" + path}), ":3");
}

TEST(Usage, NodeWithAnUnknownImage) {
  const std::string path = FreshPath("image.textproto");
  WriteFile(path, absl::StrCat(kHead,
                               "node { name: \"r1\" image: \"nos\" }\n"
                               "node { name: \"r2\" image: \"ios\" }\n"));
  const std::string text = Refused({"--topo=file:" + path});
  EXPECT_SAYS(text, "nos");
  EXPECT_SAYS(text, "ios");
}

TEST(Usage, ForeignOutputDirectoryIsLeftAlone) {
  const std::string out = FreshPath("foreign");
  std::filesystem::create_directory(out);
  WriteFile(out + "/thesis.tex", "years of work");
  const Result run = Quiesce({"--topo=ring", "--image=bird", "--out=" + out});
  EXPECT_EQ(run.code, 2) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, "thesis.tex");
  EXPECT_EQ(FilesBelow(out), Words({"thesis.tex"}));
  EXPECT_EQ(ReadFile(out + "/thesis.tex"), "years of work");
}

TEST(Usage, HelpIsNoMistake) {
  const Result run = Quiesce({"--topo=help"});
  EXPECT_EQ(run.code, 0);
  for (const char* kind : {"fattree", "gml", "dup", "file", "random"}) {
    EXPECT_SAYS(run.out, kind);
  }
}

TEST(Usage, DumpReadsBack) {
  const Result dump = Quiesce({"--topo=grid:2x2", "--dump_topology"});
  ASSERT_EQ(dump.code, 0) << testing::PrintToString(dump);
  const std::string path = FreshPath("dump.textproto");
  WriteFile(path, dump.out);
  const Result again = Quiesce({"--topo=file:" + path, "--dump_topology"});
  ASSERT_EQ(again.code, 0) << testing::PrintToString(again);
  EXPECT_EQ(Lines(dump.out).size(), Lines(again.out).size());
}

TEST(OutputDirectory, OurOwnOlderFilesAreReplaced) {
  NEED_IMAGE("bird");
  const std::string out = FreshPath("out");
  Words flags = {"--topo=ring:6", "--image=bird", "--out=" + out};
  ASSERT_EQ(Quiesce(flags).code, 0);
  flags[0] = "--topo=ring:3";
  const Result run = Quiesce(flags);
  ASSERT_EQ(run.code, 0) << testing::PrintToString(run);
  int nodes = 0;
  for (const auto& node : std::filesystem::directory_iterator(out + "/nodes")) {
    EXPECT_TRUE(node.is_directory());
    ++nodes;
  }
  EXPECT_EQ(nodes, 3);
}

// --- 3: no convergence ---

void ExpectChanging(const Words& more, const std::string& why) {
  NEED_IMAGE("frr");
  const std::string out = FreshPath("out");
  Words flags = {"--out=" + out};
  flags.insert(flags.end(), more.begin(), more.end());
  const Result run = Quiesce(flags);
  EXPECT_EQ(run.code, 3) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, "not converged");
  EXPECT_SAYS(run.err, why);
  EXPECT_SAYS(run.err, "still changes");
  const nlohmann::json summary = ReadJson(out + "/summary.json");
  EXPECT_EQ(summary["converged"], false);
  EXPECT_GT(summary["stillChanging"].size(), 0);
}

// No assignment of routes is stable (Griffin, Shepherd, Wilfong 2002).
TEST(NotConverged, BadGadget) {
  ExpectChanging(
      {"--topo=file:" + Data("testdata/topologies/bad_gadget.textproto")},
      "goes round in circles");
}

TEST(NotConverged, GoodGadgetDoes) {
  NEED_IMAGE("frr");
  const Result run = Quiesce(
      {"--topo=file:" + Data("testdata/topologies/good_gadget.textproto"),
       "--max_time=10m", "--out=" + FreshPath("out")});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
}

TEST(NotConverged, BoundOnTime) {
  ExpectChanging({"--topo=ring:4", "--max_time=2s"}, "2 virtual seconds");
}

TEST(NotConverged, BoundOnMessages) {
  ExpectChanging({"--topo=ring:6", "--max_messages=40"}, "messages");
}

// --- 4: the environment lacks something ---

TEST(Lacking, RootFileSystemThatWasNotBuilt) {
  RunOptions options;
  options.env = {"QUIESCE_CACHE=/nonexistent"};
  const Result run =
      Quiesce({"--topo=ring", "--out=" + FreshPath("out")}, options);
  EXPECT_EQ(run.code, 4) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, "/nonexistent/frr");
  EXPECT_SAYS(run.err, "tools/image frr");
}

TEST(Lacking, EveryRootFileSystemIsNamed) {
  RunOptions options;
  options.env = {"QUIESCE_CACHE=/nonexistent"};
  const Result run = Quiesce(
      {"--topo=ring:images=frr+bird", "--out=" + FreshPath("out")}, options);
  EXPECT_EQ(run.code, 4) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, "tools/image frr");
  EXPECT_SAYS(run.err, "tools/image bird");
}

// The supervisor with so many descriptors.
Result WithDescriptors(int most, const Words& flags) {
  Words command = {"/bin/sh", "-c",
                   absl::StrCat("ulimit -n ", most, "; exec \"$@\""), "sh"};
  for (const std::string& word : SupervisorCommand(flags)) {
    command.push_back(word);
  }
  return Run(command);
}

TEST(Lacking, DescriptorsAreMissedBeforeAnythingStarts) {
  NEED_IMAGE("bird");
  const std::string out = FreshPath("out");
  const Words flags = {"--topo=fattree", "--image=bird", "--out=" + out};
  const Result run = WithDescriptors(200, flags);
  EXPECT_EQ(run.code, 4) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, " open descriptors; the hard limit is 200\n");
  EXPECT_SAYS(run.err, "remedy: raise it (ulimit -Hn");
  EXPECT_FALSE(std::filesystem::exists(out)) << "something was started";
  Words asked = flags;
  asked.push_back("--estimate");
  const Result estimate = WithDescriptors(200, asked);
  EXPECT_EQ(estimate.code, 4);
  EXPECT_SAYS(estimate.out, "the hard limit is 200\n  too much; remedy: ");
  EXPECT_EQ(WithDescriptors(3000, asked).code, 0);
  EXPECT_FALSE(std::filesystem::exists(out)) << "something was started";
}

TEST(Lacking, DescriptorsOfOneLetSeveralShareTheNodes) {
  NEED_IMAGE("bird");
  const std::string out = FreshPath("out"), shared = FreshPath("shared");
  const Words flags = {"--topo=fattree", "--image=bird"};
  const auto to = [&](const std::string& where) {
    Words all = flags;
    all.push_back("--out=" + where);
    return all;
  };
  ASSERT_EQ(Quiesce(to(out)).code, 0);
  const Result run = WithDescriptors(450, to(shared));
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, "2 supervisor processes share the nodes\n");
  EXPECT_EQ(ReadFile(shared + "/summary.json"),
            ReadFile(out + "/summary.json"));
  // What cannot be shared is refused as before.
  Words held = to(FreshPath("held"));
  held.push_back("--hold");
  EXPECT_EQ(WithDescriptors(450, held).code, 4);
}

TEST(Lacking, WhatIsEstimatedIsEnoughAndNotMuchMore) {
  for (const char* image : {"frr", "bird"}) NEED_IMAGE(image);
  const Words ospf = {"--topo=file:" +
                      Data("testdata/topologies/ospf_ring.textproto")};
  for (const Words& flags : {Words{"--topo=fattree", "--image=frr"},
                             Words{"--topo=fattree", "--image=bird"}, ospf}) {
    const std::string out = FreshPath("out"), tight = FreshPath("tight");
    Words first = flags;
    first.push_back("--out=" + out);
    ASSERT_EQ(Quiesce(first).code, 0);
    int descriptors = 0;
    const nlohmann::json timing = ReadJson(out + "/timing.json");
    for (const auto& resource : timing["resources"]) {
      const std::string name = resource["name"];
      const double used = std::stod(std::string(resource["used"]));
      const double estimated = std::stod(std::string(resource["estimated"]));
      EXPECT_GE(estimated, used * 0.95) << flags[0] << " " << resource;
      EXPECT_LE(estimated, used * 1.25) << flags[0] << " " << resource;
      if (name == "descriptors") descriptors = estimated;
    }
    // With those none is left for what is only kept to save time.
    Words second = flags;
    second.push_back("--out=" + tight);
    const Result run = WithDescriptors(descriptors, second);
    ASSERT_EQ(run.code, 0) << testing::PrintToString(run);
    EXPECT_SAYS(run.err, "nearly too much: ");
    EXPECT_EQ(ReadFile(tight + "/summary.json"),
              ReadFile(out + "/summary.json"));
  }
}

// --- 5: a node failed ---

Result RunUnruly(const std::string& mode) {
  return Quiesce({"--topo=ring:3", "--image=" + GuestImage("unruly", {mode}),
                  "--out=" + FreshPath("out")});
}

TEST(NodeFailed, CrashWithItsLastWords) {
  const Result run = RunUnruly("crash");
  EXPECT_EQ(run.code, 5) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, "unruly");
  EXPECT_SAYS(run.err, "SIGSEGV");
  EXPECT_SAYS(run.err, "about to crash");
}

TEST(NodeFailed, ExitWithItsStatus) {
  const Result run = RunUnruly("exit");
  EXPECT_EQ(run.code, 5) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, "status 3");
  EXPECT_SAYS(run.err, "nothing to do");
}

TEST(NodeFailed, LaterDuringConvergence) {
  const Result run = RunUnruly("crash_later");
  EXPECT_EQ(run.code, 5) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, "SIGABRT");
  EXPECT_SAYS(run.err, "time is up");
}

TEST(NodeFailed, ProgramThatDoesNotExist) {
  const std::string image = GuestImage("unruly", {"idle"});
  std::string text = ReadFile(image);
  text.replace(text.find("argv: \"/bin/unruly\""), 19, "argv: \"/bin/nobody\"");
  WriteFile(image, text);
  const Result run = Quiesce(
      {"--topo=ring:3", "--image=" + image, "--out=" + FreshPath("out")});
  EXPECT_NE(run.code, 0);
  EXPECT_NE(run.code, 6) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, "/bin/nobody");
}

TEST(NodeFailed, NeverReady) {
  const std::string image = GuestImage(
      "unruly", {"idle"}, "readiness { unix_socket: \"/run/never.sock\" }");
  const Result run = Quiesce(
      {"--topo=ring:3", "--image=" + image, "--out=" + FreshPath("out")});
  EXPECT_EQ(run.code, 5) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, "/run/never.sock");
}

TEST(NodeFailed, MistakeInAConfiguration) {
  NEED_IMAGE("bird");
  const std::string path = FreshPath("net.textproto");
  WriteFile(path, absl::StrCat(kHead,
                               "node { name: \"r1\" image: \"bird\" config { "
                               "daemon: \"bird\" content: \"nonsense;\\n\" } "
                               "}\n"));
  const Result run =
      Quiesce({"--topo=file:" + path, "--out=" + FreshPath("out")});
  EXPECT_EQ(run.code, 5) << testing::PrintToString(run);
  EXPECT_SAYS(run.err, "node r1: bird");
  EXPECT_SAYS(run.err, "syntax error");
}

// --- 130: interrupted ---

TEST(Interrupted, KeepsTheResults) {
  NEED_IMAGE("frr");
  const std::string out = FreshPath("out");
  // Ten years of silence: it would go on for a long time.
  Process process(SupervisorCommand({"--topo=ring:3", "--quiet=87600h",
                                     "--max_time=100000h", "--out=" + out}));
  ASSERT_TRUE(process.WaitFor("converge"));
  process.Signal(SIGINT);
  const Result run = process.Wait();
  EXPECT_EQ(run.code, 130) << testing::PrintToString(run);
  const nlohmann::json summary = ReadJson(out + "/summary.json");
  EXPECT_EQ(summary["converged"], false);
  EXPECT_EQ(summary["reason"], "interrupted");
}

TEST(Interrupted, DuringTheStart) {
  NEED_IMAGE("frr");
  Process process(
      SupervisorCommand({"--topo=fattree:k=8", "--out=" + FreshPath("out")}));
  ASSERT_TRUE(process.WaitFor("start"));
  process.Signal(SIGINT);
  const Result run = process.Wait();
  EXPECT_EQ(run.code, 130) << testing::PrintToString(run);
}

}  // namespace
}  // namespace quiesce::system_test
