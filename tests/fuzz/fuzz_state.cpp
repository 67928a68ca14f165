// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/overlay.hpp"
#include "config/session_folder.hpp"
#include "jack_client/graph/journal.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace headroom;

/// What the program reads back from its own folders, damaged: overlay, journal, session. It always
/// starts, and what it writes then is read back as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const bool without_user = fuzz::forget_the_user();
    fuzz::require(without_user);
    const auto &folder = fuzz::scratch_folder();
    static const auto profile = read_profile("name: fuzz\n", "fuzz.yaml");

    fuzz::write_file(session_overlay(folder), {data, size});
    Overlay::Entries entries;
    {
        Overlay overlay(session_overlay(folder), Overlay::Saving::on_request);
        (void)with_overlay(*profile, overlay);
        entries = overlay.entries();
        overlay.set("bypass", "on");
        entries["bypass"] = "on";
        fuzz::require(overlay.save_now().has_value());
    }
    fuzz::require(Overlay(session_overlay(folder), Overlay::Saving::on_request).entries() ==
                  entries);

    fuzz::write_file(folder / "default-headroom.journal", {data, size});
    const auto left = graph::read_journals(folder, "default");
    for (const auto &[application, links] : left.debts)
        fuzz::require(!links.empty());

    fuzz::write_file(folder / "profile.yaml", {data, size});
    (void)load_session(folder);
    return 0;
}
