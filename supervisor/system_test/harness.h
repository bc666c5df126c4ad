// Drives the built supervisor as a user would: starts it with flags, sees what
// it prints, how it ends and what it leaves. Tests that use this need root.
#ifndef QUIESCE_SUPERVISOR_SYSTEM_TEST_HARNESS_H_
#define QUIESCE_SUPERVISOR_SYSTEM_TEST_HARNESS_H_

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "notifier/base/unique_fd.h"

namespace quiesce::system_test {

using Words = std::vector<std::string>;

struct Result {
  // The exit status, or 128 + the signal that ended it.
  int code = -1;
  std::string out;
  std::string err;
};

// How a failure of an expectation about a run shows the run.
void PrintTo(const Result& result, std::ostream* out);

struct RunOptions {
  Words env;  // "NAME=value", beside our own
  std::string input;
  // A run that takes longer is killed, and the test fails.
  absl::Duration timeout = absl::Seconds(120);
};

// A program that runs beside the test. Killed at the end of its life.
class Process {
 public:
  Process(const Words& argv, const RunOptions& options = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int number);
  // Reads until `text` has been seen on standard output or error. False when
  // the program ends before, or takes too long.
  bool WaitFor(const std::string& text);
  // Closes the program's standard input.
  void EndInput() { input_.Reset(-1); }
  // Waits for its end.
  Result Wait();

 private:
  // Takes what has been printed, waiting for it. False at the end of both.
  bool ReadMore();

  pid_t pid_ = -1;
  absl::Time deadline_;
  UniqueFd input_, out_, err_;
  Result result_;
};

// Runs to its end.
Result Run(const Words& argv, const RunOptions& options = {});
// The same for the supervisor with these flags.
Result Quiesce(const Words& flags, const RunOptions& options = {});
// //tools:exec on the network held in `out`.
Result Exec(const std::string& out, const Words& words,
            const RunOptions& options = {});

Words SupervisorCommand(const Words& flags);

// A network of testdata/topologies that has converged and waits for commands.
class HeldNetwork {
 public:
  explicit HeldNetwork(const std::string& topology);
  bool up() const { return up_; }
  const std::string& out() const { return out_; }
  // A command in a node, to its end.
  Result In(const std::string& node, const Words& command) const;

 private:
  std::string out_;
  Process process_;
  bool up_;
};

// A file of the repository.
std::string Data(const std::string& path);
// A fresh path in the test's temporary directory; nothing is there yet.
std::string FreshPath(const std::string& name);
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);
nlohmann::json ReadJson(const std::string& path);
// The regular files below `directory`, relative, sorted.
Words FilesBelow(const std::string& directory);
Words Lines(const std::string& text);
bool Contains(const std::string& text, const std::string& part);

// Makes a root file system that holds a static program (a name in this package,
// or a path in the repository) as /bin/NAME, and an image of one process that
// runs it with `arguments`; returns the image description's path. `more` goes
// into the description, `process` into its process.
std::string GuestImage(const std::string& program, const Words& arguments,
                       const std::string& process = "",
                       const std::string& more = "");

// Makes this process the parent of all orphans below it.
void AdoptOrphans();
// Waits until every child and adopted child of this process is gone. False when
// one still lives after ten seconds, with what it is.
testing::AssertionResult NobodyLeft();

bool HasImage(const std::string& name);

// Skips the test unless `tools/image NAME` has been run.
#define NEED_IMAGE(name)                                                       \
  if (!::quiesce::system_test::HasImage(name)) {                               \
    GTEST_SKIP() << "image " << name << " is not built: tools/image " << name; \
  }

}  // namespace quiesce::system_test

#endif  // QUIESCE_SUPERVISOR_SYSTEM_TEST_HARNESS_H_
