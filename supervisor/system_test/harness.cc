#include "supervisor/system_test/harness.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace quiesce::system_test {
namespace {

constexpr size_t kShown = 6000;

std::string Shortened(const std::string& text) {
  if (text.size() <= kShown) return text;
  return absl::StrCat(text.substr(0, kShown / 2), "\n[...]\n",
                      text.substr(text.size() - kShown / 2));
}

struct Pipe {
  UniqueFd read, write;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
    read.Reset(ends[0]);
    write.Reset(ends[1]);
  }
};

}  // namespace

void PrintTo(const Result& result, std::ostream* out) {
  *out << "exit code " << result.code << "\n--- stdout\n"
       << Shortened(result.out) << "--- stderr\n"
       << Shortened(result.err);
}

Process::Process(const Words& argv, const RunOptions& options)
    : deadline_(absl::Now() + options.timeout) {
  Pipe input, out, err;
  std::vector<char*> words, env;
  for (const std::string& word : argv) {
    words.push_back(const_cast<char*>(word.c_str()));
  }
  words.push_back(nullptr);
  for (const std::string& entry : options.env) {
    env.push_back(const_cast<char*>(entry.c_str()));
  }
  pid_ = fork();
  if (pid_ == 0) {
    // A group of its own, as a shell gives it.
    setpgid(0, 0);
    dup2(input.read.get(), STDIN_FILENO);
    dup2(out.write.get(), STDOUT_FILENO);
    dup2(err.write.get(), STDERR_FILENO);
    for (char* entry : env) putenv(entry);
    execv(words[0], words.data());
    _exit(127);
  }
  setpgid(pid_, pid_);
  input_ = std::move(input.write);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  if (!options.input.empty()) {
    // Small enough for the pipe.
    if (write(input_.get(), options.input.data(), options.input.size()) < 0) {
      ADD_FAILURE() << "no room for the input";
    }
    EndInput();
  }
}

Process::~Process() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Process::Signal(int number) {
  if (pid_ > 0) kill(pid_, number);
}

bool Process::ReadMore() {
  pollfd fds[2] = {{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}};
  if (fds[0].fd < 0 && fds[1].fd < 0) return false;
  const int64_t left =
      std::max<int64_t>(0, absl::ToInt64Milliseconds(deadline_ - absl::Now()));
  if (poll(fds, 2, static_cast<int>(left)) == 0) {
    ADD_FAILURE() << "it takes too long";
    PrintTo(result_, &std::cerr);
    Signal(SIGKILL);
    deadline_ = absl::InfiniteFuture();
    return false;
  }
  char buffer[65536];
  for (int i = 0; i < 2; ++i) {
    if (fds[i].revents == 0) continue;
    UniqueFd& fd = i == 0 ? out_ : err_;
    const ssize_t size = read(fd.get(), buffer, sizeof(buffer));
    if (size <= 0) {
      fd.Reset(-1);
    } else {
      (i == 0 ? result_.out : result_.err).append(buffer, size);
    }
  }
  return true;
}

bool Process::WaitFor(const std::string& text) {
  while (!Contains(result_.out, text) && !Contains(result_.err, text)) {
    if (!ReadMore()) return false;
  }
  return true;
}

Result Process::Wait() {
  EndInput();
  while (ReadMore()) {
  }
  int status;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  result_.code =
      WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result_;
}

Result Run(const Words& argv, const RunOptions& options) {
  return Process(argv, options).Wait();
}

std::string Data(const std::string& path) {
  const char* directory = std::getenv("TEST_SRCDIR");
  // By hand, from the root of the repository.
  if (directory == nullptr) {
    const std::string built = absl::StrCat("bazel-bin/", path);
    return access(built.c_str(), F_OK) == 0 ? built : path;
  }
  return absl::StrCat(directory, "/quiesce/", path);
}

Words SupervisorCommand(const Words& flags) {
  Words argv = {Data("supervisor/supervisor")};
  argv.insert(argv.end(), flags.begin(), flags.end());
  return argv;
}

Result Quiesce(const Words& flags, const RunOptions& options) {
  return Run(SupervisorCommand(flags), options);
}

Result Exec(const std::string& out, const Words& words,
            const RunOptions& options) {
  Words argv = {Data("tools/exec"), "--out=" + out};
  argv.insert(argv.end(), words.begin(), words.end());
  return Run(argv, options);
}

HeldNetwork::HeldNetwork(const std::string& topology)
    : out_(FreshPath("out")),
      process_(SupervisorCommand(
          {"--topo=file:" + Data(absl::StrCat("testdata/topologies/", topology,
                                              ".textproto")),
           "--hold", "--out=" + out_})),
      up_(process_.WaitFor("Ctrl-C ends it")) {}

Result HeldNetwork::In(const std::string& node, const Words& command) const {
  Words words = {node};
  words.insert(words.end(), command.begin(), command.end());
  RunOptions options;
  options.timeout = absl::Seconds(60);
  return Exec(out_, words, options);
}

std::string FreshPath(const std::string& name) {
  static int number = 0;
  std::string path;
  do {
    path = absl::StrCat(testing::TempDir(), "/", name, ".", getpid(), ".",
                        ++number);
  } while (std::filesystem::exists(path));
  return path;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path << " cannot be read";
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary);
  out << content;
  EXPECT_TRUE(out.good()) << path;
}

nlohmann::json ReadJson(const std::string& path) {
  nlohmann::json value = nlohmann::json::parse(ReadFile(path), nullptr,
                                               /*allow_exceptions=*/false);
  EXPECT_FALSE(value.is_discarded()) << path << " is not JSON";
  return value;
}

Words FilesBelow(const std::string& directory) {
  Words result;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) {
      result.push_back(
          std::filesystem::relative(entry.path(), directory).string());
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

Words Lines(const std::string& text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string GuestImage(const std::string& program, const Words& arguments,
                       const std::string& process, const std::string& more) {
  namespace fs = std::filesystem;
  const std::string name = program.substr(program.rfind('/') + 1);
  const fs::path base = FreshPath("image");
  const fs::path root = base / "root";
  for (const char* directory :
       {"bin", "dev", "proc", "sys", "etc", "run", "tmp", "var", "root"}) {
    fs::create_directories(root / directory);
  }
  WriteFile(root / "etc/passwd", "root:x:0:0:root:/root:/bin/false\n");
  WriteFile(root / "etc/group", "root:x:0:\n");
  fs::copy_file(
      Data(program == name ? "supervisor/system_test/" + name : program),
      root / "bin" / name);
  fs::permissions(root / "bin" / name, fs::perms(0755));
  std::string text = absl::StrCat(
      "# proto-file: proto/image.proto\n# proto-message: "
      "quiesce.proto.Image\n"
      "name: \"",
      name, "\"\nrootfs { directory: \"root\" }\n", more,
      "\nprocess { name: \"", name, "\" argv: \"/bin/", name, "\"");
  for (const std::string& word : arguments) {
    absl::StrAppend(&text, " argv: \"", word, "\"");
  }
  absl::StrAppend(&text, " ", process, " }\n");
  const std::string path = base / (name + ".textproto");
  WriteFile(path, text);
  return path;
}

void AdoptOrphans() { ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); }

testing::AssertionResult NobodyLeft() {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (true) {
    siginfo_t info;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0) {
      return testing::AssertionSuccess();  // ECHILD
    }
    if (absl::Now() < deadline) continue;
    std::string who;
    std::ifstream children(
        absl::StrCat("/proc/self/task/", getpid(), "/children"));
    for (std::string pid; children >> pid;) {
      std::string name;
      std::ifstream(absl::StrCat("/proc/", pid, "/comm")) >> name;
      absl::StrAppend(&who, " ", name, "[", pid, "]");
    }
    return testing::AssertionFailure() << "still there:" << who;
  }
}

bool HasImage(const std::string& name) {
  const char* cache = std::getenv("QUIESCE_CACHE");
  struct stat info;
  return stat(absl::StrCat(cache ? cache : "/var/cache/quiesce/images", "/",
                           name)
                  .c_str(),
              &info) == 0;
}

}  // namespace quiesce::system_test
