# SPDX-License-Identifier: BSD-2-Clause
"""The report: one HTML page that explains itself, with plots drawn by gnuplot inside."""

import html
import subprocess

import summary

MEANING = {
    "getppid": "the smallest system call",
    "read1": "read one byte of /dev/zero",
    "write1": "write one byte to /dev/null",
    "stat": "stat of a file three folders down",
    "open-close": "open a file and close it",
    "select": "ask 64 pipes which can be read",
    "signal-install": "name a handler of a signal",
    "signal-deliver": "send oneself a signal, run the handler",
    "pipe-latency": "a byte to another process and back, by pipes",
    "unix-latency": "the same by a socket",
    "pipe-bandwidth": "64 KiB blocks through a pipe",
    "ctx-2-0k": "a token passed on in a ring of 2 processes",
    "ctx-8-0k": "in a ring of 8",
    "ctx-16-64k": "in a ring of 16 that read 64 KiB each",
    "fault-anon": "first write to a fresh page",
    "fault-file": "first read of a page of a mapped file",
    "fault-cow": "first write to a page after a fork",
    "fault-prot": "write to a read-only page, run the handler",
    "mmap-64k": "map 64 KiB of a file, read every fourth page, unmap",
    "mmap-64m": "the same with 64 MiB",
    "mprotect": "protect 16 pages, open them again, write to one",
    "fork-exit": "fork, exit, wait",
    "fork-exec": "fork, run the smallest program, wait",
    "sh-c": "a shell that runs the smallest program",
    "thread-create": "make a thread and wait for its end",
    "futex-pingpong": "hand a word of shared memory over and back",
    "tmpfs-create": "make a file of 1 KiB and remove it",
    "tmpfs-read": "read a file of 1 MiB",
    "mem-bandwidth": "copy 8 MiB of memory",
    "int-loop": "1000 rounds of integer arithmetic",
    "fp-loop": "1000 rounds of floating-point arithmetic",
    "sleep-latency": "how late a sleeper wakes",
    "boot-to-prompt": "from the kernel's first line to the shell's prompt",
    "job-compile": "a C compiler compiles a C compiler",
    "job-shell": "what a configure script does",
    "job-tools": "unxz, wc, sha256sum, gzip, sort, awk, tr, grep",
    "job-multi": "many users at once, at the best load",
}

COUNTERS = {
    "exits": "returns to a process",
    "system_calls": "system calls",
    "user_faults": "page faults of processes",
    "user_events": "events to processes",
    "page_faults": "page faults",
    "events": "events",
    "fills": "fills",
    "filled_pages": "pages filled",
    "unmaps": "unmaps",
    "switches": "switches of client",
    "messages": "messages",
    "microkernel": "entries into the microkernel",
    "cr3_loads": "CR3 loads",
}

PEERS = {
    "pti": "native with page-table isolation, ratio",
    "xen": "dom0 of Xen, ratio",
    "uml": "User-Mode Linux, ratio",
}

STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; font-size: 14px; }
th, td { padding: 2px 8px; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap; }
th:first-child, td:first-child, td.text, td.long { text-align: left; }
td.long { white-space: normal; }
th { vertical-align: bottom; white-space: normal; }
.missed { color: #b00; } .met { color: #070; }
figure { margin: 1em 0; overflow-x: auto; } figcaption { color: #555; }
"""


def plot(script, data):
    """An SVG picture; `data` are the lines of named blocks that the script plots."""
    blocks = "".join(f"${name} << END\n" + "\n".join(lines) + "\nEND\n" for name, lines in data.items())
    done = subprocess.run(["gnuplot"], input=blocks + script, capture_output=True, text=True, check=True)
    return done.stdout[done.stdout.index("<svg") :]


def ratios_plot(benchmarks):
    last = len(benchmarks) - 1
    rows = [f'{last - i} {b["ratio"]:.4f} "{b["name"]}"' for i, b in enumerate(benchmarks)]
    goals = [f'{last - i} {b["goal"]}' for i, b in enumerate(benchmarks) if "goal" in b]
    script = f"""
set terminal svg size 900,{60 + 20 * len(benchmarks)} dynamic font "sans-serif,13"
set style fill solid 0.8 noborder
set logscale x 2
set xrange [0.5<*<0.95:2<*]
set xtics (0.5, 0.7, 1, 1.25, 1.5, 2, 3, 4, 6, 8, 12, 16)
set yrange [-1:{last + 1}]
set grid xtics
set xlabel "cost on Pecan / cost natively"
set arrow from 1, -1 to 1, {last + 1} nohead lw 2 lc rgb "#333333"
set key top right
plot $rows using (1):1:(1):2:($1-0.35):($1+0.35):ytic(3) with boxxyerror lc rgb "#4477aa" title "measured"{
    ', $goals using 2:1 with points pt 5 ps 0.7 lc rgb "#cc3311" title "goal"' if goals else ''}
"""
    return plot(script, {"rows": rows, **({"goals": goals} if goals else {})})


def levels_plot(entry):
    levels = entry["levels"]
    rows = [f"{users} {levels['native'][users]} {levels['pecan'][users]}" for users in levels["native"]]
    script = """
set terminal svg size 700,340 dynamic font "sans-serif,13"
set logscale x 2
set yrange [0:*]
set grid
set xlabel "users at once"
set ylabel "jobs per minute"
set key bottom right
plot $rows using 1:2 with linespoints lw 2 lc rgb "#333333" title "native", \
     $rows using 1:3 with linespoints lw 2 lc rgb "#4477aa" title "Pecan"
"""
    return plot(script, {"rows": rows})


def samples_plot(benchmarks):
    """Every round of both sides, each as a multiple of the native median: how far the medians can be trusted."""
    rows = {"native": [], "pecan": []}
    for x, b in enumerate(benchmarks):
        for platform, lines in rows.items():
            for sample in b[platform]["samples"]:
                lines.append(f'{x} {summary.ratio(b["unit"], b["native"]["median"], sample):.4f} "{b["name"]}"')
    script = f"""
set terminal svg size 900,420 dynamic font "sans-serif,12"
set logscale y 2
set xrange [-1:{len(benchmarks)}]
set xtics rotate by -60
set grid
set ylabel "cost / native median"
set key top right
plot $native using ($1-0.12):2:xtic(3) with points pt 7 ps 0.5 lc rgb "#333333" title "native", \
     $pecan using ($1+0.12):2 with points pt 7 ps 0.5 lc rgb "#4477aa" title "Pecan"
"""
    return plot(script, rows)


def figure(svg, caption):
    return f"<figure>{svg}<figcaption>{html.escape(caption)}</figcaption></figure>"


def row(cells, tag="td"):
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def goal_cell(entry):
    text = summary.verdict(entry)
    return f'<span class="{text.split()[1]}">{text}</span>' if text else ""


def results_table(benchmarks):
    peers = summary.peers_in(benchmarks)
    titles = ["", "what it does", "native", "Pecan", "ratio", "goal", "spread native", "spread Pecan"]
    titles += ["best native", "best Pecan", "ratio of the best", *(PEERS[peer] for peer in peers)]
    rows = [row(titles, "th")]
    for b in benchmarks:
        cells = [b["name"], MEANING.get(b["name"], "")]
        cells += [summary.readable(b[platform]["median"], b["unit"]) for platform in summary.PLATFORMS]
        cells += [f"{b['ratio']:.2f}", goal_cell(b)]
        cells += [f"{b[platform]['spread']:.0%}" for platform in summary.PLATFORMS]
        cells += [summary.readable(b[platform]["best"], b["unit"]) for platform in summary.PLATFORMS]
        cells += [f"{b['best_ratio']:.2f}"]
        cells += summary.peer_cells(b, peers)
        rows.append(row(cells).replace("<td>", '<td class="text">', 2))
    return f"<table>{''.join(rows)}</table>"


def number(value):
    """Nothing for nothing, nor for what only the ticks of the timer have left."""
    if not value or value < 0.02:
        return ""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def counters_table(benchmarks):
    rows = [row(["", *COUNTERS.values(), "pages per fill", "kernel memory, bytes"], "th")]
    for b in benchmarks:
        found = b["counters"]
        fills = found.get("fills")
        cells = [b["name"], *(number(found.get(name)) for name in COUNTERS)]
        cells += [f"{found['filled_pages'] / fills:.1f}" if fills else "", f"{found.get('kernel_memory', 0):+d}"]
        rows.append(row(cells))
    return f"<table>{''.join(rows)}</table>"


def markdown(results):
    """The table of docs/performance.md: figures, and on Pecan what an operation needs of gate and microkernel."""
    names = [name for name in COUNTERS if name not in ("exits", "page_faults", "events", "messages")]
    peers = summary.peers_in(results["benchmarks"])
    by_clock = not results["environment"]["instructions"]
    titles = ["", "native", "Pecan", "ratio", *(["goal", "ratio of the best", "spread"] if by_clock else [])]
    titles += [*(PEERS[peer] for peer in peers), *(COUNTERS[name] for name in names)]
    lines = [f"| {' | '.join(titles)} |".replace("|  |", "| |"), "|---" + "|--:" * (len(titles) - 1) + "|"]
    for b in results["benchmarks"]:
        cells = [b["name"], *(summary.readable(b[platform]["median"], b["unit"]) for platform in summary.PLATFORMS)]
        cells += [f"{b['ratio']:.2f}"]
        if by_clock:
            cells += [summary.verdict(b), f"{b['best_ratio']:.2f}", f"{b['native']['spread']:.0%}, {b['pecan']['spread']:.0%}"]
        cells += [*summary.peer_cells(b, peers), *(number(b["counters"].get(name)) for name in names)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def environment_table(described):
    flat = []
    for name, value in described.items():
        if isinstance(value, dict):
            flat += [(f"{name}: {key}", inner) for key, inner in value.items()]
        elif value not in ("", [], False):
            flat.append((name, value))
    rows = [f'<tr><td>{html.escape(str(k))}</td><td class="long">{html.escape(str(v))}</td></tr>' for k, v in flat]
    return f"<table>{''.join(rows)}</table>"


INTRODUCTION = """
<p>The same <code>vmlinux</code> and the same programs were run in the same QEMU: <b>natively</b>, as QEMU boots
Linux, and on <b>Pecan</b>, where Linux is a user-level server of a microkernel. The two were booted in turns, {rounds}
each; a figure is the median of the rounds, and each round's figure is the median of several samples by the guest's own
clock. Both sides are checked to have done the same work.</p>
<p>The <b>ratio</b> is always the cost on Pecan divided by the cost natively: 1 is equal, 2 is twice as dear. The
<b>spread</b> is the distance between the best and the worst round, as a part of the median: a difference smaller than
that means nothing. On a host that others disturb the <b>ratio of the best</b> samples says more.</p>
"""
ABOUT_PEERS = """
<p>The last columns are not Pecan: Debian's Linux with page-table isolation, and as dom0 of Xen, each divided by the same
Linux without; User-Mode Linux as a process of our native Linux, divided by that.</p>
"""
WHY = """
<p>Counted by Linux and the microkernel while it was measured, per operation. Each system call, page fault or event of
a process costs two crossings of the gate (in, and the return to the process) and no load of CR3. Each entry into the
microkernel (to fill or unmap pages, to arm the timer, for interrupts) loads CR3 twice, a change of process once.
Returns to a process are system calls, page faults and events together.
</p>
"""


def warnings(results):
    texts = []
    if results["environment"]["quick"]:
        texts.append("This was a quick run: it shows that all works, its figures are no measurement.")
    if not results["complete"]:
        texts.append("The run was interrupted: not all rounds are there.")
    return "".join(f"<p class='missed'><b>{text}</b></p>" for text in texts)


def many_users(benchmarks):
    caption = "Throughput of a mix of jobs over the number of users (job-multi): higher is better."
    found = [figure(levels_plot(entry), caption) for entry in benchmarks if "levels" in entry]
    return ["<h2>Many users</h2>", *found] if found else []


def page(results):
    benchmarks = results["benchmarks"]
    done = len([one for one in results["rounds"] if one["platform"] == "pecan" and one["finished"]])
    parts = [
        "<h1>What Pecan costs Linux</h1>",
        INTRODUCTION.format(rounds=f"{done} times" if done > 1 else "once"),
        ABOUT_PEERS if summary.peers_in(benchmarks) else "",
        warnings(results),
        figure(ratios_plot(benchmarks), "To the right of the line Pecan costs more than native Linux. Squares: the goals."),
        "<h2>All results</h2>",
        results_table(benchmarks),
        *many_users(benchmarks),
        "<h2>Every round</h2>",
        figure(samples_plot(benchmarks), "Each dot is one round. Dots far apart: the host was disturbed."),
        "<h2>Why: what one operation does on Pecan</h2>",
        WHY,
        counters_table(benchmarks),
        "<h2>Taken on</h2>",
        environment_table({"date": results["date"], **results["environment"]}),
    ]
    title = "<meta charset='utf-8'><title>Pecan compared</title>"
    head = f"<!DOCTYPE html><html lang='en'><head>{title}<style>{STYLE}</style></head>"
    return f"{head}<body>{''.join(parts)}</body></html>\n"


def write(results, folder):
    path = folder / "report.html"
    path.write_text(page(results), encoding="utf-8")
    return path
