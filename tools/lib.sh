# Shared by the scripts in tools/: words on the terminal and Debian packages.
# Sourced, with `set -eu` already on.

# One line of progress.
say() { printf '%s\n' "$*" >&2; }

# Ends the script: what is wrong and what to do about it.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 4
}

need_root() {
  [ "$(id -u)" = 0 ] || die "root is needed (namespaces, device nodes): run it with sudo"
}

# A list file's words: one or more a line, '#' starts a comment.
words_of() { sed 's/#.*//' "$1"; }

# The packages among "$@" that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
      grep -qx installed || printf '%s\n' "$package"
  done
}

# Installs what is missing among "$@". Asks no mirror when nothing is.
install_packages() {
  local missing
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  need_root
  say "installing" $missing
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update || say "apt-get update failed; trying with the lists there are"
  # shellcheck disable=SC2086
  apt-get -qq install --no-install-recommends -y $missing >/dev/null ||
    die "apt-get could not install: $missing"
}

# Where built images live.
image_cache() { printf '%s\n' "${QUIESCE_CACHE:-/var/cache/quiesce/images}"; }

# bazel build, with a line of progress now and then where nobody watches a
# terminal.
build() {
  local progress=(--show_progress_rate_limit=20)
  [ ! -t 2 ] || progress=()
  bazel build "${progress[@]}" --ui_event_filters=-info --show_result=0 "$@"
}
