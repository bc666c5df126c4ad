// What becomes of a notified system call. There is nothing else it can be.
#ifndef QUIESCE_NOTIFIER_CALL_OUTCOME_H_
#define QUIESCE_NOTIFIER_CALL_OUTCOME_H_

#include <cstdint>
#include <functional>
#include <utility>

#include "notifier/base/errno_or.h"
#include "notifier/base/nanos.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

class Outcome {
 public:
  enum class Kind {
    kValue,    // return value() to the guest
    kFail,     // fail with error()
    kNative,   // the kernel runs the call itself (SECCOMP_..._FLAG_CONTINUE)
    kInstall,  // put fd() into the guest, return its number there
    kPark,     // no answer yet: run the handler again later
  };

  static Outcome Value(int64_t value) {
    Outcome o(Kind::kValue);
    o.value_ = value;
    return o;
  }
  static Outcome Fail(int error) {
    Outcome o(Kind::kFail);
    o.error_ = error;
    return o;
  }
  static Outcome Fail(Errno error) { return Fail(error.value); }
  static Outcome Native() { return Outcome(Kind::kNative); }

  // `done(true)` is called once the guest holds the descriptor; `done(false)`
  // if it could not (EMFILE, or the guest left): then undo. May be null.
  static Outcome Install(UniqueFd fd, bool close_on_exec,
                         std::function<void(bool)> done = nullptr) {
    Outcome o(Kind::kInstall);
    o.fd_ = std::move(fd);
    o.close_on_exec_ = close_on_exec;
    o.done_ = std::move(done);
    return o;
  }

  // The handler runs again after anything has happened in the node, and at
  // `deadline` (virtual) at the latest. Between attempts it has changed nothing
  // that a third attempt would trip over.
  //
  // A call with a deadline ends with EINTR when a signal handler has run, one
  // without begins again under SA_RESTART (signal(7); -ERESTARTNOHAND and
  // -ERESTART_RESTARTBLOCK against -ERESTARTSYS, net/sock.h:sock_intr_errno).
  static Outcome Park(Nanos deadline = kNever) {
    Outcome o(Kind::kPark);
    o.deadline_ = deadline;
    return o;
  }

  Kind kind() const { return kind_; }
  int64_t value() const { return value_; }
  int error() const { return error_; }
  UniqueFd& fd() { return fd_; }
  bool close_on_exec() const { return close_on_exec_; }
  const std::function<void(bool)>& done() const { return done_; }
  Nanos deadline() const { return deadline_; }

 private:
  explicit Outcome(Kind kind) : kind_(kind) {}

  Kind kind_;
  int64_t value_ = 0;
  int error_ = 0;
  UniqueFd fd_;
  bool close_on_exec_ = false;
  std::function<void(bool)> done_;
  Nanos deadline_ = kNever;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_CALL_OUTCOME_H_
