#include "supervisor/report/control_dialogue.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace quiesce {
namespace {

class FrrVty : public ControlDialogue {
 public:
  explicit FrrVty(std::vector<std::string> commands)
      : ControlDialogue(std::move(commands)) {
    if (!done()) output_ = std::string("enable\0", 7);
  }

  absl::Status OnBytes(absl::string_view bytes) override {
    for (char c : bytes) {
      if (done()) {
        return absl::DataLossError("bytes after the vty's last reply");
      }
      // Text holds no zero byte, so three of them are an end wherever they
      // stand, and the byte after them is the status, zero or not.
      if (zeros_ == 3) {
        zeros_ = 0;
        absl::Status status = EndReply(static_cast<unsigned char>(c));
        if (!status.ok()) return status;
      } else if (c == '\0') {
        ++zeros_;
      } else if (zeros_ > 0) {
        return absl::DataLossError("a zero byte inside a vty reply");
      } else {
        reply_.push_back(c);
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status EndReply(int code) {
    const std::string what = enabled_ ? current() : "enable";
    // CMD_WARNING comes with a reply that says what is the matter, for example
    // that bgpd has no BGP instance: the parser's business.
    constexpr int kSuccess = 0, kWarning = 1;  // lib/command.h
    if (code != kSuccess && code != kWarning) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", what, "\" ended with status ", code, ": ",
                       absl::StripAsciiWhitespace(reply_)));
    }
    if (enabled_) replies_.push_back(std::move(reply_));
    enabled_ = true;
    reply_.clear();
    if (!done()) {
      output_ += current();
      output_.push_back('\0');
    }
    return absl::OkStatus();
  }

  bool enabled_ = false;
  int zeros_ = 0;
  std::string reply_;
};

class Bird : public ControlDialogue {
 public:
  explicit Bird(std::vector<std::string> commands)
      : ControlDialogue(std::move(commands)) {}

  absl::Status OnBytes(absl::string_view bytes) override {
    pending_.append(bytes.data(), bytes.size());
    size_t start = 0;
    for (size_t end = pending_.find('\n'); end != std::string::npos;
         end = pending_.find('\n', start)) {
      absl::Status status =
          Line(absl::string_view(pending_).substr(start, end - start));
      if (!status.ok()) return status;
      start = end + 1;
    }
    pending_.erase(0, start);
    return absl::OkStatus();
  }

 private:
  absl::Status Line(absl::string_view line) {
    if (!line.empty() && line[0] == ' ') {
      line.remove_prefix(1);
      absl::StrAppend(&reply_, line, "\n");
      return absl::OkStatus();
    }
    // '+' is an asynchronous line (log echo), which we never ask for.
    if (!line.empty() && line[0] == '+') return absl::OkStatus();
    if (line.size() < 5 || !absl::ascii_isdigit(line[0]) ||
        !absl::ascii_isdigit(line[1]) || !absl::ascii_isdigit(line[2]) ||
        !absl::ascii_isdigit(line[3]) || (line[4] != ' ' && line[4] != '-')) {
      return absl::DataLossError(
          absl::StrCat("not a line of BIRD's control protocol: ", line));
    }
    const bool last = line[4] == ' ';
    const char kind = line[0];
    const absl::string_view text = line.substr(5);
    if (kind == '8' || kind == '9') {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", greeted_ && !done() ? current() : "(greeting)",
                       "\": ", line.substr(0, 4), " ", text));
    }
    // Everything but the end's own code is text of the reply; a line with a
    // blank after a code above 0 ends a group, not the reply.
    if (kind != '0') {
      absl::StrAppend(&reply_, text, "\n");
      return absl::OkStatus();
    }
    if (!text.empty() && greeted_) absl::StrAppend(&reply_, text, "\n");
    if (last) EndReply();
    return absl::OkStatus();
  }

  void EndReply() {
    if (greeted_ && !done()) replies_.push_back(std::move(reply_));
    greeted_ = true;
    reply_.clear();
    if (!done()) absl::StrAppend(&output_, current(), "\n");
  }

  bool greeted_ = false;
  std::string pending_;
  std::string reply_;
};

}  // namespace

std::unique_ptr<ControlDialogue> FrrVtyDialogue(
    std::vector<std::string> commands) {
  return std::make_unique<FrrVty>(std::move(commands));
}

std::unique_ptr<ControlDialogue> BirdDialogue(
    std::vector<std::string> commands) {
  return std::make_unique<Bird>(std::move(commands));
}

}  // namespace quiesce
