// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/diagnostic.hpp"

#include <functional>
#include <jack/types.h>
#include <memory>
#include <string>

namespace headroom::jack {

/// An open client of libjack that can be closed at any time, also after its server has gone.
/// Not real-time safe.
class Client {
  public:
    /// Never starts a server; an empty server_name means the default one. The server may grant
    /// another name. Refused while a client of a lost server is still open in this process, which
    /// JACK2's library does not stand; so nothing else may call jack_client_open(). The function is
    /// called once when the server goes, on a thread of libjack, or before open() returns.
    static Result<std::unique_ptr<Client>> open(const std::string &name,
                                                const std::string &server_name,
                                                std::function<void()> on_server_lost = {});
    /// An open() that was given up still waits in libjack: the server hangs.
    static bool is_waiting();
    /// Where the server has gone, waits until libjack can close.
    ~Client();

    jack_client_t *get() const;
    std::string name() const; ///< as granted
    bool server_lost() const; ///< any thread

  private:
    struct Impl;
    explicit Client(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

/// Keeps libjack from writing on the terminal, even from the process thread: what goes wrong is
/// told by diagnostics. Done by Client::open().
void silence_libjack();

} // namespace headroom::jack
