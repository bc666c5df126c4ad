// Reading JSON that daemons have printed: nothing here throws, and a value of
// another type than expected is an absent one.
#ifndef QUIESCE_SUPERVISOR_REPORT_JSON_READING_H_
#define QUIESCE_SUPERVISOR_REPORT_JSON_READING_H_

#include <cstdint>
#include <limits>
#include <string>

#include "nlohmann/json.hpp"

namespace quiesce::json_reading {

using Json = nlohmann::json;

// The member of an object; null if there is none.
inline const Json& At(const Json& json, const char* key) {
  static const Json* const kNull = new Json();
  if (!json.is_object()) return *kNull;
  const auto it = json.find(key);
  return it == json.end() ? *kNull : *it;
}

inline std::string Text(const Json& json) {
  return json.is_string() ? json.get<std::string>() : std::string();
}

// One that is no uint32_t is absent, too.
inline uint32_t Number(const Json& json, uint32_t otherwise) {
  if (!json.is_number()) return otherwise;
  const double number = json.get<double>();
  if (number < 0 || number > std::numeric_limits<uint32_t>::max()) {
    return otherwise;
  }
  return static_cast<uint32_t>(number);
}

inline bool True(const Json& json) {
  return json.is_boolean() && json.get<bool>();
}

}  // namespace quiesce::json_reading

#endif  // QUIESCE_SUPERVISOR_REPORT_JSON_READING_H_
