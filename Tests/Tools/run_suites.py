"""Runs every test of a test bundle, several suites at once. Suites that measure time run first, one after another; at the same time
runs only one suite that mostly waits.

Each suite of the targets in SPREAD runs in a process of its own, so that none waits for another. The other targets have one process
each. The output of a process is printed as a whole when it has exited. The last line has the form of the test runner's own last line,
with the sums of all tests, suites and issues, and the total time.

usage: run_suites.py BUNDLE LANES
       LANES: how many processes may run at once

Exit status: 1 if a test failed, or if the number of tests that ran is not the number of tests in the bundle.
"""

import concurrent.futures
import re
import subprocess
import sys
import threading
import time

# Their tests set a time limit for a command, or stop and kill programs at moments that are counted in milliseconds.
TIMED = ("EndToEndTests.SafeHandsTests", "EndToEndTests.InterruptionTests")
# Its tests mostly wait for locks that other processes hold, so it may run beside the suites that measure time.
QUIET = "EndToEndTests.BlockInTroubleTests"
# The suites that take longest. They start first, so that none of them runs alone at the end.
LONGEST = (
    "RotationTests.RotationHarnessTests", "EndToEndTests.KilledRotationTests", "EndToEndTests.RotationBrowserTests",
    "EndToEndTests.WrongInputTests", "EndToEndTests.PullTests", "EndToEndTests.GuideTests", "EndToEndTests.DiagnosisTests",
    "EndToEndTests.AdversaryTests", "EndToEndTests.AdminWalkTests", "RotationTests.EditedPullTests",
    "EndToEndTests.GatewayTests", "RotationTests.HostilePullTests", "RotationTests.ResumedPullTests",
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
    """Returns the suites and targets to run, in the order in which they start, and the number of their tests."""
    listed = subprocess.run([*command, "--list-tests"], check=True, capture_output=True, text=True).stdout.split()
    suites = [test.split("/")[0] for test in listed]
    names = {suite if suite.split(".")[0] in SPREAD else suite.split(".")[0] for suite in suites}
    missing = [name for name in (*TIMED, QUIET, *LONGEST) if name not in names]
    if missing:
        sys.exit("error: there is no suite " + ", ".join(missing))
    return sorted(names, key=lambda name: (name not in LONGEST, name.split(".")[0] not in SPREAD, name)), len(listed)


def run(part):
    """Runs a suite or target, and returns whether it passed, and the numbers of its tests, suites and issues."""
    pattern = "^" + re.escape(part) + ("/" if "." in part else r"\.")
    ended = subprocess.run([*command, "--filter", pattern], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = colour.sub(b"", ended.stdout)
    with shown:
        sys.stdout.buffer.write(output)
        sys.stdout.flush()
    found = summary.findall(output)
    if not found:
        print(f"error: {part} exited with {ended.returncode} and without a summary.", flush=True)
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
    print(f"error: the bundle has {expected} tests, but {tests} were run.")
    passed = False
mark, word, tail = ("✔", "passed", ".") if passed else ("✘", "failed", f" with {issues} issues.")
print(f"{mark} Test run with {tests} tests in {suites} suites {word} after {time.monotonic() - begin:.3f} seconds{tail}")
sys.exit(0 if passed else 1)
