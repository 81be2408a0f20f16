// SPDX-License-Identifier: BSD-2-Clause
/// Success or error, never both, never ignored.
#pragma once

namespace pecan {

/// Holds a T or an E. T and E are small and trivially copyable here.
template <typename T, typename E>
class [[nodiscard]] Result {
public:
    constexpr Result(T value) : value_{value}, has_value_{true} {}
    constexpr Result(E error) : error_{error}, has_value_{false} {}
    constexpr bool has_value() const { return has_value_; }
    constexpr explicit operator bool() const { return has_value_; }
    constexpr T value() const { return value_; }
    constexpr E error() const { return error_; }

private:
    union {
        T value_;
        E error_;
    };
    bool has_value_;
};

/// Success carries nothing.
struct Ok {};

} // namespace pecan

/// Yields the value of a Result, or returns its error from the enclosing function.
#define TRY(expression)                                                                                                \
    ({                                                                                                                 \
        auto try_result = (expression);                                                                                \
        if (!try_result.has_value()) return try_result.error();                                                        \
        try_result.value();                                                                                            \
    })
