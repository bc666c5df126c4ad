// The images of tools/image, started as their daemons are in a network, but
// without a filter: they run on the real kernel in an empty network namespace.
// Needs the images to be built; says so and fails when they are not.
#include <linux/capability.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "supervisor/launch/launcher.h"

namespace quiesce {
namespace {

using ::testing::HasSubstr;

std::string Rootfs(const std::string& image) {
  const char* cache = getenv("QUIESCE_CACHE");
  return absl::StrCat(cache != nullptr ? cache : "/var/cache/quiesce/images",
                      "/", image);
}

class ImageTest : public ::testing::Test {
 protected:
  void Start(const std::string& image, NodeSpec spec = {}) {
    ASSERT_EQ(access(Rootfs(image).c_str(), F_OK), 0)
        << "run tools/image " << image;
    auto launcher = Launcher::Start();
    ASSERT_TRUE(launcher.ok()) << launcher.status();
    launcher_ = std::move(launcher).value();
    spec.name = image;
    spec.rootfs = Rootfs(image);
    auto node = launcher_->StartNode(spec);
    ASSERT_TRUE(node.ok()) << node.status();
    node_ = std::move(node).value();
  }

  // Starts a process and reads what it writes until `wanted` is there (or it
  // says no more). With nothing wanted: until it has ended.
  std::string ReadUntil(ProcessSpec spec, const std::string& wanted) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    UniqueFd read_end(ends[0]), write_end(ends[1]);
    spec.stdout_to = spec.stderr_to = StdioSpec::Fd(ends[1]);
    auto process = node_->Spawn(spec);
    EXPECT_TRUE(process.ok()) << process.status();
    write_end.Reset();
    std::string seen;
    while (wanted.empty() || seen.find(wanted) == std::string::npos) {
      pollfd waiting{ends[0], POLLIN, 0};
      if (poll(&waiting, 1, 30000) <= 0) {
        ADD_FAILURE() << spec.name << " says nothing more in 30 s: " << seen;
        break;
      }
      char buffer[1024];
      ssize_t size = read(ends[0], buffer, sizeof(buffer));
      if (size <= 0) break;
      seen.append(buffer, size);
    }
    if (process.ok()) last_ = std::move(process).value();
    output_ = std::move(read_end);  // a daemon keeps writing
    return seen;
  }

  std::string Status(pid_t pid) {
    std::ifstream in(absl::StrCat("/proc/", pid, "/status"));
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  std::unique_ptr<Launcher> launcher_;
  std::unique_ptr<NodeProcessTree> node_;
  SpawnedProcess last_;
  UniqueFd output_;
};

ProcessSpec Process(const std::string& name, std::vector<std::string> argv) {
  ProcessSpec spec;
  spec.name = name;
  spec.argv = std::move(argv);
  return spec;
}

NodeSpec FrrNode(RootMode mode) {
  NodeSpec spec;
  spec.root_mode = mode;
  spec.private_dirs = {"/run", "/tmp", "/var/log", "/var/tmp", "/etc/frr"};
  spec.directories = {{"/run/frr", 0755, {"frr", ""}},
                      {"/var/log/frr", 0755, {"frr", ""}}};
  spec.files = {{"/etc/frr/zebra.conf", "hostname r7\n", 0640, {"frr", ""}},
                {"/etc/frr/bgpd.conf", "router bgp 65007\n", 0640, {"frr", ""}},
                {"/etc/frr/vtysh.conf", "", 0640, {"frr", "frrvty"}}};
  return spec;
}

ProcessSpec FrrDaemon(const std::string& name) {
  ProcessSpec spec =
      Process(name, {absl::StrCat("/usr/lib/frr/", name), "-A", "127.0.0.1",
                     "-P", "0", "-f", absl::StrCat("/etc/frr/", name, ".conf"),
                     "--log", "stdout", "--log-level", "debugging"});
  spec.capabilities = DefaultCapabilities() | CapabilityBit(CAP_SYS_ADMIN);
  return spec;
}

TEST_F(ImageTest, FrrStartsAndKeepsItsCapabilities) {
  for (RootMode mode : {RootMode::kReadOnly, RootMode::kOverlay}) {
    Start("frr", FrrNode(mode));
    std::string said = ReadUntil(FrrDaemon("zebra"), "starting:");
    std::string status = Status(last_.pid);
    EXPECT_THAT(status, HasSubstr("Uid:\t101\t101\t101\t101\n")) << said;
    EXPECT_THAT(status, HasSubstr("Groups:\t101 102"));
    // NET_ADMIN, NET_RAW, SYS_ADMIN, as zebra asks for.
    EXPECT_THAT(status, HasSubstr("CapPrm:\t0000000000203000\n"));
    UniqueFd zebra_output = std::move(output_);
    ReadUntil(FrrDaemon("bgpd"), "starting:");
    UniqueFd bgpd_output = std::move(output_);
    std::string shown =
        ReadUntil(Process("vtysh", {"vtysh", "-c", "show running-config"}), "");
    EXPECT_THAT(shown, HasSubstr("frr version 8.4.4"));
    EXPECT_THAT(shown, HasSubstr("hostname r7"));
    EXPECT_THAT(shown, HasSubstr("router bgp 65007"));
    node_.reset();
    launcher_.reset();
  }
}

TEST_F(ImageTest, BirdStartsAndAnswersBirdc) {
  NodeSpec spec;
  spec.directories = {{"/run/bird", 0775, {"bird", ""}}};
  spec.files = {{"/etc/bird/bird.conf",
                 "log stderr all;\nrouter id 10.0.0.7;\nprotocol device {}\n"
                 "protocol kernel { ipv4 { export all; }; }\n",
                 0640,
                 {"root", "bird"}}};
  Start("bird", spec);
  ReadUntil(Process("bird", {"/usr/sbin/bird", "-f", "-u", "bird", "-g", "bird",
                             "-c", "/etc/bird/bird.conf"}),
            "Started");
  EXPECT_THAT(Status(last_.pid), HasSubstr("Uid:\t101\t101\t101\t101\n"));
  UniqueFd bird_output = std::move(output_);
  std::string shown =
      ReadUntil(Process("birdc", {"birdc", "show", "status"}), "");
  EXPECT_THAT(shown, HasSubstr("BIRD 2.0.12"));
  EXPECT_THAT(shown, HasSubstr("Router ID is 10.0.0.7"));
}

TEST_F(ImageTest, GobgpdStarts) {
  NodeSpec spec;
  Start("gobgp", spec);
  std::string seen =
      ReadUntil(Process("gobgpd", {"/usr/bin/gobgpd", "--api-hosts",
                                   "unix:///run/gobgp.sock", "--log-plain"}),
                "gobgpd started");
  EXPECT_THAT(seen, HasSubstr("gobgpd started"));
}

TEST_F(ImageTest, ToolsAreThere) {
  for (const char* image : {"frr", "bird", "gobgp", "tools"}) {
    Start(image);
    std::string seen = ReadUntil(
        Process("sh", {"sh", "-c",
                       "ip -o link; for t in ping traceroute ps ls ip; do "
                       "which $t || echo no $t; done; id -un"}),
        "");
    EXPECT_THAT(seen, HasSubstr("1: lo: <LOOPBACK>"));
    EXPECT_THAT(seen, ::testing::Not(HasSubstr("no ")));
    EXPECT_THAT(seen, HasSubstr("root\n"));
    node_.reset();
    launcher_.reset();
  }
}

}  // namespace
}  // namespace quiesce
