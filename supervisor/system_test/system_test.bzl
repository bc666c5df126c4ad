"""A test that starts the supervisor."""

def system_test(name, size = "medium", data = [], deps = [], manual = False):
    native.cc_test(
        name = name,
        size = size,
        srcs = [name + ".cc"],
        data = [
            "//supervisor",
            "//testdata/images",
            "//testdata/topologies",
            "//tools:exec",
        ] + data,
        tags = ["exclusive", "local"] + (["manual"] if manual else []),
        deps = [
            ":harness",
            "//tools/bazel/system:absl",
            "//tools/bazel/system:gtest_main",
            "//tools/bazel/system:json",
        ] + deps,
    )
