// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/jack/metadata_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

#include <chrono>
#include <fstream>

using namespace headroom;
using namespace headroom::test;
namespace fs = std::filesystem;

TEST_CASE("A store of metadata that would end every JACK program is removed, and no other") {
    const TemporaryFolder folder;
    std::ofstream(folder.path() / "__db.001") << "environment";
    std::ofstream(folder.path() / "metadata.db") << "data";
    CHECK_FALSE(jack::mend_metadata_store(folder.path()));

    const fs::path empty = folder.path() / "__db.002";
    std::ofstream(empty).close();
    CHECK_FALSE(jack::mend_metadata_store(folder.path())); // may be in the making
    fs::last_write_time(empty, fs::file_time_type::clock::now() - std::chrono::seconds(2));
    CHECK(jack::mend_metadata_store(folder.path()));
    CHECK_FALSE(fs::exists(empty));
    CHECK_FALSE(fs::exists(folder.path() / "__db.001"));
    CHECK(fs::exists(folder.path() / "metadata.db"));
    CHECK_FALSE(jack::mend_metadata_store(folder.path() / "absent"));
}
