#include "app/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/locations.hpp"
#include "app/output.hpp"
#include "core/error.hpp"
#include "core/version.hpp"

namespace rackproof {
namespace {

/// What may stand somewhere: these words, and what `compgen` finds by its flag (-f files, -d
/// folders), if any.
struct Candidates {
    std::string words;
    std::string flag;
};

/// bash takes a list of words apart as it would a line: only names that mean nothing to it.
bool is_plain(std::string_view word) {
    return !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    });
}

void add_word(std::string& words, std::string_view word) {
    if (is_plain(word)) words += (words.empty() ? "" : " ") + std::string{word};
}

/// The names of the shipped files of that kind; none where there are none to be found.
std::string shipped_names(const std::string& folder) {
    std::string words;
    try {
        for (const auto& file : shipped_files(shipped_plans() / folder)) {
            add_word(words, file.stem().string());
        }
    } catch (const InputError&) {
        return {};
    } catch (const std::filesystem::filesystem_error&) {
        return {};
    }
    return words;
}

/// What an option takes, by what its help calls it.
Candidates values_of(const CLI::Option& option) {
    constexpr std::array<std::array<const char*, 2>, 4> kShipped{
        {{"PLAN", ""}, {"SCENARIO", "scenarios"}, {"POLICY", "policies"}, {"PROFILE", "profiles"}}};
    const std::string type = option.get_type_name();
    const std::size_t open = type.find('{');
    if (open != std::string::npos && type.back() == '}') {  // CLI::IsMember
        std::string words;
        for (const std::string& word :
             CLI::detail::split(type.substr(open + 1, type.size() - open - 2), ',')) {
            add_word(words, word);
        }
        return {words, ""};
    }
    const std::string called = option.get_positional() ? option.get_name(true) : type;
    for (const auto& [kind, folder] : kShipped) {
        if (called == kind) return {shipped_names(folder), "-f"};
    }
    if (called == "FOLDER" || called == "DIR") return {"", "-d"};
    const std::size_t dot = called.rfind('.');  // RUN.h5, KEY.pub; not NODE,...
    const bool has_ending = dot != std::string::npos && dot + 1 < called.size();
    const bool is_file = has_ending || called.find("FILE") != std::string::npos || called == "KEY";
    return {"", is_file ? "-f" : ""};
}

std::vector<std::string> names_of(const CLI::Option& option) {
    std::vector<std::string> names;
    for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option.get_snames()) names.push_back("-" + name);
    return names;
}

/// The lines of one subcommand: after an option that takes a value, its values; else its options
/// and what may stand by itself.
std::string lines_of(const CLI::App& command) {
    std::string lines;
    Candidates otherwise;
    for (const CLI::Option* option : command.get_options()) {
        const std::vector<std::string> names = names_of(*option);
        if (option->get_positional()) {
            const Candidates values = values_of(*option);
            if (!values.words.empty()) otherwise.words += " " + values.words;
            if (!values.flag.empty()) otherwise.flag = values.flag;
        }
        for (const std::string& name : names) otherwise.words += " " + name;
        if (names.empty() || option->get_items_expected_max() == 0) continue;
        const Candidates values = values_of(*option);
        lines += fmt::format("                {}) words='{}' flag='{}' ;;\n",
                             fmt::join(names, " | "), values.words, values.flag);
    }
    return fmt::format(
        "        {})\n            case $before in\n{}"
        "                *) words='{}' flag='{}' ;;\n            esac\n            ;;\n",
        command.get_name(), lines, otherwise.words.substr(otherwise.words.empty() ? 0 : 1),
        otherwise.flag);
}

std::string bash_completion(const CLI::App& app) {
    std::string commands;
    std::string lines;
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
        if (command->get_group().empty()) continue;  // not for people
        add_word(commands, command->get_name());
        lines += lines_of(*command);
    }
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : names_of(*option)) add_word(commands, name);
    }
    return fmt::format(R"(# Completion of rackproof {0}, written by `rackproof completion`.
_rackproof() {{
    local IFS=$' \t\n' word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    local words='' flag=''
    # --option=value comes as three words.
    if [[ $word == = ]]; then word=''; elif [[ $before == = ]]; then before=${{COMP_WORDS[COMP_CWORD-2]}}; fi
    if ((COMP_CWORD == 1)); then
        words='{1}'
    else
        case ${{COMP_WORDS[1]}} in
{2}        esac
    fi
    IFS=$'\n'
    COMPREPLY=($(compgen -W "${{words// /$IFS}}" -- "$word"))
    if [[ -n $flag ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY+=($(compgen $flag -- "$word"))
    fi
}}
complete -F _rackproof rackproof
)",
                       kVersion, commands, lines);
}

}  // namespace

void add_completion(CLI::App& app, std::function<int()>& action) {
    CLI::App* completion =
        app.add_subcommand("completion", "Print what lets a shell complete rackproof's commands");
    auto shell = std::make_shared<std::string>();
    completion->add_option("SHELL", *shell, "bash or zsh")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh"}));
    completion->footer(
        "Examples:\n"
        "  rackproof completion bash > ~/.local/share/bash-completion/completions/rackproof\n"
        "  rackproof completion zsh >> ~/.zshrc   # after compinit");
    completion->callback([&app, shell, &action] {
        action = [&app, shell] {
            const std::string first =
                *shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
            write_stdout(first + bash_completion(app));
            return 0;
        };
    });
}

}  // namespace rackproof
