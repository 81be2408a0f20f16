// SPDX-License-Identifier: BSD-2-Clause
/// What the boot menu tells the root server.
#pragma once

#include <string_view>

namespace gate_test {

/// The word behind the module's name: which run is wanted. 'all' if there is none.
std::string_view first_argument();

} // namespace gate_test
