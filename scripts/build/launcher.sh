#!/bin/sh
trap 'echo "certswap: this file is truncated: copy it again. Nothing was run." >&2; exit 1' EXIT
size=@SIZE@ skip=@SKIP@ sum=@SUM@ name=@NAME@

# certswap, self-contained: this launcher, then, compressed, an installer and the Deno runtime.
#
# The first start unpacks them into a private cache; later ones look whether it is still as it was left, and
# start the runtime from there. Line 2 speaks up where the file ends too early; line 3 is what the rest of the
# file is checked against. POSIX sh. On the way to a runtime that is there, nothing is started but one ls.

installer_at=@INSTALLER_AT@ installer_length=@INSTALLER_LENGTH@ runtime_at=@RUNTIME_AT@ unpacked=@UNPACKED@

say() {
  printf 'certswap: %s\n' "$1" >&2
}

fail() {
  trap - EXIT
  say "$1. Nothing was run."
  exit 1
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

# Sets cache, the directory for what is unpacked, from the command line and the environment; empty where there is none.
choose_cache() {
  cache=
  case ${1-} in
    --cache-dir) cache=${2-} ;;
    --cache-dir=*) cache=${1#*=} ;;
  esac
  if [ -z "$cache" ]; then cache=${CERTSWAP_CACHE-}; fi
  if [ -z "$cache" ] && [ "$uid" = 0 ]; then cache=/var/cache/certswap; fi
  if [ -z "$cache" ]; then
    # A relative path is to be ignored (XDG Base Directory Specification).
    case ${XDG_CACHE_HOME-} in
      /*) cache=$XDG_CACHE_HOME/certswap ;;
      *) cache=${HOME:+$HOME/.cache/certswap} ;;
    esac
  fi
  case $cache in
    '' | /*) ;;
    *) cache=$PWD/$cache ;;
  esac
}

# Prints nine words each, as ls -ln has them, for this file, directory $1, those above it, and the files in it.
list() {
  cd -P -- "$1" 2>/dev/null || exit
  up=. above=$PWD
  set -- .
  while [ -n "$above" ]; do
    above=${above%/*} up=$up/..
    set -- "$@" "$up"
  done
  for file in *; do
    if [ -f "$file" ]; then set -- "$@" "$file"; fi
  done
  # Of this file by its descriptor: its own name may hold white space. In the place of this subshell: a process less.
  export LC_ALL=C
  exec ls -ldnL -- /proc/self/fd/3 "$@" 3<"$self" 2>/dev/null
}

# Looks at directory $1, which must be private, as must those above it that $2 names. Sets problem, empty where nobody
# else can have touched it, and total, the bytes that the files in it hold.
look() {
  problem='cannot be made or entered' total=0 private=" . ${2-} "
  # shellcheck disable=SC2046 # words are what is asked for: none of them holds white space
  set -- $(list "$1")
  if [ $# -gt 0 ]; then problem=; fi
  while [ $# -gt 0 ]; do
    case $9 in
      /proc/self/fd/3)
        [ "$5" = "$size" ] || fail "this file is truncated or altered ($5 bytes, not $size): copy it again"
        ;;
      . | ./*) judge_directory "$1" "$3" "$9" ;;
      *)
        case $3$1 in
          "$uid"-r??------*) total=$((total + $5)) ;;
          *) problem="holds $9, which is not yours alone" ;;
        esac
        ;;
    esac
    shift 9
  done
}

# Judges a directory of mode $1, owner $2, named $3: private, or else not to be changed by others than root.
judge_directory() {
  case $private in
    *" $3 "*)
      case $2$1 in
        "$uid"d???------*) ;;
        *) problem='must be yours, with mode 0700' ;;
      esac
      ;;
    *)
      case $2$1 in
        "$uid"d????-??-* | 0d????-??-* | "$uid"d????????[tT]* | 0d????????[tT]*) ;;
        *) problem='lies in a directory that others can change' ;;
      esac
      ;;
  esac
}

# Whether $1 holds the whole runtime.
is_whole() {
  look "$1/runtime" './.. ./../..'
  [ -z "$problem" ] && [ "$total" = "$unpacked" ]
}

# Removes what first starts that were killed have left in the cache.
sweep() {
  for left in "$cache"/.unpack-*; do
    if [ -d "$left" ] && [ ! -d "/proc/${left##*-}" ]; then rm -rf -- "$left"; fi
  done
}

# Ends as signal $1 would have ended it, with what is unpacked so far taken away.
interrupted() {
  trap - EXIT "$1"
  rm -rf -- "$staging"
  kill -s "$1" "$$"
}

# Checks all of this file, before anything of it is run.
verify() {
  missing=
  for tool in gzip sha256sum head tail mkdir rm; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
  done
  [ -z "$missing" ] || fail "these are needed and missing (BusyBox has them):$missing"
  found=$(tail -c "+$skip" <"$self" | sha256sum)
  [ "${found%% *}" = "$sum" ] || fail "this file is damaged or altered: copy it again"
}

# Unpacks into directory $staging, and installs that as $1, or leaves it where it is. Sets problem where it fails.
unpack() {
  problem='cannot be written to (no space?)'
  for signal in HUP INT TERM; do
    # shellcheck disable=SC2064 # the signal's name is meant as it is now
    trap "interrupted $signal" "$signal"
  done
  before=$(umask)
  umask 077
  if mkdir -p -- "$staging/runtime" "$staging/code" 2>/dev/null &&
    tail -c "+$installer_at" <"$self" 2>/dev/null | head -c "$installer_length" |
    gzip -dc >"$staging/install.js" 2>/dev/null &&
    tail -c "+$runtime_at" <"$self" 2>/dev/null | gzip -dc >"$staging/runtime/deno" 2>/dev/null &&
    chmod 700 "$staging/runtime/deno"
  then
    if [ ! -x "$staging/runtime/deno" ]; then problem='must let programs run (mounted noexec?)'
    else
      (start "$staging" --no-code-cache -A "$staging/install.js" "$staging" "$@")
      case $? in
        0) problem= ;;
        75) ;; # EX_TEMPFAIL: the installer could not write
        *) problem='holds a runtime that this system cannot run (glibc 2.27 or later is needed)' ;;
      esac
    fi
  fi
  umask "$before"
  if [ -n "$problem" ]; then rm -rf -- "$staging"; fi
  trap - HUP INT TERM
  [ -z "$problem" ]
}

# Takes away what would change how the runtime behaves, or make it write or send what it knows.
shut_in() {
  unset @UNSET@
  export DENO_NO_UPDATE_CHECK=1
}

# Becomes the runtime that lies in $1: no configuration, no download, no question.
start() {
  DENO_DIR=$1/code
  export DENO_DIR
  runtime=$1/runtime/deno
  shift
  trap - EXIT
  exec "$runtime" run @SHUT_IN@ "$@"
}

main() {
  # Empty where getcwd(2) failed: what runs here could not make sense of any relative path.
  [ -n "$PWD" ] || fail "the working directory is gone: change to one that is there"
  case $0 in
    /*) self=$0 ;;
    *) self=$PWD/$0 ;;
  esac
  [ -r "$self" ] || fail "this file must be readable by whoever runs it"
  identify
  choose_cache "$@"
  shut_in

  if [ -n "$cache" ]; then
    home=$cache/$name
    if is_whole "$home" && [ -x "$home/runtime/deno" ]; then
      sweep
      start "$home" @COMPILED_AHEAD@ @PERMISSIONS@ "$home/runtime/main.js" "$@"
    fi
    verify
    (umask 077 && mkdir -p -- "$cache" 2>/dev/null)
    look "$cache"
    if [ -z "$problem" ]; then
      sweep
      staging=$cache/.unpack-$$
      rm -rf -- "$staging"
      if unpack "$home" && is_whole "$home"; then start "$home" @COMPILED_AHEAD@ @PERMISSIONS@ "$home/runtime/main.js" "$@"; fi
    fi
    say "$cache $problem: running from a temporary directory"
  else
    verify
    say "no directory to keep the runtime in (\$CERTSWAP_CACHE, \$HOME): running from a temporary directory"
  fi

  # What runs from there removes it as the first thing that it does.
  staging=$(mktemp -d "${TMPDIR:-/tmp}/certswap.XXXXXXXXXX" 2>/dev/null) || fail "${TMPDIR:-/tmp} cannot be written to"
  unpack || fail "$staging $problem"
  start "$staging" --no-code-cache @PERMISSIONS@ "$staging/runtime/temporary.js" "$@"
}

main "$@"
exit
