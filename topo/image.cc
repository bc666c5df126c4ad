#include "topo/image.h"

#include <sys/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "notifier/base/status_macros.h"
#include "topo/diagnostics.h"
#include "topo/read_file.h"
#include "topo/textproto.h"

namespace quiesce {
namespace {

constexpr char kSuffix[] = ".textproto";

bool IsFile(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool IsNodePath(absl::string_view path) {
  return path.size() > 1 && path[0] == '/' && path.back() != '/' &&
         !absl::StrContains(absl::StrCat(path, "/"), "/../");
}

// The texts that a renderer makes; empty: it makes none.
std::set<std::string> Texts(proto::Renderer renderer) {
  switch (renderer) {
    case proto::FRR:
      return {"zebra",  "bgpd",    "staticd", "vtysh",  "ospfd",
              "ospf6d", "ripd",    "ripngd",  "isisd",  "pimd",
              "ldpd",   "nhrpd",   "eigrpd",  "babeld", "pbrd",
              "bfdd",   "fabricd", "vrrpd",   "pathd",  "pim6d"};
    case proto::BIRD:
      return {"bird"};
    case proto::GOBGP:
      return {"gobgpd", "originate"};
    case proto::OPENBGPD:
      return {"bgpd"};
    case proto::EXABGP:
      return {"exabgp"};
    default:
      return {};
  }
}

class Checker {
 public:
  Checker(proto::Image* image, const Place::Tree* tree, const std::string& file)
      : image_(*image),
        root_(proto::Image::descriptor(), tree),
        errors_(file) {}

  absl::Status Run() {
    if (image_.rootfs().from_case() == proto::Rootfs::FROM_NOT_SET) {
      errors_.Add(root_,
                  "rootfs is missing; write rootfs { cache: \"NAME\" }, "
                  "directory or host: true");
    }
    for (int i = 0; i < image_.process_size(); ++i) Process(i);
    for (int i = 0; i < image_.config_file_size(); ++i) ConfigFile(i);
    for (int i = 0; i < image_.process_size(); ++i) Optional(i);
    for (int i = 0; i < image_.writable_size(); ++i) {
      if (IsNodePath(image_.writable(i))) continue;
      errors_.Add(
          root_.At("writable", i),
          absl::StrCat("'", image_.writable(i), "' is not an absolute path"));
    }
    for (int i = 0; i < image_.directory_size(); ++i) Directory(i);
    for (int i = 0; i < image_.needs().socket_size(); ++i) {
      if (image_.needs().socket(i) != proto::SOCKET_KIND_UNSPECIFIED) continue;
      errors_.Add(root_.Inside("needs", -1, "needs").At("socket", i),
                  "a socket kind is missing");
    }
    for (int i = 0; i < image_.needs().netlink_size(); ++i) {
      if (absl::StartsWith(image_.needs().netlink(i), "RTM_")) continue;
      errors_.Add(root_.Inside("needs", -1, "needs").At("netlink", i),
                  absl::StrCat("'", image_.needs().netlink(i),
                               "' is no message such as RTM_NEWROUTE"));
    }
    return errors_.ToStatus();
  }

 private:
  void Process(int i) {
    proto::Process& process = *image_.mutable_process(i);
    const Place place =
        root_.Inside("process", i, absl::StrCat("process ", process.name()));
    if (process.name().empty()) {
      errors_.Add(place, "has no name");
    } else if (!processes_.insert(process.name()).second) {
      errors_.Add(place.At("name"), "there is another process of this name");
    }
    if (process.argv_size() == 0 || !IsNodePath(process.argv(0))) {
      errors_.Add(place, "needs argv, the program's absolute path first");
    }
    if (process.user().empty()) process.set_user("root");
    if (process.working_directory().empty()) {
      process.set_working_directory("/");
    } else if (process.working_directory()[0] != '/') {
      errors_.Add(place.At("working_directory"), "is not an absolute path");
    }
    for (int k = 0; k < process.capability_size(); ++k) {
      cap_value_t value;
      const std::string name = absl::AsciiStrToLower(process.capability(k));
      if (cap_from_name(name.c_str(), &value) == 0) continue;
      errors_.Add(place.At("capability", k),
                  absl::StrCat("'", process.capability(k),
                               "' is no capability such as CAP_NET_ADMIN"));
    }
    for (int k = 0; k < process.env_size(); ++k) {
      if (process.env(k).find('=') + 1 > 1) continue;
      errors_.Add(place.At("env", k),
                  absl::StrCat("'", process.env(k), "' is not NAME=value"));
    }
    if (process.has_readiness()) {
      const proto::Readiness& readiness = process.readiness();
      const std::string& path =
          readiness.when_case() == proto::Readiness::kUnixSocket
              ? readiness.unix_socket()
              : readiness.file();
      if (!IsNodePath(path)) {
        errors_.Add(place.At("readiness"), "needs an absolute path");
      }
    }
  }

  void Optional(int i) {
    const proto::Process& process = image_.process(i);
    if (!process.optional()) return;
    for (const proto::ConfigFile& file : image_.config_file()) {
      if (file.config() == TextOf(process)) return;
    }
    errors_.Add(
        root_.Inside("process", i, absl::StrCat("process ", process.name()))
            .At("optional"),
        absl::StrCat("needs a config_file for the text '", TextOf(process),
                     "'"));
  }

  void ConfigFile(int i) {
    proto::ConfigFile& file = *image_.mutable_config_file(i);
    const Place place = root_.Inside("config_file", i,
                                     absl::StrCat("config_file ", file.path()));
    if (!IsNodePath(file.path())) {
      errors_.Add(place.At("path"), "is not an absolute path");
    } else if (!paths_.insert(file.path()).second) {
      errors_.Add(place.At("path"), "there is another file of this path");
    }
    const std::set<std::string> texts = Texts(image_.renderer());
    if (!texts.contains(file.config())) {
      errors_.Add(
          place.At("config"),
          absl::StrCat("the renderer ", proto::Renderer_Name(image_.renderer()),
                       " makes no text '", file.config(), "'",
                       texts.empty() ? "" : "; it makes ",
                       absl::StrJoin(texts, ", ")));
    }
    if (file.owner().empty()) file.set_owner("root");
    if (file.group().empty()) file.set_group("root");
    if (file.mode() == 0) file.set_mode(0644);
    if (file.mode() > 07777) errors_.Add(place.At("mode"), "at most 07777");
  }

  void Directory(int i) {
    proto::Directory& directory = *image_.mutable_directory(i);
    const Place place = root_.Inside(
        "directory", i, absl::StrCat("directory ", directory.path()));
    if (!IsNodePath(directory.path())) {
      errors_.Add(place.At("path"), "is not an absolute path");
    }
    if (directory.owner().empty()) directory.set_owner("root");
    if (directory.group().empty()) directory.set_group("root");
    if (directory.mode() == 0) directory.set_mode(0755);
    if (directory.mode() > 07777) {
      errors_.Add(place.At("mode"), "at most 07777");
    }
  }

  proto::Image& image_;
  Place root_;
  Diagnostics errors_;
  std::set<std::string> processes_;
  std::set<std::string> paths_;
};

}  // namespace

std::vector<std::string> ImageSearchPath() {
  std::vector<std::string> result;
  if (const char* given = std::getenv("QUIESCE_IMAGES"); given != nullptr) {
    result = absl::StrSplit(given, ':', absl::SkipEmpty());
  }
  result.push_back("testdata/images");
  char program[4096];
  const ssize_t size = readlink("/proc/self/exe", program, sizeof(program));
  if (size > 0) {
    result.push_back(absl::StrCat(std::string(program, size),
                                  ".runfiles/quiesce/testdata/images"));
  }
  return result;
}

absl::StatusOr<proto::Image> ParseImage(absl::string_view text,
                                        const std::string& file) {
  proto::Image image;
  google::protobuf::TextFormat::ParseInfoTree tree;
  RETURN_IF_ERROR(ParseTextproto(file, text, &image, &tree));
  if (image.name().empty()) image.set_name(Stem(file));
  if (image.rootfs().from_case() == proto::Rootfs::kDirectory) {
    image.mutable_rootfs()->set_directory(
        JoinPath(Directory(file), image.rootfs().directory()));
  }
  RETURN_IF_ERROR(Checker(&image, &tree, file).Run());
  return image;
}

absl::StatusOr<proto::Image> LoadImage(
    absl::string_view name, absl::Span<const std::string> search_path) {
  std::string path;
  if (absl::StrContains(name, "/") || absl::EndsWith(name, kSuffix)) {
    path = std::string(name);
  } else {
    for (const std::string& directory : search_path) {
      const std::string candidate = absl::StrCat(directory, "/", name, kSuffix);
      if (!IsFile(candidate)) continue;
      path = candidate;
      break;
    }
    if (path.empty()) {
      return absl::NotFoundError(
          absl::StrCat("there is no image '", name, "'; looked for ", name,
                       kSuffix, " in ", absl::StrJoin(search_path, ", ")));
    }
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseImage(text, path);
}

const std::string& TextOf(const proto::Process& process) {
  return process.configured_by().empty() ? process.name()
                                         : process.configured_by();
}

const proto::Process* FindProcess(const proto::Image& image,
                                  absl::string_view name) {
  for (const proto::Process& process : image.process()) {
    if (process.name() == name) return &process;
  }
  return nullptr;
}

}  // namespace quiesce
