# SPDX-License-Identifier: BSD-2-Clause
"""For the conftest.py of a suite: what its tests have measured (record_property) is printed at the end."""


def pytest_terminal_summary(terminalreporter):
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, text in report.user_properties:
                terminalreporter.write_line(f"{name}: {text}")
