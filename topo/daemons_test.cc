// The real daemons read what is rendered for them and complain about nothing.
//
// Needs root (namespaces, chroot) and the root filesystems of tools/image in
// $QUIESCE_CACHE (default /var/cache/quiesce); skipped where they are missing.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "topo/frr_split.h"
#include "topo/image.h"
#include "topo/read_file.h"
#include "topo/render.h"
#include "topo/spec.h"
#include "topo/textproto.h"

namespace quiesce {
namespace {

std::string RootOf(const std::string& image) {
  const char* cache = std::getenv("QUIESCE_CACHE");
  return absl::StrCat(cache != nullptr ? cache : "/var/cache/quiesce",
                      "/images/", image);
}

struct Ran {
  int status = -1;  // of wait()
  std::string output;
};

[[noreturn]] void Fail(const char* what) {
  perror(what);
  _exit(125);
}

void MakeParents(const std::string& path) {
  for (size_t at = 1; (at = path.find('/', at)) != std::string::npos; ++at) {
    mkdir(path.substr(0, at).c_str(), 0755);
  }
}

// In a child with namespaces of its own: the image's root with the files in
// it, on file systems that go with the namespace.
void EnterRoot(const std::string& root, const proto::Image& image,
               const std::vector<RenderedFile>& files) {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    Fail("private");
  }
  std::vector<std::string> writable = {"/run", "/tmp", "/var"};
  writable.insert(writable.end(), image.writable().begin(),
                  image.writable().end());
  for (const std::string& path : writable) {
    if (mount("tmpfs", (root + path).c_str(), "tmpfs", 0, "mode=755") != 0) {
      Fail(path.c_str());
    }
  }
  // zebra switches forwarding there; of the network namespace made above.
  if (mount("proc", (root + "/proc").c_str(), "proc", 0, nullptr) != 0) {
    Fail("proc");
  }
  if (chroot(root.c_str()) != 0 || chdir("/") != 0) Fail("chroot");
  for (const proto::Directory& directory : image.directory()) {
    MakeParents(directory.path() + "/");
    chmod(directory.path().c_str(), 0777);
  }
  for (const RenderedFile& file : files) {
    MakeParents(file.path);
    // Whoever the daemon becomes may read it; but OpenBGPD, which reads it as
    // root, refuses what others may.
    const mode_t mode = image.renderer() == proto::OPENBGPD ? 0600 : 0644;
    const int fd = open(file.path.c_str(), O_WRONLY | O_CREAT, mode);
    if (fd < 0 || write(fd, file.content.data(), file.content.size()) < 0) {
      Fail(file.path.c_str());
    }
    close(fd);
  }
}

Ran Run(const proto::Image& image, const std::vector<RenderedFile>& files,
        const std::vector<std::string>& argv) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    close(ends[0]);
    close(ends[1]);
    if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID) != 0) {
      Fail("unshare");
    }
    // The program is PID 1: daemons that it leaves behind go with it.
    const pid_t init = fork();
    if (init != 0) {
      int status = 0;
      waitpid(init, &status, 0);
      _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 126);
    }
    EnterRoot(RootOf(image.name()), image, files);
    std::vector<char*> words;
    for (const std::string& word : argv) {
      words.push_back(const_cast<char*>(word.c_str()));
    }
    words.push_back(nullptr);
    execv(words[0], words.data());
    Fail(words[0]);
  }
  close(ends[1]);
  Ran ran;
  char buffer[4096];
  ssize_t got;
  while ((got = read(ends[0], buffer, sizeof(buffer))) > 0) {
    ran.output.append(buffer, got);
  }
  close(ends[0]);
  waitpid(child, &ran.status, 0);
  return ran;
}

// The lines of a daemon's output that are about its configuration.
std::string Complaints(const std::string& output) {
  std::string result;
  for (absl::string_view line : absl::StrSplit(output, '\n')) {
    if (absl::StrContains(line, "config line") ||
        absl::StrContains(line, "ommand") || absl::StrContains(line, "rror") ||
        absl::StrContains(line, "nvalid") ||
        absl::StrContains(line, "an't open")) {
      absl::StrAppend(&result, line, "\n");
    }
  }
  return result;
}

// "" if the daemons of the image accept the files.
std::string Check(const proto::Image& image,
                  const std::vector<RenderedFile>& files) {
  std::string faults;
  for (const proto::Process& process : image.process()) {
    if (!Runs(image, process, files)) continue;
    if (process.restart() == proto::ONCE) continue;  // wants the others running
    std::vector<std::string> argv;
    switch (image.renderer()) {
      case proto::FRR:
        argv = {process.argv(0), "-C", "-f",
                absl::StrCat("/etc/frr/", process.name(), ".conf")};
        break;
      case proto::BIRD:
        argv = {process.argv(0), "-p", "-c", "/etc/bird/bird.conf"};
        break;
      case proto::OPENBGPD:
        argv = {process.argv(0), "-n", "-f", "/etc/openbgpd/bgpd.conf"};
        break;
      default:
        argv = {process.argv(0), "-d", "-f", "/run/gobgp/gobgpd.toml"};
    }
    const Ran ran = Run(image, files, argv);
    const std::string complaints = Complaints(ran.output);
    if (ran.status != 0 || !complaints.empty()) {
      absl::StrAppend(&faults, process.name(), " (status ", ran.status,
                      "): ", ran.status != 0 ? ran.output : complaints);
    }
  }
  return faults;
}

class Daemons : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    const std::string root = RootOf(GetParam());
    if (access(root.c_str(), R_OK) != 0) {
      GTEST_SKIP() << "no " << root << "; run tools/image " << GetParam();
    }
    auto image = LoadImage(GetParam(), ImageSearchPath());
    ASSERT_TRUE(image.ok()) << image.status();
    image_ = *std::move(image);
  }

  void ExpectAccepted(const Topology& topology) {
    for (const TopologyNode& node : topology.nodes()) {
      if (node.image != image_.name()) continue;
      const auto files = RenderNode(topology, node, image_);
      ASSERT_TRUE(files.ok()) << files.status();
      EXPECT_EQ(Check(image_, *files), "") << node.name;
    }
  }

  proto::Image image_;
};

TEST_P(Daemons, AcceptGeneratedNetworks) {
  for (const char* spec :
       {"fattree:k=2,compare_routerid=on", "line:2,af=6", "ring:3,af=46"}) {
    const auto topology = ParseTopologySpec(spec, GetParam());
    ASSERT_TRUE(topology.ok()) << topology.status();
    ExpectAccepted(*topology);
  }
}

TEST_P(Daemons, AcceptEveryWordThereIsAWordFor) {
  // OpenBGPD has no words for some timers, and TTL security for links only.
  const bool openbgpd = image_.renderer() == proto::OPENBGPD;
  const std::string networks =
      "network: \"10.0.1.0/24\" network: \"fd00:10::/64\"";
  const std::string timers = openbgpd ? "" : "keepalive: 3 connect_retry: 5";
  const std::string far =
      openbgpd ? "ebgp_multihop: 4" : "ttl_security_hops: 4";
  const std::string routes = R"(
        route { prefix: "192.168.0.9/32" via: "172.16.0.1" }
        route { prefix: "10.9.0.0/16" blackhole: true }
        route { prefix: "10.8.0.0/16" interface: "eth1" }
        route { prefix: "fd00:9::/64" via: "fd00:172::1" }
        default_gateway: "172.16.0.1")";
  const std::string ibgp =
      image_.renderer() == proto::GOBGP ? "" : "next_hop_self: true";
  const auto topology = ParseTopologyText(absl::StrCat(R"(node { name: "r1"
        interface { name: "lo" address: "192.168.0.1/32" }
        interface { name: "eth1" address: "172.16.0.0/31"
                    address: "fd00:172::/127" }
        )",
                                                       routes, R"(
        bgp { asn: 4200000001 compare_routerid: true multipath: 8 )",
                                                       networks, R"(
          neighbor { address: "172.16.0.1" remote_as: 2 hold_time: 9
                     ttl_security_hops: 1 )",
                                                       timers, R"( }
          neighbor { address: "fd00:172::1" remote_as: 2 passive: true
                     password: "p#;a$s/s" }
          neighbor { address: "192.168.0.9" remote_as: 9 ebgp_multihop: 3
                     update_source: "192.168.0.1" }
          neighbor { address: "192.168.0.8" remote_as: 4200000001
                     route_reflector_client: true )",
                                                       ibgp, R"( }
          neighbor { address: "192.168.0.7" remote_as: 7
                     )",
                                                       far, " } } }"),
                                          "rich.textproto", GetParam());
  ASSERT_TRUE(topology.ok()) << topology.status();
  ExpectAccepted(*topology);
}

TEST_P(Daemons, AcceptTheShippedNetworks) {
  for (const char* name : {"disagree", "bad_gadget", "good_gadget",
                           "multihop_loopback", "mixed"}) {
    const auto topology = ParseTopologySpec(
        absl::StrCat("file:testdata/topologies/", name, ".textproto"), "");
    ASSERT_TRUE(topology.ok()) << topology.status();
    ExpectAccepted(*topology);
  }
}

TEST_P(Daemons, RefuseNonsense) {
  auto topology = ParseTopologySpec("line:1,prefixes=0", GetParam());
  ASSERT_TRUE(topology.ok()) << topology.status();
  auto files = RenderNode(*topology, topology->node(0), image_);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(Check(image_, *files), "");
  (*files)[0].content += "frobnicate\n";
  EXPECT_NE(Check(image_, *files), "");
}

INSTANTIATE_TEST_SUITE_P(Images, Daemons,
                         testing::Values("frr", "bird", "gobgp", "bird3",
                                         "openbgpd"),
                         [](const testing::TestParamInfo<const char*>& info) {
                           return std::string(info.param);
                         });

class FrrDaemons : public Daemons {};

// A configuration as operators have them: no daemon gets a line that it does
// not know.
TEST_P(FrrDaemons, AcceptAnOperatorsFrrConf) {
  const auto text = ReadFile("testdata/topologies/operator_frr.conf");
  ASSERT_TRUE(text.ok()) << text.status();
  proto::Topology words;
  proto::Node* node = words.add_node();
  node->set_name("r1");
  proto::Config* config = node->add_config();
  config->set_daemon("frr");
  config->set_content(*text);
  const auto topology =
      ParseTopologyText(words.DebugString(), "operator.textproto", "frr");
  ASSERT_TRUE(topology.ok()) << topology.status();
  auto files = RenderNode(*topology, topology->node(0), image_);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(Check(image_, *files), "");
}

// What the daemons say their configuration is once they run with `files`, and
// vtysh has read `frr_conf` to them if there is one.
std::string RunningConfig(const proto::Image& image,
                          std::vector<RenderedFile> files,
                          const std::string& frr_conf) {
  files.push_back({.path = "/tmp/frr.conf", .content = frr_conf});
  // -d returns when the daemon is ready.
  const Ran ran = Run(image, files, {"/bin/sh", "-ec", R"(
      ip link set lo up
      for daemon in zebra bgpd staticd; do
        /usr/lib/frr/$daemon -d -A 127.0.0.1 -P 0 -f /etc/frr/$daemon.conf
      done
      if [ -s /tmp/frr.conf ]; then vtysh -f /tmp/frr.conf; fi
      echo ==; vtysh -c 'show running-config')"});
  EXPECT_EQ(ran.status, 0) << ran.output;
  const size_t mark = ran.output.find("==\n");
  return mark == std::string::npos ? ran.output : ran.output.substr(mark);
}

void ExpectSameAsVtysh(const proto::Image& image, const std::string& text) {
  FrrSplit split = SplitFrrConfig(text, {"zebra", "bgpd", "staticd"});
  const std::string vtysh = "no service integrated-vtysh-config\n";
  std::vector<RenderedFile> divided, empty;
  for (const proto::ConfigFile& file : image.config_file()) {
    const bool own = file.config() == "vtysh";
    divided.push_back({.path = file.path(),
                       .content = own ? vtysh : split.texts[file.config()]});
    empty.push_back({.path = file.path(), .content = own ? vtysh : ""});
  }
  const std::string ours = RunningConfig(image, divided, "");
  EXPECT_EQ(ours, RunningConfig(image, empty, text));
  EXPECT_NE(ours, RunningConfig(image, empty, ""));
}

TEST_P(FrrDaemons, HaveTheConfigurationThatVtyshWouldGiveThem) {
  const auto text = ReadFile("testdata/topologies/operator_frr.conf");
  ASSERT_TRUE(text.ok()) << text.status();
  ExpectSameAsVtysh(image_, *text);
}

TEST_P(FrrDaemons, DoWithoutIndentationAsVtyshDoes) {
  const auto text = ReadFile("testdata/topologies/operator_frr.conf");
  ASSERT_TRUE(text.ok()) << text.status();
  std::string flat;
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    absl::StrAppend(&flat, absl::StripAsciiWhitespace(line), "\n");
  }
  ExpectSameAsVtysh(image_, flat);
}

INSTANTIATE_TEST_SUITE_P(Images, FrrDaemons, testing::Values("frr"));

}  // namespace
}  // namespace quiesce
