#include "supervisor/launch/spec_wire.h"

namespace quiesce {
namespace {

void PutOwner(const FileOwner& owner, WireWriter& out) {
  out.String(owner.user);
  out.String(owner.group);
}

FileOwner TakeOwner(WireReader& in) {
  FileOwner owner;
  owner.user = in.String();
  owner.group = in.String();
  return owner;
}

}  // namespace

void PutNodeSpec(const NodeSpec& spec, WireWriter& out) {
  out.String(spec.name);
  out.String(spec.rootfs);
  out.Value(spec.root_mode);
  out.String(spec.hostname);
  out.Strings(spec.private_dirs);
  out.List(spec.directories, [&](const DirectorySpec& d) {
    out.String(d.path);
    out.Value(d.mode);
    PutOwner(d.owner, out);
  });
  out.List(spec.files, [&](const FileSpec& f) {
    out.String(f.path);
    out.String(f.content);
    out.Value(f.mode);
    PutOwner(f.owner, out);
  });
  out.List(spec.binds, [&](const BindSpec& b) {
    out.String(b.host_path);
    out.String(b.node_path);
  });
  out.List(spec.sys_files, [&](const auto& file) {
    out.String(file.first);
    out.String(file.second);
  });
  out.Value(spec.private_bytes);
  out.Value(spec.private_inodes);
  out.Value(spec.pid_limit);
  out.Value(spec.host_transparent);
  out.Value(spec.pid_namespace);
  out.Value(spec.net_namespace);
  out.Value(spec.init_cpu);
  out.Value(spec.init_fifo_priority);
}

NodeSpec TakeNodeSpec(WireReader& in) {
  NodeSpec spec;
  spec.name = in.String();
  spec.rootfs = in.String();
  spec.root_mode = in.Value<RootMode>();
  spec.hostname = in.String();
  spec.private_dirs = in.Strings();
  in.List([&] {
    DirectorySpec d;
    d.path = in.String();
    d.mode = in.Value<mode_t>();
    d.owner = TakeOwner(in);
    spec.directories.push_back(std::move(d));
  });
  in.List([&] {
    FileSpec f;
    f.path = in.String();
    f.content = in.String();
    f.mode = in.Value<mode_t>();
    f.owner = TakeOwner(in);
    spec.files.push_back(std::move(f));
  });
  in.List([&] {
    BindSpec b;
    b.host_path = in.String();
    b.node_path = in.String();
    spec.binds.push_back(std::move(b));
  });
  in.List([&] {
    std::string path = in.String();
    spec.sys_files.emplace_back(std::move(path), in.String());
  });
  spec.private_bytes = in.Value<uint64_t>();
  spec.private_inodes = in.Value<int>();
  spec.pid_limit = in.Value<int>();
  spec.host_transparent = in.Value<bool>();
  spec.pid_namespace = in.Value<bool>();
  spec.net_namespace = in.Value<bool>();
  spec.init_cpu = in.Value<int>();
  spec.init_fifo_priority = in.Value<int>();
  return spec;
}

void PutProcessSpec(const ProcessSpec& spec, WireWriter& out) {
  int next = 0;  // descriptors in the order stdin, stdout, stderr, further
  auto put_stdio = [&](const StdioSpec& stdio) {
    bool given = stdio.kind != StdioSpec::Kind::kNull;
    out.Value(given ? next++ : -1);
  };
  out.String(spec.name);
  out.Strings(spec.argv);
  out.Strings(spec.env);
  out.String(spec.cwd);
  out.String(spec.user);
  out.String(spec.group);
  out.Value(spec.supplementary_groups.has_value());
  out.Strings(spec.supplementary_groups.value_or(std::vector<std::string>{}));
  out.Value(spec.capabilities.value_or(DefaultCapabilities()));
  out.Value(spec.keep_credentials);
  put_stdio(spec.stdin_from);
  put_stdio(spec.stdout_to);
  put_stdio(spec.stderr_to);
  out.List(spec.inherit_fds, [&](const auto& fd) {
    out.Value(next++);
    out.Value(fd.second);
  });
  out.Value(spec.terminal);
  out.List(spec.rlimits, [&](const auto& limit) {
    out.Value(limit.first);
    out.Value(limit.second);
  });
  out.Value(spec.cpu);
  out.Value(spec.fifo_priority);
  out.Value(spec.personality);
  out.Value(spec.merge_memory);
  out.Value(spec.umask.has_value());
  out.Value(spec.umask.value_or(0));
  out.Value(spec.wait_before_exec);
  out.List(spec.filter, [&](const sock_filter& i) { out.Value(i); });
}

ProcessSpec TakeProcessSpec(WireReader& in) {
  ProcessSpec spec;
  auto take_stdio = [&] {
    int index = in.Value<int>();
    return index < 0 ? StdioSpec::Null() : StdioSpec::Fd(index);
  };
  spec.name = in.String();
  spec.argv = in.Strings();
  spec.env = in.Strings();
  spec.cwd = in.String();
  spec.user = in.String();
  spec.group = in.String();
  bool groups = in.Value<bool>();
  spec.supplementary_groups = in.Strings();
  if (!groups) spec.supplementary_groups.reset();
  spec.capabilities = in.Value<uint64_t>();
  spec.keep_credentials = in.Value<bool>();
  spec.stdin_from = take_stdio();
  spec.stdout_to = take_stdio();
  spec.stderr_to = take_stdio();
  in.List([&] {
    int index = in.Value<int>();
    spec.inherit_fds.emplace_back(index, in.Value<int>());
  });
  spec.terminal = in.Value<TerminalMode>();
  in.List([&] {
    int resource = in.Value<int>();
    spec.rlimits.emplace_back(resource, in.Value<rlimit>());
  });
  spec.cpu = in.Value<int>();
  spec.fifo_priority = in.Value<int>();
  spec.personality = in.Value<uint32_t>();
  spec.merge_memory = in.Value<bool>();
  bool has_umask = in.Value<bool>();
  spec.umask = in.Value<mode_t>();
  if (!has_umask) spec.umask.reset();
  spec.wait_before_exec = in.Value<bool>();
  in.List([&] { spec.filter.push_back(in.Value<sock_filter>()); });
  return spec;
}

}  // namespace quiesce
