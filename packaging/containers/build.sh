#!/bin/sh
# Builds the images of job server, worker and core. See docs/containers.md.
set -eu

NAME=${0##*/}
here=$(cd "$(dirname "$0")" && pwd)
engine=buildah
base=
suite=bookworm
prefix=localhost/mod-gearman
tag=latest
packages=
tree=
core=
core_prefix=
core_packages=nagios4-core
plugins="monitoring-plugins-basic perl"

usage() {
  cat <<TEXT
Usage: $NAME (--packages FOLDER | --tree FOLDER) [OPTION...] [server | worker | core]...

Builds PREFIX/server, PREFIX/worker and PREFIX/core, or those that are named.

  --packages FOLDER      the .deb files of Mod-Gearman for this machine
  --tree FOLDER          instead: a folder that \`make install DESTDIR=FOLDER PREFIX=/usr\` has filled
  --base IMAGE           a Debian root; without it one of $suite is made by debootstrap
  --engine NAME          buildah (default), docker or podman
  --prefix NAME          of the images; default: $prefix
  --tag TAG              default: $tag
  --plugins "PACKAGE..." for the worker; default: $plugins
  --core-packages "PACKAGE..."
                         packages of the core, or .deb files inside --core-prefix; default: $core_packages
  --core-prefix FOLDER   a core that is installed in this folder; it is copied to the same path
  --core PROGRAM         path of the core's program in the image; default: /usr/sbin/nagios4, or the one in --core-prefix
TEXT
}
fail() {
  echo "$NAME: $*" >&2
  exit 1
}

targets=
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage && exit 0 ;;
    --packages | --tree | --base | --engine | --prefix | --tag | --plugins | --core | --core-packages | --core-prefix)
      [ $# -ge 2 ] || fail "$1 needs a value"
      case $1 in
        --packages) packages=$2 ;;
        --tree) tree=$2 ;;
        --base) base=$2 ;;
        --engine) engine=$2 ;;
        --prefix) prefix=$2 ;;
        --tag) tag=$2 ;;
        --plugins) plugins=$2 ;;
        --core) core=$2 ;;
        --core-packages) core_packages=$2 ;;
        --core-prefix) core_prefix=$2 ;;
      esac
      shift 2
      ;;
    server | worker | core) targets="$targets $1" && shift ;;
    *)
      usage >&2
      fail "unknown: $1"
      ;;
  esac
done
[ -n "$packages$tree" ] || fail "--packages or --tree is needed"
targets=${targets:-server worker core}

work=$(mktemp -d "${TMPDIR:-/tmp}/mod-gearman-images.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# from_packages: unpacks the .deb files; their scripts are not run, as an image has no services
from_packages() {
  tree=$work/tree
  mkdir "$tree"
  for package in runtime module worker server tools; do
    set -- "$packages/mod-gearman-ts-${package}_"*_"$(dpkg --print-architecture)".deb
    [ -e "$1" ] && [ $# = 1 ] || fail "$packages must hold one mod-gearman-ts-$package for $(dpkg --print-architecture)"
    dpkg-deb -x "$1" "$tree"
  done
}

# take IMAGE PATH...: copies paths of the tree; maps of the source are left out
take() {
  to=$work/context/$1
  shift
  for path in "$@"; do
    [ -e "$tree/$path" ] || fail "there is no $path in $tree"
    mkdir -p "$to/$(dirname "$path")"
    cp -R --preserve=mode,links,timestamps "$tree/$path" "$to/$path"
  done
  find "$to" -name '*.map' -delete
}

# programs IMAGE COMMAND: that program and every tool, which is what is neither a service nor the runtime
programs() {
  mkdir -p "$work/context/$1/usr/bin"
  for main in "$tree"/usr/lib/mod-gearman-ts/*/main.js; do
    command=$(basename "$(dirname "$main")")
    case $command in
      "$2") ;;
      gearmand | mod_gearman_worker | mod_gearman_bridge) continue ;;
    esac
    take "$1" "usr/lib/mod-gearman-ts/$command"
    ln -s "../lib/mod-gearman-ts/$command/main.js" "$work/context/$1/usr/bin/$command"
  done
}

# licences IMAGE PACKAGE...: a tree of make install may have none
licences() {
  image=$1
  shift
  for package in "$@"; do
    for file in copyright LICENSE.node LICENSE.GPL-2 LICENSE.Apache-2.0; do
      path=usr/share/doc/mod-gearman-ts-$package/$file
      [ ! -e "$tree/$path" ] || take "$image" "$path"
    done
  done
}

make_base() {
  base=$prefix/base:$suite
  [ "$engine" = buildah ] || [ "$engine" = podman ] || fail "--base is needed with $engine"
  if podman image exists "$base"; then return; fi
  debootstrap --variant=minbase "$suite" "$work/base"
  # the machine's own sources, without what belongs to other software
  cp /etc/apt/sources.list "$work/base/etc/apt/" 2>/dev/null || :
  cp /etc/apt/sources.list.d/debian* "$work/base/etc/apt/sources.list.d/" 2>/dev/null || :
  cp /etc/apt/apt.conf.d/*proxy* "$work/base/etc/apt/apt.conf.d/" 2>/dev/null || :
  printf 'path-exclude=/usr/share/%s/*\n' doc man info locale lintian >"$work/base/etc/dpkg/dpkg.cfg.d/slim"
  echo 'path-include=/usr/share/doc/*/copyright' >>"$work/base/etc/dpkg/dpkg.cfg.d/slim"
  find "$work/base/usr/share/doc" -type f ! -name copyright -delete
  rm -rf "$work"/base/usr/share/man/* "$work"/base/usr/share/info/* "$work"/base/usr/share/locale/* \
    "$work"/base/usr/share/lintian "$work"/base/var/cache/apt/* "$work"/base/var/lib/apt/lists/* \
    "$work"/base/var/log/*.log "$work"/base/var/cache/debconf/*-old
  tar -C "$work/base" --one-file-system -cf "$work/base.tar" .
  podman import "$work/base.tar" "$base" >/dev/null
  rm -rf "$work/base" "$work/base.tar"
}

[ -n "$tree" ] || from_packages
mkdir "$work/context"
cp -R "$here"/. "$work/context"
take runtime usr/lib/mod-gearman-ts/bin/node
licences runtime runtime
programs server gearmand
licences server server tools
programs worker mod_gearman_worker
licences worker worker tools
programs core mod_gearman_bridge
take core usr/lib/mod_gearman/mod_gearman_ts.so
licences core module tools
mkdir "$work/context/core-prefix"
if [ -n "$core_prefix" ]; then
  cp -R "$core_prefix"/. "$work/context/core-prefix"
  if [ -z "$core" ]; then
    for program in bin/naemon bin/nagios; do
      [ ! -x "$core_prefix/$program" ] || core=$core_prefix/$program
    done
    [ -n "$core" ] || fail "no bin/naemon and no bin/nagios in $core_prefix: --core is needed"
  fi
fi
[ -n "$base" ] || make_base

for target in $targets; do
  set -- --target "$target" --tag "$prefix/$target:$tag" --build-arg "BASE=$base"
  case $target in
    worker) set -- "$@" --build-arg "PLUGINS=$plugins" ;;
    core)
      set -- "$@" --build-arg "CORE_PACKAGES=$core_packages" --build-arg "CORE=${core:-/usr/sbin/nagios4}" \
        --build-arg "PREFIX=${core_prefix:-/opt/core}"
      ;;
  esac
  # Without the format of Docker the health check would be left out.
  case $engine in
    docker) docker build "$@" -f "$work/context/Containerfile" "$work/context" ;;
    *) $engine build --format docker --layers "$@" -f "$work/context/Containerfile" "$work/context" ;;
  esac
done
