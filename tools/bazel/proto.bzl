"""cc_proto: C++ code from one .proto file, made by Debian's protoc."""

def cc_proto(name, src, deps = [], visibility = None):
    """A library `name` with PACKAGE/SRC.pb.h, included from the root.

    Args:
      name: the library.
      src: the .proto file, in this package.
      deps: other cc_proto libraries whose files src imports (by full path).
      visibility: as everywhere.
    """
    stem = src[:-len(".proto")]
    native.filegroup(
        name = name + "_src",
        srcs = [src] + [dep + "_src" for dep in deps],
        visibility = visibility,
    )
    native.genrule(
        name = name + "_gen",
        srcs = [":" + name + "_src"],
        outs = [stem + ".pb.h", stem + ".pb.cc"],
        cmd = "protoc --proto_path=. --cpp_out=$(GENDIR) " +
              native.package_name() + "/" + src,
        message = "Generating C++ for " + src,
    )
    native.cc_library(
        name = name,
        srcs = [stem + ".pb.cc"],
        hdrs = [stem + ".pb.h"],
        copts = ["-Wno-unused-parameter"],
        visibility = visibility,
        deps = deps + ["//tools/bazel/system:protobuf"],
    )
