#!/bin/sh
# For the Makefile: copies what `make` has built, or removes it. A file of the administrator's is never overwritten: the new
# one is laid beside it as FILE.new; it is removed only if it has not been changed.
# Usage: install.sh install|uninstall TREE DESTDIR [PACKAGE...]     FILES_OUT=PREFIX writes PREFIX.<package>, lists for rpm
set -eu
# Missing folders are made readable for all users, also if the umask of root is stricter.
umask 022

action=$1 tree=$2 destdir=$3
shift 3
packages=" $* "

wanted() {
  case $packages in "  " | *" $1 "*) return 0 ;; *) return 1 ;; esac
}

install_one() { # KIND MODE PATH
  from=$tree/root$3 to=$destdir$3
  mkdir -p "$(dirname "$to")"
  case $1 in
    dir) install -d -m "$2" "$to" ;;
    link) ln -sfn "$(readlink "$from")" "$to" ;;
    config)
      if [ -e "$to" ] && ! cmp -s "$from" "$to"; then to=$to.new; fi
      install -m "$2" "$from" "$to"
      ;;
    *) install -m "$2" "$from" "$to" ;;
  esac
}

uninstall_one() { # KIND MODE PATH
  to=$destdir$3
  case $1 in
    config)
      if cmp -s "$tree/root$3" "$to"; then rm -f "$to"; elif [ -e "$to" ]; then echo "kept, as it was changed: $to"; fi
      rm -f "$to.new"
      ;;
    dir) return 0 ;; # goes with the last file in it
    *) rm -f "$to" ;;
  esac
  remove_empty "$(dirname "$3")"
}

remove_empty() { # folders that only this suite makes
  case $1 in
    *mod-gearman* | *mod_gearman*)
      rmdir "$destdir$1" 2>/dev/null || return 0
      remove_empty "$(dirname "$1")"
      ;;
  esac
}

list_one() { # KIND PACKAGE PATH
  case $1 in
    config) line="%config(noreplace) $3" ;;
    dir) line="%dir $3" ;;
    *) line=$3 ;;
  esac
  echo "$line" >>"$FILES_OUT.$2"
}

if [ -n "${FILES_OUT-}" ]; then rm -f "$FILES_OUT".*; fi
while read -r kind mode package path; do
  wanted "$package" || continue
  "${action}_one" "$kind" "$mode" "$path"
  if [ -n "${FILES_OUT-}" ]; then list_one "$kind" "$package" "$path"; fi
done <"$tree/list"
