#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# extend.sh CMAKE SOURCE COMPILER DSP WIRE FLAGS: adds a parameter, a stage and an OSC command to a
# copy of SOURCE, by a line, a file and its name, and a line, and builds what they touch.
set -euo pipefail
cmake=$1 source=$2 compiler=$3 dsp=$4 wire=$5 flags=$6
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source/config" "$source/jack_client" "$source/osc" "$source/tests" "$work"

parameter='Parameter{"polarity/on", "Polarity", bus, none, boolean, 0, 0, 1, 0, false, "", "Turns the signal over."},'
sed -i "s|^    Parameter{\"gate/on\",|    $parameter\n&|" "$work/config/registry.hpp"
command='CommandInfo{"/headroom/polarity", "[s bus]", asks, asks, light, "Lists what is turned over."},'
sed -i "s|^    CommandInfo{\"/headroom/midi/list\",|    $command\n&|" "$work/osc/command_table.cpp"
cp "$here/project/polarity_stage.cpp" "$work/jack_client/engine"
sed -i 's/X(gate) /&X(polarity) /' "$work/config/stage_order.hpp"

for folder in config jack_client osc; do
    diff -rq "$source/$folder" "$work/$folder" || true
done | tee "$work/touched"
[[ $(wc -l <"$work/touched") == 4 ]] # the registry, the order, the new file, the command table

"$cmake" -G Ninja -S "$here/project" -B "$work/build" -DHEADROOM="$work" -DDSP="$dsp" -DWIRE="$wire" \
    -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="$flags" >"$work/configure.log"
"$cmake" --build "$work/build" >"$work/build.log" || { cat "$work/build.log"; exit 1; }
"$work/build/extended"
