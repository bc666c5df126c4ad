#include "testdata/guests/harness.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace guest {
namespace {

// A case that says nothing for this long hangs. The longest ones wait a few
// seconds for retransmissions on a real clock.
constexpr int kHangMilliseconds = 60'000;
// Where a case's verdict is written; far from the descriptors cases count.
constexpr int kReportFd = 700;

struct Case {
  const char* name;
  void (*body)();
};

std::vector<Case>& Cases() {
  static std::vector<Case>* cases = new std::vector<Case>;
  return *cases;
}

// Set while a case runs in this process (--no_fork).
bool in_process = false;

[[noreturn]] void Report(char verdict, const std::string& why) {
  std::string line = verdict + why;
  if (in_process) {
    printf("%s: %s\n", verdict == 'S' ? "skip" : "not ok", why.c_str());
    fflush(stdout);
    _exit(verdict == 'S' ? 0 : 1);
  }
  (void)!write(kReportFd, line.data(), line.size());
  _exit(0);
}

// Runs one case in a child and returns its verdict: "K" for a case that came to
// its end, 'F' or 'S' with the reason, or what became of the child.
std::string RunInChild(const Case& test) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return "Fpipe2: " + ErrnoName(errno);
  pid_t child = fork();
  if (child < 0) return "Ffork: " + ErrnoName(errno);
  if (child == 0) {
    setpgid(0, 0);
    if (dup3(ends[1], kReportFd, O_CLOEXEC) < 0) _exit(99);
    close(ends[0]);
    close(ends[1]);
    test.body();
    Report('K', "");
  }
  close(ends[1]);
  std::string verdict;
  pollfd readable = {ends[0], POLLIN, 0};
  if (poll(&readable, 1, kHangMilliseconds) == 0) {
    verdict = "Fhangs";
  } else {
    char text[2000];
    ssize_t size = read(ends[0], text, sizeof(text));
    if (size > 0) verdict.assign(text, size);
  }
  kill(-child, SIGKILL);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  close(ends[0]);
  if (!verdict.empty()) return verdict;
  if (WIFSIGNALED(status)) {
    return std::string("Fdied of ") + strsignal(WTERMSIG(status));
  }
  return "Fexited with status " + std::to_string(WEXITSTATUS(status));
}

// Whether `name` is one of a comma-separated list.
bool Listed(const std::string& name, const std::string& list) {
  return ("," + list + ",").find("," + name + ",") != std::string::npos;
}

bool Matches(const std::string& name, const std::string& filter) {
  if (filter.empty()) return true;
  std::istringstream parts(filter);
  for (std::string part; std::getline(parts, part, ',');) {
    if (name.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

Registration::Registration(const char* name, void (*body)()) {
  Cases().push_back({name, body});
}

void Fail(const char* file, int line, const std::string& why) {
  const char* base = strrchr(file, '/');
  Report('F', std::string(base ? base + 1 : file) + ":" + std::to_string(line) +
                  ": " + why);
}

void Skip(const std::string& why) { Report('S', why); }

std::string ErrnoName(int error) {
  const char* name = strerrorname_np(error);
  return name ? name : "errno " + std::to_string(error);
}

std::string FreshPath(const std::string& name) {
  // Guests of several runs have the same numbers of processes.
  const char* const directory = getenv("TEST_TMPDIR");
  OK(chdir(directory == nullptr ? "/tmp" : directory));
  const std::string path = name + "." + std::to_string(getpid());
  unlink(path.c_str());
  return path;
}

}  // namespace guest

int main(int argc, char** argv) {
  std::string filter;
  std::string differs;
  bool list = false;
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i];
    if (flag == "--list") {
      list = true;
    } else if (flag == "--no_fork") {
      guest::in_process = true;
    } else if (flag.rfind("--filter=", 0) == 0) {
      filter = flag.substr(9);
    } else if (flag.rfind("--differs=", 0) == 0) {
      differs = flag.substr(10);
    } else {
      fprintf(stderr, "%s: unknown flag %s\n", argv[0], argv[i]);
      return 2;
    }
  }
  int passed = 0, failed = 0, skipped = 0;
  for (const guest::Case& test : guest::Cases()) {
    if (!guest::Matches(test.name, filter)) continue;
    if (list) {
      printf("%s\n", test.name);
      continue;
    }
    std::string verdict;
    if (guest::in_process) {
      test.body();
      verdict = "K";
    } else {
      fflush(stdout);
      verdict = guest::RunInChild(test);
    }
    const char* why = verdict.c_str() + 1;
    if (guest::Listed(test.name, differs)) {
      if (verdict[0] == 'F') {
        ++skipped;
        printf("differs %s: %s\n", test.name, why);
        fflush(stdout);
        continue;
      }
      verdict = "Fno longer differs from Linux: take it off the list";
      why = verdict.c_str() + 1;
    }
    if (verdict[0] == 'K') {
      ++passed;
      printf("ok %s\n", test.name);
    } else if (verdict[0] == 'S') {
      ++skipped;
      printf("skip %s: %s\n", test.name, why);
    } else {
      ++failed;
      printf("not ok %s: %s\n", test.name, why);
    }
    fflush(stdout);
  }
  if (list) return 0;
  printf("# %d ok, %d not ok, %d skipped or different\n", passed, failed,
         skipped);
  // Nothing run is not success: a misspelt filter must not look green.
  return failed > 0 || passed + skipped == 0 ? 1 : 0;
}
