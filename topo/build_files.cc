// Gateways, static routes, hand-written configuration, and files.
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "topo/build_parts.h"
#include "topo/read_file.h"

namespace quiesce::build {
namespace {

class ExtrasBuilder {
 public:
  ExtrasBuilder(Work* work, int index)
      : work_(*work),
        errors_(work->errors),
        words_(work->words.node(index)),
        node_(work->parts.nodes[index]),
        place_(NodePlace(*work, index)) {}

  void Run() {
    for (int i = 0; i < words_.default_gateway_size(); ++i) Gateway(i);
    for (int i = 0; i < words_.route_size(); ++i) Route(i);
    for (int i = 0; i < words_.config_size(); ++i) Config(i);
    for (int i = 0; i < words_.file_size(); ++i) File(i);
  }

 private:
  void Gateway(int i) {
    const Place place = place_.At("default_gateway", i);
    const auto gateway = IpAddress::Parse(words_.default_gateway(i));
    if (!gateway.ok()) {
      errors_.Add(place,
                  absl::StrCat("default gateway '", words_.default_gateway(i),
                               "' is no address"));
      return;
    }
    for (const IpAddress& other : node_.default_gateways) {
      if (other.family() != gateway->family()) continue;
      errors_.Add(place, "there is one default gateway for each family");
      return;
    }
    node_.default_gateways.push_back(*gateway);
  }

  void Route(int i) {
    const proto::StaticRoute& words = words_.route(i);
    const Place place =
        place_.Inside("route", i, absl::StrCat("route ", words.prefix()));
    TopologyRoute route;
    const auto prefix = IpPrefix::Parse(words.prefix());
    if (!prefix.ok() || prefix->Network() != *prefix) {
      errors_.Add(place.At("prefix"),
                  "is not a prefix with its host bits zero");
      return;
    }
    route.prefix = *prefix;
    switch (words.to_case()) {
      case proto::StaticRoute::kVia: {
        const auto via = IpAddress::Parse(words.via());
        if (!via.ok() || via->family() != prefix->address.family()) {
          errors_.Add(place.At("via"),
                      absl::StrCat("'", words.via(),
                                   "' is no address of the prefix's family"));
          return;
        }
        route.kind = TopologyRoute::Kind::kVia;
        route.via = *via;
        break;
      }
      case proto::StaticRoute::kInterface:
        if (node_.FindInterface(words.interface()) == nullptr) {
          errors_.Add(place.At("interface"),
                      absl::StrCat("the node has no interface '",
                                   words.interface(), "'"));
          return;
        }
        route.kind = TopologyRoute::Kind::kInterface;
        route.interface = words.interface();
        break;
      case proto::StaticRoute::kBlackhole:
        break;
      case proto::StaticRoute::TO_NOT_SET:
        errors_.Add(place, "leads nowhere; give via, interface or blackhole");
        return;
    }
    node_.routes.push_back(std::move(route));
  }

  void Config(int i) {
    const proto::Config& words = words_.config(i);
    const Place place =
        place_.Inside("config", i, absl::StrCat("config ", words.daemon()));
    if (words.daemon().empty()) {
      errors_.Add(place, "names no daemon; write daemon: \"bgpd\"");
      return;
    }
    if (node_.FindConfig(words.daemon()) != nullptr) {
      errors_.Add(place, "there is another one for this daemon");
      return;
    }
    TopologyConfig config{words.daemon(), words.content()};
    if (words.from_case() == proto::Config::FROM_NOT_SET) {
      errors_.Add(place, "needs content or source");
    } else if (words.from_case() == proto::Config::kSource) {
      Source(words.source(), place.At("source"), &config.content);
    }
    node_.configs.push_back(std::move(config));
  }

  void File(int i) {
    const proto::File& words = words_.file(i);
    const Place place =
        place_.Inside("file", i, absl::StrCat("file ", words.path()));
    if (!absl::StartsWith(words.path(), "/") ||
        absl::StrContains(absl::StrCat(words.path(), "/"), "/../") ||
        absl::EndsWith(words.path(), "/")) {
      errors_.Add(place.At("path"),
                  "is not an absolute path of a file, without '..'");
    }
    for (const TopologyFile& other : node_.files) {
      if (other.path != words.path()) continue;
      errors_.Add(place.At("path"), "there is another file of this path");
    }
    if (words.mode() > 07777) {
      errors_.Add(place.At("mode"), "mode is at most 07777");
    }
    TopologyFile file{words.path(), words.content()};
    if (words.mode() != 0) file.mode = words.mode();
    if (!words.owner().empty()) file.owner = words.owner();
    if (!words.group().empty()) file.group = words.group();
    if (words.from_case() == proto::File::kSource) {
      Source(words.source(), place.At("source"), &file.content);
    }
    node_.files.push_back(std::move(file));
  }

  void Source(const std::string& path, const Place& place, std::string* to) {
    auto content = ReadFile(JoinPath(work_.options.directory, path));
    if (!content.ok()) {
      errors_.Add(place, content.status().message());
      return;
    }
    *to = *std::move(content);
  }

  Work& work_;
  Diagnostics& errors_;
  const proto::Node& words_;
  TopologyNode& node_;
  Place place_;
};

}  // namespace

void AddExtras(Work* work) {
  for (int i = 0; i < work->words.node_size(); ++i) {
    ExtrasBuilder(work, i).Run();
  }
}

}  // namespace quiesce::build
