// What happens to the network while it runs, and what is asked of it then.
#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "topo/build_parts.h"

namespace quiesce::build {
namespace {

class EventBuilder {
 public:
  EventBuilder(Work* work, int index)
      : work_(*work),
        errors_(work->errors),
        words_(work->words.event(index)),
        place_(work->root.Inside("event", index,
                                 absl::StrCat("event ", index + 1))) {}

  void Run() {
    When();
    What();
    work_.parts.events.push_back(words_);
  }

 private:
  void When() {
    if (words_.when_case() == proto::Event::WHEN_NOT_SET) {
      errors_.Add(place_,
                  "does not say when; give at_seconds or "
                  "at_convergence");
    } else if (words_.at_seconds() < 0) {
      errors_.Add(place_.At("at_seconds"), "a time is not negative");
    } else if (words_.when_case() == proto::Event::kAtConvergence &&
               words_.at_convergence() == 0) {
      errors_.Add(place_.At("at_convergence"), "counts from 1");
    }
  }

  void What() {
    switch (words_.what_case()) {
      case proto::Event::kLinkDown:
        Cable("link_down", words_.link_down());
        break;
      case proto::Event::kLinkUp:
        Cable("link_up", words_.link_up());
        break;
      case proto::Event::kProcessKill:
        Process("process_kill", words_.process_kill());
        Signal(words_.process_kill().signal());
        break;
      case proto::Event::kProcessStart:
        Process("process_start", words_.process_start());
        break;
      case proto::Event::kNodeStart:
        Node(place_.At("node_start"), words_.node_start());
        break;
      case proto::Event::kNodeStop:
        Node(place_.At("node_stop"), words_.node_stop());
        break;
      case proto::Event::kInterfaceDown:
        Interface("interface_down", words_.interface_down());
        break;
      case proto::Event::kInterfaceUp:
        Interface("interface_up", words_.interface_up());
        break;
      case proto::Event::kAddressAdd:
        Address("address_add", words_.address_add());
        break;
      case proto::Event::kAddressDel:
        Address("address_del", words_.address_del());
        break;
      case proto::Event::WHAT_NOT_SET:
        errors_.Add(place_, "does not say what happens");
        break;
    }
  }

  // The message in the event's field `what`.
  Place Inside(absl::string_view what) const {
    return place_.Inside(what, -1, what);
  }

  // Null, and said, if there is none.
  const TopologyNode* Node(const Place& place, const std::string& name) {
    const auto node = work_.parts.node_by_name.find(name);
    if (node != work_.parts.node_by_name.end()) {
      return &work_.parts.nodes[node->second];
    }
    errors_.Add(place, name.empty()
                           ? std::string("names no node; write node: \"r1\"")
                           : absl::StrCat("there is no node '", name, "'"));
    return nullptr;
  }

  template <typename Words>
  const TopologyInterface* Interface(absl::string_view what,
                                     const Words& words) {
    const Place place = Inside(what);
    const TopologyNode* node = Node(place.At("node"), words.node());
    if (node == nullptr) return nullptr;
    const TopologyInterface* found = node->FindInterface(words.interface());
    if (found != nullptr) return found;
    errors_.Add(
        place.At("interface"),
        absl::StrCat("node ", node->name, " has no interface '",
                     words.interface(), "'; it has ",
                     absl::StrJoin(node->interfaces, ", ",
                                   [](std::string* out,
                                      const TopologyInterface& interface) {
                                     absl::StrAppend(out, interface.name);
                                   })));
    return nullptr;
  }

  void Cable(absl::string_view what, const proto::LinkEnd& end) {
    const TopologyInterface* interface = Interface(what, end);
    if (interface == nullptr || interface->link >= 0) return;
    errors_.Add(Inside(what).At("interface"),
                absl::StrCat("there is no link at ", end.node(), " '",
                             end.interface(), "'"));
  }

  template <typename Words>
  void Process(absl::string_view what, const Words& words) {
    const Place place = Inside(what);
    Node(place.At("node"), words.node());
    if (!words.process().empty()) return;
    errors_.Add(place, "names no process; write process: \"bgpd\"");
  }

  void Signal(int number) {
    if (number >= 0 && number <= SIGRTMAX) return;
    errors_.Add(
        Inside("process_kill").At("signal"),
        absl::StrCat("there is no signal ", number,
                     "; write a name such as TERM, or 1 to ", SIGRTMAX));
  }

  void Address(absl::string_view what, const proto::AddressChange& words) {
    Interface(what, words);
    const auto address = IpPrefix::Parse(words.address());
    if (address.ok() && words.address().find('/') != std::string::npos) return;
    errors_.Add(Inside(what).At("address"),
                absl::StrCat("'", words.address(),
                             "' is no address with the length of its subnet, "
                             "such as 10.0.0.1/24"));
  }

  Work& work_;
  Diagnostics& errors_;
  const proto::Event& words_;
  const Place place_;
};

}  // namespace

void AddEvents(Work* work) {
  for (int i = 0; i < work->words.event_size(); ++i) {
    EventBuilder(work, i).Run();
  }
}

void AddQuestions(Work* work) {
  for (int i = 0; i < work->words.question_size(); ++i) {
    const proto::Question& question = work->words.question(i);
    const Place place =
        work->root.Inside("question", i, absl::StrCat("question ", i + 1));
    if (question.argv().empty()) {
      work->errors.Add(place, "does not say what to run; give argv");
    }
    for (const std::string& node : question.node()) {
      if (work->parts.node_by_name.contains(node)) continue;
      work->errors.Add(place, absl::StrCat("there is no node '", node, "'"));
    }
    work->parts.questions.push_back(question);
  }
}

}  // namespace quiesce::build
