# SPDX-License-Identifier: BSD-2-Clause
"""From power-on to power-off, by both kinds of firmware, again and again."""

import pytest


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_boot_and_poweroff(start, firmware):
    machine = start("one", QEMU_FIRMWARE=firmware)
    machine.boot(90)
    machine.line("poweroff")
    output, status = machine.wait_for_end()
    assert status == 0 and "the machine stays on" not in output


def test_reboot_by_uefi(start):
    machine = start("one", QEMU_FIRMWARE="uefi")
    machine.boot(90)
    machine.line("reboot")
    assert machine.wait_for_end()[1] == 0


def test_cold_boots(start, rounds):
    for _ in range(rounds):
        machine = start("one")
        assert "Linux version" in machine.boot(60)
        machine.stop()
