#include <exception>

#include "app/command_line.hpp"
#include "core/error.hpp"
#include "core/log.hpp"

int main(int argc, char** argv) {
    constexpr int kInputError = 2;
    constexpr int kRunFailed = 3;
    try {
        return rackproof::run_command_line(argc, argv);
    } catch (const rackproof::InputError& error) {
        rackproof::log_error(error.what());
        return kInputError;
    } catch (const std::exception& error) {
        rackproof::log_error(error.what());
        return kRunFailed;
    }
}
