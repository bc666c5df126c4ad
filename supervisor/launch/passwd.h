// Users and groups as the node's own /etc/passwd and /etc/group have them; the
// host's name services are not asked.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_PASSWD_H_
#define QUIESCE_SUPERVISOR_LAUNCH_PASSWD_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quiesce {

// The two files, read once. A missing file knows nobody; numbers always work.
class UserDatabase {
 public:
  // From the texts of the files (passwd(5), group(5)).
  UserDatabase(absl::string_view passwd, absl::string_view group);
  // From ROOT/etc/passwd and ROOT/etc/group.
  static UserDatabase Load(const std::string& root);

  struct User {
    uid_t uid = 0;
    gid_t gid = 0;  // the user's own group; for an unlisted number the same
    std::string home = "/";
  };
  // "frr" or "101". NotFound names the user.
  absl::StatusOr<User> FindUser(absl::string_view name) const;
  absl::StatusOr<gid_t> FindGroup(absl::string_view name) const;
  // The groups that list the user (by name) as a member, in file order.
  std::vector<gid_t> GroupsOf(absl::string_view name) const;

 private:
  struct Entry {
    std::string name;
    User user;
  };
  struct Group {
    std::string name;
    gid_t gid;
    std::vector<std::string> members;
  };
  std::vector<Entry> users_;
  std::vector<Group> groups_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_PASSWD_H_
