// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace headroom::jack {

/// Where JACK2 keeps the metadata of all servers of this user.
std::filesystem::path metadata_store();

/// JACK2 removes its store when a server ends, also while another one makes it; a file of it that
/// stays empty ends every server and client that opens it with SIGBUS. Removes the files of such a
/// store, which JACK makes anew, unless they are so young that they may be in the making. True
/// where it did.
bool mend_metadata_store(const std::filesystem::path &folder = metadata_store());

/// Whether a program was killed while it had locked the store: every later server and client waits
/// for the lock without end. Takes up to 2 s, and leaves a thread behind if it is locked.
bool metadata_store_is_locked();

/// How to make a new store.
std::string metadata_store_remedy();

} // namespace headroom::jack
