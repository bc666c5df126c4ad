#include "topo/frr_split.h"

#include <bit>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "topo/frr_commands.h"

namespace quiesce {
namespace {

using frr::Command;
using frr::Context;
using frr::Daemons;

struct Line {
  int number;
  absl::string_view text;  // without blanks at the end
  bool indented;
  bool negated;
  std::vector<absl::string_view> words;  // without "no"
};

class Splitter {
 public:
  explicit Splitter(absl::Span<const std::string> daemons) {
    for (const std::string& daemon : daemons) {
      result_.texts[daemon];
      running_ |= frr::DaemonBit(daemon);
    }
  }

  FrrSplit Run(absl::string_view text) {
    int number = 0;
    for (absl::string_view raw : absl::StrSplit(text, '\n')) {
      Line line{++number, absl::StripTrailingAsciiWhitespace(raw)};
      const absl::string_view bare = absl::StripAsciiWhitespace(line.text);
      if (bare.empty() || bare[0] == '!' || bare[0] == '#') continue;
      line.indented = line.text.size() != bare.size();
      line.words =
          absl::StrSplit(bare, absl::ByAnyChar(" \t"), absl::SkipEmpty());
      line.negated = line.words[0] == "no" && line.words.size() > 1;
      if (line.negated) line.words.erase(line.words.begin());
      Add(line);
    }
    while (!blocks_.empty()) CloseBlock();
    return std::move(result_);
  }

 private:
  struct Block {
    Context context;
    Daemons daemons;
    int nested = 0;  // address-families and the like that are open inside
  };

  void Add(const Line& line) {
    if (Ends(line)) return;
    while (!blocks_.empty() && !Inside(line)) CloseBlock();
    if (blocks_.empty()) {
      Top(line);
    } else if (blocks_.back().context == Context::kOwned) {
      Nest(line);
      Send(line, blocks_.back().daemons);
    } else {
      Block& block = blocks_.back();
      const Command* command = frr::FindCommand(block.context, line.words);
      const Daemons daemons =
          command == nullptr ? block.daemons : command->daemons;
      Place(line, daemons);
      if (command != nullptr && command->opens != Context::kTop &&
          !line.negated) {
        blocks_.push_back({command->opens, daemons});
      }
    }
  }

  // exit, quit, end, exit-vrf ...: these go where their block went.
  bool Ends(const Line& line) {
    const absl::string_view word = line.words[0];
    if (line.negated || line.words.size() != 1) return false;
    if (word == "end") {
      while (!blocks_.empty()) CloseBlock();
      return true;
    }
    if (word == "exit-route-map" || word == "exit-vrf" || word == "exit" ||
        word == "quit" || word == "exit-link-params") {
      if (blocks_.empty()) return true;
      if (blocks_.back().nested > 0) {
        --blocks_.back().nested;
        Send(line, blocks_.back().daemons);
      } else {
        CloseBlock();
      }
      return true;
    }
    return false;
  }

  // Whether the line can belong to the innermost block.
  bool Inside(const Line& line) const {
    const Block& block = blocks_.back();
    if (block.context != Context::kOwned) {
      if (frr::FindCommand(block.context, line.words) != nullptr) return true;
      return line.indented && TopCommand(line) == nullptr;
    }
    if (line.indented) return true;
    const Command* command = TopCommand(line);
    return command == nullptr || !command->ends_block;
  }

  // "route-map M in eth0" and "interface eth0 area 0" are also commands inside
  // of routers; a route-map and an interface of one's own look otherwise.
  static const Command* TopCommand(const Line& line) {
    const Command* command = frr::FindCommand(Context::kTop, line.words);
    if (command == nullptr) return nullptr;
    const std::vector<absl::string_view>& words = line.words;
    if (words[0] == "route-map" && words.size() > 2 && words[2] != "permit" &&
        words[2] != "deny" && words[2] != "optimization") {
      return nullptr;
    }
    if (words[0] == "interface" && words.size() > 2 && words[2] != "vrf") {
      return nullptr;
    }
    return command;
  }

  // Whether a line inside of a router's block, or one of LDP, BFD, keys or
  // segment routing, opens a block of its own.
  static bool Opens(const std::vector<absl::string_view>& words) {
    const absl::string_view word = words[0];
    if (word == "vnc") return words.size() > 1 && words[1] == "defaults";
    if (word == "interface") return words.size() == 2;
    if (word == "candidate-path")
      return absl::c_linear_search(words, "dynamic");
    if (word == "member") return words.size() > 1 && words[1] == "pseudowire";
    return word == "address-family" || word == "segment-list" ||
           word == "policy" || word == "pcep" || word == "pce" ||
           word == "pce-config" || word == "peer" || word == "profile" ||
           word == "key";
  }

  // Keeps count of the blocks inside a router's, so that "exit" without
  // indentation ends the right one.
  void Nest(const Line& line) {
    const absl::string_view word = line.words[0];
    int& nested = blocks_.back().nested;
    if (line.negated) return;
    if (Opens(line.words)) {
      ++nested;
    } else if ((word == "exit-address-family" || word == "exit-vnc") &&
               nested > 0) {
      --nested;
    }
  }

  void Top(const Line& line) {
    const Command* command = frr::FindCommand(Context::kTop, line.words);
    if (command == nullptr) {
      Send(line, running_);
      return;
    }
    Place(line, command->daemons);
    const bool plain = line.negated || (line.words[0] == "route-map" &&
                                        line.words.back() == "optimization");
    if (command->opens != Context::kTop && !plain) {
      blocks_.push_back({command->opens, command->daemons});
    }
  }

  // Sends the line, or lists it if nobody is there to get it.
  void Place(const Line& line, Daemons daemons) {
    if (daemons != 0 && (daemons & running_) == 0) {
      // The rest of a block that nobody runs is not listed.
      if (blocks_.empty() || (blocks_.back().daemons & running_) != 0) {
        result_.unplaced.push_back(
            {line.number, std::string(absl::StripAsciiWhitespace(line.text)),
             frr::DaemonNames(daemons)});
      }
      return;
    }
    if (std::has_single_bit(daemons)) {
      result_.wanted.insert(frr::DaemonNames(daemons)[0]);
    }
    Send(line, daemons);
  }

  void Send(const Line& line, Daemons daemons) {
    for (auto& [daemon, text] : result_.texts) {
      if ((frr::DaemonBit(daemon) & daemons) == 0) continue;
      absl::StrAppend(&text, line.text, "\n");
    }
  }

  void CloseBlock() {
    const Block block = blocks_.back();
    blocks_.pop_back();
    const char* exit = block.context == Context::kVrf ? "exit-vrf"
                       : blocks_.empty()              ? "exit"
                       : blocks_.back().context == Context::kInterface
                           ? " exit-link-params"
                           : " exit";
    for (auto& [daemon, text] : result_.texts) {
      if ((frr::DaemonBit(daemon) & block.daemons) == 0) continue;
      absl::StrAppend(&text, exit, "\n");
    }
  }

  FrrSplit result_;
  Daemons running_ = 0;
  std::vector<Block> blocks_;  // at most two, as link-params in an interface
};

}  // namespace

FrrSplit SplitFrrConfig(absl::string_view text,
                        absl::Span<const std::string> daemons) {
  return Splitter(daemons).Run(text);
}

}  // namespace quiesce
