// SPDX-License-Identifier: BSD-2-Clause
#ifndef L4_SIGMA0_HPP
#define L4_SIGMA0_HPP

#include <l4/fpage.hpp>

#include <optional>

namespace l4::sigma0 {

/// Requests to sigma0 (X.2, 7.4) on behalf of the calling thread, which then owns what it got.
/// Memory appears in the window: at window base + (physical address modulo window size); a window
/// of the complete address space makes that the physical address itself.

/// Memory by address: [base, base + 2^log2size). False: refused.
[[nodiscard]] bool request(Word base, unsigned log2size, Fpage window);
/// Any free conventional memory of this size: its physical address.
std::optional<Word> request_any(unsigned log2size, Fpage window);
/// I/O ports: as many as the power of two says, from a multiple of it.
[[nodiscard]] bool request_ports(Word first, unsigned log2count);

} // namespace l4::sigma0

#endif
