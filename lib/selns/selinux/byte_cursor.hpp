#pragma once

// Reads little-endian numbers and text from bytes that may be damaged, for the sources of this
// module only.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace selns::selinux {

// Says in what way a policy is damaged. Never leaves this module: PolicyDb::read() makes an Error
// of it.
class Malformed : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

inline void require(bool condition, const char* complaint) {
    if (!condition)
        throw Malformed(complaint);
}

class ByteCursor {
  public:
    explicit ByteCursor(std::string_view bytes) : bytes_(bytes) {}

    std::size_t left() const { return bytes_.size() - at_; }

    std::uint8_t u8() { return record<std::uint8_t>(); }
    std::uint32_t u32() { return record<std::uint32_t>(); }
    std::uint64_t u64() { return record<std::uint64_t>(); }

    // A number, or an array of numbers.
    template <typename Record>
    Record record() {
        static_assert(std::endian::native == std::endian::little);
        need(sizeof(Record));
        Record value = {};
        std::memcpy(&value, bytes_.data() + at_, sizeof value);
        at_ += sizeof value;
        return value;
    }

    // The next SIZE bytes; valid as long as the image is.
    std::string_view text(std::size_t size) {
        need(size);
        const std::string_view part = bytes_.substr(at_, size);
        at_ += size;
        return part;
    }
    void skip(std::size_t size) { text(size); }

    // How many elements follow, each of at least SIZE bytes. What is reserved for them is then
    // bounded by the image.
    std::uint32_t count(std::size_t size) {
        const std::uint32_t elements = u32();
        if (elements > left() / size)
            throw Malformed("it ends before its last table does");
        return elements;
    }

  private:
    void need(std::size_t size) const {
        if (size > left())
            throw Malformed("it ends before its last table does");
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

} // namespace selns::selinux
