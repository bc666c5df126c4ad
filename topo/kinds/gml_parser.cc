#include "topo/kinds/gml_parser.h"

#include <algorithm>
#include <cctype>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace quiesce {
namespace {

constexpr int kMaxDepth = 100;
constexpr size_t kMaxLabel = 40;

struct Token {
  enum Kind { kEnd, kOpen, kClose, kWord, kNumber, kString, kBad } kind;
  absl::string_view text;  // of a string without its quotes
  int line;
};

// Words, numbers, "strings", [ and ]. A '#' where a token could start begins a
// comment.
class Lexer {
 public:
  explicit Lexer(absl::string_view text) : text_(text) {}

  Token Next() {
    SkipBlanks();
    const int line = line_;
    if (at_ >= text_.size()) return {Token::kEnd, "the end of the file", line};
    const char c = text_[at_];
    const size_t start = at_;
    if (c == '[' || c == ']') {
      ++at_;
      return {c == '[' ? Token::kOpen : Token::kClose, text_.substr(start, 1),
              line};
    }
    if (c == '"') return String(line);
    while (at_ < text_.size() && !std::isspace(Byte()) && text_[at_] != '[' &&
           text_[at_] != ']' && text_[at_] != '"') {
      ++at_;
    }
    const absl::string_view word = text_.substr(start, at_ - start);
    double number;
    if (absl::SimpleAtod(word, &number)) return {Token::kNumber, word, line};
    if (std::isalpha(static_cast<unsigned char>(c)) || c == '_') {
      return {Token::kWord, word, line};
    }
    return {Token::kBad, word, line};
  }

 private:
  unsigned char Byte() const { return static_cast<unsigned char>(text_[at_]); }

  void SkipBlanks() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        continue;
      }
      if (!std::isspace(Byte())) return;
      if (text_[at_] == '\n') ++line_;
      ++at_;
    }
  }

  Token String(int line) {
    const size_t start = ++at_;
    const size_t end = text_.find('"', start);
    if (end == absl::string_view::npos) {
      at_ = text_.size();
      return {Token::kBad, "a string without its closing quote", line};
    }
    const absl::string_view inside = text_.substr(start, end - start);
    line_ += static_cast<int>(std::count(inside.begin(), inside.end(), '\n'));
    at_ = end + 1;
    return {Token::kString, inside, line};
  }

  absl::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
};

class Parser {
 public:
  Parser(absl::string_view text, Diagnostics* errors)
      : lexer_(text), errors_(*errors) {
    Advance();
  }

  GmlGraph Run() {
    bool seen = false;
    while (token_.kind != Token::kEnd && !stopped_) {
      const Token key = token_;
      if (!Key()) break;
      if (key.text == "graph" && token_.kind == Token::kOpen) {
        if (seen) errors_.AddLine(key.line, "there is a second graph");
        seen = true;
        Graph();
      } else {
        SkipValue(key, 0);
      }
    }
    if (!seen && !stopped_) errors_.AddLine(0, "there is no graph [ ... ]");
    Resolve();
    return std::move(graph_);
  }

 private:
  struct Edge {
    absl::optional<int64_t> source, target;
    int line;
  };

  void Advance() { token_ = lexer_.Next(); }

  // What follows cannot be understood.
  void Stop(absl::string_view expected) {
    if (!stopped_) {
      errors_.AddLine(token_.line, absl::StrCat("expected ", expected,
                                                ", found '", token_.text, "'"));
    }
    stopped_ = true;
  }

  bool Key() {
    if (token_.kind != Token::kWord) {
      Stop("a key");
      return false;
    }
    Advance();
    return true;
  }

  // The pairs inside [ ]; `pair` consumes one value.
  template <typename Pair>
  void List(Pair pair) {
    Advance();
    while (token_.kind != Token::kClose && !stopped_) {
      const Token key = token_;
      if (token_.kind == Token::kEnd) return Stop("']'");
      if (!Key()) return;
      pair(key);
    }
    if (!stopped_) Advance();
  }

  void SkipValue(const Token& key, int depth) {
    switch (token_.kind) {
      case Token::kNumber:
      case Token::kString:
        Advance();
        return;
      case Token::kOpen:
        if (depth == kMaxDepth) return Stop("lists less deep than that");
        List([&](const Token& inner) { SkipValue(inner, depth + 1); });
        return;
      default:
        Stop(absl::StrCat("a value for ", key.text));
    }
  }

  absl::optional<int64_t> Integer(const Token& key) {
    int64_t value;
    if (token_.kind != Token::kNumber ||
        !absl::SimpleAtoi(token_.text, &value)) {
      errors_.AddLine(token_.line,
                      absl::StrCat(key.text, " is not a whole number: '",
                                   token_.text, "'"));
      SkipValue(key, 0);
      return absl::nullopt;
    }
    Advance();
    return value;
  }

  void Graph() {
    List([&](const Token& key) {
      if (key.text == "node" && token_.kind == Token::kOpen) {
        Node(key.line);
      } else if (key.text == "edge" && token_.kind == Token::kOpen) {
        EdgeList(key.line);
      } else {
        SkipValue(key, 1);
      }
    });
  }

  void Node(int line) {
    absl::optional<int64_t> id;
    std::string label;
    const int mistakes = errors_.size();
    List([&](const Token& key) {
      if (key.text == "id") {
        id = Integer(key);
      } else if (key.text == "label") {
        label = std::string(token_.text);
        SkipValue(key, 2);
      } else {
        SkipValue(key, 2);
      }
    });
    if (!id.has_value()) {
      if (errors_.size() == mistakes) {
        errors_.AddLine(line, "the node has no id");
      }
      return;
    }
    const int index = static_cast<int>(graph_.nodes.size());
    if (!index_.emplace(*id, index).second) {
      ++graph_.duplicate_ids;
      return;
    }
    graph_.nodes.push_back({*id, std::move(label)});
  }

  void EdgeList(int line) {
    Edge edge{.line = line};
    const int mistakes = errors_.size();
    List([&](const Token& key) {
      if (key.text == "source") {
        edge.source = Integer(key);
      } else if (key.text == "target") {
        edge.target = Integer(key);
      } else {
        SkipValue(key, 2);
      }
    });
    if (edge.source.has_value() && edge.target.has_value()) {
      edges_.push_back(edge);
    } else if (errors_.size() == mistakes) {
      errors_.AddLine(line, "the edge needs a source and a target");
    }
  }

  // An edge may stand before its nodes, so this comes last.
  void Resolve() {
    absl::flat_hash_set<std::pair<int, int>> seen;
    for (const Edge& edge : edges_) {
      const auto source = index_.find(*edge.source);
      const auto target = index_.find(*edge.target);
      for (const auto& [found, id] :
           {std::pair(source, *edge.source), std::pair(target, *edge.target)}) {
        if (found != index_.end()) continue;
        errors_.AddLine(edge.line, absl::StrCat("there is no node ", id));
      }
      if (source == index_.end() || target == index_.end()) continue;
      if (source->second == target->second) {
        ++graph_.self_loops;
      } else if (!seen.insert(std::minmax(source->second, target->second))
                      .second) {
        ++graph_.duplicate_edges;
      } else {
        graph_.edges.emplace_back(source->second, target->second);
      }
    }
  }

  Lexer lexer_;
  Diagnostics& errors_;
  Token token_{};
  bool stopped_ = false;
  GmlGraph graph_;
  absl::flat_hash_map<int64_t, int> index_;
  std::vector<Edge> edges_;
};

std::string HostName(const GmlGraph::Node& node) {
  std::string name;
  for (unsigned char c : node.label) {
    const bool good = c < 128 && (std::isalnum(c) || c == '_');
    if (good) {
      name += static_cast<char>(c);
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (name.size() > kMaxLabel) name.resize(kMaxLabel);
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? absl::StrCat("n", node.id) : name;
}

}  // namespace

GmlGraph ParseGml(absl::string_view text, Diagnostics* errors) {
  return Parser(text, errors).Run();
}

std::vector<std::string> GmlNodeNames(const GmlGraph& graph) {
  std::vector<std::string> names;
  absl::flat_hash_map<std::string, int> uses;
  for (const GmlGraph::Node& node : graph.nodes) {
    names.push_back(HostName(node));
    ++uses[names.back()];
  }
  absl::flat_hash_set<std::string> taken;
  for (size_t i = 0; i < names.size(); ++i) {
    if (uses[names[i]] > 1) absl::StrAppend(&names[i], "-", graph.nodes[i].id);
    // "a-1" may itself be somebody's label.
    while (!taken.insert(names[i]).second) names[i] += "x";
  }
  return names;
}

}  // namespace quiesce
