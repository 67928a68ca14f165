// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/graph/journal.hpp"

#include "config/text_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace headroom::graph {

namespace {

namespace fs = std::filesystem;

constexpr const char *kExtension = ".journal";
constexpr const char *kMute = "mute";
constexpr const char *kRestore = "restore";

/// A file beyond this is written anew with what is still owed.
constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

/// A name as part of a file name; distinct names stay distinct.
std::string file_part(std::string_view name) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') || c == '-' || c == '.';
        if (plain)
            out += c;
        else
            out += {'_', kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return out;
}

std::string file_prefix(const std::string &server) {
    return file_part(server.empty() ? "default" : server) + "@";
}

/// Fields stand between tabs.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text)
        switch (c) {
        case '\\':
            out += "\\\\";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\n':
            out += "\\n";
            break;
        default:
            out += c;
        }
    return out;
}

std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> out(1);
    for (std::size_t i = 0; i < line.size(); ++i)
        if (line[i] == '\t') {
            out.emplace_back();
        } else if (line[i] == '\\' && i + 1 < line.size()) {
            const char c = line[++i];
            out.back() += c == 't' ? '\t' : c == 'n' ? '\n' : c;
        } else {
            out.back() += line[i];
        }
    return out;
}

std::string line_of(const std::string &application, const std::set<Link> &links) {
    std::string line = escaped(application);
    for (const Link &link : links)
        line += "\t" + escaped(link.from) + "\t" + escaped(link.to);
    return line + "\n";
}

/// One write, so that a line is there or not.
bool append(int fd, const std::string &text) {
    ssize_t written = 0;
    do
        written = ::write(fd, text.data(), text.size());
    while (written < 0 && errno == EINTR);
    return written == static_cast<ssize_t>(text.size());
}

void read_into(const fs::path &file, LeftBehind &out) {
    const std::string text = read_text(file, 4 * kMaxBytes).value_or("");
    Debts debts;
    std::string_view rest = text;
    bool is_first = true;
    for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
        const std::vector<std::string> fields = fields_of(rest.substr(0, end));
        rest.remove_prefix(end + 1);
        if (std::exchange(is_first, false)) {
            if (fields.front() == kMute)
                out.at_end = AtEnd::mute;
            continue;
        }
        std::set<Link> &links = debts[fields.front()];
        links.clear();
        for (std::size_t i = 1; i + 1 < fields.size(); i += 2)
            links.insert({fields[i], fields[i + 1]});
    }
    for (auto &[application, links] : debts)
        if (!links.empty())
            out.debts[application].merge(links);
}

LeftBehind collect(const fs::path &folder, const std::string &server, bool remove) {
    LeftBehind out;
    const std::string prefix = file_prefix(server);
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        const fs::path &file = it->path();
        const std::string name = file.filename().string();
        if (!name.starts_with(prefix) || !name.ends_with(kExtension))
            continue;
        const int fd = ::open(file.c_str(), O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            continue;
        if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
            out.in_use = true;
        } else {
            read_into(file, out);
            if (remove)
                ::unlink(file.c_str());
        }
        ::close(fd);
    }
    return out;
}

} // namespace

Result<std::unique_ptr<Journal>> Journal::open(const fs::path &folder, const std::string &server,
                                               const std::string &client, AtEnd at_end) {
    make_own_folder(folder); // what is wrong with it, the file tells
    const fs::path file = folder / (file_prefix(server) + file_part(client) + kExtension);
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    const auto cannot = [&](const std::string &why) {
        if (fd >= 0)
            ::close(fd);
        return failure(
            "the journal " + file.string() + " cannot be kept: " + why,
            "without it, applications are not linked to their sinks again after a crash");
    };
    if (fd < 0)
        return cannot(std::generic_category().message(errno));
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
        return cannot("another headroom of that name is running");
    LeftBehind left = read_journals(folder, server);
    read_into(file, left);
    std::unique_ptr<Journal> journal(new Journal(file, fd, at_end));
    journal->debts_ = std::move(left.debts);
    if (!journal->start_anew())
        return failure("the journal " + file.string() + " cannot be written");
    take_journals(folder, server);
    return journal;
}

Journal::~Journal() {
    if (debts_.empty())
        ::unlink(file_.c_str());
    ::close(fd_);
}

/// Beside the old file, so that what is owed is on disk at any moment.
bool Journal::start_anew() {
    std::string text = at_end_ == AtEnd::mute ? kMute : kRestore;
    text += "\n";
    for (const auto &[application, links] : debts_)
        text += line_of(application, links);
    const std::string beside = file_.string() + ".new";
    const int fd = ::open(beside.c_str(),
                          O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0 || !append(fd, text) ||
        std::rename(beside.c_str(), file_.c_str()) != 0) {
        ::close(fd);
        ::unlink(beside.c_str());
        return false;
    }
    ::close(fd_);
    fd_ = fd;
    bytes_ = text.size();
    return true;
}

bool Journal::owe(const std::string &application, const std::set<Link> &links) {
    const auto found = debts_.find(application);
    if (found == debts_.end() ? links.empty() : found->second == links)
        return true;
    if (links.empty())
        debts_.erase(found);
    else
        debts_[application] = links;
    const std::string line = line_of(application, links);
    bytes_ += line.size();
    if (bytes_ > kMaxBytes)
        return start_anew();
    return append(fd_, line) || start_anew();
}

void Journal::owe_nothing() {
    if (debts_.empty())
        return;
    debts_.clear();
    start_anew();
}

LeftBehind take_journals(const fs::path &folder, const std::string &server) {
    return collect(folder, server, true);
}

LeftBehind read_journals(const fs::path &folder, const std::string &server) {
    return collect(folder, server, false);
}

std::vector<Link> links_to_restore(const Debts &debts, const Snapshot &snapshot) {
    std::set<std::string_view> ports;
    std::set<std::string_view> playback;
    for (const Port &port : snapshot.ports) {
        ports.insert(port.name);
        if (port.is_physical && !port.is_output)
            playback.insert(port.name);
    }
    std::set<std::string_view> heard;
    for (const Link &link : snapshot.links)
        if (playback.contains(link.to))
            heard.insert(link.from);
    std::vector<Link> out;
    for (const auto &[application, links] : debts)
        for (const Link &link : links)
            if (ports.contains(link.from) && ports.contains(link.to) && !heard.contains(link.from))
                out.push_back(link);
    return out;
}

} // namespace headroom::graph
