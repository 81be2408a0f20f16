// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_EXCEPTION_REPORT_HPP
#define ROOTTASK_EXCEPTION_REPORT_HPP

#include <l4/format.hpp>
#include <l4/message.hpp>

#include <string_view>

namespace root {

using l4::Word;

/// The names of the exceptions in the processor's manual.
char const* exception_name(Word vector);

/// An exception message (X.2, amd64) as lines of text.
class ExceptionReport {
public:
    static constexpr unsigned line_count = 7;

    explicit ExceptionReport(l4::Message const& message) : message_{message} {}

    /// The nth line, written into the buffer.
    std::string_view line(unsigned n, char* buffer, std::size_t size) const;

private:
    l4::Message const& message_;
};

} // namespace root

#endif
