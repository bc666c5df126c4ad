// --trace of a network and of one program.
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

TEST(Trace, OfANetworkTwiceTheSame) {
  NEED_IMAGE("bird");
  std::string traces[2];
  for (std::string& trace : traces) {
    const std::string file = FreshPath("trace");
    const Result run = Quiesce({"--topo=line:2", "--image=bird",
                                "--trace=" + file, "--out=" + FreshPath("o")});
    EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
    trace = ReadFile(file);
  }
  const Words a = Lines(traces[0]), b = Lines(traces[1]);
  EXPECT_GT(a.size(), 100);
  size_t line = 0;
  while (line < a.size() && line < b.size() && a[line] == b[line]) ++line;
  EXPECT_EQ(line, std::max(a.size(), b.size()))
      << (line < a.size() ? a[line] : "(end)") << "\n"
      << (line < b.size() ? b[line] : "(end)");
}

TEST(Trace, NamesCallsAndArguments) {
  NEED_IMAGE("frr");
  const std::string file = FreshPath("trace");
  const Result run =
      Quiesce({"--topo=line:2", "--trace=" + file, "--out=" + FreshPath("o")});
  ASSERT_EQ(run.code, 0) << testing::PrintToString(run);
  const std::string trace = ReadFile(file);
  for (const char* part :
       {"r1", "zebra", "bgpd", "socket(AF_INET", "SOCK_STREAM", "AF_NETLINK",
        "bind(", "connect(", "EINPROGRESS", "setsockopt(", "RTM_NEWROUTE",
        "172.16.0."}) {
    EXPECT_TRUE(Contains(trace, part)) << part;
  }
}

TEST(Trace, ToTheTerminal) {
  NEED_IMAGE("bird");
  const Result run = Quiesce({"--topo=line:2", "--image=bird", "--trace=-",
                              "--out=" + FreshPath("o")});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(Contains(run.out, "socket(AF_INET"));
}

TEST(Trace, ToAFileThatCannotBe) {
  const Result run = Quiesce(
      {"--topo=line:2", "--trace=/nowhere/trace", "--out=" + FreshPath("o")});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(Contains(run.err, "/nowhere/trace")) << run.err;
}

TEST(Trace, OfOneProgram) {
  const std::string file = FreshPath("trace");
  const Result run = Quiesce({"--trace=" + file, "--", "/bin/ip", "link"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_TRUE(Contains(run.out, "LOOPBACK")) << run.out;
  EXPECT_FALSE(Contains(run.out, "eth0")) << "that is the host's";
  EXPECT_TRUE(Contains(ReadFile(file), "RTM_NEWLINK")) << ReadFile(file);
}

TEST(OneProgram, ExitStatusInputAndOutput) {
  EXPECT_EQ(Quiesce({"--", "/bin/sh", "-c", "exit 9"}).code, 9);
  EXPECT_EQ(Quiesce({"--", "/bin/sh", "-c", "kill -KILL $$"}).code, 137);
  RunOptions options;
  options.input = "words\n";
  EXPECT_EQ(Quiesce({"--", "/bin/cat"}, options).out, "words\n");
}

TEST(OneProgram, AddressesByFlag) {
  const Result run =
      Quiesce({"--address=10.9.8.7/24,fd00::7/64", "--", "/bin/ip", "addr"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_TRUE(Contains(run.out, "10.9.8.7/24")) << run.out;
  EXPECT_TRUE(Contains(run.out, "fd00::7/64")) << run.out;
}

TEST(OneProgram, StaticProgram) {
  const Result run =
      Quiesce({"--", Data("supervisor/system_test/unruly"), "exit"});
  EXPECT_EQ(run.code, 3) << testing::PrintToString(run);
  EXPECT_EQ(run.out, "nothing to do\n");
}

TEST(OneProgram, ThatDoesNotExist) {
  const Result run = Quiesce({"--", "/no/such/program"});
  EXPECT_NE(run.code, 0);
  EXPECT_TRUE(Contains(run.err, "/no/such/program")) << run.err;
}

}  // namespace
}  // namespace quiesce::system_test
