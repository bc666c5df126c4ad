// The handlers of the socket family: arguments are read here, once; what they
// mean is the socket's. A descriptor that is no socket of ours (AF_UNIX, files)
// is left to the kernel.
#ifndef QUIESCE_NOTIFIER_SYSCALLS_SOCKET_CALLS_H_
#define QUIESCE_NOTIFIER_SYSCALLS_SOCKET_CALLS_H_

#include "notifier/call/call.h"
#include "notifier/call/outcome.h"
#include "notifier/kernel/node_kernel.h"

namespace quiesce {

// Gives a new node's kernel its protocols; without them it would leave what
// arrives unanswered. Once, before anything is received.
void AddProtocols(NodeKernel& kernel);

// socket.cc
Outcome SysSocket(Call& call);
// connection_calls.cc
Outcome SysBind(Call& call);
Outcome SysListen(Call& call);
Outcome SysConnect(Call& call);
Outcome SysAccept(Call& call);
Outcome SysAccept4(Call& call);
Outcome SysGetsockname(Call& call);
Outcome SysGetpeername(Call& call);
Outcome SysShutdown(Call& call);
// option_calls.cc
Outcome SysGetsockopt(Call& call);
Outcome SysSetsockopt(Call& call);
Outcome SysIoctl(Call& call);
// message_calls.cc
Outcome SysSendto(Call& call);
Outcome SysRecvfrom(Call& call);
Outcome SysSendmsg(Call& call);
Outcome SysRecvmsg(Call& call);
Outcome SysSendmmsg(Call& call);
Outcome SysRecvmmsg(Call& call);
// Strict profile: what could observe that bytes a node sends itself move late
// (read, write, poll without waiting ...). Moves them, then runs natively.
Outcome SysFlushThenNative(Call& call);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SYSCALLS_SOCKET_CALLS_H_
