#include "supervisor/launch/node_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {
namespace {

// A payload on the Status: the words of a message are for people.
constexpr char kReadOnlyMark[] = "quiesce/read-only";

absl::Status PathError(absl::string_view what, absl::string_view path) {
  bool read_only = errno == EROFS;
  absl::Status status = ErrnoStatus(absl::StrCat(what, " ", path));
  if (read_only) status.SetPayload(kReadOnlyMark, absl::Cord());
  return status;
}

}  // namespace

bool IsReadOnly(const absl::Status& status) {
  return status.GetPayload(kReadOnlyMark).has_value();
}

absl::Status MakeParents(int directory, const std::string& path) {
  size_t last = path.find_last_of('/');
  if (last == std::string::npos || last == 0) return absl::OkStatus();
  std::string parent = path.substr(0, last);
  struct stat info;
  if (fstatat(directory, parent.c_str(), &info, 0) == 0) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(MakeParents(directory, parent));
  if (mkdirat(directory, parent.c_str(), 0755) != 0 && errno != EEXIST) {
    return PathError("mkdir", parent);
  }
  return absl::OkStatus();
}

absl::Status MakeDirectory(int directory, const std::string& path,
                           mode_t mode) {
  if (mkdirat(directory, path.c_str(), mode) == 0) return absl::OkStatus();
  struct stat info;
  if (errno != EEXIST) return PathError("mkdir", path);
  if (fstatat(directory, path.c_str(), &info, 0) != 0) {
    return PathError("stat", path);
  }
  if (!S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " exists and is no directory"));
  }
  if ((info.st_mode & 07777) == mode) return absl::OkStatus();
  if (fchmodat(directory, path.c_str(), mode, 0) != 0) {
    return PathError("chmod", path);
  }
  return absl::OkStatus();
}

absl::Status WriteFile(int directory, const std::string& path,
                       absl::string_view content, mode_t mode) {
  UniqueFd fd(openat(directory, path.c_str(),
                     O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!fd.valid()) return PathError("writing", path);
  while (!content.empty()) {
    ssize_t done = write(fd.get(), content.data(), content.size());
    if (done < 0) return PathError("writing", path);
    content.remove_prefix(done);
  }
  if (fchmod(fd.get(), mode) != 0) return PathError("chmod", path);
  return absl::OkStatus();
}

absl::Status TouchFile(int directory, const std::string& path) {
  UniqueFd fd(
      openat(directory, path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return PathError("making", path);
  return absl::OkStatus();
}

absl::Status SetOwner(int directory, const std::string& path,
                      const FileOwner& owner, const UserDatabase& users) {
  if (owner.user.empty() && owner.group.empty()) return absl::OkStatus();
  auto user = users.FindUser(owner.user);
  if (!user.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", user.status().message()));
  }
  gid_t gid = user->gid;
  if (!owner.group.empty()) {
    auto group = users.FindGroup(owner.group);
    if (!group.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": ", group.status().message()));
    }
    gid = *group;
  }
  if (fchownat(directory, path.c_str(), user->uid, gid, 0) != 0) {
    return PathError("chown", path);
  }
  return absl::OkStatus();
}

}  // namespace quiesce
