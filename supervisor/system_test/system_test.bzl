"""A test that starts the supervisor."""

def system_test(name, size = "medium", data = [], deps = [], tags = []):
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
        tags = ["exclusive", "local"] + tags,
        deps = [
            ":harness",
            "//tools/bazel/system:absl",
            "//tools/bazel/system:gtest_main",
            "//tools/bazel/system:json",
        ] + deps,
    )
