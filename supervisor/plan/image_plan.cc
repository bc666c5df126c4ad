#include "supervisor/plan/image_plan.h"

#include <sys/capability.h>
#include <sys/stat.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

constexpr char kDefaultCache[] = "/var/cache/quiesce/images";

absl::StatusOr<uint64_t> Capabilities(const proto::Process& process) {
  uint64_t set = 0;
  for (const std::string& name : process.capability()) {
    cap_value_t value;
    if (cap_from_name(name.c_str(), &value) != 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "process ", process.name(), ": no capability is called ", name));
    }
    set |= CapabilityBit(value);
  }
  return set;
}

absl::StatusOr<PlannedProcess> PlanProcess(
    const std::string& node, const proto::Process& process,
    const std::string& output_directory) {
  PlannedProcess plan;
  ProcessSpec& spec = plan.spec;
  spec.name = process.name();
  for (const std::string& word : process.argv()) {
    spec.argv.push_back(absl::StrReplaceAll(word, {{"${NODE}", node}}));
  }
  spec.env = {"HOME=/", "LANG=C"};
  spec.env.insert(spec.env.end(), process.env().begin(), process.env().end());
  if (!process.working_directory().empty()) {
    spec.cwd = process.working_directory();
  }
  if (!process.user().empty()) spec.user = process.user();
  spec.group = process.group();
  if (process.supplementary_group_size() > 0) {
    spec.supplementary_groups.emplace(process.supplementary_group().begin(),
                                      process.supplementary_group().end());
  }
  if (process.capability_size() > 0) {
    ASSIGN_OR_RETURN(spec.capabilities, Capabilities(process));
  }
  spec.stdout_to = StdioSpec::File(
      absl::StrCat(output_directory, "/", process.name(), ".log"));
  spec.stderr_to = spec.stdout_to;
  switch (process.readiness().when_case()) {
    case proto::Readiness::kUnixSocket:
      plan.ready_path = process.readiness().unix_socket();
      break;
    case proto::Readiness::kFile:
      plan.ready_path = process.readiness().file();
      break;
    case proto::Readiness::WHEN_NOT_SET:
      break;
  }
  plan.restart = process.restart();
  plan.polls_busily = process.polls_busily();
  return plan;
}

}  // namespace

absl::StatusOr<std::string> RootfsOf(const proto::Image& image) {
  if (image.rootfs().host()) return std::string("host");
  std::string path = image.rootfs().directory();
  std::string remedy = "give a directory that exists";
  if (!image.rootfs().cache().empty()) {
    const char* cache = std::getenv("QUIESCE_CACHE");
    path = absl::StrCat(cache != nullptr ? cache : kDefaultCache, "/",
                        image.rootfs().cache());
    remedy =
        absl::StrCat("build it with: tools/image ", image.rootfs().cache());
  }
  struct stat info;
  if (stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return absl::NotFoundError(absl::StrCat("image ", image.name(),
                                            ": no root file system at ", path,
                                            "; ", remedy));
  }
  return path;
}

bool HasRouteDaemon(const proto::Image& image) {
  return !image.process().empty() &&
         (image.renderer() == proto::FRR || image.renderer() == proto::BIRD);
}

absl::StatusOr<ImagePlan> PlanImage(const std::string& node,
                                    const proto::Image& image,
                                    const std::string& rootfs,
                                    const std::vector<RenderedFile>& files,
                                    const std::string& output_directory) {
  ImagePlan plan;
  plan.spec.name = node;
  plan.spec.rootfs = rootfs;
  plan.spec.root_mode = RootMode::kOverlay;
  plan.spec.private_dirs.insert(plan.spec.private_dirs.end(),
                                image.writable().begin(),
                                image.writable().end());
  for (const proto::Directory& directory : image.directory()) {
    plan.spec.directories.push_back(
        {directory.path(),
         directory.mode() == 0 ? 0755 : directory.mode(),
         {directory.owner(), directory.group()}});
  }
  for (const RenderedFile& file : files) {
    plan.spec.files.push_back(
        {file.path, file.content, file.mode, {file.owner, file.group}});
  }
  for (const proto::Process& process : image.process()) {
    if (!Runs(image, process, files)) continue;
    ASSIGN_OR_RETURN(PlannedProcess planned,
                     PlanProcess(node, process, output_directory));
    plan.processes.push_back(std::move(planned));
  }
  return plan;
}

}  // namespace quiesce
