# SPDX-License-Identifier: GPL-3.0-or-later
# A gate is a list of parts. Each is run, whatever became of those before it, and told in a line.

parts_passed=0 parts_failed=0 parts_report=''

# part NAME COMMAND...
part() {
    local name=$1 began=$SECONDS result=passed
    shift
    echo "== $name"
    if "$@"; then
        parts_passed=$((parts_passed + 1))
    else
        result=FAILED
        parts_failed=$((parts_failed + 1))
    fi
    printf -v name '%-58s %5d s  %s' "$name" $((SECONDS - began)) "$result"
    echo "== $name"
    parts_report+=$name$'\n'
}

# Prints what became of all; fails when one has failed or none was run.
finish_parts() {
    printf '\n%s%d passed, %d failed\n' "$parts_report" "$parts_passed" "$parts_failed"
    ((parts_failed == 0 && parts_passed > 0))
}
