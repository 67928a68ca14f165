// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/automation.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace headroom;

/// A file of timed changes for `headroom render`: in order when it is accepted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const auto profile = read_profile("name: fuzz\n", "fuzz.yaml");
    const auto file = fuzz::scratch_folder() / "automation";
    fuzz::write_file(file, {data, size});
    const auto changes =
        app::read_automation(file.string(), *profile, profile->buses.front(), 48000);
    if (changes)
        for (std::size_t i = 1; i < changes->size(); ++i)
            fuzz::require((*changes)[i - 1].frame <= (*changes)[i].frame);
    return 0;
}
