// A test harness for guests: programs that are run on plain Linux and, the
// same binary, under the supervisor. It leans on as little of the kernel as it
// can (fork, a pipe, poll, waitpid), because what it leans on may be what is
// being tested.
//
// Every case runs in a child of its own, so it starts with no sockets, default
// signals and the lowest descriptor free, and may die, hang or exhaust
// descriptors without harming the others. A failed expectation of the CHECK
// kind ends that child; so helpers can return plain values.
//
//   CASE(RefusedThenRetried) {
//     int fd = OK(socket(AF_INET, SOCK_STREAM, 0));
//     ERRNO(connect(fd, ...), ECONNREFUSED);
//     EQ(SoError(fd), 0);
//   }
//
// Output: `ok NAME`, `not ok NAME: why`, `skip NAME: why`; exit status 1 when a
// case failed. Flags: --list, --filter=SUBSTRING[,SUBSTRING...], --no_fork (one
// process, for a debugger or a trace), --differs=NAME[,NAME...]: cases in which
// this kernel is known to differ from Linux. They are run, must fail, and are
// reported as `differs NAME: why`.
#ifndef QUIESCE_TESTDATA_GUESTS_HARNESS_H_
#define QUIESCE_TESTDATA_GUESTS_HARNESS_H_

#include <errno.h>

#include <sstream>
#include <string>
#include <type_traits>

namespace guest {

// Adds a case to the program's list; used by CASE only.
struct Registration {
  Registration(const char* name, void (*body)());
};

// Ends the running case as failed or skipped. May be called on any thread.
[[noreturn]] void Fail(const char* file, int line, const std::string& why);
[[noreturn]] void Skip(const std::string& why);

// "EINVAL (Invalid argument)".
std::string ErrnoName(int error);

template <typename T>
std::string Show(const T& value) {
  std::ostringstream out;
  if constexpr (std::is_enum_v<T>) {
    out << static_cast<long>(value);
  } else {
    out << +value;
  }
  return out.str();
}
inline std::string Show(const std::string& value) { return '"' + value + '"'; }
inline std::string Show(const char* value) { return Show(std::string(value)); }

template <typename T>
T CheckOk(T result, const char* text, const char* file, int line) {
  if (result == static_cast<T>(-1)) {
    Fail(file, line, std::string(text) + " failed with " + ErrnoName(errno));
  }
  return result;
}

template <typename T>
void CheckErrno(T result, int wanted, const char* text, const char* file,
                int line) {
  int error = errno;
  if (result != static_cast<T>(-1)) {
    Fail(file, line,
         std::string(text) + " gave " + Show(result) + ", expected " +
             ErrnoName(wanted));
  }
  if (error != wanted) {
    Fail(file, line,
         std::string(text) + " failed with " + ErrnoName(error) +
             ", expected " + ErrnoName(wanted));
  }
}

// A path at which there is nothing, in the test's own directory, which becomes
// the current one: it fits into a sockaddr_un.
std::string FreshPath(const std::string& name);

template <typename A, typename B>
void CheckEq(const A& got, const B& wanted, const char* text, const char* file,
             int line) {
  if (got == wanted) return;
  Fail(file, line,
       std::string(text) + " is " + Show(got) + ", expected " + Show(wanted));
}

}  // namespace guest

#define CASE(name)                                                     \
  static void Case##name();                                            \
  static const guest::Registration kRegister##name(#name, Case##name); \
  static void Case##name()

// The value of a call that must not give -1.
#define OK(call) guest::CheckOk((call), #call, __FILE__, __LINE__)
// A call that must give -1 with this errno.
#define ERRNO(call, error) \
  guest::CheckErrno((call), (error), #call, __FILE__, __LINE__)
#define EQ(got, wanted) \
  guest::CheckEq((got), (wanted), #got, __FILE__, __LINE__)
#define TRUE(condition)                                                        \
  do {                                                                         \
    if (!(condition)) guest::Fail(__FILE__, __LINE__, #condition " is false"); \
  } while (false)
#define SKIP(why) guest::Skip(why)

#endif  // QUIESCE_TESTDATA_GUESTS_HARNESS_H_
