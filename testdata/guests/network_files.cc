// Files of /proc and /dev that tell about the network, time and chance. The
// host this runs on has lo and eth0, which has 10.0.0.1/24 and 2001:db8::1/64.
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

std::string ReadAll(int fd) {
  std::string text;
  char buffer[4096];
  while (ssize_t size = OK(read(fd, buffer, sizeof(buffer)))) {
    text.append(buffer, size);
  }
  return text;
}

std::string Contents(const std::string& path) {
  int fd = OK(open(path.c_str(), O_RDONLY));
  std::string text = ReadAll(fd);
  OK(close(fd));
  return text;
}

void WriteTo(const std::string& path, const std::string& value) {
  int fd = OK(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666));
  EQ(OK(write(fd, value.data(), value.size())), value.size());
  OK(close(fd));
}

// The line of `text` that has all of `words`; the case fails if there is none.
std::string LineWith(const std::string& text,
                     const std::vector<std::string>& words) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    bool all = true;
    for (const std::string& word : words) {
      all = all && line.find(word) != std::string::npos;
    }
    if (all) return line;
  }
  Fail(__FILE__, __LINE__, "no line with " + words[0] + " in " + text);
}

int CountOf(const std::string& text, const std::string& word) {
  int count = 0;
  for (size_t at = text.find(word); at != std::string::npos;
       at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

// "0100007F:1F90", as /proc/net/tcp shows 127.0.0.1:8080.
std::string Shown(const Address& address) {
  char text[32];
  snprintf(text, sizeof(text), "0100007F:%04X", address.port());
  return text;
}

constexpr char kForward[] = "/proc/sys/net/ipv4/ip_forward";

}  // namespace

CASE(DevNamesTheInterfaces) {
  std::string text = Contents("/proc/net/dev");
  TRUE(text.starts_with("Inter-|   Receive "));
  LineWith(text, {"    lo:"});
  LineWith(text, {"  eth0:"});
}

CASE(SelfNetIsTheSame) {
  EQ(Contents("/proc/self/net/if_inet6"), Contents("/proc/net/if_inet6"));
  EQ(Contents("/proc//net/./if_inet6"), Contents("/proc/net/if_inet6"));
}

CASE(IfInet6HasTheAddresses) {
  std::string text = Contents("/proc/net/if_inet6");
  LineWith(text, {"00000000000000000000000000000001 01 80 10 80       lo"});
  LineWith(text, {"20010db8000000000000000000000001 ", " 40 00 ", "     eth0"});
}

CASE(RouteHasTheConnectedNetwork) {
  std::string text = Contents("/proc/net/route");
  LineWith(text, {"Iface\tDestination\tGateway"});
  LineWith(text,
           {"eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0"});
}

CASE(Ipv6RouteHasTheConnectedNetwork) {
  LineWith(Contents("/proc/net/ipv6_route"),
           {"20010db8000000000000000000000000 40 "
            "00000000000000000000000000000000 00 "
            "00000000000000000000000000000000 00000100 ",
            " 00000001     eth0"});
}

CASE(TcpShowsAListener) {
  int fd = Listener();
  std::string name = Shown(LocalOf(fd));
  LineWith(Contents("/proc/net/tcp"), {name + " 00000000:0000 0A "});
  OK(close(fd));
  EQ(CountOf(Contents("/proc/net/tcp"), name), 0);
}

CASE(TcpShowsBothEnds) {
  Pair pair = Connected();
  std::string client = Shown(LocalOf(pair.client));
  std::string server = Shown(LocalOf(pair.server));
  std::string text = Contents("/proc/net/tcp");
  LineWith(text, {": " + client + " " + server + " 01 "});
  LineWith(text, {": " + server + " " + client + " 01 "});
}

CASE(TcpShowsNoUnboundSocket) {
  std::string before = Contents("/proc/net/tcp");
  Tcp();
  EQ(CountOf(Contents("/proc/net/tcp"), "\n"), CountOf(before, "\n"));
}

CASE(UdpShowsABoundSocket) {
  int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  std::string name = Shown(LocalOf(fd));
  LineWith(Contents("/proc/net/udp"), {name + " 00000000:0000 07 "});
  OK(ConnectTo(fd, Ip("127.0.0.1", 53)));
  LineWith(Contents("/proc/net/udp"), {name + " 0100007F:0035 01 "});
}

CASE(ForwardingIsWritten) {
  WriteTo(kForward, "1\n");
  EQ(Contents(kForward), "1\n");
  EQ(Contents("/proc/sys/net/ipv4/conf/all/forwarding"), "1\n");
  EQ(Contents("/proc/sys/net/ipv4/conf/eth0/forwarding"), "1\n");
  EQ(Contents("/proc/sys/net/ipv4/conf/lo/forwarding"), "1\n");
  WriteTo(kForward, "0");
  EQ(Contents(kForward), "0\n");
}

CASE(Forwarding6IsWritten) {
  WriteTo("/proc/sys/net/ipv6/conf/all/forwarding", "1\n");
  EQ(Contents("/proc/sys/net/ipv6/conf/eth0/forwarding"), "1\n");
  WriteTo("/proc/sys/net/ipv6/conf/all/forwarding", "0\n");
  EQ(Contents("/proc/sys/net/ipv6/conf/eth0/forwarding"), "0\n");
}

CASE(SettingsOfAnInterfaceAreKept) {
  for (const char* path : {"/proc/sys/net/ipv4/conf/eth0/rp_filter",
                           "/proc/sys/net/ipv4/conf/eth0/arp_announce",
                           "/proc/sys/net/ipv6/conf/eth0/proxy_ndp"}) {
    EQ(Contents(path), "0\n");
    WriteTo(path, "1\n");
    EQ(Contents(path), "1\n");
    WriteTo(path, "0\n");
    EQ(Contents(path), "0\n");
  }
  EQ(Contents("/proc/sys/net/ipv6/conf/eth0/hop_limit"), "64\n");
  EQ(Contents("/proc/sys/net/ipv6/conf/eth0/mtu"), "1500\n");
}

CASE(NoSettingsOfNoInterface) {
  ERRNO(open("/proc/sys/net/ipv4/conf/eth7/forwarding", O_RDONLY), ENOENT);
  ERRNO(open("/proc/sys/net/ipv4/conf/eth0/nonsense", O_RDONLY), ENOENT);
}

CASE(WrittenThroughADuplicateAndAFork) {
  int fd = OK(open(kForward, O_WRONLY));
  pid_t child = OK(fork());
  if (child == 0) _exit(write(fd, "1\n", 2) == 2 ? 0 : 1);
  int status = -1;
  OK(waitpid(child, &status, 0));
  EQ(status, 0);
  EQ(Contents(kForward), "1\n");
  // The child has moved on from the start of the file, where alone a value may
  // be written (sysctl_writes_strict).
  EQ(OK(write(fd, "0\n", 2)), 2);
  EQ(Contents(kForward), "1\n");
  EQ(OK(write(OK(dup(OK(open(kForward, O_WRONLY)))), "0\n", 2)), 2);
  EQ(Contents(kForward), "0\n");
}

CASE(ReadAndWritten) {
  int fd = OK(open(kForward, O_RDWR)), other = OK(open(kForward, O_RDWR));
  EQ(ReadAll(fd), "0\n");
  EQ(OK(write(fd, "1\n", 2)), 2);  // no longer at the start
  EQ(Contents(kForward), "0\n");
  EQ(OK(write(other, "1\n", 2)), 2);
  EQ(Contents(kForward), "1\n");
  WriteTo(kForward, "0\n");
}

CASE(WritingTakesPrivileges) {
  pid_t child = OK(fork());
  if (child == 0) {
    if (setresgid(1000, 1000, 1000) != 0 || setresuid(1000, 1000, 1000) != 0) {
      _exit(2);
    }
    int fd = open(kForward, O_WRONLY);
    _exit(fd == -1 && errno == EACCES ? 0 : 1);
  }
  int status = -1;
  OK(waitpid(child, &status, 0));
  EQ(status, 0);
}

CASE(OnlyForReading) {
  ERRNO(open("/proc/net/dev", O_WRONLY), EACCES);
  ERRNO(open("/proc/net/dev", O_RDWR), EACCES);
  int fd = OK(open("/proc/net/dev", O_RDONLY));
  ERRNO(write(fd, "x", 1), EBADF);
  struct stat info;
  OK(fstat(fd, &info));
  EQ(info.st_mode, static_cast<mode_t>(S_IFREG | 0444));
}

CASE(FlagsOfOpen) {
  ERRNO(open("/proc/net/dev", O_RDONLY | O_CREAT | O_EXCL, 0600), EEXIST);
  ERRNO(open("/proc/net/dev", O_RDONLY | O_DIRECTORY), ENOTDIR);
  EQ(OK(fcntl(OK(open("/proc/net/dev", O_RDONLY)), F_GETFD)), 0);
  int fd = OK(open("/proc/net/dev", O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  EQ(OK(fcntl(fd, F_GETFD)), FD_CLOEXEC);
  EQ(OK(fcntl(fd, F_GETFL)) & (O_ACCMODE | O_NONBLOCK), O_NONBLOCK);
}

CASE(TheLowestDescriptorIsTaken) {
  int a = OK(dup(0)), b = OK(dup(0));
  OK(close(a));
  EQ(OK(open("/proc/net/dev", O_RDONLY)), a);
  EQ(OK(open("/proc/net/dev", O_RDONLY)), b + 1);
}

CASE(EveryWayToOpen) {
  std::string wanted = Contents("/proc/net/if_inet6");
  EQ(ReadAll(OK(syscall(SYS_open, "/proc/net/if_inet6", O_RDONLY))), wanted);
  // An absolute path makes nothing of the directory.
  EQ(ReadAll(OK(openat(-1, "/proc/net/if_inet6", O_RDONLY))), wanted);
  open_how how = {};
  EQ(ReadAll(OK(syscall(SYS_openat2, AT_FDCWD, "/proc/net/if_inet6", &how,
                        sizeof(how)))),
     wanted);
  how.resolve = RESOLVE_BENEATH;
  ERRNO(syscall(SYS_openat2, AT_FDCWD, "/proc/net/if_inet6", &how, sizeof(how)),
        EXDEV);
}

CASE(GarbageIsRefused) {
  ERRNO(syscall(SYS_openat, AT_FDCWD, 1, O_RDONLY), EFAULT);
  ERRNO(syscall(SYS_open, nullptr, O_RDONLY), EFAULT);
  ERRNO(syscall(SYS_openat2, AT_FDCWD, "/proc/net/dev", 1, sizeof(open_how)),
        EFAULT);
  ERRNO(syscall(SYS_openat2, AT_FDCWD, "/proc/net/dev", nullptr, 3), EINVAL);
  ERRNO(open(std::string(5000, 'x').c_str(), O_RDONLY), ENAMETOOLONG);
  ERRNO(open("/proc/net/dev/x", O_RDONLY), ENOTDIR);
}

CASE(ReadAgainFromTheStart) {
  int fd = OK(open("/proc/net/if_inet6", O_RDONLY));
  std::string all = ReadAll(fd);
  EQ(OK(lseek(fd, 0, SEEK_SET)), 0);
  EQ(ReadAll(fd), all);
  char byte;
  EQ(OK(pread(fd, &byte, 1, 5)), 1);
  EQ(byte, all[5]);
}

CASE(ThreadsOpenAtOnce) {
  std::string wanted = Contents("/proc/net/if_inet6");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&wanted] {
      for (int j = 0; j < 20; ++j) EQ(Contents("/proc/net/if_inet6"), wanted);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

CASE(ChanceNeverEnds) {
  int fd = OK(open("/dev/urandom", O_RDONLY));
  std::string bytes(200'000, '\0');
  for (size_t got = 0; got < bytes.size();) {
    ssize_t size = OK(read(fd, bytes.data() + got, bytes.size() - got));
    TRUE(size > 0);
    got += size;
  }
  for (int value = 0; value < 256; ++value) {
    TRUE(bytes.find(static_cast<char>(value)) != std::string::npos);
  }
  int other = OK(open("/dev/random", O_RDONLY));
  std::string more(100, '\0');
  EQ(OK(read(other, more.data(), more.size())), 100);
  TRUE(more != bytes.substr(0, 100));
}

CASE(UptimeIsTwoNumbers) {
  double up = -1, idle = -1;
  EQ(sscanf(Contents("/proc/uptime").c_str(), "%lf %lf", &up, &idle), 2);
  TRUE(up >= 0);
  TRUE(idle >= 0);
}

CASE(EveryUuidIsAnother) {
  std::string first = Contents("/proc/sys/kernel/random/uuid");
  EQ(first.size(), 37u);
  TRUE(first != Contents("/proc/sys/kernel/random/uuid"));
  EQ(Contents("/proc/sys/kernel/random/boot_id"),
     Contents("/proc/sys/kernel/random/boot_id"));
}

CASE(TheRestIsUntouched) {
  TRUE(Contents("/proc/self/status").find("Pid:") != std::string::npos);
  ERRNO(open("/proc/net/nonsense", O_RDONLY), ENOENT);
  ERRNO(open("/nonsense", O_RDONLY), ENOENT);
  char byte;
  EQ(OK(read(OK(open("/dev/zero", O_RDONLY)), &byte, 1)), 1);
  OK(open("/proc/net", O_RDONLY | O_DIRECTORY));
}
