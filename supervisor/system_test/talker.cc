// A guest that talks over TCP to another one, and says what becomes of the
// connection when the path between them dies.
//
//   talker serve        takes connections at port 7, and whatever comes
//   talker call ADDRESS connects there after a second, says something 20 s
//                       later, and prints how that ends: "ETIMEDOUT 924600"
//                       is an error and the milliseconds since then
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace {

long Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

void Sleep(int seconds) {
  const timespec time = {seconds, 0};
  nanosleep(&time, nullptr);
}

sockaddr_in At(const char* address) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(7);
  inet_pton(AF_INET, address, &at.sin_addr);
  return at;
}

int Complain(const char* what) {
  std::printf("%s: %s\n", what, strerrorname_np(errno));
  return 1;
}

int Serve() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in any = At("0.0.0.0");
  if (bind(listener, reinterpret_cast<const sockaddr*>(&any), sizeof(any)) ||
      listen(listener, 8)) {
    return Complain("listen");
  }
  while (true) {
    const int connection = accept(listener, nullptr, nullptr);
    char bytes[64];
    while (read(connection, bytes, sizeof(bytes)) > 0) {
    }
    close(connection);
  }
}

int Call(const char* address) {
  Sleep(1);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in to = At(address);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    return Complain("connect");
  }
  Sleep(20);
  const long begin = Now();
  if (send(fd, "x", 1, 0) != 1) return Complain("send");
  pollfd entry = {fd, POLLIN, 0};
  if (poll(&entry, 1, -1) != 1) return Complain("poll");
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  std::printf("%s %ld\n", strerrorname_np(error), Now() - begin);
  std::fflush(stdout);
  while (true) pause();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "serve") == 0) return Serve();
  if (argc == 3 && std::strcmp(argv[1], "call") == 0) return Call(argv[2]);
  return 2;
}
