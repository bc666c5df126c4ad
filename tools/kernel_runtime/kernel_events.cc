#include "tools/kernel_runtime/kernel_events.h"

#include <signal.h>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "tools/kernel_runtime/ip_command.h"
#include "tools/kernel_runtime/kernel_network.h"

namespace quiesce {
namespace {

absl::StatusOr<KernelNode*> Present(const KernelNetwork& network,
                                    const std::string& name) {
  KernelNode* node = network.node(network.topology().FindNode(name));
  if (node != nullptr) return node;
  return absl::InvalidArgumentError(
      absl::StrCat("event: node ", name, " does not run"));
}

absl::Status SetInterface(const proto::LinkEnd& words, bool up,
                          KernelNetwork* network) {
  RETURN_IF_ERROR(Present(*network, words.node()).status());
  return network->SetInterface(network->topology().FindNode(words.node()),
                               words.interface(), up);
}

absl::Status ChangeAddress(const proto::AddressChange& words, const char* how,
                           const KernelNetwork& network) {
  ASSIGN_OR_RETURN(KernelNode * node, Present(network, words.node()));
  return RunIp(node->netns(),
               {"addr", how, words.address(), "dev", words.interface()})
      .status();
}

}  // namespace

absl::Status Happen(const proto::Event& event, absl::Duration patience,
                    KernelNetwork* network) {
  const Topology& topology = network->topology();
  switch (event.what_case()) {
    case proto::Event::kLinkDown:
      return network->SetLink(topology.FindNode(event.link_down().node()),
                              event.link_down().interface(), false,
                              event.carrier());
    case proto::Event::kLinkUp:
      return network->SetLink(topology.FindNode(event.link_up().node()),
                              event.link_up().interface(), true,
                              event.carrier());
    case proto::Event::kProcessKill: {
      const proto::ProcessKill& words = event.process_kill();
      ASSIGN_OR_RETURN(KernelNode * node, Present(*network, words.node()));
      const int number = words.signal();
      return node->Signal(words.process(), number == 0 ? SIGKILL : number);
    }
    case proto::Event::kProcessStart: {
      const proto::ProcessStart& words = event.process_start();
      ASSIGN_OR_RETURN(KernelNode * node, Present(*network, words.node()));
      return node->StartAgain(words.process());
    }
    case proto::Event::kInterfaceDown:
      return SetInterface(event.interface_down(), false, network);
    case proto::Event::kInterfaceUp:
      return SetInterface(event.interface_up(), true, network);
    case proto::Event::kAddressAdd:
      return ChangeAddress(event.address_add(), "add", *network);
    case proto::Event::kAddressDel:
      return ChangeAddress(event.address_del(), "del", *network);
    case proto::Event::kNodeStart:
      RETURN_IF_ERROR(
          network->BringNode(topology.FindNode(event.node_start())));
      return network->Start(patience);
    case proto::Event::kNodeStop:
      return network->StopNode(topology.FindNode(event.node_stop()));
    case proto::Event::WHAT_NOT_SET:
      break;  // a Topology has none such
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "not on the real kernel: event { ", event.ShortDebugString(), " }"));
}

}  // namespace quiesce
