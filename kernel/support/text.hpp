// SPDX-License-Identifier: BSD-2-Clause
/// A piece of text that lies elsewhere: a pointer and a length, no terminator needed.
#pragma once

#include <string_view>

namespace pecan {

using Text = std::string_view;

} // namespace pecan
