#pragma once

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace rackproof::test {

// What a test asks of a planted fault, in the environment: RACKPROOF_PLANT_SENSOR, a file with
// thousandths of a degree, RACKPROOF_PLANT_ABOVE, above how many of them it strikes;
// RACKPROOF_PLANT_EVERY, at each so manieth operation; RACKPROOF_PLANT_TIMES, how often in all;
// RACKPROOF_PLANT_RANK, in which rank; RACKPROOF_PLANT_LOG, where it writes a line each time.

inline long plant_number(const char* name, long otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::strtol(value, nullptr, 10);
}

inline bool is_hot() {
    const char* sensor = std::getenv("RACKPROOF_PLANT_SENSOR");
    if (sensor == nullptr) return true;
    long now = 0;
    std::FILE* file = std::fopen(sensor, "r");
    if (file == nullptr) return false;
    const bool is_read = std::fscanf(file, "%ld", &now) == 1;
    (void)std::fclose(file);
    return is_read && now > plant_number("RACKPROOF_PLANT_ABOVE", 0);
}

inline bool is_meant_rank() {
    const char* rank = std::getenv("PMIX_RANK");
    if (rank == nullptr) rank = std::getenv("OMPI_COMM_WORLD_RANK");
    const char* meant = std::getenv("RACKPROOF_PLANT_RANK");
    return meant == nullptr || (rank != nullptr && std::strcmp(rank, meant) == 0);
}

/// True if the fault is due at this operation, counted from 1.
inline bool strikes(long operation) {
    static long times = 0;
    if (operation % plant_number("RACKPROOF_PLANT_EVERY", 1) != 0) return false;
    if (times >= plant_number("RACKPROOF_PLANT_TIMES", LONG_MAX)) return false;
    if (!is_meant_rank() || !is_hot()) return false;
    ++times;
    return true;
}

inline void log_plant(const char* what, long operation) {
    const char* log = std::getenv("RACKPROOF_PLANT_LOG");
    std::FILE* file = log == nullptr ? nullptr : std::fopen(log, "a");
    if (file == nullptr) return;
    (void)std::fprintf(file, "%s %ld\n", what, operation);
    (void)std::fclose(file);
}

}  // namespace rackproof::test
