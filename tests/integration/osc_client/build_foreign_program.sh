#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# build_foreign_program.sh CMAKE BUILD COMPILER SERVER FLAGS: installs the client library, builds
# the program in foreign/ against it with CMake and with pkg-config, and runs both on a server.
set -euo pipefail
export CMAKE_GENERATOR=Ninja # make need not be installed
cmake=$1 build=$2 compiler=$3 server=$4 flags=$5
source=$(dirname "$(readlink -f "$0")")/foreign
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/stage" --component osc-client >"$work/install.log"
mv "$work/stage" "$work/prefix" # it may stand anywhere

"$cmake" -S "$source" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" \
    -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="$flags" >"$work/configure.log"
"$cmake" --build "$work/build"

pc=$(find "$work/prefix" -name headroom-osc-client.pc)
export PKG_CONFIG_PATH=${pc%/*}
# shellcheck disable=SC2046,SC2086
"$compiler" -std=c++20 $flags -o "$work/foreign" "$source/main.cpp" \
    $(pkg-config --cflags --libs headroom-osc-client)

coproc server { "$server"; }
read -r port <&"${server[0]}"
"$work/build/foreign" "$port"
"$work/foreign" "$port"
