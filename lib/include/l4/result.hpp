// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_RESULT_HPP
#define L4_RESULT_HPP

#include <optional>

namespace l4 {

/// A value or an error, never both. Whoever gets one has to look.
template <typename T, typename E>
class [[nodiscard]] Result {
public:
    constexpr Result(T value) : value_{static_cast<T&&>(value)} {}
    constexpr Result(E error) : error_{error} {}

    constexpr explicit operator bool() const { return value_.has_value(); }
    constexpr T& operator*() { return *value_; }
    constexpr T const& operator*() const { return *value_; }
    constexpr T* operator->() { return &*value_; }
    constexpr T const* operator->() const { return &*value_; }
    /// Meaningful only if there is no value.
    constexpr E error() const { return error_; }

private:
    std::optional<T> value_{};
    E error_{};
};

/// Done, or why not. True if done.
template <typename E>
class [[nodiscard]] Status {
public:
    constexpr Status() = default;
    constexpr Status(E error) : error_{error}, is_done_{false} {}

    constexpr operator bool() const { return is_done_; }
    /// Meaningful only if it is not done.
    constexpr E error() const { return error_; }

private:
    E error_{};
    bool is_done_ = true;
};

} // namespace l4

#endif
