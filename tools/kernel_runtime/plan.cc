#include "tools/kernel_runtime/plan.h"

#include <sys/capability.h>
#include <sys/stat.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

absl::StatusOr<uint64_t> Capabilities(const proto::Process& process) {
  uint64_t set = 0;
  for (const std::string& name : process.capability()) {
    cap_value_t value;
    // libcap knows them in small letters.
    if (cap_from_name(name.c_str(), &value) != 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "process ", process.name(), ": no capability is called ", name));
    }
    set |= CapabilityBit(value);
  }
  return set;
}

absl::StatusOr<ProcessSpec> PlanProcess(const std::string& node,
                                        const proto::Process& process,
                                        const std::string& log_directory) {
  ProcessSpec spec;
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
  spec.stdout_to =
      StdioSpec::File(absl::StrCat(log_directory, "/", process.name(), ".log"));
  spec.stderr_to = spec.stdout_to;
  spec.disable_aslr = false;
  return spec;
}

}  // namespace

absl::StatusOr<std::string> RootfsOf(const proto::Image& image) {
  const proto::Rootfs& rootfs = image.rootfs();
  if (rootfs.host()) return std::string("host");
  std::string path = rootfs.directory();
  if (rootfs.from_case() == proto::Rootfs::kCache) {
    const char* cache = getenv("QUIESCE_CACHE");
    path = absl::StrCat(cache != nullptr ? cache : "/var/cache/quiesce/images",
                        "/", rootfs.cache());
  }
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    return absl::NotFoundError(
        absl::StrCat("image ", image.name(), ": there is no ", path,
                     "; tools/image ", image.name(), " builds it"));
  }
  return path;
}

absl::StatusOr<KernelNodePlan> PlanNode(const std::string& node,
                                        const proto::Image& image,
                                        const std::string& rootfs,
                                        const std::vector<RenderedFile>& files,
                                        const std::string& log_directory) {
  KernelNodePlan plan;
  plan.image = image;
  plan.spec.name = node;
  plan.spec.rootfs = rootfs;
  if (rootfs != "host") {
    plan.spec.root_mode = RootMode::kOverlay;
    plan.spec.private_dirs.clear();
  }
  for (const proto::Directory& directory : image.directory()) {
    plan.spec.directories.push_back(
        {directory.path(),
         static_cast<mode_t>(directory.mode() == 0 ? 0755 : directory.mode()),
         {directory.owner(), directory.group()}});
  }
  for (const RenderedFile& file : files) {
    plan.spec.files.push_back(
        {file.path, file.content, file.mode, {file.owner, file.group}});
  }
  for (const proto::Process& process : image.process()) {
    ASSIGN_OR_RETURN(ProcessSpec spec,
                     PlanProcess(node, process, log_directory));
    plan.processes.push_back(std::move(spec));
  }
  return plan;
}

}  // namespace quiesce
