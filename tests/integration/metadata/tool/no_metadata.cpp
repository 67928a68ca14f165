// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded, takes the metadata away from a program's JACK library.
#include <jack/metadata.h>

extern "C" {

int jack_set_property(jack_client_t *, jack_uuid_t, const char *, const char *, const char *) {
    return -1;
}

int jack_get_property(jack_uuid_t, const char *, char **, char **) {
    return -1;
}

int jack_set_property_change_callback(jack_client_t *, JackPropertyChangeCallback, void *) {
    return -1;
}
}
