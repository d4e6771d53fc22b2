#include "app/output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "core/descriptor.hpp"
#include "core/error.hpp"
#include "reports/html_page.hpp"

namespace rackproof {
namespace {

void write_all(int descriptor, std::string_view text, const std::string& attempted) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw system_error(attempted, errno);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path)
    : path_{path.string()}, temporary_{path_ + ".tmp-" + std::to_string(::getpid())} {
    file_ = Descriptor{::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (!file_) throw system_error("write " + path_, errno);
}

OutputFile::~OutputFile() {
    if (!is_finished_) ::unlink(temporary_.c_str());
}

void OutputFile::write(std::string_view text) { write_all(file_.get(), text, "write " + path_); }

void OutputFile::finish() {
    if (::fsync(file_.get()) != 0) throw system_error("write " + path_, errno);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        throw system_error("write " + path_, errno);
    }
    is_finished_ = true;
}

void write_text_file(const std::filesystem::path& path, std::string_view text) {
    OutputFile file{path};
    file.write(text);
    file.finish();
}

void require_html() {
    if (can_write_html()) return;
    throw InputError{
        "--html: this build of rackproof has no Apache ECharts, which the page draws its curves "
        "with; expected a build after scripts/setup, which fetches it with npm"};
}

void write_stdout(std::string_view text) { write_all(STDOUT_FILENO, text, "write to stdout"); }

void write_to(const std::optional<std::filesystem::path>& output, std::string_view text) {
    if (output) {
        write_text_file(*output, text);
    } else {
        write_stdout(text);
    }
}

Charset charset_of_locale() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        std::string locale = value;
        std::erase(locale, '-');
        std::ranges::transform(locale, locale.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        return locale.find("utf8") == std::string::npos ? Charset::Ascii : Charset::Utf8;
    }
    return Charset::Ascii;
}

TableStyle stdout_style() {
    TableStyle style;
    style.charset = charset_of_locale();
    const char* terminal = std::getenv("TERM");
    const char* no_color = std::getenv("NO_COLOR");
    const bool dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
    const bool refused = no_color != nullptr && *no_color != '\0';  // no-color.org
    if (::isatty(STDOUT_FILENO) == 1 && !dumb && !refused) style.colour = Colour::Always;
    return style;
}

TableStyle style_for(const std::optional<std::filesystem::path>& output) {
    return output ? TableStyle{} : stdout_style();
}

}  // namespace rackproof
