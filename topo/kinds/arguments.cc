#include "topo/kinds/arguments.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace quiesce {
namespace {

bool Contains(absl::Span<const KeyDoc> keys, absl::string_view name) {
  for (const KeyDoc& key : keys) {
    if (key.name == name) return true;
  }
  return false;
}

std::string Names(absl::Span<const KeyDoc> keys,
                  absl::Span<const KeyDoc> common) {
  std::vector<absl::string_view> names;
  for (const KeyDoc& key : keys) names.push_back(key.name);
  for (const KeyDoc& key : common) names.push_back(key.name);
  return absl::StrJoin(names, ", ");
}

}  // namespace

Arguments::Arguments(absl::string_view text, absl::Span<const KeyDoc> keys,
                     absl::Span<const KeyDoc> common, Diagnostics* errors)
    : errors_(*errors) {
  bool first = true;
  for (absl::string_view part :
       absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    part = absl::StripAsciiWhitespace(part);
    const size_t equals = part.find('=');
    std::string key(part.substr(0, equals));
    std::string value;
    if (equals != absl::string_view::npos) {
      value = std::string(part.substr(equals + 1));
    } else if (first && !keys.empty() && !Contains(keys, key) &&
               !Contains(common, key)) {
      value = std::move(key);
      key = std::string(keys[0].name);
    }
    first = false;
    if (!Contains(keys, key) && !Contains(common, key)) {
      errors_.AddLine(0,
                      absl::StrCat("unknown key '", key, "'; this kind knows ",
                                   Names(keys, common)));
    } else if (!values_.emplace(key, std::move(value)).second) {
      Error(key, "is given twice");
    }
  }
}

std::string Arguments::String(absl::string_view key,
                              absl::string_view fallback) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string(fallback) : found->second;
}

int Arguments::Int(absl::string_view key, int fallback, int min, int max) {
  const auto found = values_.find(key);
  if (found == values_.end()) return fallback;
  int value;
  if (absl::SimpleAtoi(found->second, &value) && value >= min && value <= max) {
    return value;
  }
  Error(key, absl::StrCat("'", found->second, "' is not a whole number in ",
                          min, "..", max));
  return fallback;
}

double Arguments::Number(absl::string_view key, double fallback, double min,
                         double max) {
  const auto found = values_.find(key);
  if (found == values_.end()) return fallback;
  double value;
  if (absl::SimpleAtod(found->second, &value) && value >= min && value <= max) {
    return value;
  }
  Error(key, absl::StrCat("'", found->second, "' is not a number in ", min,
                          "..", max));
  return fallback;
}

uint64_t Arguments::Seed(absl::string_view key) {
  const auto found = values_.find(key);
  if (found == values_.end()) return 1;
  uint64_t value;
  if (absl::SimpleAtoi(found->second, &value)) return value;
  Error(key, absl::StrCat("'", found->second, "' is not a whole number"));
  return 1;
}

bool Arguments::Bool(absl::string_view key, bool fallback) {
  const auto found = values_.find(key);
  if (found == values_.end()) return fallback;
  const std::string& value = found->second;
  if (value.empty() || value == "on" || value == "yes" || value == "true" ||
      value == "1") {
    return true;
  }
  if (value == "off" || value == "no" || value == "false" || value == "0") {
    return false;
  }
  Error(key, absl::StrCat("'", value, "' is neither on nor off"));
  return fallback;
}

std::vector<int> Arguments::Ints(absl::string_view key,
                                 absl::string_view fallback, char separator,
                                 int min, int max) {
  std::vector<int> result;
  const std::string text = String(key, fallback);
  for (absl::string_view part : absl::StrSplit(text, separator)) {
    int value;
    if (!absl::SimpleAtoi(part, &value) || value < min || value > max) {
      Error(key, absl::StrCat("'", part, "' is not a whole number in ", min,
                              "..", max));
      return {};
    }
    result.push_back(value);
  }
  return result;
}

std::vector<std::string> Arguments::List(absl::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return {};
  return absl::StrSplit(found->second, '+');
}

void Arguments::Error(absl::string_view key, absl::string_view message) {
  errors_.AddLine(0, absl::StrCat(key, ": ", message));
}

}  // namespace quiesce
