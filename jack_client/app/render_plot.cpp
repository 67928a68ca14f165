// SPDX-License-Identifier: GPL-3.0-or-later
#include "jack_client/app/render_plot.hpp"

#include "jack_client/app/offline_output_file.hpp"
#include "jack_client/app/text_format.hpp"
#include "jack_client/app/tool.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <unistd.h>

namespace headroom::app {

namespace {

constexpr int kWidth = 1200;
constexpr int kLeft = 70;
constexpr int kRight = 1180;
constexpr int kPanelHeight = 220;
constexpr int kPanelGap = 50;
constexpr int kTop = 60;
constexpr int kHeight = kTop + 3 * (kPanelHeight + kPanelGap) + 20;

constexpr const char *kInput = "#9a9a9a";
constexpr const char *kOutput = "#1f77b4";
constexpr const char *kLine = "#d62728";
constexpr const char *kAgc = "#2ca02c";
constexpr const char *kCompressor = "#9467bd";
constexpr const char *kLimiter = "#ff7f0e";

std::string escaped(const std::string &text) {
    std::string out;
    for (const char c : text) {
        if (c == '<')
            out += "&lt;";
        else if (c == '&')
            out += "&amp;";
        else if (static_cast<unsigned char>(c) >= ' ')
            out += c;
    }
    return out;
}

double amplitude(float peak_db) {
    return std::pow(10.0, static_cast<double>(peak_db) / 20.0);
}

/// One coordinate system below the other.
class Panel {
  public:
    Panel(std::string &out, int index, const char *label, double low, double high, double seconds)
        : out_(out),
          top_(kTop + index * (kPanelHeight + kPanelGap)),
          low_(low),
          high_(high),
          seconds_(std::max(seconds, 1e-3)) {
        out_ +=
            format("<rect x='%d' y='%d' width='%d' height='%d' fill='none' stroke='#cccccc'/>\n",
                   kLeft, top_, kRight - kLeft, kPanelHeight);
        text(kLeft, top_ - 8, label, "#000000");
        // Steps of 1, 2, 5, 10, ... seconds, at most ten of them.
        double step = 1.0;
        for (int i = 0; seconds_ / step > 10.0; ++i)
            step *= i % 3 == 1 ? 2.5 : 2.0;
        for (double at = 0.0; at <= seconds_; at += step)
            text(static_cast<int>(x(at)), top_ + kPanelHeight + 16,
                 at < 60.0
                     ? format("%g s", at)
                     : format("%d:%02d", static_cast<int>(at) / 60, static_cast<int>(at) % 60),
                 "#666666");
    }

    double x(double time_s) const { return kLeft + time_s / seconds_ * (kRight - kLeft); }
    double y(double value) const {
        const double share = (std::clamp(value, low_, high_) - low_) / (high_ - low_);
        return top_ + (1.0 - share) * kPanelHeight;
    }

    void grid(double step, const char *unit) {
        for (double value = low_; value <= high_ + 1e-9; value += step) {
            out_ += format("<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#eeeeee'/>\n", kLeft,
                           kRight, y(value), y(value));
            out_ += format("<text x='%d' y='%.1f' text-anchor='end' fill='#666666'>%g%s</text>\n",
                           kLeft - 6, y(value) + 4, value, unit);
        }
    }

    void level(double value, const std::string &label) {
        out_ += format("<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='%s' "
                       "stroke-dasharray='6 4'/>\n",
                       kLeft, kRight, y(value), y(value), kLine);
        text(kRight - 4, static_cast<int>(y(value)) - 4, label, kLine, "end");
    }

    template <class Points, class Value>
    void curve(const Points &points, const char *colour, Value value) {
        out_ += format("<polyline fill='none' stroke='%s' stroke-width='1.3' points='", colour);
        for (const auto &point : points)
            out_ += format("%.1f,%.1f ", x(point.time_s), y(value(point.values)));
        out_ += "'/>\n";
    }

    /// What lies between minus and plus the value.
    template <class Points, class Value>
    void area(const Points &points, const char *colour, Value value) {
        out_ += format("<polygon fill='%s' fill-opacity='0.7' points='", colour);
        for (const auto &point : points)
            out_ += format("%.1f,%.1f ", x(point.time_s), y(value(point.values)));
        for (auto point = points.rbegin(); point != points.rend(); ++point)
            out_ += format("%.1f,%.1f ", x(point->time_s), y(-value(point->values)));
        out_ += "'/>\n";
    }

    void legend(const std::vector<std::pair<const char *, const char *>> &entries) {
        int at = kRight;
        for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
            text(at, top_ - 8, entry->first, entry->second, "end");
            at -= 110;
        }
    }

    void text(int at_x, int at_y, const std::string &what, const char *colour,
              const char *anchor = "start") {
        out_ +=
            format("<text x='%d' y='%d' fill='%s' text-anchor='%s'>", at_x, at_y, colour, anchor) +
            escaped(what) + "</text>\n";
    }

  private:
    std::string &out_;
    int top_;
    double low_;
    double high_;
    double seconds_;
};

} // namespace

RenderPlot::RenderPlot(std::string title, double sample_rate_hz, const ParameterValues &values)
    : title_(std::move(title)), sample_rate_hz_(sample_rate_hz), values_(values) {}

void RenderPlot::take(const engine::MeterFrame &meters) {
    points_.push_back({static_cast<double>(meters.frame) / sample_rate_hz_, meters.values});
}

std::string RenderPlot::svg() const {
    // As many points as there are pixels, each the strongest of those it stands for.
    std::vector<Point> points;
    const std::size_t each = points_.size() / (kRight - kLeft) + 1;
    for (std::size_t i = 0; i < points_.size(); ++i) {
        if (i % each == 0) {
            points.push_back(points_[i]);
            continue;
        }
        for (std::size_t m = 0; m < kMeterCount; ++m) {
            float &value = points.back().values[m];
            const float other = points_[i].values[m];
            value = meters()[m].hold == Hold::lowest    ? std::min(value, other)
                    : meters()[m].hold == Hold::highest ? std::max(value, other)
                                                        : other;
        }
    }
    const double seconds = points_.empty() ? 0.0 : points_.back().time_s;
    const auto reading = [](MeterId id) {
        return [id](const engine::MeterValues &values) {
            return static_cast<double>(values[id.index]);
        };
    };
    const auto wave = [](MeterId id) {
        return [id](const engine::MeterValues &values) { return amplitude(values[id.index]); };
    };
    const auto value_of = [&](ParameterId id) { return static_cast<double>(values_[id]); };

    std::string out = format("<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' "
                             "viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>\n"
                             "<rect width='100%%' height='100%%' fill='#ffffff'/>\n"
                             "<text x='%d' y='26' font-size='16' font-weight='bold'>",
                             kWidth, kHeight, kWidth, kHeight, kLeft) +
                      escaped(title_) + "</text>\n";
    double highest = 1.0;
    for (const Point &point : points)
        highest = std::max(highest, amplitude(point.values[meter_id("input/true_peak").index]));
    const double top = std::ceil(highest * 2.0) / 2.0;
    Panel waves(out, 0, "true peak", -top, top, seconds);
    waves.grid(0.5, "");
    waves.area(points, kInput, wave(meter_id("input/true_peak")));
    waves.area(points, kOutput, wave(meter_id("output/true_peak")));
    const double ceiling_db = value_of(parameter_id("limiter/ceiling"));
    waves.level(amplitude(static_cast<float>(ceiling_db)), format("ceiling %.1f dBTP", ceiling_db));
    waves.legend({{"input", kInput}, {"output", kOutput}});

    Panel loudness(out, 1, "momentary loudness, LUFS", -60.0, 0.0, seconds);
    loudness.grid(10.0, "");
    loudness.curve(points, kInput, reading(meter_id("input/momentary")));
    loudness.curve(points, kOutput, reading(meter_id("output/momentary")));
    if (values_[parameter_id("agc/on")] != 0.0f)
        loudness.level(value_of(parameter_id("agc/target")),
                       format("target %.1f LUFS", value_of(parameter_id("agc/target"))));
    loudness.legend({{"input", kInput}, {"output", kOutput}});

    Panel gain(out, 2, "gain, dB", -24.0, 12.0, seconds);
    gain.grid(6.0, "");
    gain.curve(points, kAgc, reading(meter_id("agc/gain")));
    gain.curve(points, kCompressor, reading(meter_id("compressor/gain_reduction")));
    gain.curve(points, kLimiter, reading(meter_id("limiter/gain_reduction")));
    gain.legend({{"AGC", kAgc}, {"compressor", kCompressor}, {"limiter", kLimiter}});
    return out + "</svg>\n";
}

Result<void> RenderPlot::write(const std::filesystem::path &file) const {
    const bool is_png = file.extension() == ".png";
    const std::filesystem::path drawing = file.string() + (is_png ? ".svg" : "");
    auto output = OutputFile::create(drawing);
    if (!output)
        return tl::unexpected(output.error());
    const std::string text = svg();
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t count = ::write(output->descriptor(), text.data() + done, text.size() - done);
        if (count <= 0)
            return tl::unexpected(
                Diagnostic{.message = "cannot be written", .file = file.string()});
        done += static_cast<std::size_t>(count);
    }
    if (auto committed = output->commit(); !committed || !is_png)
        return committed;
    const auto converted = run_tool({"rsvg-convert", "-o", file.string(), drawing.string()});
    std::error_code error;
    std::filesystem::remove(drawing, error);
    if (!converted)
        return failure("rsvg-convert cannot make " + file.string(),
                       "install librsvg2-bin, or choose a file .svg");
    return {};
}

Result<void> check_plot_format(const std::filesystem::path &file) {
    if (file.extension() == ".svg" || file.extension() == ".png")
        return {};
    return tl::unexpected(Diagnostic{.message = "is no name for a drawing",
                                     .file = file.string(),
                                     .remedy = "end it in .svg or .png"});
}

} // namespace headroom::app
