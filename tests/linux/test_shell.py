# SPDX-License-Identifier: BSD-2-Clause
"""An interactive shell: pipes, jobs, signals from the keyboard, line editing, here-documents."""

import hashlib

import pytest

from machine import CTRL_BACKSLASH, CTRL_C, CTRL_D, CTRL_Z


def numbers(first, last):
    return "".join(f"{n}\n" for n in range(first, last + 1))


def start(machine, script, prepare=""):
    """Start a foreground process and wait until it says that it runs, after it has prepared itself."""
    machine.line(f"sh -c '{prepare}echo \"now\"-running; {script}'")
    machine.expect_exact("now-running\r\n")


def test_pipe_of_three(machine):
    assert machine.check("seq 1 1000 | grep 7 | wc -l") == "271\n"


def test_pipe_of_five(machine):
    assert machine.check("seq 1 2000 | sort -rn | head -n 500 | sed 's/$/x/' | tail -n 2") == "1502x\n1501x\n"


def test_pipe_of_twelve(machine):
    wanted = hashlib.sha256(numbers(1, 50000).encode()).hexdigest()
    assert machine.check("seq 1 50000 | " + "cat | " * 10 + "sha256sum").split()[0] == wanted


def test_pipe_ends_early(machine):
    """A writer whose reader has gone ends by SIGPIPE instead of running for ever."""
    assert machine.check("yes | head -n 3") == "y\ny\ny\n"


def test_status_of_a_pipe(machine):
    assert machine.command("false | true")[1] == 0
    assert machine.command("true | false")[1] == 1
    assert machine.command("sh -c 'kill -SEGV $$'")[1] == 139


def test_command_substitution(machine):
    assert machine.check("echo $(echo a; echo $(seq 1 3 | tail -n 1)) `uname`") == "a 3 Linux\n"


def test_background_and_wait(machine):
    machine.line("rm -f /tmp/bg; for i in 1 2 3 4; do (sleep 0.$i; echo $i >> /tmp/bg) & done")
    machine.prompt()
    output = machine.check("wait; cat /tmp/bg")
    assert [line for line in output.splitlines() if line.isdigit()] == ["1", "2", "3", "4"]


def test_wait_tells_the_status(machine):
    machine.line("sh -c 'exit 7' & wait $!; echo status-$?")
    machine.expect(r"status-7\r\n")
    machine.prompt()


def test_jobs_and_kill(machine):
    machine.line("sleep 1000 & sleep 1001 &")
    machine.prompt()
    jobs = machine.check("jobs")
    assert "sleep 1000" in jobs and "sleep 1001" in jobs and jobs.count("Running") == 2
    machine.check("kill %1 %2")
    machine.line("wait; jobs; echo no-more-jobs")
    machine.expect(r"\nno-more-jobs\r\n")
    machine.prompt()
    assert "sleep 100" not in machine.check("ps | grep -v grep | grep 'sleep 100' || true")


@pytest.mark.parametrize(
    "script", ["exec sleep 1000", "while :; do :; done", "exec cat", "yes > /dev/null", "yes | cat | cat > /dev/null"]
)
def test_ctrl_c(machine, script):
    start(machine, script)
    machine.send(CTRL_C)
    machine.prompt()
    # The prompt waits for the first process only; the others have had the same signal.
    machine.check("while pidof yes cat; do :; done")


def test_ctrl_c_status(machine):
    start(machine, "exec sleep 1000")
    machine.send(CTRL_C)
    machine.prompt()
    machine.line("echo status-$?")
    machine.expect(r"\nstatus-130\r\n")
    machine.prompt()


def test_ctrl_c_can_be_caught(machine):
    start(machine, "while :; do sleep 0.05; done", prepare='trap "echo caught; exit 3" INT; ')
    machine.send(CTRL_C)
    machine.expect(r"caught\r\n")
    machine.prompt()


def test_ctrl_c_in_the_shell_itself(machine):
    machine.line('echo "now"-running; while :; do :; done')
    machine.expect_exact("now-running\r\n")
    machine.send(CTRL_C)
    machine.prompt()


def test_ctrl_backslash(machine):
    # A shell that is about to exec may still ignore SIGQUIT: the program itself has to say that it runs.
    machine.line('echo "now"-running > /tmp/running; tail -f /tmp/running')
    machine.expect_exact("now-running\r\n")
    machine.send(CTRL_BACKSLASH)
    machine.prompt()
    machine.line("echo status-$?")
    machine.expect(r"\nstatus-131\r\n")
    machine.prompt()


def test_ctrl_d(machine):
    machine.line('echo "now"-running; cat > /tmp/ctrl-d; echo "cat"-ended')
    machine.expect_exact("now-running\r\n")
    machine.line("one")
    machine.send(CTRL_D)
    machine.expect_exact("cat-ended\r\n")
    machine.prompt()
    assert machine.check("cat /tmp/ctrl-d") == "one\n"


def test_ctrl_z_and_fg(machine):
    # The shell names the job before it gives it the terminal; only the job itself can say that it has it.
    machine.line(
        "sh -c 'trap \"echo \\\"now\\\"-continued\" CONT; echo $$ > /tmp/job; "
        "echo \"now\"-running; while :; do sleep 0.05; done'"
    )
    machine.expect_exact("now-running\r\n")
    machine.send(CTRL_Z)
    machine.expect(r"\[1\]\+ +Stopped")
    machine.prompt()
    assert "Stopped" in machine.check("jobs")
    assert machine.check("cut -d' ' -f3 /proc/$(cat /tmp/job)/stat") == "T\n"
    machine.line("fg")
    machine.expect_exact("now-continued\r\n")
    machine.send(CTRL_C)
    machine.prompt()
    assert machine.check("jobs") == ""


def test_ctrl_z_and_bg(machine):
    """A stopped process goes on in the background, and what it computes is not disturbed."""
    start(machine, "seq 1 100000 | sha256sum > /tmp/bg-sum; exec sleep 1000")
    machine.send(CTRL_Z)
    machine.expect(r"\[1\]\+ +Stopped")
    machine.prompt()
    machine.line("bg")
    machine.prompt()
    assert "Running" in machine.check("jobs")
    machine.check("until grep -q . /tmp/bg-sum; do sleep 0.05; done")
    assert machine.check("cat /tmp/bg-sum").split()[0] == hashlib.sha256(numbers(1, 100000).encode()).hexdigest()
    machine.check("kill %1")
    machine.line("wait")
    machine.prompt()


LEFT, RIGHT, UP, HOME, DELETE = "\x1b[D", "\x1b[C", "\x1b[A", "\x01", "\x1b[3~"


@pytest.mark.parametrize(
    "keys",
    [
        "echo result-$((6*8))" + LEFT * 2 + "\x7f7",
        "cho result-$((6*7))" + HOME + "e",
        "xecho result-$((6*7))" + HOME + DELETE,
        "wrong word\x15echo result-$((6*7))",
        "echo result-$((6*7)) junk\x17",
        "echo result-$((6*7)) junk" + LEFT * 5 + "\x0b",
        "ech result-$((6*7))" + LEFT * 30 + RIGHT * 3 + "o",
    ],
    ids=["backspace", "home", "delete", "kill line", "kill word", "kill to end", "arrows"],
)
def test_line_editing(machine, keys):
    machine.line(keys)
    machine.expect(r"\nresult-42 *\r\n")
    machine.prompt()


def test_history(machine):
    machine.check("rm -f /tmp/history")
    machine.line("echo entry >> /tmp/history")
    machine.prompt()
    for _ in range(3):
        machine.line(UP)
        machine.prompt()
    assert machine.check("wc -l < /tmp/history") == "4\n"


def test_completion(machine):
    machine.check("mkdir -p /tmp/completion; touch /tmp/completion/a-long-name")
    machine.send("echo found /tmp/completion/a-lo\t")
    machine.expect_exact("ng-name ")
    machine.line("")
    machine.expect(r"\nfound /tmp/completion/a-long-name *\r\n")
    machine.prompt()


def test_long_command_line(machine):
    words = " ".join(f"word{n}" for n in range(300))
    assert machine.check(f"echo {words} | wc -w") == "300\n"


def here_document(machine, first, lines):
    machine.line(first)
    for text in lines:
        machine.expect_exact("> ")
        machine.line(text)
    machine.expect_exact("\r\n")


def test_here_document(machine):
    machine.check("value=42")
    here_document(machine, "cat > /tmp/here <<END", ["one $value", "  two $((value + 1))", "END"])
    machine.prompt()
    here_document(machine, "cat > /tmp/quoted <<'END'", ["one $value", "`two`", "END"])
    machine.prompt()
    assert machine.check("cat /tmp/here") == "one 42\n  two 43\n"
    assert machine.check("cat /tmp/quoted") == "one $value\n`two`\n"


def test_here_document_into_a_pipe(machine):
    here_document(machine, "sort <<END | tr a-z A-Z | tee /tmp/sorted", ["pear", "apple", "pecan", "END"])
    machine.prompt()
    assert machine.check("cat /tmp/sorted") == "APPLE\nPEAR\nPECAN\n"


def test_script(machine):
    """A little of everything that a shell script does, with hundreds of processes."""
    here_document(
        machine,
        "cat > /tmp/script <<'END'",
        [
            "sum=0",
            "for i in $(seq 1 150); do",
            "  case $(expr $i % 3) in 0) sum=$((sum + i));; esac",
            "done",
            "f() { local n=$1; if [ $n -le 1 ]; then echo 1; else echo $((n * $(f $((n - 1))))); fi; }",
            "echo $sum $(f 10)",
            "END",
        ],
    )
    machine.prompt()
    assert machine.check("sh /tmp/script", limit=60) == "3825 3628800\n"
