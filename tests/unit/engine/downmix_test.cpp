// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/engine/downmix.hpp"
#include "tests/support/catch.hpp"

#include <map>

using namespace headroom;
using namespace headroom::engine;
using enum headroom::Channel;

namespace {

/// What arrives at each channel of the bus where every channel of the application plays 1.
std::map<Channel, float> sums(const ChannelLayout &application, const ChannelLayout &bus) {
    std::map<Channel, float> out;
    for (const Channel channel : application)
        for (const ChannelSend &send : sends_of(channel, application, bus))
            out[send.to] += send.gain_lin;
    return out;
}

ChannelLayout layout(const char *name) {
    return find_layout(name).value();
}

} // namespace

TEST_CASE("5.1 goes into stereo and mono as ITU-R BS.775 says") {
    const ChannelLayout film = layout("5.1");
    const ChannelLayout stereo = layout("stereo");
    CHECK(sends_of(fl, film, stereo) == std::vector<ChannelSend>{{fl, 1.0f}});
    const auto centre = sends_of(fc, film, stereo);
    REQUIRE(centre.size() == 2);
    CHECK(centre[0].gain_lin == Approx(0.7071).epsilon(1e-4));
    CHECK(centre[1].to == fr);
    const auto surround = sends_of(sr, film, stereo);
    REQUIRE(surround.size() == 1);
    CHECK(surround[0].to == fr);
    CHECK(surround[0].gain_lin == Approx(0.7071).epsilon(1e-4));
    CHECK(sends_of(lfe, film, stereo).empty());
    CHECK(sums(film, layout("mono"))[mono] == Approx(2 * 0.7071 + 1.0 + 2 * 0.5).epsilon(1e-4));
}

TEST_CASE("7.1 is brought to 5.1 first") {
    const ChannelLayout film = layout("7.1");
    CHECK(sums(film, layout("5.1"))[sl] == Approx(2 * 0.7071).epsilon(1e-4));
    CHECK(sums(film, layout("5.1"))[lfe] == 1.0f);
    CHECK(sums(film, layout("stereo"))[fl] == Approx(1.0 + 0.7071 + 2 * 0.5).epsilon(1e-4));
    CHECK(sums(film, film) == std::map<Channel, float>{{fl, 1.0f},
                                                       {fr, 1.0f},
                                                       {fc, 1.0f},
                                                       {lfe, 1.0f},
                                                       {sl, 1.0f},
                                                       {sr, 1.0f},
                                                       {rl, 1.0f},
                                                       {rr, 1.0f}});
}

TEST_CASE("what the bus has a place for goes there as it is") {
    const ChannelLayout stereo = layout("stereo");
    CHECK(sums({mono}, stereo) == std::map<Channel, float>{{fl, 1.0f}, {fr, 1.0f}});
    CHECK(sums({fl}, layout("mono")) == std::map<Channel, float>{{mono, 1.0f}});
    CHECK(sums({fl, fr, rl, rr}, layout("5.1")) ==
          std::map<Channel, float>{{fl, 1.0f}, {fr, 1.0f}, {sl, 1.0f}, {sr, 1.0f}});
}
