// Runs a fuzz target on the seeds given as arguments, each a case, and on
// mutations of them, the same in every run: what there is time for in a test,
// and with any compiler.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kMutations = 1000;

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()),
                         input.size());
}

// Changes, cuts, doubles or moves a few pieces.
std::string Mutated(std::string input, const std::vector<std::string>& seeds,
                    std::mt19937& random) {
  const auto below = [&](size_t bound) {
    return bound == 0 ? 0 : random() % bound;
  };
  for (size_t steps = 1 + below(4); steps > 0; --steps) {
    const size_t at = below(input.size() + 1);
    const size_t length = below(std::min<size_t>(input.size() - at, 16) + 1);
    switch (random() % 6) {
      case 0:
        if (at < input.size()) input[at] ^= 1 << below(8);
        break;
      case 1:
        if (at < input.size()) {
          input[at] = "\x00\x01\x7f\xff\x80\x04"[below(6)];
        }
        break;
      case 2:
        input.erase(at, length);
        break;
      case 3:
        input.insert(at, input.substr(at, length));
        break;
      case 4: {
        const std::string& other = seeds[below(seeds.size())];
        const size_t from = below(other.size() + 1);
        input.insert(at, other.substr(from, below(64)));
        break;
      }
      case 5:
        input.resize(at);
        break;
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> seeds;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      fprintf(stderr, "cannot read %s\n", argv[i]);
      return 1;
    }
    seeds.emplace_back(std::istreambuf_iterator<char>(file),
                       std::istreambuf_iterator<char>());
  }
  if (seeds.empty()) {
    fprintf(stderr, "no seeds\n");
    return 1;
  }
  std::mt19937 random(1);
  for (size_t i = 0; i < seeds.size(); ++i) {
    const std::string path = argv[i + 1];
    printf("# %s\n", path.c_str());
    fflush(stdout);
    Run(seeds[i]);
    printf("ok %s\n", path.substr(path.rfind('/') + 1).c_str());
  }
  for (int i = 0; i < kMutations; ++i) {
    Run(Mutated(seeds[i % seeds.size()], seeds, random));
  }
  printf("ok %d mutations\n", kMutations);
}
