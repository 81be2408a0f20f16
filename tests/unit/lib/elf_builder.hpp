// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_UNIT_LIB_ELF_BUILDER_HPP
#define TESTS_UNIT_LIB_ELF_BUILDER_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

/// Makes ELF files, right ones and wrong ones, for the tests of all who read them.
class ElfBuilder {
public:
    struct Program {
        std::uint32_t type = 1, flags = 5;
        std::uint64_t offset = 0, vaddr = 0, paddr = 0, file_size = 0, memory_size = 0, alignment = 0x1000;
    };

    ElfBuilder& load(Program program, std::string const& contents)
    {
        // Offset and address agree modulo the alignment.
        while (program.alignment > 1 && (bytes_.size() - program.vaddr) % program.alignment != 0) bytes_.push_back(0);
        program.offset = bytes_.size();
        program.file_size = contents.size();
        if (program.memory_size == 0) program.memory_size = contents.size();
        bytes_.insert(bytes_.end(), contents.begin(), contents.end());
        programs_.push_back(program);
        return *this;
    }
    ElfBuilder& raw(Program program)
    {
        programs_.push_back(program);
        return *this;
    }
    ElfBuilder& notes(std::string const& contents) { return load({.type = 4, .flags = 4, .alignment = 4}, contents); }
    static std::string note(std::string const& owner, std::uint32_t type, std::uint64_t value)
    {
        std::uint32_t const head[3] = {static_cast<std::uint32_t>(owner.size() + 1), 8, type};
        std::string text(reinterpret_cast<char const*>(head), sizeof head);
        text += owner;
        text += '\0';
        while (text.size() % 4 != 0) text += '\0';
        text.append(reinterpret_cast<char const*>(&value), sizeof value);
        return text;
    }

    std::vector<std::byte> build() const
    {
        std::vector<std::uint8_t> file = bytes_;
        std::uint64_t const table = file.size();
        for (Program const& p : programs_) {
            auto const* raw = reinterpret_cast<std::uint8_t const*>(&p);
            static_assert(sizeof(Program) == 56);
            file.insert(file.end(), raw, raw + sizeof p);
        }
        std::uint8_t const ident[16] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
        std::memcpy(file.data(), ident, sizeof ident);
        put<std::uint16_t>(file, 16, 2);
        put<std::uint16_t>(file, 18, 62);
        put<std::uint32_t>(file, 20, 1);
        put<std::uint64_t>(file, 24, entry);
        put<std::uint64_t>(file, 32, table);
        put<std::uint16_t>(file, 52, 64);
        put<std::uint16_t>(file, 54, 56);
        put<std::uint16_t>(file, 56, static_cast<std::uint16_t>(programs_.size()));
        std::vector<std::byte> result(file.size());
        std::memcpy(result.data(), file.data(), file.size());
        return result;
    }

    template <typename T, typename Bytes>
    static void put(Bytes& file, std::size_t at, T value)
    {
        std::memcpy(file.data() + at, &value, sizeof value);
    }

    std::uint64_t entry = 0x400000;

private:
    std::vector<std::uint8_t> bytes_ = std::vector<std::uint8_t>(64);
    std::vector<Program> programs_{};
};

#endif
