# SPDX-License-Identifier: BSD-2-Clause
"""One machine for all tests of a platform; a test that breaks it costs a new boot, not the tests behind it."""

import os

import pytest

import machine as machines
from figures import pytest_terminal_summary  # noqa: F401

# From the quick and fundamental to the end of the machine.
ORDER = ["test_boot", "test_shell", "test_serial", "test_files", "test_programs", "test_libraries", "test_selftests", "test_end", "test_pressure"]


def pytest_addoption(parser):
    parser.addoption(
        "--platform",
        default=os.environ.get("PECAN_PLATFORM", "native"),
        help="one or several, with commas: native (vmlinux alone), pecan (the same vmlinux on the microkernel)",
    )


def platforms(config):
    names = config.getoption("--platform").split(",")
    unknown = [name for name in names if name not in machines.PLATFORMS]
    if unknown:
        raise pytest.UsageError(f"no platform {unknown}; there are: {list(machines.PLATFORMS)}")
    return names


def pytest_report_header(config):
    return f"platforms: {', '.join(platforms(config))}; logs: {machines.LOGS}"


def pytest_generate_tests(metafunc):
    if "platform" in metafunc.fixturenames:
        metafunc.parametrize("platform", platforms(metafunc.config), scope="session")


def pytest_collection_modifyitems(config, items):
    names = platforms(config)
    items.sort(key=lambda item: (names.index(item.callspec.params["platform"]), ORDER.index(item.module.__name__)))


class Room:
    """Holds the machine that is running now."""

    def __init__(self, platform):
        self.platform = platform
        self.machine = None

    def live(self):
        if self.machine is None:
            self.machine = machines.boot(self.platform)
        return self.machine

    def discard(self):
        if self.machine is not None:
            self.machine.stop()
            self.machine = None


@pytest.fixture(scope="session")
def room(platform):
    the_room = Room(platform)
    yield the_room
    the_room.discard()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    setattr(item, "failed_in_" + call.when, report.failed)
    if report.failed and "room" in item.fixturenames and item.funcargs.get("room"):
        current = item.funcargs["room"].machine
        if current is not None:
            report.sections.append(("serial line", f"log: {current.log_path}"))


@pytest.fixture
def machine(room, request):
    yield room.live()
    if getattr(request.node, "failed_in_call", False) and room.machine is not None and not room.machine.rescue():
        room.discard()
