#include "core/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/wire_types.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> numbers) {
    Bytes bytes;
    for (const int number : numbers) bytes.push_back(static_cast<std::byte>(number));
    return bytes;
}

template <class Value>
Bytes written(const Value& value) {
    WireWriter writer;
    writer.put(value);
    return writer.take();
}

template <class Value>
Value read(const Bytes& bytes) {
    WireReader reader{bytes};
    Value value{};
    reader.get(value);
    EXPECT_TRUE(reader.at_end());
    return value;
}

template <class Value>
std::string error_from(const Bytes& bytes) {
    try {
        (void)read<Value>(bytes);
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

TEST(Wire, NumbersAreLittleEndianInTheirOwnWidth) {
    EXPECT_EQ(written(std::uint8_t{0xAB}), bytes_of({0xAB}));
    EXPECT_EQ(written(std::int32_t{-2}), bytes_of({0xFE, 0xFF, 0xFF, 0xFF}));
    EXPECT_EQ(written(std::int64_t{0x0102}), bytes_of({2, 1, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(written(1.0), bytes_of({0, 0, 0, 0, 0, 0, 0xF0, 0x3F}));
    EXPECT_EQ(written(true), bytes_of({1}));
}

TEST(Wire, TextsAndListsBeginWithTheirCount) {
    EXPECT_EQ(written(std::string{"hi"}), bytes_of({2, 0, 0, 0, 'h', 'i'}));
    EXPECT_EQ(written(std::vector<std::uint8_t>{7, 8, 9}), bytes_of({3, 0, 0, 0, 7, 8, 9}));
    EXPECT_EQ(written(std::string{}), bytes_of({0, 0, 0, 0}));
}

TEST(Wire, EnumsAreTheirNumber) {
    EXPECT_EQ(written(Outcome::Lost), bytes_of({4}));
    EXPECT_EQ(read<Scope>(bytes_of({3})), Scope::NodePair);
}

TEST(Wire, MapsReadBackInOrder) {
    const std::map<std::string, std::string> labels{{"b", "2"}, {"a", "1"}};
    EXPECT_EQ((read<std::map<std::string, std::string>>(written(labels))), labels);
}

TEST(Wire, VariantsCarryTheNumberOfTheirAlternative) {
    const ParameterValue value = std::string{"x"};
    EXPECT_EQ(written(value), bytes_of({2, 1, 0, 0, 0, 'x'}));
    EXPECT_EQ(read<ParameterValue>(written(value)), value);
    EXPECT_THAT(error_from<ParameterValue>(bytes_of({5, 0, 0, 0, 0})), HasSubstr("not known"));
}

TEST(Wire, AnyBooleanByteReadsAsTrueOrFalse) {
    EXPECT_FALSE(read<bool>(bytes_of({0})));
    EXPECT_TRUE(read<bool>(bytes_of({1})));
    EXPECT_TRUE(read<bool>(bytes_of({0xFF})));
}

TEST(Wire, EveryEnumIsHeldToItsRange) {
    EXPECT_THAT(error_from<Outcome>(bytes_of({7})), HasSubstr("out of its range"));
    EXPECT_THAT(error_from<Scope>(bytes_of({5})), HasSubstr("out of its range"));
    EXPECT_THAT(error_from<Direction>(bytes_of({3})), HasSubstr("out of its range"));
}

TEST(Wire, ACountLargerThanWhatIsThereIsRefusedBeforeAnyAllocation) {
    const Bytes huge = bytes_of({0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3});
    EXPECT_THAT(error_from<std::string>(huge), HasSubstr("a count larger"));
    EXPECT_THAT(error_from<std::vector<double>>(huge), HasSubstr("a count larger"));
    EXPECT_THAT((error_from<std::map<std::string, std::string>>(huge)),
                HasSubstr("a count larger"));
}

TEST(Wire, ACountThatFitsInBytesButNotInItemsEndsEarly) {
    EXPECT_THAT(error_from<std::vector<double>>(bytes_of({2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8})),
                HasSubstr("ends too early"));
}

TEST(Wire, ReadingReplacesWhatTheValueHeld) {
    const Bytes bytes = written(std::vector<std::int32_t>{5});
    WireReader reader{bytes};
    std::vector<std::int32_t> value{1, 2, 3};
    reader.get(value);
    EXPECT_THAT(value, ElementsAre(5));
}

TEST(Wire, ReadingReplacesTheParametersHeld) {
    Parameters sent;
    sent.set("m", std::int64_t{1});
    Parameters received;
    received.set("stale", std::int64_t{2});
    const Bytes bytes = written(sent);
    WireReader reader{bytes};
    reader.get(received);
    EXPECT_EQ(received, sent);
}

TEST(Wire, ValuesFollowEachOtherWithoutGaps) {
    WireWriter writer;
    writer.put(std::int32_t{1});
    writer.put(std::string{"ab"});
    writer.put(2.5);
    const Bytes bytes = writer.take();
    EXPECT_EQ(bytes.size(), 4U + 4U + 2U + 8U);
    WireReader reader{bytes};
    std::int32_t number = 0;
    std::string text;
    double real = 0;
    reader.get(number);
    reader.get(text);
    EXPECT_FALSE(reader.at_end());
    reader.get(real);
    EXPECT_TRUE(reader.at_end());
    EXPECT_EQ(number, 1);
    EXPECT_EQ(text, "ab");
    EXPECT_EQ(real, 2.5);
}

}  // namespace
}  // namespace rackproof
