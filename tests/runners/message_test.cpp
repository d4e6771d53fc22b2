#include "runners/message.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "tests/runners/sample_start.hpp"

namespace rackproof {
namespace {

template <class Message>
Message there_and_back_to_worker(const Message& message) {
    return std::get<Message>(
        message::decode_to_worker(message::encode(message::ToWorker{message})));
}

TEST(MessageTest, AnOrderArrivesAsItWasSent) {
    message::RunCell order;
    order.attempt = 2;
    order.deadline_s = 12.5;
    CaseSpec spec = test::sample_case("gemm.fp64", 0, Scope::Device);
    spec.parameters.set("m", std::int64_t{64});
    order.cells = {{7, true, spec}, {8, false, test::sample_case("b", 0, Scope::Device)}};
    const message::RunCell back = there_and_back_to_worker(order);
    EXPECT_EQ(back.attempt, 2);
    EXPECT_EQ(back.deadline_s, 12.5);
    ASSERT_EQ(back.cells.size(), 2U);
    EXPECT_EQ(back.cells[0].cell, 7);
    EXPECT_TRUE(back.cells[0].wanted);
    EXPECT_EQ(back.cells[0].spec, spec);
    EXPECT_FALSE(back.cells[1].wanted);
}

TEST(MessageTest, AWelcomeArrivesAsItWasSent) {
    message::Welcome welcome;
    welcome.now_s = 1.5;
    welcome.boot_id = "boot";
    welcome.device_index = 3;
    welcome.device_pci = "0000:5d:00.0";
    welcome.devices = {4, true, true};
    const message::Welcome back = there_and_back_to_worker(welcome);
    EXPECT_EQ(back.now_s, 1.5);
    EXPECT_EQ(back.boot_id, "boot");
    EXPECT_EQ(back.device_index, 3);
    EXPECT_EQ(back.device_pci, "0000:5d:00.0");
    EXPECT_FALSE(back.communicates);
    EXPECT_EQ(back.devices, welcome.devices);
}

TEST(MessageTest, ARecordTravelsInAReport) {
    const record::Record record = record::Operation{1, 2, 3.5, "multiply"};
    const auto back = std::get<message::Report>(message::decode_to_controller(
        message::encode(message::ToController{message::report(record)})));
    EXPECT_EQ(message::record_of(back), record);
}

TEST(MessageTest, GarbageAndLeftOversAreErrors) {
    std::vector<std::byte> bytes = message::encode(message::ToController{message::Dying{11}});
    bytes.push_back(std::byte{0});
    EXPECT_THROW((void)message::decode_to_controller(bytes), Error);
    EXPECT_THROW((void)message::decode_to_worker(std::vector<std::byte>(40, std::byte{0xFF})),
                 Error);
    EXPECT_THROW((void)message::decode_to_worker({}), Error);
    EXPECT_THROW((void)message::record_of({"\x63garbage"}), Error);
}

}  // namespace
}  // namespace rackproof
