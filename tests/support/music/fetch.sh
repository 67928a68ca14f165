#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# fetch.sh PACKAGE FOLDER: unpacks a Debian package into FOLDER/PACKAGE, once; nothing is installed.
set -eu
package=$1
folder=$(realpath -m "$2")
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
[ ! -d "$folder/$package" ] || exit 0

work=$(mktemp -d "$folder/fetch-XXXXXX")
trap 'rm -rf "$work"' EXIT
# Debian 13 has the same music as another version's.
later=$(echo "$package" | sed 's/^wesnoth-1\.16-/wesnoth-1.18-/')
download() {
    (cd "$work" && { apt-get -q download "$package" || apt-get -q download "$later"; } \
        >"$work/log" 2>&1)
}
if ! download && ! { [ "$(id -u)" = 0 ] && apt-get -q update >/dev/null 2>&1 && download; }; then
    echo "The tests need the Debian package $package and could not download it:" >&2
    cat "$work/log" >&2
    echo "Run them once with a network; the package is then kept in $folder." >&2
    exit 1
fi
dpkg -x "$work"/*.deb "$work/unpacked"
games=$work/unpacked/usr/share/games/wesnoth
[ ! -d "$games/1.18" ] || mv "$games/1.18" "$games/1.16"
mv "$work/unpacked" "$folder/$package"
