#include "topo/diagnostics.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace quiesce {
namespace {

const google::protobuf::FieldDescriptor* FindField(
    const google::protobuf::Descriptor* type, absl::string_view name) {
  return type->FindFieldByName(std::string(name));
}

}  // namespace

Place Place::Inside(absl::string_view field, int index,
                    absl::string_view words) const {
  const auto* descriptor = FindField(type_, field);
  Place result = At(field, index);
  result.type_ = descriptor->message_type();
  result.tree_ =
      tree_ == nullptr ? nullptr : tree_->GetTreeForNested(descriptor, index);
  result.words_ =
      words_.empty() ? std::string(words) : absl::StrCat(words_, ", ", words);
  return result;
}

Place Place::At(absl::string_view field, int index) const {
  Place result = *this;
  if (tree_ == nullptr) return result;
  const auto location = tree_->GetLocation(FindField(type_, field), index);
  if (location.line >= 0) result.line_ = location.line + 1;
  return result;
}

void Diagnostics::Add(const Place& place, absl::string_view message) {
  AddLine(place.line(), place.words().empty()
                            ? std::string(message)
                            : absl::StrCat(place.words(), ": ", message));
}

void Diagnostics::AddLine(int line, absl::string_view message) {
  std::string where;
  if (!file_.empty()) where = absl::StrCat(file_, ":");
  if (line > 0) absl::StrAppend(&where, line, ":");
  if (!where.empty()) where += " ";
  errors_.push_back({line, absl::StrCat(where, message)});
}

absl::Status Diagnostics::ToStatus() const {
  if (ok()) return absl::OkStatus();
  std::vector<Error> sorted = errors_;
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [](const Error& a, const Error& b) { return a.line < b.line; });
  return absl::InvalidArgumentError(absl::StrJoin(
      sorted, "\n",
      [](std::string* out, const Error& error) { out->append(error.text); }));
}

}  // namespace quiesce
