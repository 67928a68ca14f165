// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jack_client/engine/engine.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace headroom::control {

/// What a bus did in one second of the stream.
struct GainRow {
    float input_lufs = -120.0f;       ///< mean power of the momentary loudness
    float output_lufs = -120.0f;      ///< the same, after the chain
    float output_peak_dbtp = -120.0f; ///< highest
    float agc_db = 0.0f;              ///< mean
    float compressor_db = 0.0f;       ///< strongest reduction
    float limiter_db = 0.0f;          ///< strongest reduction
    float soft_limiter_db = 0.0f;     ///< strongest reduction that the soft tier asked for
    float total_db = 0.0f;            ///< output less input loudness; 0 without programme

    static constexpr std::size_t kColumns = 8;
    /// In the order of the members.
    std::array<float, kColumns> columns() const noexcept {
        return {input_lufs,    output_lufs, output_peak_dbtp, agc_db,
                compressor_db, limiter_db,  soft_limiter_db,  total_db};
    }
    bool operator==(const GainRow &) const = default;
};

/// The gain of each bus over the last hour, one row a second, made of what the bus published
/// anyway. Rows are numbered from 0 on and never change; the oldest are forgotten. Belongs to the
/// control thread.
class GainHistory {
  public:
    static constexpr std::uint64_t kRows = 3600;

    explicit GainHistory(std::size_t buses) : buses_(buses) {}

    /// The next meters of a bus, in order. A second that the stream has left without any becomes an
    /// empty row; a stream that starts anew goes on with the next row.
    void take(const engine::MeterFrame &frame, double sample_rate_hz);

    /// Rows from first_row() up to end_row() can be read.
    std::uint64_t first_row(int bus) const noexcept;
    std::uint64_t end_row(int bus) const noexcept { return of(bus).end; }
    const GainRow &row(int bus, std::uint64_t number) const noexcept {
        return of(bus).rows[number % kRows];
    }

  private:
    /// The second under way.
    struct Second {
        int intervals = 0;
        double input_power = 0.0;
        double output_power = 0.0;
        double agc_db = 0.0;
        GainRow row;

        void take(const engine::MeterValues &values) noexcept;
        GainRow finished() const noexcept;
    };
    struct Bus {
        std::vector<GainRow> rows; ///< a ring once it has kRows
        std::uint64_t end = 0;
        std::uint64_t second = 0; ///< of the stream, the one under way
        Second now;

        void add(const GainRow &row);
    };

    const Bus &of(int bus) const noexcept { return buses_[static_cast<std::size_t>(bus)]; }

    std::vector<Bus> buses_;
};

} // namespace headroom::control
