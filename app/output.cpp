#include "app/output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "core/descriptor.hpp"
#include "core/error.hpp"

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

void write_text_file(const std::filesystem::path& path, std::string_view text) {
    const std::string attempted = "write " + path.string();
    const std::string temporary = path.string() + ".tmp-" + std::to_string(::getpid());
    try {
        const Descriptor file{
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
        if (!file) throw system_error(attempted, errno);
        write_all(file.get(), text, attempted);
        if (::fsync(file.get()) != 0) throw system_error(attempted, errno);
        if (::rename(temporary.c_str(), path.c_str()) != 0) throw system_error(attempted, errno);
    } catch (const Error&) {
        ::unlink(temporary.c_str());
        throw;
    }
}

void write_stdout(std::string_view text) { write_all(STDOUT_FILENO, text, "write to stdout"); }

TableStyle stdout_style() {
    TableStyle style;
    const char* terminal = std::getenv("TERM");
    const char* no_color = std::getenv("NO_COLOR");
    const bool dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
    const bool refused = no_color != nullptr && *no_color != '\0';  // no-color.org
    if (::isatty(STDOUT_FILENO) == 1 && !dumb && !refused) style.colour = Colour::Always;
    return style;
}

}  // namespace rackproof
