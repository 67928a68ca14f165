// SPDX-License-Identifier: GPL-3.0-or-later
// To be loaded before libjack: connections succeed, and nothing happens.

struct _jack_client; // as libjack names it

extern "C" int jack_connect(_jack_client *, const char *, const char *) {
    return 0;
}
