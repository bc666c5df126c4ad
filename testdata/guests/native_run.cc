// native_run [--address=ADDRESS/LENGTH,...] -- COMMAND ARGS...
//
// Runs a command on plain Linux in a network of the shape that
// `supervisor -- COMMAND` gives: a fresh network namespace with lo up
// (127.0.0.1/8, ::1/128) and, when addresses are given, an eth0 that carries
// them and leads nowhere. Exits with the command's status.
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <vector>

namespace {

[[noreturn]] void Die(const char* what) {
  perror(what);
  _exit(125);
}

void BringUp(const char* name) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) Die("socket");
  ifreq request = {};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, SIOCGIFFLAGS, &request) != 0) Die("SIOCGIFFLAGS");
  request.ifr_flags |= IFF_UP;
  if (ioctl(fd, SIOCSIFFLAGS, &request) != 0) Die("SIOCSIFFLAGS");
  close(fd);
}

// The carrier follows a little after both ends are up.
void AwaitCarrier(const char* name) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) Die("socket");
  ifreq request = {};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  do {
    poll(nullptr, 0, 1);
    if (ioctl(fd, SIOCGIFFLAGS, &request) != 0) Die("SIOCGIFFLAGS");
  } while ((request.ifr_flags & IFF_RUNNING) == 0);
  close(fd);
}

// The local route of a new IPv6 address is added by a kernel thread, and until
// that has come to its end the address is tentative: nobody may bind to it.
void AwaitAddress(const std::string& text) {
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(9);
  // Only link-local addresses need to say where.
  address.sin6_scope_id = if_nametoindex("eth0");
  if (inet_pton(AF_INET6, text.c_str(), &address.sin6_addr) != 1) return;
  int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) Die("socket");
  sockaddr_in6 own = address;
  own.sin6_port = 0;
  while (bind(fd, reinterpret_cast<sockaddr*>(&own), sizeof(own)) != 0) {
    poll(nullptr, 0, 1);
  }
  while (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) !=
         0) {
    poll(nullptr, 0, 1);
  }
  close(fd);
}

int Run(std::vector<std::string> command) {
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = fork();
  if (child < 0) Die("fork");
  if (child == 0) {
    execvp(argv[0], argv.data());
    perror(argv[0]);
    _exit(127);
  }
  int status = 0;
  if (waitpid(child, &status, 0) < 0) Die("waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void WriteFile(const char* path, const char* text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) Die(path);
  close(fd);
}

void MustRun(std::vector<std::string> command) {
  std::string name = command[0] + " " + command[1];
  if (Run(std::move(command)) != 0) {
    fprintf(stderr, "native_run: %s failed\n", name.c_str());
    _exit(125);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> addresses;
  int i = 1;
  for (; i < argc && std::string(argv[i]) != "--"; ++i) {
    std::string flag = argv[i];
    if (flag.rfind("--address=", 0) != 0) {
      fprintf(stderr, "native_run: unknown flag %s\n", argv[i]);
      return 2;
    }
    std::istringstream list(flag.substr(10));
    for (std::string address; std::getline(list, address, ',');) {
      addresses.push_back(address);
    }
  }
  if (i + 1 >= argc) {
    fprintf(stderr, "usage: native_run [--address=A/L,...] -- COMMAND\n");
    return 2;
  }
  if (unshare(CLONE_NEWNET) != 0) Die("unshare(CLONE_NEWNET)");
  BringUp("lo");
  if (!addresses.empty()) {
    // The far end lives in a second namespace, kept alive by this process.
    int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (unshare(CLONE_NEWNET) != 0) Die("unshare(CLONE_NEWNET)");
    int far = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (here < 0 || far < 0 || setns(here, CLONE_NEWNET) != 0) Die("setns");
    std::string far_path =
        "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(far);
    MustRun({"ip", "link", "add", "eth0", "address", "02:00:00:00:00:02",
             "type", "veth", "peer", "name", "far0", "netns", far_path});
    // No tentative second for an IPv6 address.
    WriteFile("/proc/sys/net/ipv6/conf/eth0/accept_dad", "0");
    if (setns(far, CLONE_NEWNET) != 0) Die("setns");
    BringUp("far0");
    if (setns(here, CLONE_NEWNET) != 0) Die("setns");
    BringUp("eth0");
    AwaitCarrier("eth0");
    for (const std::string& address : addresses) {
      MustRun({"ip", "address", "add", address, "dev", "eth0"});
      AwaitAddress(address.substr(0, address.find('/')));
    }
    AwaitAddress("fe80::ff:fe00:2");
  }
  return Run({argv + i + 1, argv + argc});
}
