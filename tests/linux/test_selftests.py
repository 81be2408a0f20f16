# SPDX-License-Identifier: BSD-2-Clause
"""
A short part of Linux's own tests; 'make selftests' runs all of them and compares. None whose outcome depends on how busy
the host is, as futex_wait and futex_requeue (docs/CAVEATS.md).
"""

import pytest

SHORT = """
futex/futex_requeue_pi_mismatched_ops futex/futex_wait_private_mapped_file
futex/futex_wait_timeout futex/futex_wait_wouldblock futex/futex_waitv
ptrace/get_set_sud ptrace/get_syscall_info ptrace/peeksiginfo
rseq/basic_test sigaltstack/sas
vDSO/vdso_test_abi vDSO/vdso_test_correctness vDSO/vdso_test_getcpu
x86/check_initial_reg_state_64 x86/iopl_64 x86/sigreturn_64
x86/single_step_syscall_64 x86/syscall_arg_fault_64 x86/syscall_nt_64 x86/sysret_rip_64
x86/test_mremap_vdso_64
mm/mremap_dontunmap mm/madv_populate mm/mkdirty mm/map_fixed_noreplace
""".split()


@pytest.mark.parametrize("program", SHORT)
def test_selftest(machine, program):
    folder, name = program.split("/")
    output, status = machine.command(f"cd /selftests/{folder}; timeout -s KILL 30 ./{name} 2>&1; s=$?; cd; (exit $s)", 60)
    assert status == 0, f"status {status}:\n{output}\nlog: {machine.log_path}"
