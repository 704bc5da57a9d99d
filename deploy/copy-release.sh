#!/bin/sh
# Copy a release to a reader and let it serve there:
#   deploy/copy-release.sh DATA TARGET [N]      TARGET is a folder, or HOST:FOLDER over ssh; default N: what serves here
# Every file is compared with its checksum over there before the pointer moves, in one step. Running it again is safe.
set -eu
data=$1 target=$2
number=${3:-$(basename "$(readlink "$data/current")")}
keep=${KEEP:-5}
pinoamo=${PINOAMO:-pinoamo}
case $target in
  *:*) folder=${target#*:}; there() { ssh "${target%%:*}" "$1"; }; send() { rsync --archive --delete --exclude made "$1" "$target/$2"; } ;;
  *) folder=$target; there() { sh -c "$1"; }
     send() { rm -rf "${folder:?}/$2"; cp -R "$1" "$folder/$2"; rm -rf "${folder:?}/$2/made"; } ;;
esac
there "mkdir -p '$folder/releases'"
if ! there "test -d '$folder/releases/$number'"; then
  send "$data/releases/$number/" "releases/.$number.partial"
  there "mv '$folder/releases/.$number.partial' '$folder/releases/$number'"
fi
there "PINOAMO_DATA='$folder' $pinoamo rollback $number"
# What is older than the kept ones goes, but never what serves.
there "cd '$folder/releases' && ls | grep -x '[0-9]*' | sort -n | head -n -$keep | grep -vx '$number' | xargs -r rm -rf"
