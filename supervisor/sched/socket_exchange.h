// An exchange between processes of one host, over socket pairs: rank 0 has one
// to each of the others, collects the parts and hands all of them round.
#ifndef QUIESCE_SUPERVISOR_SCHED_SOCKET_EXCHANGE_H_
#define QUIESCE_SUPERVISOR_SCHED_SOCKET_EXCHANGE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/sched/exchange.h"

namespace quiesce {

class SocketExchange : public Exchange {
 public:
  // `sockets` (SOCK_STREAM): of rank 0, one to each other rank in their order;
  // of any other, the one to rank 0.
  SocketExchange(int size, int rank, std::vector<UniqueFd> sockets)
      : size_(size), rank_(rank), sockets_(std::move(sockets)) {}

  int size() const override { return size_; }
  int rank() const override { return rank_; }
  absl::StatusOr<std::vector<proto::Part>> Meet(
      const proto::Part& part) override;

 private:
  const int size_;
  const int rank_;
  const std::vector<UniqueFd> sockets_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_SOCKET_EXCHANGE_H_
