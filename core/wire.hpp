#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"

namespace rackproof {

/// Appends values as bytes: integers and doubles little-endian in their own width, enums as their
/// underlying type, texts and lists as a 32-bit count and then their items, structs as their
/// members (each has a `wire_members` overload, in
/// core/wire_types.hpp or beside its encoder).
class WireWriter {
  public:
    template <class Value>
    requires std::is_arithmetic_v<Value>
    void put(Value value) {
        static_assert(std::endian::native == std::endian::little, "byte order is little-endian");
        const auto* bytes = reinterpret_cast<const std::byte*>(&value);
        bytes_.insert(bytes_.end(), bytes, bytes + sizeof value);
    }
    template <class Value>
    requires std::is_enum_v<Value>
    void put(Value value) { put(static_cast<std::underlying_type_t<Value>>(value)); }
    void put(const std::string& text) {
        put_count(text.size());
        const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
        bytes_.insert(bytes_.end(), bytes, bytes + text.size());
    }
    template <class Item>
    void put(const std::vector<Item>& items) {
        put_count(items.size());
        for (const Item& item : items) put(item);
    }
    template <class Key, class Value, class Less>
    void put(const std::map<Key, Value, Less>& items) {
        put_count(items.size());
        for (const auto& [key, value] : items) {
            put(key);
            put(value);
        }
    }
    /// The number of the alternative, then its value.
    template <class... Alternatives>
    void put(const std::variant<Alternatives...>& value) {
        static_assert(sizeof...(Alternatives) < 256);
        put(static_cast<std::uint8_t>(value.index()));
        std::visit([this](const auto& held) { put(held); }, value);
    }
    template <class Struct>
    requires std::is_class_v<Struct>
    void put(const Struct& value) {
        // wire_members takes a mutable reference to serve both ways; writing changes nothing.
        wire_members(const_cast<Struct&>(value), [this](auto&... member) { (put(member), ...); });
    }

    [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

  private:
    void put_count(std::size_t count) {
        if (count > UINT32_MAX) throw Error{"write a record", "more than 2^32 items"};
        put(static_cast<std::uint32_t>(count));
    }
    std::vector<std::byte> bytes_;
};

/// Reads what WireWriter wrote. No count is trusted: what does not fit into the bytes at hand
/// throws Error before anything is allocated for it.
class WireReader {
  public:
    explicit WireReader(std::span<const std::byte> bytes) : rest_{bytes} {}

    template <class Value>
    requires std::is_arithmetic_v<Value>
    void get(Value& value) {
        const std::span<const std::byte> bytes = take(sizeof value);
        if constexpr (std::is_same_v<Value, bool>) {
            value = bytes[0] != std::byte{0};
        } else {
            std::memcpy(&value, bytes.data(), sizeof value);
        }
    }
    template <class Value>
    requires std::is_enum_v<Value>
    void get(Value& value) {
        std::underlying_type_t<Value> number{};
        get(number);
        value = static_cast<Value>(number);
        if (!wire_valid(value)) throw Error{"read a record", "an enum out of its range"};
    }
    void get(std::string& text) {
        const std::span<const std::byte> bytes = take(count(1));
        text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    template <class Item>
    void get(std::vector<Item>& items) {
        items.clear();
        const std::size_t wanted = count(1);
        for (std::size_t i = 0; i < wanted; ++i) get(items.emplace_back());
    }
    template <class Key, class Value, class Less>
    void get(std::map<Key, Value, Less>& items) {
        items.clear();
        const std::size_t wanted = count(1);
        for (std::size_t i = 0; i < wanted; ++i) {
            Key key{};
            get(key);
            get(items[key]);
        }
    }
    template <class... Alternatives>
    void get(std::variant<Alternatives...>& value) {
        std::uint8_t number = 0;
        get(number);
        if (!get_alternative(number, value, std::index_sequence_for<Alternatives...>{})) {
            throw Error{"read a record", "a type that is not known"};
        }
    }
    template <class Struct>
    requires std::is_class_v<Struct>
    void get(Struct& value) {
        wire_members(value, [this](auto&... member) { (get(member), ...); });
    }

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

  private:
    template <class Variant, std::size_t... kIndices>
    bool get_alternative(std::size_t number, Variant& value, std::index_sequence<kIndices...>) {
        return ((number == kIndices && (get(value.template emplace<kIndices>()), true)) || ...);
    }
    std::span<const std::byte> take(std::size_t size) {
        if (size > rest_.size()) throw Error{"read a record", "it ends too early"};
        const std::span<const std::byte> taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }
    /// A count of items that take at least `item_size` bytes each.
    std::size_t count(std::size_t item_size) {
        std::uint32_t number = 0;
        get(number);
        if (number > rest_.size() / item_size) {
            throw Error{"read a record", "a count larger than the record"};
        }
        return number;
    }
    std::span<const std::byte> rest_;
};

}  // namespace rackproof
