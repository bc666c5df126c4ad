#include "supervisor/launch/passwd.h"

#include <fstream>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace quiesce {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

UserDatabase::UserDatabase(absl::string_view passwd, absl::string_view group) {
  for (absl::string_view line : absl::StrSplit(passwd, '\n')) {
    std::vector<std::string> f = absl::StrSplit(line, ':');
    Entry entry;
    if (f.size() < 6 || !absl::SimpleAtoi(f[2], &entry.user.uid) ||
        !absl::SimpleAtoi(f[3], &entry.user.gid)) {
      continue;
    }
    entry.name = f[0];
    entry.user.home = f[5].empty() ? "/" : f[5];
    users_.push_back(std::move(entry));
  }
  for (absl::string_view line : absl::StrSplit(group, '\n')) {
    std::vector<std::string> f = absl::StrSplit(line, ':');
    Group entry;
    if (f.size() < 4 || !absl::SimpleAtoi(f[2], &entry.gid)) continue;
    entry.name = f[0];
    entry.members = absl::StrSplit(f[3], ',', absl::SkipEmpty());
    groups_.push_back(std::move(entry));
  }
}

UserDatabase UserDatabase::Load(const std::string& root) {
  return UserDatabase(ReadText(root + "/etc/passwd"),
                      ReadText(root + "/etc/group"));
}

absl::StatusOr<UserDatabase::User> UserDatabase::FindUser(
    absl::string_view name) const {
  for (const Entry& entry : users_) {
    if (entry.name == name) return entry.user;
  }
  User user;
  if (absl::SimpleAtoi(name, &user.uid)) {
    for (const Entry& entry : users_) {
      if (entry.user.uid == user.uid) return entry.user;
    }
    user.gid = user.uid;
    return user;
  }
  if (name == "root" || name.empty()) return User{0, 0, "/root"};
  return absl::NotFoundError(
      absl::StrCat("no user \"", name,
                   "\" in /etc/passwd of the root file system: add it "
                   "to the image, or name a user or number that exists"));
}

absl::StatusOr<gid_t> UserDatabase::FindGroup(absl::string_view name) const {
  for (const Group& entry : groups_) {
    if (entry.name == name) return entry.gid;
  }
  gid_t gid = 0;
  if (absl::SimpleAtoi(name, &gid)) return gid;
  if (name == "root" || name.empty()) return gid_t{0};
  return absl::NotFoundError(
      absl::StrCat("no group \"", name,
                   "\" in /etc/group of the root file system: add it "
                   "to the image, or name a group or number that exists"));
}

std::vector<gid_t> UserDatabase::GroupsOf(absl::string_view name) const {
  std::vector<gid_t> gids;
  for (const Group& entry : groups_) {
    for (const std::string& member : entry.members) {
      if (member == name) gids.push_back(entry.gid);
    }
  }
  return gids;
}

}  // namespace quiesce
