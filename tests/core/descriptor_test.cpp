#include "core/descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace rackproof {
namespace {

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}

bool is_open(int descriptor) { return fcntl(descriptor, F_GETFD) != -1; }

TEST(Descriptor, IsOpenWhileOwnedAndClosedAfter) {
    int number = -1;
    {
        const Pipe pipe = make_pipe();
        number = pipe.read_end.get();
        EXPECT_TRUE(is_open(number));
    }
    EXPECT_FALSE(is_open(number));
    EXPECT_EQ(errno, EBADF);
}

TEST(Descriptor, ClosingTheLastWriterEndsTheStream) {
    Pipe pipe = make_pipe();
    char byte = 0;
    pipe.write_end.reset();
    EXPECT_EQ(read(pipe.read_end.get(), &byte, 1), 0);
}

TEST(Descriptor, ZeroIsADescriptorAndMinusOneIsNone) {
    Descriptor standard_input{0};
    EXPECT_TRUE(standard_input);
    EXPECT_EQ(standard_input.release(), 0);
    EXPECT_FALSE(Descriptor{-1});
    EXPECT_FALSE(Descriptor{});
}

}  // namespace
}  // namespace rackproof
