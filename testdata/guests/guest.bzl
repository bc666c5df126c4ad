"""A guest: one static program and its two tests, natively and emulated."""

def _tests(name, flags, emulated_tags, size):
    native.sh_test(
        name = name + "_native_test",
        size = size,
        srcs = ["run.sh"],
        args = ["$(location :native_run)"] + flags + ["--", "$(location :" + name + ")"],
        data = [":native_run", ":" + name],
        tags = ["local"],
    )
    native.sh_test(
        name = name + "_emulated_test",
        size = size,
        srcs = ["run.sh"],
        args = ["$(location //supervisor)"] + flags + ["--", "$(location :" + name + ")"],
        data = ["//supervisor", ":" + name],
        tags = ["local"] + emulated_tags,
    )

def guest(name, srcs = None, addresses = [], dynamic = False, emulated_tags = [], size = "small", deps = []):
    """Declares the program `name` and `name`_native_test, `name`_emulated_test.

    Args:
      name: what the guest checks; its source is name.cc by default.
      srcs: other sources.
      dynamic: also NAME_dynamic, linked dynamically, where the loader matters.
      addresses: ADDRESS/LENGTH of an eth0 both tests get beside lo.
      emulated_tags: further tags of the emulated test, such as "manual".
      size: of the tests.
      deps: beside the harness and the socket helpers.
    """
    srcs = srcs or [name + ".cc"]
    deps = [":harness", ":sockets"] + deps
    flags = ["--address=" + address for address in addresses]
    native.cc_binary(
        name = name,
        srcs = srcs,
        linkopts = ["-static", "-lpthread"],
        visibility = ["//visibility:public"],
        deps = deps,
    )
    _tests(name, flags, emulated_tags, size)
    if dynamic:
        native.cc_binary(
            name = name + "_dynamic",
            srcs = srcs,
            linkopts = ["-lpthread"],
            visibility = ["//visibility:public"],
            deps = deps,
        )
        _tests(name + "_dynamic", flags, emulated_tags, size)
