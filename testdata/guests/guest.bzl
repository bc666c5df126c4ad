"""A guest: one static program and its tests, natively and emulated."""

_KIND = "kind="

def _tests(name, flags, differs, virtual, virtual_differs, emulated_tags, size):
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
        args = ["$(location //supervisor)"] + flags + ["--", "$(location :" + name + ")"] +
               (["--differs=" + ",".join(differs)] if differs else []),
        data = ["//supervisor", ":" + name],
        tags = ["local"] + emulated_tags,
    )
    if virtual:
        native.sh_test(
            name = name + "_virtual_test",
            size = size,
            srcs = ["run.sh"],
            args = ["$(location //supervisor)", "--clock=virtual"] + flags +
                   ["--", "$(location :" + name + ")"] +
                   (["--differs=" + ",".join(differs + virtual_differs)] if differs + virtual_differs else []),
            data = ["//supervisor", ":" + name],
            tags = ["local"] + emulated_tags,
        )

def guest(name, kind, srcs = None, addresses = [], dynamic = False, differs = [], virtual = False, virtual_differs = [], emulated_tags = [], size = "small", deps = []):
    """Declares the program NAME and NAME_native_test, NAME_emulated_test.

    Args:
      name: what the guest checks; its source is name.cc by default.
      kind: of sockets, or else of calls, for counting (guest_cases).
      srcs: other sources.
      dynamic: also NAME_dynamic, linked dynamically, where the loader matters.
      addresses: ADDRESS/LENGTH of an eth0 both tests get beside lo.
      differs: cases in which the emulation is known to differ from Linux; each
        with a comment that says why. They must fail, or the test does.
      virtual: also NAME_virtual_test, under the supervisor's virtual clock.
      virtual_differs: further differences under the virtual clock.
      emulated_tags: further tags of the emulated test, such as "manual".
      size: of the tests.
      deps: beside the harness and the socket helpers.
    """
    srcs = srcs or [name + ".cc"]
    deps = [":harness", ":sockets"] + deps
    flags = ["--address=" + ",".join(addresses)] if addresses else []
    native.cc_binary(
        name = name,
        srcs = srcs,
        linkopts = ["-static", "-lpthread"],
        tags = [_KIND + kind],
        visibility = ["//visibility:public"],
        deps = deps,
    )
    _tests(name, flags, differs, virtual, virtual_differs, emulated_tags, size)
    if dynamic:
        native.cc_binary(
            name = name + "_dynamic",
            srcs = srcs,
            linkopts = ["-lpthread"],
            visibility = ["//visibility:public"],
            deps = deps,
        )
        _tests(name + "_dynamic", flags, differs, virtual, virtual_differs, emulated_tags, size)

def guest_cases(name):
    """A program that counts the cases of all guests above it, by kind.

    Args:
      name: of the program.
    """
    rules = native.existing_rules()
    guests = {}
    for rule in rules:
        for tag in rules[rule]["tags"]:
            if tag.startswith(_KIND):
                guests[rule] = tag[len(_KIND):]
    args = []
    for guest in sorted(guests):
        differs = [
            len(arg.split(","))
            for arg in rules[guest + "_emulated_test"]["args"]
            if arg.startswith("--differs=")
        ]
        args.append("%s:$(location :%s):%d" % (guests[guest], guest, (differs + [0])[0]))
    native.sh_binary(
        name = name,
        srcs = ["cases.sh"],
        args = args,
        data = [":" + guest for guest in sorted(guests)],
    )
