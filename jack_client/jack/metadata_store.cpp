// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/metadata_store.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <jack/metadata.h>
#include <jack/uuid.h>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace headroom::jack {

namespace fs = std::filesystem;

namespace {

/// How long a server may take to make its store.
constexpr std::chrono::milliseconds kInTheMaking{500};
/// For a read that takes microseconds.
constexpr std::chrono::seconds kReadingTime{2};

bool is_damaged(const fs::path &file) {
    std::error_code error;
    const bool is_empty = fs::file_size(file, error) == 0 && !error;
    const auto written = fs::last_write_time(file, error);
    return is_empty && !error && fs::file_time_type::clock::now() - written > kInTheMaking;
}

} // namespace

fs::path metadata_store() {
    return "/dev/shm/jack_db-" + std::to_string(getuid());
}

bool mend_metadata_store(const fs::path &folder) {
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (it->path().filename().string().starts_with("__db."))
            files.push_back(it->path());
    if (std::none_of(files.begin(), files.end(), is_damaged))
        return false;
    for (const fs::path &file : files)
        fs::remove(file, error);
    return true;
}

bool metadata_store_is_locked() {
    std::error_code error;
    if (!fs::exists(metadata_store(), error)) // reading would make it
        return false;
    std::packaged_task<void()> read([] {
        jack_description_t nothing{};
        if (jack_get_properties(JACK_UUID_EMPTY_INITIALIZER, &nothing) >= 0)
            jack_free_description(&nothing, 0);
    });
    const std::future<void> done = read.get_future();
    std::thread(std::move(read)).detach();
    return done.wait_for(kReadingTime) != std::future_status::ready;
}

std::string metadata_store_remedy() {
    return "end the JACK server and all programs that use it, then: rm -r " +
           metadata_store().string();
}

} // namespace headroom::jack
