"""A fuzz target: one function that takes bytes, and what runs it."""

def fuzz_target(name, deps, seeds = [], data = []):
    """Declares NAME (libFuzzer, built by tools/fuzz/run only) and NAME_test.

    Args:
      name: its source is name.cc, which defines LLVMFuzzerTestOneInput, and its
        seeds are the files in name.corpus, which NAME_test runs, as they are
        and mutated.
      deps: what the source includes.
      seeds: more of them, that are files of others.
      data: what it reads.
    """
    native.cc_library(
        name = name + "_target",
        testonly = True,
        srcs = [name + ".cc"],
        deps = deps + [
            "//tools/bazel/system:absl",
            "//tools/fuzz:input",
        ],
        alwayslink = True,
    )
    native.cc_binary(
        name = name,
        testonly = True,
        data = data,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [":" + name + "_target"],
    )

    # Also read by tools/fuzz/run, which asks for them by this name.
    native.filegroup(
        name = name + "_seeds",
        testonly = True,
        srcs = native.glob([name + ".corpus/*"], allow_empty = bool(seeds)) + seeds,
    )
    native.cc_test(
        name = name + "_test",
        size = "small",
        args = ["$(locations :" + name + "_seeds)"],
        data = [":" + name + "_seeds"] + data,
        deps = [
            ":" + name + "_target",
            "//tools/fuzz:mutations",
        ],
    )
