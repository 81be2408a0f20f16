// SPDX-License-Identifier: BSD-2-Clause
#ifndef ROOTTASK_POWER_HPP
#define ROOTTASK_POWER_HPP

#include "acpi.hpp"

namespace root {

/// Turning the machine off and starting it again, by what ACPI's tables say.
class Power {
public:
    /// Reads the tables and takes the ports that they name, so that no other task can. The root pointer is a copy, or
    /// empty: then it is looked for in the BIOS area.
    void prepare(acpi::Bytes root_pointer);
    bool can_power_off() const { return has_off_state_; }

    /// Both return only if the machine did not do it.
    void power_off() const;
    void reboot() const;

private:
    void take_ports();

    acpi::FixedDescription fadt_{};
    acpi::SleepTypes off_{};
    bool has_off_state_ = false;
};

} // namespace root

#endif
