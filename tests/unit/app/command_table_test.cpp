// SPDX-License-Identifier: GPL-3.0-or-later
// A command is written once, in osc/command_table: everything else follows.
#include "jack_client/app/parameter_listing.hpp"
#include "osc/dispatcher.hpp"
#include "osc/query/query_tree.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_control_surface.hpp"

#include <nlohmann/json.hpp>

using namespace headroom;
using namespace headroom::osc;

namespace {

/// A command where there is one: at the first name that its last part may stand for.
std::string address_of(const CommandInfo &command) {
    const std::string prefix(open_prefix(command));
    return prefix.empty()                         ? std::string(command.address)
           : prefix.find("status") != prefix.npos ? prefix + "server"
                                                  : prefix + "mpv";
}

/// Arguments of the types that the table says.
std::vector<Argument> arguments_for(const CommandInfo &command) {
    std::vector<Argument> out;
    for (const CommandArgument &argument : arguments_of(command)) {
        if (argument.name == "address" || argument.name == "pattern")
            out.emplace_back(std::string("/headroom/bypass"));
        else if (argument.type == 's')
            out.emplace_back(std::string("main"));
        else if (argument.type == 't')
            out.emplace_back(TimeTag{1});
        else
            out.emplace_back(std::int32_t{7});
    }
    return out;
}

/// The codes of the errors that a peer is answered.
std::vector<ErrorCode> errors(const Message &message, bool may_set) {
    tests::FakeControlSurface surface;
    std::vector<ErrorCode> out;
    Dispatcher dispatcher(
        surface, 1,
        [&](const Peer &, std::span<const std::uint8_t> bytes, Delivery) {
            const auto packet = decode(bytes);
            for (const auto &element : packet->elements)
                if (element.message.address == "/headroom/error")
                    out.push_back(ErrorCode{std::get<std::int32_t>(element.message.arguments[1])});
            return true;
        },
        [] {});
    const TimePoint now{std::chrono::hours(1)};
    dispatcher.handle({.endpoint = *Endpoint::parse("127.0.0.1", 5000), .may_set = may_set},
                      encode(message), now);
    dispatcher.finish_turn(now);
    return out;
}

bool contains(const std::vector<ErrorCode> &codes, ErrorCode code) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

} // namespace

TEST_CASE("every command of the table is carried out, permitted, described and shown") {
    tests::FakeControlSurface surface;
    const AddressSpace addresses(surface);
    const QueryTree tree(addresses, surface);
    const std::string manual = app::command_manual();
    for (const CommandInfo &command : command_table()) {
        CAPTURE(command.address);
        const std::string address = address_of(command);
        for (const auto &arguments : {std::vector<Argument>(), arguments_for(command)}) {
            const Effect effect = arguments.empty() ? command.bare : command.given;
            CHECK_FALSE(contains(errors({address, arguments}, true), ErrorCode::unknown_address));
            if (effect == Effect::acts)
                CHECK(contains(errors({address, arguments}, false), ErrorCode::read_only));
            if (arguments_of(command).empty())
                break;
        }
        CHECK(manual.find(command.address) != manual.npos);
        CHECK(manual.find(command.documentation) != manual.npos);
        const auto node = tree.get(address, "", {});
        REQUIRE(node.status == 200);
        CHECK(nlohmann::json::parse(node.json)["DESCRIPTION"] == command.documentation);
    }
}
