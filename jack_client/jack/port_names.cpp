// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/port_names.hpp"

#include <jack/jack.h>

namespace headroom::jack {

std::vector<std::string> taken_names(const char **names) {
    std::vector<std::string> out;
    for (const char **name = names; name && *name; ++name)
        out.emplace_back(*name);
    jack_free(static_cast<void *>(names));
    return out;
}

std::vector<std::string> aliases_of(const jack_port_t *port) {
    const auto size = static_cast<std::size_t>(jack_port_name_size());
    std::vector<char> first(size), second(size);
    char *const aliases[] = {first.data(), second.data()};
    const int count = jack_port_get_aliases(port, aliases);
    std::vector<std::string> out;
    for (int i = 0; i < count && i < 2; ++i)
        if (aliases[i][0])
            out.emplace_back(aliases[i]);
    return out;
}

} // namespace headroom::jack
