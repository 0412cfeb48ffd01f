"""Runs every test of a test bundle, several suites at once; suites that measure time run first, beside one that mostly waits.

Each suite that starts programs has a process of its own, so that none waits for another; the rest run by target. What a
process wrote is shown as a whole when it has ended. The last line has the shape of the runner's own: the sums of the
processes' tests, suites and issues, and the time that all of them took together.

usage: run_suites.py BUNDLE LANES
"""

import concurrent.futures
import re
import subprocess
import sys
import threading
import time

# Their tests hold a command to a limit of time, or stop and kill programs at moments that are counted in milliseconds.
TIMED = ("EndToEndTests.SafeHandsTests", "EndToEndTests.InterruptionTests")
# Its tests wait for locks that others hold.
QUIET = "EndToEndTests.BlockInTroubleTests"
# Those that take longest begin first, so that none runs on alone at the end.
LONGEST = (
    "RotationTests.RotationHarnessTests", "EndToEndTests.KilledRotationTests", "EndToEndTests.RotationBrowserTests",
    "EndToEndTests.WrongInputTests", "EndToEndTests.PullTests", "EndToEndTests.GuideTests", "EndToEndTests.DiagnosisTests",
    "EndToEndTests.AdversaryTests",
)
# The targets whose suites take long enough to be spread over the lanes.
SPREAD = ("EndToEndTests", "RotationTests", "KeyStoreConformanceTests", "StoreConformanceTests")

bundle, lanes = sys.argv[1], int(sys.argv[2])
command = [bundle, "--testing-library", "swift-testing", "--no-parallel"]
summary = re.compile(
    rb"Test run with (\d+) tests? in (\d+) suites? (passed|failed) after [\d.]+ seconds(?: with (\d+) issues?)?"
)
colour = re.compile(rb"\x1b\[[0-9;]*m")
shown = threading.Lock()


def parts():
    """Returns the names of suites and targets under which all tests run, the first to begin first, and the number of tests."""
    listed = subprocess.run([*command, "--list-tests"], check=True, capture_output=True, text=True).stdout.split()
    suites = [test.split("/")[0] for test in listed]
    names = {suite if suite.split(".")[0] in SPREAD else suite.split(".")[0] for suite in suites}
    missing = [name for name in (*TIMED, QUIET, *LONGEST) if name not in names]
    if missing:
        sys.exit("error: there is no suite " + ", ".join(missing))
    return sorted(names, key=lambda name: (name not in LONGEST, name.split(".")[0] not in SPREAD, name)), len(listed)


def run(part):
    """Returns whether it passed, and the numbers of its tests, suites and issues."""
    pattern = "^" + re.escape(part) + ("/" if "." in part else r"\.")
    ended = subprocess.run([*command, "--filter", pattern], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = colour.sub(b"", ended.stdout)
    with shown:
        sys.stdout.buffer.write(output)
        sys.stdout.flush()
    found = summary.findall(output)
    if not found:
        print(f"error: {part} ended with {ended.returncode}, and without a summary.", flush=True)
        return False, (0, 0, 0)
    tests, suites, word, issues = found[-1]
    return ended.returncode == 0 and word == b"passed", (int(tests), int(suites), int(issues or 0))


begin = time.monotonic()
names, expected = parts()
with concurrent.futures.ThreadPoolExecutor(lanes) as pool:
    quiet = pool.submit(run, QUIET)
    results = [run(name) for name in TIMED]
    results += pool.map(run, [name for name in names if name not in (*TIMED, QUIET)])
    results.append(quiet.result())
tests, suites, issues = (sum(counts) for counts in zip(*(counts for _, counts in results)))
passed = all(passed for passed, _ in results)
if tests != expected:
    print(f"error: {expected} tests are listed, and {tests} were run.")
    passed = False
mark, word, tail = ("✔", "passed", ".") if passed else ("✘", "failed", f" with {issues} issues.")
print(f"{mark} Test run with {tests} tests in {suites} suites {word} after {time.monotonic() - begin:.3f} seconds{tail}")
sys.exit(0 if passed else 1)
