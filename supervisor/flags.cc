#include "supervisor/flags.h"

#include <gflags/gflags.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "supervisor/sched/schedule.h"

DEFINE_string(topo, "", "the network: KIND[:key=value,...]; 'help' lists them");
DEFINE_string(image, "",
              "image of nodes that name none: a name in testdata/images or a "
              "path (default frr; host for one program)");
DEFINE_string(out, "quiesce-out", "directory for the results");
DEFINE_uint64(seed, 1, "everything that chance decides follows from it");
DEFINE_bool(dump_topology, false, "print the topology as textproto and exit");
DEFINE_bool(estimate, false,
            "print what the network will take of this host, and exit: 0 if "
            "there is as much, 4 if not");
DEFINE_bool(hold, false,
            "keep the network up after convergence; see //tools:exec");
DEFINE_string(trace, "",
              "write a line for each intercepted call to this file "
              "('-': standard output)");
DEFINE_string(message_log, "",
              "write a line for each message between nodes to this file "
              "('out': messages.jsonl among the results)");
DEFINE_string(fib_log, "",
              "write a line for each change of a FIB to this file "
              "('out': fib_changes.jsonl among the results)");
DEFINE_bool(event_reports, true,
            "tell what each event has changed, in events.jsonl among the "
            "results");
DEFINE_bool(transients, false,
            "tell which pairs of nodes met loops and black holes from which "
            "round to which, in transients.jsonl among the results");
DEFINE_string(record, "",
              "keep what each node was given and what it sent in this "
              "directory, for //tools:replay");
DEFINE_string(schedule, "rounds",
              "which messages a node gets when: rounds, fifo, random:seed=S");
DEFINE_string(threads, "turns",
              "how threads of a node share it: turns, or random:seed=S, where "
              "now and then one is held while the others go on");
DEFINE_string(clock, "",
              "virtual or real (default virtual; real for one program)");
DEFINE_string(epoch, "2026-01-01T00:00:00Z",
              "date and time at which virtual clocks start");
DEFINE_string(tick, "1ms", "grid of virtual time; 0 for none");
DEFINE_string(quiet, "60s",
              "virtual time without any change after which a network counts "
              "as converged");
DEFINE_string(sample, "0",
              "virtual time between two looks at memory and descriptors, which "
              "go into timing.json; 0 for none");
DEFINE_string(flaps, "",
              "links that fail and come back at random: "
              "every=60s,for=1h,down=10s,seed=1,silent=off");
DEFINE_string(max_time, "1h", "virtual time after which a run gives up");
DEFINE_uint32(convergences, 0,
              "the how manieth convergence ends the run, without the events "
              "that would come then; 0: none is left out");
DEFINE_uint64(max_messages, 0,
              "messages after which a run gives up; 0 for no bound");
DEFINE_string(activation_bound, "10s",
              "CPU time that a node may use without coming to rest before it "
              "counts as failed; 0 for no bound");
DEFINE_int32(shards, 0, "cores to use; 0 for all");
DEFINE_int32(emulators, 0,
             "supervisor processes that share the nodes; 0: as many as their "
             "open descriptors want");
DEFINE_bool(realtime, true,
            "run guests at realtime priority (faster; same results)");
DEFINE_string(zygote, "auto",
              "auto: processes that start alike are copies of one where enough "
              "do; on: wherever two do; off: each starts by itself (same "
              "results)");
DEFINE_bool(ksm, false,
            "let the host's kernel keep equal pages of guests once, where its "
            "KSM runs (/sys/kernel/mm/ksm/run; less memory, much CPU time, "
            "same results)");
DEFINE_string(zero_pages, "auto",
              "what becomes of guests' pages of zeroes: drop, once they are "
              "many (less memory, more time, same results), keep, auto (drop "
              "where the network may want half of the memory), or "
              "drop_at_every_rest");
DEFINE_string(address, "",
              "one program: addresses of its eth0, such as "
              "10.0.0.1/24,fd00::1/64");

namespace google {
// How gflags ends the program; it exports this without declaring it. Its own
// choice is code 1, for a mistake as for --help.
extern void (*gflags_exitfunc)(int);
}  // namespace google

namespace quiesce {
namespace {

class Mistakes {
 public:
  void Add(absl::string_view what) { lines_.push_back(std::string(what)); }
  absl::Status ToStatus() const {
    if (lines_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrJoin(lines_, "\n"));
  }

 private:
  std::vector<std::string> lines_;
};

Nanos DurationFlag(absl::string_view name, const std::string& text,
                   Mistakes* mistakes) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) ||
      duration < absl::ZeroDuration()) {
    mistakes->Add(absl::StrCat("--", name, "=", text,
                               ": not a duration; write 60s, 5m, 1h30m"));
  }
  return absl::ToInt64Nanoseconds(duration);
}

std::vector<int> Cores(int wanted, Mistakes* mistakes) {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof(allowed), &allowed);
  std::vector<int> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cores.push_back(cpu);
  }
  if (wanted < 0 || wanted > static_cast<int>(cores.size())) {
    mistakes->Add(absl::StrCat("--shards=", wanted, ": this machine has ",
                               cores.size(), " cores for us; 0 takes all"));
  } else if (wanted > 0) {
    cores.resize(wanted);
  }
  return cores;
}

bool ClockFlag(bool default_virtual, Mistakes* mistakes) {
  if (FLAGS_clock.empty()) return default_virtual;
  if (FLAGS_clock != "virtual" && FLAGS_clock != "real") {
    mistakes->Add(
        absl::StrCat("--clock=", FLAGS_clock, ": there are virtual and real"));
  }
  return FLAGS_clock == "virtual";
}

std::optional<ZeroPages> ZeroPagesFlag(Mistakes* mistakes) {
  if (FLAGS_zero_pages == "auto") return std::nullopt;
  if (FLAGS_zero_pages == "keep") return ZeroPages::kStay;
  if (FLAGS_zero_pages == "drop_at_every_rest") {
    return ZeroPages::kGoAtEveryRest;
  }
  if (FLAGS_zero_pages != "drop") {
    mistakes->Add(absl::StrCat("--zero_pages=", FLAGS_zero_pages,
                               ": there are auto, drop, keep and "
                               "drop_at_every_rest"));
  }
  return ZeroPages::kGo;
}

uint64_t ThreadSeed(Mistakes* mistakes) {
  absl::string_view text = FLAGS_threads;
  uint64_t seed = 0;
  if (text == "turns") return 0;
  if (text == "random") return FLAGS_seed;
  if (!absl::ConsumePrefix(&text, "random:seed=") ||
      !absl::SimpleAtoi(text, &seed) || seed == 0) {
    mistakes->Add(absl::StrCat("--threads=", FLAGS_threads,
                               ": there are turns and random:seed=S, S not 0"));
  }
  return seed;
}

void ProgramOptions(int argc, char** argv, Mistakes* mistakes,
                    OneProgramOptions* options) {
  options->argv.assign(argv + 1, argv + argc);
  options->rootfs = FLAGS_image.empty() ? "host" : FLAGS_image;
  for (absl::string_view text :
       absl::StrSplit(FLAGS_address, ',', absl::SkipEmpty())) {
    absl::StatusOr<IpPrefix> address = IpPrefix::Parse(text);
    if (address.ok()) {
      options->addresses.push_back(*address);
    } else {
      mistakes->Add(absl::StrCat("--address: ", address.status().message()));
    }
  }
  options->virtual_time = ClockFlag(false, mistakes);
  options->seed = FLAGS_seed;
}

// The path of the --topo file, as the user wrote it, relative to where the
// user stands.
void EnterUsersDirectory() {
  const char* directory = std::getenv("BUILD_WORKING_DIRECTORY");
  if (directory != nullptr && chdir(directory) != 0) {
    // Then relative paths are relative to where we are.
  }
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(int argc, char** argv) {
  gflags::SetUsageMessage(
      "emulates the control plane of a network with real router software.\n"
      "  supervisor --topo=fattree          runs a network to convergence\n"
      "  supervisor --topo=help             lists the kinds of networks\n"
      "  supervisor [flags] -- COMMAND ...  runs one program");
  // Everything behind "--" is the program's.
  bool program = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--") == 0) {
      program = true;
      break;
    }
  }
  google::gflags_exitfunc = +[](int) { std::exit(2); };
  gflags::ParseCommandLineNonHelpFlags(&argc, &argv, true);
  google::gflags_exitfunc = +[](int) { std::exit(0); };
  gflags::HandleCommandLineHelpFlags();
  EnterUsersDirectory();

  Mistakes mistakes;
  CommandLine line;
  absl::Time epoch;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, FLAGS_epoch, &epoch, &error)) {
    mistakes.Add(absl::StrCat("--epoch=", FLAGS_epoch, ": ", error));
  }
  line.trace = FLAGS_trace;
  line.topo = FLAGS_topo;
  line.flaps = FLAGS_flaps;
  if (program) {
    line.mode = CommandLine::Mode::kOneProgram;
    if (argc < 2) mistakes.Add("no COMMAND behind --");
    if (!FLAGS_topo.empty()) {
      mistakes.Add(
          "--topo and -- COMMAND do not go together; to run a command "
          "in a network's node use --hold and //tools:exec");
    }
    ProgramOptions(argc, argv, &mistakes, &line.program);
    line.program.epoch = absl::ToUnixNanos(epoch);
  } else {
    if (argc > 1) {
      mistakes.Add(absl::StrCat("'", argv[1],
                                "' is no flag; a program to run stands behind "
                                "--: supervisor -- ",
                                argv[1]));
    }
    if (FLAGS_topo.empty()) {
      mistakes.Add(
          "no network given: use --topo=fattree, or --topo=help for "
          "all kinds");
    }
    if (FLAGS_topo == "help") line.mode = CommandLine::Mode::kTopologyHelp;
    if (FLAGS_dump_topology) line.mode = CommandLine::Mode::kDumpTopology;
    line.image = FLAGS_image.empty() ? "frr" : FLAGS_image;
  }
  NetworkOptions& network = line.network;
  network.out = FLAGS_out;
  network.seed = FLAGS_seed;
  network.hold = FLAGS_hold;
  network.estimate = FLAGS_estimate;
  network.message_log = FLAGS_message_log;
  network.fib_log = FLAGS_fib_log;
  network.event_reports = FLAGS_event_reports;
  network.transients = FLAGS_transients;
  network.record = FLAGS_record;
  network.emulators = FLAGS_emulators;
  if (FLAGS_transients && !FLAGS_event_reports) {
    mistakes.Add("--transients wants --event_reports");
  }
  EmulationOptions& emulation = network.emulation;
  emulation.cpus = Cores(FLAGS_shards, &mistakes);
  emulation.realtime = FLAGS_realtime;
  network.zero_pages = ZeroPagesFlag(&mistakes);
  emulation.merge_memory = FLAGS_ksm;
  emulation.virtual_time = ClockFlag(true, &mistakes);
  emulation.follow_files = true;
  if (FLAGS_zygote == "on") {
    emulation.least_copied = 2;
  } else if (FLAGS_zygote == "auto") {
    emulation.least_copied = kWorthAZygote;
  } else if (FLAGS_zygote != "off") {
    mistakes.Add(absl::StrCat("--zygote=", FLAGS_zygote, ": auto, on or off"));
  }
  if (!network.record.empty() && !emulation.virtual_time) {
    mistakes.Add("--record needs the virtual clock");
  }
  if (network.hold && !emulation.virtual_time) {
    mistakes.Add("--hold needs the virtual clock");
  }
  if (!network.record.empty() && network.record == network.out) {
    mistakes.Add("--record and --out name one directory");
  }
  emulation.tick = DurationFlag("tick", FLAGS_tick, &mistakes);
  emulation.epoch = absl::ToUnixNanos(epoch);
  emulation.quiet = DurationFlag("quiet", FLAGS_quiet, &mistakes);
  emulation.max_virtual_time =
      DurationFlag("max_time", FLAGS_max_time, &mistakes);
  emulation.sample_every = DurationFlag("sample", FLAGS_sample, &mistakes);
  const bool wants_one = FLAGS_hold || !FLAGS_trace.empty() ||
                         !FLAGS_fib_log.empty() || FLAGS_transients ||
                         emulation.sample_every > 0 || !emulation.virtual_time;
  if (FLAGS_emulators < 0) {
    mistakes.Add(
        absl::StrCat("--emulators=", FLAGS_emulators, ": there must be one"));
  } else if (FLAGS_emulators > 1 && wants_one) {
    mistakes.Add(
        "--hold, --trace, --fib_log, --transients, --sample and --clock=real "
        "want one emulator");
  } else if (FLAGS_emulators == 0 && wants_one) {
    network.emulators = 1;
  }
  emulation.max_messages = FLAGS_max_messages;
  emulation.convergences = FLAGS_convergences;
  emulation.activation_bound =
      DurationFlag("activation_bound", FLAGS_activation_bound, &mistakes);
  emulation.seed = FLAGS_seed;
  emulation.schedule = FLAGS_schedule;
  emulation.thread_seed = ThreadSeed(&mistakes);
  if (emulation.thread_seed != 0 &&
      (!emulation.virtual_time || !emulation.realtime)) {
    mistakes.Add(
        "--threads=random wants the virtual clock and realtime "
        "priorities");
  }
  if (!emulation.virtual_time || !network.record.empty() ||
      emulation.thread_seed != 0) {
    if (FLAGS_zygote == "on") {
      mistakes.Add(
          "--zygote=on wants the virtual clock, and neither --record nor "
          "--threads=random: these count calls that copies do not make");
    }
    emulation.least_copied = 0;
  }
  // A trace of a copy begins where its template stopped.
  if (FLAGS_zygote == "auto" && !FLAGS_trace.empty()) {
    emulation.least_copied = 0;
  }
  if (auto schedule = ParseSchedule(FLAGS_schedule, FLAGS_seed);
      !schedule.ok()) {
    mistakes.Add(absl::StrCat("--schedule: ", schedule.status().message()));
  }
  if (absl::Status status = mistakes.ToStatus(); !status.ok()) return status;
  return line;
}

}  // namespace quiesce
