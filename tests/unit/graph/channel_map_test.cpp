// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/channel_map.hpp"
#include "tests/support/catch.hpp"

using namespace headroom;
using namespace headroom::graph;
using enum Channel;

TEST_CASE("channels are known by name") {
    CHECK(channel_named_by("output_FL") == fl);
    CHECK(channel_named_by("playback_RR") == rr);
    CHECK(channel_named_by("out_left") == fl);
    CHECK(channel_named_by("Right") == fr);
    CHECK(channel_named_by("out_l") == fl);
    CHECK(channel_named_by("outR") == fr);
    CHECK(channel_named_by("output_MONO") == mono);
    CHECK_FALSE(channel_named_by("out_1").has_value());
    CHECK_FALSE(channel_named_by("signal").has_value());
    CHECK_FALSE(channel_named_by("").has_value());
}

TEST_CASE("channels of a client come from names, else from order") {
    const ChannelLayout stereo{fl, fr};
    CHECK(channels_of({"out_FR", "out_FL"}, stereo) == ChannelLayout{fr, fl});
    CHECK(channels_of({"out_1", "out_2"}, stereo) == stereo);
    CHECK(channels_of({"a", "b"}, stereo) == stereo);
    CHECK(channels_of({"out"}, stereo) == ChannelLayout{mono});
    CHECK(channels_of({"out_FL"}, stereo) == ChannelLayout{fl});
    CHECK_FALSE(channels_of({"a", "b", "c"}, stereo).has_value());
    CHECK(channels_of({"a_L", "b_L"}, stereo) == stereo);
    CHECK(channels_of({"a_L", "a_R", "b_L", "b_R"}, stereo) == ChannelLayout{fl, fr, fl, fr});
    CHECK_FALSE(channels_of({"a_L", "b_L", "c_L"}, stereo).has_value());
    CHECK(channels_of({"right", "renamed"}, stereo) == ChannelLayout{fr, fl});
    CHECK(channels_of({"1", "2", "3", "4", "5", "6"}, *find_layout("5.1")) ==
          ChannelLayout{fl, fr, fc, lfe, sl, sr});
}

TEST_CASE("links go from channel to channel") {
    using Links = std::vector<Link>;
    CHECK(link_channels({"a:1", "a:2"}, {fr, fl}, {"b:1", "b:2"}, {fl, fr}) ==
          Links{{"a:1", "b:2"}, {"a:2", "b:1"}});
    CHECK(link_channels({"a:1"}, {mono}, {"b:1", "b:2"}, {fl, fr}) ==
          Links{{"a:1", "b:1"}, {"a:1", "b:2"}});
    CHECK(link_channels({"a:1", "a:2"}, {sl, sr}, {"b:1", "b:2", "b:3", "b:4"}, {fl, fr, rl, rr}) ==
          Links{{"a:1", "b:3"}, {"a:2", "b:4"}});
    CHECK(link_channels({"a:1"}, {lfe}, {"b:1", "b:2"}, {fl, fr}).empty());
    CHECK(link_channels({"a:1", "a:2"}, {fl, fr}, {"b:1"}, {mono}) ==
          Links{{"a:1", "b:1"}, {"a:2", "b:1"}});
    CHECK(link_channels({"a:1"}, {mono}, {"b:1"}, {mono}) == Links{{"a:1", "b:1"}});
}
