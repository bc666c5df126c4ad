#include "supervisor/launch/wire.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"
#include "supervisor/launch/spec_wire.h"

namespace quiesce {
namespace {

TEST(Wire, ValuesComeBackInOrder) {
  WireWriter out;
  out.Value(7);
  out.String(absl::string_view("a\0b", 3));
  out.Strings({"x", "", "yz"});
  out.Value(uint64_t{1} << 40);
  WireReader in(out.bytes());
  EXPECT_EQ(in.Value<int>(), 7);
  EXPECT_EQ(in.String(), std::string("a\0b", 3));
  EXPECT_EQ(in.Strings(), (std::vector<std::string>{"x", "", "yz"}));
  EXPECT_EQ(in.Value<uint64_t>(), uint64_t{1} << 40);
  EXPECT_TRUE(in.ok());
}

TEST(Wire, TruncatedBytesAreNoticed) {
  WireWriter out;
  out.Strings({"abc", "def"});
  for (size_t size = 0; size < out.bytes().size(); ++size) {
    WireReader in(absl::string_view(out.bytes()).substr(0, size));
    in.Strings();
    EXPECT_FALSE(in.ok()) << size;
  }
}

TEST(Wire, StatusComesBack) {
  WireWriter out;
  PutStatus(absl::NotFoundError("gone"), out);
  PutStatus(absl::OkStatus(), out);
  WireReader in(out.bytes());
  EXPECT_EQ(TakeStatus(in), absl::NotFoundError("gone"));
  EXPECT_TRUE(TakeStatus(in).ok());
}

struct Pair {
  UniqueFd a, b;
  Pair() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    a.Reset(ends[0]);
    b.Reset(ends[1]);
  }
};

TEST(Wire, MessagesOfAnySizeWithDescriptors) {
  Pair pair;
  UniqueFd memfd(memfd_create("x", MFD_CLOEXEC));
  ASSERT_EQ(write(memfd.get(), "content", 7), 7);
  for (size_t size : {0u, 1u, 4096u, 4097u, 3'000'000u}) {
    std::string bytes(size, 'q');
    int fds[] = {memfd.get(), memfd.get()};
    ASSERT_TRUE(SendMessage(pair.a.get(), bytes, fds).ok());
    auto message = ReceiveMessage(pair.b.get());
    ASSERT_TRUE(message.ok()) << message.status();
    EXPECT_EQ(message->bytes.size(), size);
    EXPECT_TRUE(message->bytes == bytes);
    ASSERT_EQ(message->fds.size(), 2);
    char text[8] = {};
    EXPECT_EQ(pread(message->fds[1].get(), text, 7, 0), 7);
    EXPECT_STREQ(text, "content");
  }
}

TEST(Wire, EndsAndDeadlinesAreSaid) {
  Pair pair;
  EXPECT_TRUE(
      absl::IsDeadlineExceeded(ReceiveMessage(pair.a.get(), 1).status()));
  pair.b.Reset();
  EXPECT_TRUE(absl::IsUnavailable(ReceiveMessage(pair.a.get()).status()));
  EXPECT_TRUE(absl::IsUnavailable(SendMessage(pair.a.get(), "x")));
}

TEST(SpecWire, NodeSpecComesBack) {
  NodeSpec spec;
  spec.name = "r1";
  spec.rootfs = "/r";
  spec.root_mode = RootMode::kReadOnly;
  spec.hostname = "h";
  spec.private_dirs = {"/a", "/b"};
  spec.directories = {{"/d", 0700, {"u", "g"}}};
  spec.files = {{"/f", "text", 0600, {"frr", ""}}};
  spec.binds = {{"/host", "/node"}};
  spec.sys_files = {{"class/net/e/mtu", "1500"}};
  spec.private_bytes = 5;
  spec.host_transparent = true;
  spec.pid_namespace = false;
  spec.init_cpu = 3;
  spec.init_fifo_priority = 4;
  WireWriter out;
  PutNodeSpec(spec, out);
  WireReader in(out.bytes());
  NodeSpec back = TakeNodeSpec(in);
  EXPECT_TRUE(in.ok());
  // Encoded again it is the same: nothing was lost or swapped.
  WireWriter again;
  PutNodeSpec(back, again);
  EXPECT_EQ(again.bytes(), out.bytes());
  EXPECT_EQ(back.files[0].owner.user, "frr");
  EXPECT_EQ(back.binds[0].node_path, "/node");
  EXPECT_EQ(back.root_mode, RootMode::kReadOnly);
  EXPECT_EQ(back.init_fifo_priority, 4);
  EXPECT_TRUE(back.net_namespace);
}

TEST(SpecWire, ProcessSpecNamesDescriptorsByIndex) {
  ProcessSpec spec;
  spec.name = "p";
  spec.argv = {"/bin/x", "y"};
  spec.user = "frr";
  spec.stdout_to = StdioSpec::Fd(55);
  spec.inherit_fds = {{66, 9}};
  spec.rlimits = {{7, {1, 2}}};
  spec.umask = 027;
  spec.filter = {{6, 0, 0, 0x7fff0000}};
  WireWriter out;
  PutProcessSpec(spec, out);
  WireReader in(out.bytes());
  ProcessSpec back = TakeProcessSpec(in);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(back.argv, spec.argv);
  EXPECT_EQ(back.user, "frr");
  EXPECT_FALSE(back.supplementary_groups.has_value());
  EXPECT_EQ(*back.capabilities, DefaultCapabilities());
  EXPECT_EQ(back.stdin_from.kind, StdioSpec::Kind::kNull);
  EXPECT_EQ(back.stdout_to.kind, StdioSpec::Kind::kFd);
  EXPECT_EQ(back.stdout_to.fd, 0);
  EXPECT_EQ(back.inherit_fds[0], std::pair(1, 9));
  EXPECT_EQ(back.rlimits[0].second.rlim_max, 2);
  EXPECT_EQ(*back.umask, 027);
  EXPECT_EQ(back.filter[0].k, 0x7fff0000);
}

}  // namespace
}  // namespace quiesce
