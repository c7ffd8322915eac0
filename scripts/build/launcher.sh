#!/bin/sh
trap 'echo "certswap: this file is truncated: copy it again. Nothing was run." >&2; exit 1' EXIT
know() { size=@SIZE@ skip=@SKIP@ sum=@SUM@ name=@NAME@; }

# certswap, self-contained: this launcher, then, compressed, an installer and the Deno runtime.
#
# The first start unpacks them into a cache. Later starts check that the cache is unchanged, and start the
# runtime from there. Line 2 reports a file that ends too early. Line 3 holds what the rest of the file is
# checked against. POSIX sh. If the runtime is in the cache, this starts a single process: ls.

say() {
  printf 'certswap: %s\n' "$1" >&2
}

fail() {
  trap - EXIT
  say "$1. Nothing was run."
  exit 1
}

# Whether variable $1 may reach the runtime.
is_passed() {
  case $1 in
    @PASSED@) return 0 ;;
  esac
  return 1
}

# Whether the value of variable $1 can be the name of a locale. ICU, in the runtime, crashes on longer names.
is_locale() {
  value=''
  eval "value=\$$1"
  case $value in
    *[!A-Za-z0-9_.@=+-]* | ????????????????????????????????*) return 1 ;;
  esac
  case ${value%%[_.@-]*} in
    ?????????*) return 1 ;;
  esac
}

# Removes every other variable from the environment, before this script sets its own: setting an exported
# variable of the same name would export the new value. A line of a value that looks like a variable costs
# only an unset.
clear_environment() {
  unset -f '[' cd command kill printf read umask
  set -f
  IFS='
'
  for line in $(export -p); do
    case $line in
      'export '*) line=${line#export } ;;
      'declare -'* | 'typeset -'*) line=${line#* -* } ;;
      *) continue ;;
    esac
    line=${line%%=*}
    case $line in
      # Part of a value: its variable begins on an earlier line.
      '' | [0123456789]* | *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_]*) ;;
      # dash cannot unset the first, and exports its own value of it; the second is needed until become.
      OPTIND | PWD) ;;
      LANG | LC_*) is_locale "$line" || unset -v "$line" ;;
      *) is_passed "$line" || unset -v "$line" ;;
    esac
  done 2>/dev/null
  unset IFS line value
  set +f
}

# Becomes program $1. dash and BusyBox pass on only variables. Bash also passes on names that it cannot unset:
# its own read-only variables, exported functions, and names that are not identifiers. env(1) removes those.
become() {
  trap - EXIT
  unset PWD OLDPWD
  if [ -n "${BASH_VERSINFO-}" ]; then
    # env(1) would read a path with "=" in it as a variable.
    case $1 in
      *=*) set -- sh -c 'exec "$@"' sh "$@" ;;
    esac
    # shellcheck disable=SC2016 # other shells must not see it
    eval '
      left=()
      mapfile -d "" -t entries </proc/self/environ
      for entry in "${entries[@]}"; do
        variable=${entry%%=*}
        case $variable in DENO_DIR | DENO_NO_UPDATE_CHECK) continue ;; esac
        if [[ -n $variable ]] && ! is_passed "$variable" &&
          [[ ! $variable =~ ^[A-Za-z_][A-Za-z0-9_]*$ || -v $variable ]]
        then left+=(-u "$variable"); fi
      done
      if [[ ${#left[@]} -gt 0 ]]; then exec env "${left[@]}" "$@"; fi'
  fi
  exec "$@"
}

# Sets uid, the effective user. id(1) would cost as much as all the rest together.
identify() {
  [ -r /proc/self/status ] || fail "/proc must be mounted"
  [ -c /dev/null ] || fail "/dev/null must be there"
  while read -r key _ uid _; do
    if [ "$key" = Uid: ]; then return; fi
  done </proc/self/status
  fail "/proc/self/status names no user"
}

# Sets cache, the directory to unpack into, from the command line and the environment; empty if there is
# none. Sets is_chosen if the caller has named it.
choose_cache() {
  cache='' is_chosen=yes
  case ${1-} in
    --cache-dir) cache=${2-} ;;
    --cache-dir=*) cache=${1#*=} ;;
  esac
  if [ -z "$cache" ]; then cache=${CERTSWAP_CACHE-}; fi
  if [ -z "$cache" ]; then
    is_chosen=
    # A relative path is to be ignored (XDG Base Directory Specification).
    case $uid-${XDG_CACHE_HOME-} in
      0-*) cache=$system_cache ;;
      *-/*) cache=$XDG_CACHE_HOME/certswap ;;
      *) cache=${HOME:+$HOME/.cache/certswap} ;;
    esac
  fi
  case $cache in
    '' | /*) ;;
    *) cache=$here/$cache ;;
  esac
}

# Prints the physical path of directory $1 and "//", then nine words each, as ls -ln has them, for this
# file, the directory and all directories above it; if $2 names directories beside it, also for those and
# the files in it.
list() {
  cd -P -- "$1" 2>/dev/null || exit
  printf '%s//\n' "${PWD%/}"
  up=. above=$PWD beside=${2-}
  set -- .
  while [ -n "$above" ]; do
    above=${above%/*} up=$up/..
    set -- "$@" "$up"
  done
  for file in $beside; do
    if [ -d "$file" ]; then set -- "$@" "$file"; fi
  done
  if [ -n "$beside" ]; then
    for file in *; do
      if [ -f "$file" ] && [ ! -L "$file" ]; then set -- "$@" "$file"; fi
    done
  fi
  # This file is listed by its descriptor: its name may hold white space. exec replaces this subshell, which
  # saves a process.
  export LC_ALL=C
  exec ls -ldnL -- /proc/self/fd/3 "$@" 3<"$self" 2>/dev/null
}

# Checks directory $1 and every directory above it; if $3 names directories beside it, also those and their
# files. Each must belong to root or to the caller, and no other user may be able to write to it. A sticky
# directory such as /tmp is accepted unless $2 names it: the next entry belongs to root or to the caller, and
# only its owner can rename it.
#
# Sets problem, which is empty if no other user can change any of it; physical, the checked path, which is the
# one to use from here on: it has no links, and others can exchange no name on it; owner; and total, the size
# of the files in bytes.
look() {
  problem='cannot be made or entered' total=0 owner='' private=" ${2-} "
  listed=$(list "$1" "${3-}")
  physical=${listed%%//*}
  case $listed in //*) physical=/ ;; esac
  # shellcheck disable=SC2086 # splitting is intended: no word holds white space
  case $physical in
    /*) set -- ${listed#*//} ;;
    *) set -- ;;
  esac
  if [ $# -gt 0 ]; then problem=; fi
  while [ $# -gt 0 ]; do
    case $9 in
      /proc/self/fd/3)
        [ "$5" = "$size" ] || fail "this file is truncated or altered ($5 bytes, not $size): copy it again"
        ;;
      . | ./*)
        judge_directory "$1" "$3" "$9"
        if [ "$9" = . ]; then owner=$3; fi
        ;;
      *)
        case $3$1 in
          "$uid"-????-??-* | 0-????-??-*) total=$((total + $5)) ;;
          *) problem="holds $9, which others can change" ;;
        esac
        ;;
    esac
    shift 9
  done
}

# Judges a directory of mode $1, owner $2, named $3.
judge_directory() {
  case $2$1 in
    "$uid"d????-??-* | 0d????-??-*) ;;
    "$uid"d????????[tT]* | 0d????????[tT]*)
      case $private in
        *" $3 "*) problem='can be written to by others' ;;
      esac
      ;;
    *)
      case $private in
        *" $3 "*) problem='must belong to you or to root, and must not be writable by others' ;;
        *) problem='lies in a directory that others can change' ;;
      esac
      ;;
  esac
}

# Whether $1 holds the whole runtime. Sets runtime, where it is.
is_whole() {
  look "$1/runtime" '. ./.. ./../.. ./../code ./../shared' './../code ./../shared'
  [ -z "$problem" ] && [ "$total" = "$unpacked" ] && [ -x "$physical/deno" ] && runtime=$physical
}

# Removes what killed first starts have left in cache $1.
sweep() {
  for left in "$1"/.unpack-*; do
    if [ -d "$left" ] && [ ! -d "/proc/${left##*-}" ]; then rm -rf -- "$left"; fi
  done
}

# Becomes the runtime in $2, with its compiled code in $1: no configuration, no downloads, no prompts.
start() {
  DENO_DIR=$1 DENO_NO_UPDATE_CHECK=1
  export DENO_DIR DENO_NO_UPDATE_CHECK
  runtime=$2/deno
  shift 2
  become "$runtime" run @SHUT_IN@ "$@"
}

# For `status` of the pair that the command line names: sets directory, which holds its certificate, and room,
# what stat(1) prints of its file system. Empty if there is no such directory, or no stat: then certswap looks
# itself, if it has to. There its first program costs 8 ms, and here 1.
measure() {
  room='' directory='' certificate=''
  [ "${1-}" = status ] || return 0
  while [ $# -gt 1 ]; do
    shift
    case $1 in
      --name | --name=* | --config | --config=* | --help | -h) return 0 ;;
      --dir) directory=${2-}/ ;;
      --dir=*) directory=${1#*=}/ ;;
      --cert) certificate=${2-} ;;
      --cert=*) certificate=${1#*=} ;;
    esac
  done
  case $certificate in
    '') ;;
    */*) directory=${certificate%/*}/ ;;
    *) directory=./ ;;
  esac
  for stat in /usr/bin/stat /bin/stat; do
    if [ -n "$directory" ] && [ -x "$stat" ]; then
      room=$("$stat" -f -c '@ROOM_FORMAT@' -- "$directory" </dev/null 2>/dev/null) || room=''
      return 0
    fi
  done
}

# For `ca serve`: sets narrow to the permissions of the server, which certswap prints: a full grant cannot be
# narrowed from inside to addresses and directories. Empty for every other command.
ask_permissions() {
  narrow=''
  [ "${1-} ${2-}" = 'ca serve' ] || return 0
  for word; do
    shift
    case $word in
      --print-permissions | --rotate-responder | --help | -h) return 0 ;;
      # Its output is read here.
      --json) ;;
      *) set -- "$@" "$word" ;;
    esac
  done
  set -- "$runtime/main.js" "$@" --print-permissions
  narrow=$(start "${runtime%/*}/$code" "$runtime" @COMPILED_AHEAD@ @PERMISSIONS@ "$@" </dev/null) || {
    status=$?
    trap - EXIT
    exit "$status"
  }
}

# Becomes certswap, where is_whole has found it. Only its owner may write to the compiled code.
run() {
  if [ "$owner" = "$uid" ]; then code=code; else code=shared; fi
  measure "$@"
  ask_permissions "$@"
  if [ -n "$narrow" ]; then
    set -- "$runtime/main.js" "$@"
    set -f
    IFS='
'
    # shellcheck disable=SC2086 # a flag on each line
    set -- $narrow "$@"
    unset IFS
    set +f
    # A server runs for months: it gets the usual compilers of V8, and no code that was compiled for others.
    start "${runtime%/*}/$code" "$runtime" --no-code-cache "$@"
  fi
  if [ -n "$room" ]; then set -- "$runtime/measured.js" "$directory" "$room" "$@"
  else set -- "$runtime/main.js" "$@"; fi
  start "${runtime%/*}/$code" "$runtime" @COMPILED_AHEAD@ @PERMISSIONS@ "$@"
}

# Becomes certswap, if its runtime is in the cache. A shell reads this file as it runs it, so everything that
# only a first start needs comes after this.
begin() {
  clear_environment
  # With a umask that takes rights from the owner, certswap could not enter the directories that it makes.
  umask u=rwx
  know
  installer_at=@INSTALLER_AT@ installer_length=@INSTALLER_LENGTH@ runtime_at=@RUNTIME_AT@ unpacked=@UNPACKED@
  system_cache=/var/cache/certswap
  # Empty if getcwd(2) failed: then no relative path has a meaning.
  here=$PWD
  [ -n "$here" ] || fail "the working directory is gone: change to one that is there"
  case $0 in
    /*) self=$0 ;;
    *) self=$here/$0 ;;
  esac
  [ -r "$self" ] || fail "cannot read this file: allow its users to read it (chmod +r)"
  identify
  choose_cache "$@"

  if [ -n "$cache" ] && is_whole "$cache/$name"; then
    if [ "$owner" = "$uid" ]; then sweep "${runtime%/*/*}"; fi
    run "$@"
  fi
  # Any user can use the runtime that root has unpacked.
  if [ -z "$is_chosen" ] && is_whole "$system_cache/$name"; then run "$@"; fi
}

begin "$@"

# Whether every link on path $1 belongs to root or the caller, in a directory that others cannot change. Sets
# problem if not: nothing may be made at the end of a path that another user can redirect.
judge_links() {
  problem='' way=$1 walked='' followed=0
  while [ -n "$way" ]; do
    way=${way#/}
    step=$walked/${way%%/*}
    case $way in
      */*) way=/${way#*/} ;;
      *) way= ;;
    esac
    if [ ! -L "$step" ]; then
      walked=${step%/}
      continue
    fi
    look "$walked/"
    [ -z "$problem" ] || return
    # shellcheck disable=SC2046 # the third word is the owner
    set -- $(LC_ALL=C ls -ldn -- "$step" 2>/dev/null)
    case ${3-} in
      0 | "$uid") ;;
      *) problem='is reached by a link of another user' ;;
    esac
    # ELOOP, path_resolution(7).
    if [ "$followed" = 40 ]; then problem='is reached by too many links'; fi
    [ -z "$problem" ] || return
    followed=$((followed + 1))
    target=$(readlink -- "$step" && echo .)
    target=${target%??}
    case $target in
      /*) way=$target$way walked='' ;;
      *) way=/$target$way ;;
    esac
  done
}

# Makes directory $1 and its missing parents, one by one, each in a directory that others cannot change.
# Fails, and sets problem, if others can change one of them.
make_directory() {
  if [ -d "${1:-/}" ]; then return; fi
  make_directory "${1%/*}" || return
  look "${1%/*}/"
  [ -z "$problem" ] || return
  mkdir -- "$physical/${1##*/}" 2>/dev/null || :
}

# Removes what is unpacked so far, and ends as signal $1 would have ended it.
# shellcheck disable=SC2317 # called by a trap
interrupted() {
  trap - EXIT "$1"
  rm -rf -- "$staging"
  kill -s "$1" "$$"
}

# Checks this whole file, before any part of it is run.
verify() {
  missing=
  for tool in gzip sha256sum head tail mkdir rm; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
  done
  [ -z "$missing" ] || fail "these are needed and missing (BusyBox has them):$missing"
  found=$(tail -c "+$skip" <"$self" | sha256sum)
  [ "${found%% *}" = "$sum" ] || fail "this file is corrupt or altered: copy it again"
}

# Unpacks into directory $staging, and installs that as $1, if $1 is given. Sets problem if it fails.
unpack() {
  problem='cannot be written to (no space?)'
  for signal in HUP INT TERM; do
    # shellcheck disable=SC2064 # the name of the signal is to be expanded now
    trap "interrupted $signal" "$signal"
  done
  if mkdir -p -- "$staging/runtime" 2>/dev/null && mkdir -m 700 -- "$staging/code" 2>/dev/null &&
    tail -c "+$installer_at" <"$self" 2>/dev/null | head -c "$installer_length" |
    gzip -dc >"$staging/install.js" 2>/dev/null &&
    tail -c "+$runtime_at" <"$self" 2>/dev/null | gzip -dc >"$staging/runtime/deno" 2>/dev/null &&
    chmod +x "$staging/runtime/deno"
  then
    if [ ! -x "$staging/runtime/deno" ]; then problem='must let programs run (mounted noexec?)'
    else
      (start "$staging/code" "$staging/runtime" --no-code-cache -A "$staging/install.js" "$staging" "$@")
      case $? in
        0) problem= ;;
        75) ;; # EX_TEMPFAIL: the installer could not write
        *) problem='holds a runtime that this system cannot run (glibc 2.27 or later is needed)' ;;
      esac
    fi
  fi
  if [ -n "$problem" ]; then rm -rf -- "$staging"; fi
  trap - HUP INT TERM
  [ -z "$problem" ]
}

# Unpacks, and becomes certswap.
main() {
  before=$(umask)
  verify
  if [ -n "$cache" ]; then
    if [ "$uid" = 0 ]; then umask 022; else umask 077; fi
    if judge_links "$cache" && make_directory "$cache"; then look "$cache" .; fi
    if [ -z "$problem" ] && [ "$owner" != "$uid" ]; then problem='must be yours'; fi
    if [ -z "$problem" ]; then
      cache=$physical
      # Earlier versions kept it to root.
      if [ "$cache" = "$system_cache" ]; then chmod 755 -- "$cache"; fi
      sweep "$cache"
      staging=$cache/.unpack-$$
      rm -rf -- "$staging"
      if unpack "$cache/$name" && is_whole "$cache/$name"; then
        umask "$before"
        run "$@"
      fi
    fi
    say "$cache $problem: running from a temporary directory"
  else
    say "no directory to keep the runtime in (\$CERTSWAP_CACHE, \$HOME): running from a temporary directory"
  fi

  # The program that runs from there removes it before it does anything else.
  umask 077
  temporary=${TMPDIR:-/tmp}
  case $temporary in
    /*) ;;
    *) temporary=$here/$temporary ;;
  esac
  judge_links "$temporary" || fail "$temporary $problem"
  staging=$(mktemp -d "$temporary/certswap.$$.XXXXXXXXXX" 2>/dev/null) ||
    fail "$temporary cannot be written to"
  look "$staging" .
  if [ -n "$problem" ]; then
    rmdir -- "$staging"
    fail "$temporary $problem"
  fi
  staging=$physical
  unpack || fail "$staging $problem"
  umask "$before"
  start "$staging/code" "$staging/runtime" --no-code-cache @PERMISSIONS@ "$staging/runtime/temporary.js" "$@"
}

main "$@"
exit
