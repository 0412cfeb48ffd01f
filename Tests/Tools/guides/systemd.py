#!/usr/bin/python3
"""Stands in for systemctl, systemd-run and journalctl on a machine whose first process is not systemd.

It runs a unit's program as systemd.exec(5) and systemd.service(5) describe: with the unit's user, environment, credentials and
folders, and with its read-only and hidden paths. An unknown directive is an error, so that no part of a unit is silently ignored.
"""
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import time

UNITS = "/etc/systemd/system"
RUN = "/run/stand-in"
JOURNAL = RUN + "/journal"

# Directives without effect here: only the kernel could enforce them, or they concern the order at boot.
UNCHECKED = {
    "Description", "Wants", "After", "WantedBy", "Type", "Restart", "PrivateDevices", "ProtectKernelTunables",
    "ProtectKernelModules", "ProtectControlGroups", "RestrictAddressFamilies", "LockPersonality", "SystemCallArchitectures",
}
KNOWN = UNCHECKED | {
    "User", "Group", "ExecStart", "EnvironmentFile", "Environment", "LoadCredential", "StateDirectory", "StateDirectoryMode", "UMask",
    "WorkingDirectory", "SuccessExitStatus", "NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp", "CapabilityBoundingSet",
}


def fail(text, status=1):
    print(text, file=sys.stderr)
    sys.exit(status)


class Unit:
    def __init__(self, name):
        self.name, self.values = name, {}

    def add(self, line):
        name, separator, value = line.partition("=")
        if not separator or name not in KNOWN:
            fail(f"{self.name}: the stand-in does not know {line}")
        self.values.setdefault(name, []).append(value)

    def value(self, name, default=None):
        return self.values.get(name, [default])[-1]

    def all(self, name):
        return self.values.get(name, [])

    def is_on(self, name):
        return self.value(name) in ("yes", "true", "1", "on")


def read_unit(name):
    unit = Unit(name)
    for line in open(f"{UNITS}/{name}.service"):
        line = line.strip()
        if line and line[0] not in "[#;":
            unit.add(line)
    return unit


def environment_file(path):
    """Reads an EnvironmentFile. A comment is a line of its own; text after a value belongs to the value."""
    settings = {}
    for line in open(path):
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        name, separator, value = line.partition("=")
        if not separator or not name.isidentifier():
            print(f"{path}: ignored: {line}", file=sys.stderr)
            continue
        value = value.strip()
        if len(value) > 1 and value[0] in "\"'" and value[0] == value[-1]:
            value = value[1:-1]
        settings[name] = value
    return settings


def state_folders(unit, user):
    """Creates the state folders as systemd does: with the unit's mode. If a folder has another owner, the folder and everything in it
    is given to the unit's user.
    """
    folders = [f"/var/lib/{name}" for value in unit.all("StateDirectory") for name in value.split()]
    for folder in folders:
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, int(unit.value("StateDirectoryMode", "0755"), 8))
        if os.stat(folder).st_uid != user.pw_uid:
            for top, _, files in os.walk(folder):
                for path in [top] + [f"{top}/{file}" for file in files]:
                    os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return folders


def credentials(unit, user):
    """Creates the folder with the unit's credentials, which only its user can read and nobody can write."""
    loads = [value.split(":", 1) for value in unit.all("LoadCredential")]
    if not loads:
        return None
    folder = f"/run/credentials/{unit.name}.service"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder, mode=0o755)
    for name, source in loads:
        path = f"{folder}/{name}"
        shutil.copyfile(source, path)
        os.chmod(path, 0o400)
        os.chown(path, user.pw_uid, user.pw_gid)
    os.chmod(folder, 0o500)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def mounts(unit, folders):
    """Returns the shell commands that set up the file system as the unit sees it."""
    lines = ["mount --make-rprivate /"]
    for folder in folders:
        lines.append(f"mount --bind {folder} {folder}")
    if unit.is_on("PrivateTmp"):
        lines += ["mount -t tmpfs -o mode=1777 none /tmp", "mount -t tmpfs -o mode=1777 none /var/tmp"]
    if unit.is_on("ProtectHome"):
        lines += [f"mount -t tmpfs -o mode=0000,ro none {home}" for home in ("/home", "/root") if os.path.isdir(home)]
    if unit.value("ProtectSystem") == "strict":
        writable = " ".join(folders + ["/tmp", "/var/tmp"])
        lines.append(f"""
            for mount in $(findmnt --raw --noheadings --output TARGET); do
                case $mount in /dev|/dev/*|/proc|/proc/*|/sys|/sys/*) continue ;; esac
                case " {writable} " in *" $mount "*) continue ;; esac
                [ -e "$mount" ] || continue
                mount -o remount,bind,ro "$mount"
            done""")
    return "\n".join(["set -e"] + lines)


def command(unit, arguments, folders, folder_of_credentials):
    """Returns the command line that runs `arguments` as the unit says."""
    user = pwd.getpwnam(unit.value("User", "root"))
    settings = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": user.pw_dir,
        "LOGNAME": user.pw_name, "USER": user.pw_name, "SHELL": user.pw_shell,
    }
    if folders:
        settings["STATE_DIRECTORY"] = ":".join(folders)
    if folder_of_credentials:
        settings["CREDENTIALS_DIRECTORY"] = folder_of_credentials
    for value in unit.all("Environment"):
        settings.update(word.split("=", 1) for word in shlex.split(value))
    for value in unit.all("EnvironmentFile"):
        settings.update(environment_file(value))
    rights = ["setpriv", f"--reuid={user.pw_uid}", "--init-groups", "--inh-caps=-all", f"--regid={unit.value('Group', user.pw_name)}"]
    if unit.is_on("NoNewPrivileges"):
        rights.append("--no-new-privs")
    if unit.value("CapabilityBoundingSet") == "":
        rights.append("--bounding-set=-all")
    folder = unit.value("WorkingDirectory", "/")
    script = mounts(unit, folders) + f"\numask {unit.value('UMask', '0022')}\ncd {shlex.quote(folder)}\nexec \"$@\""
    words = [f"{name}={value}" for name, value in settings.items()]
    return ["unshare", "--mount", "bash", "-c", script, "bash", *rights, "env", "-i", *words, *arguments]


def prepared(unit, arguments):
    user = pwd.getpwnam(unit.value("User", "root"))
    return command(unit, arguments, state_folders(unit, user), credentials(unit, user))


def number_of(name):
    try:
        number = int(open(f"{RUN}/{name}.pid").read())
        os.kill(number, 0)
        return number
    except (OSError, ValueError):
        return None


def start(name):
    if number_of(name):
        return
    unit = read_unit(name)
    os.makedirs(RUN, exist_ok=True)
    journal = open(JOURNAL, "ab")
    # This process becomes the parent of the service, and writes its exit status to a file.
    keeper = os.fork()
    if keeper:
        deadline = time.monotonic() + 60
        while not number_of(name) and time.monotonic() < deadline:
            time.sleep(0.01)
        return
    os.setsid()
    service = subprocess.Popen(
        prepared(unit, shlex.split(unit.value("ExecStart"))), stdin=subprocess.DEVNULL, stdout=journal, stderr=journal)
    # The caller waits until the output of its command is closed, so this process must not keep it open.
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    with open(f"{RUN}/{name}.pid", "w") as file:
        file.write(str(service.pid))
    status = service.wait()
    with open(f"{RUN}/{name}.ended", "w") as file:
        file.write(str(status))
    os.unlink(f"{RUN}/{name}.pid")
    os._exit(0)


def stop(name):
    number = number_of(name)
    if not number:
        return
    os.kill(number, signal.SIGTERM)
    deadline = time.monotonic() + 60
    while os.path.exists(f"{RUN}/{name}.pid"):
        if time.monotonic() > deadline:
            fail(f"{name} does not end")
        time.sleep(0.02)
    status = int(open(f"{RUN}/{name}.ended").read())
    if status not in [0, -signal.SIGTERM] + [int(word) for word in read_unit(name).value("SuccessExitStatus", "").split()]:
        fail(f"{name} ended with {status}")


def systemctl(words):
    names = [word for word in words[1:] if not word.startswith("-")]
    match words[0]:
        case "daemon-reload":
            for file in os.listdir(UNITS):
                if file.endswith(".service") and not os.path.islink(f"{UNITS}/{file}"):
                    subprocess.run(["systemd-analyze", "verify", f"{UNITS}/{file}"], check=True)
        case "start":
            for name in names:
                start(name)
        case "enable":
            for name in names:
                read_unit(name)
                if "--now" in words:
                    start(name)
        case "stop":
            for name in names:
                stop(name)
        case "restart":
            for name in names:
                stop(name)
                start(name)
        case "is-active":
            sys.exit(0 if all(number_of(name) for name in names) else 3)
        case other:
            fail(f"the stand-in has no systemctl {other}")


def systemd_run(words):
    unit = Unit(f"run-{os.getpid()}")
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "-p":
            unit.add(words.pop(0))
        elif word not in ("--quiet", "--collect", "--pipe", "--wait"):
            fail(f"the stand-in has no systemd-run {word}")
    sys.exit(subprocess.run(prepared(unit, words)).returncode)


def journalctl(words):
    # A service that was just started may not have logged anything yet.
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (os.path.exists(JOURNAL) and b'"ready"' in open(JOURNAL, "rb").read()):
        time.sleep(0.05)
    text = open(JOURNAL).read()
    sys.stdout.write(text)
    if '"ready"' not in text:
        fail("the service does not become ready")


def main():
    os.umask(0o022)
    words = sys.argv[1:]
    match os.path.basename(sys.argv[0]):
        case "systemctl":
            systemctl(words)
        case "systemd-run":
            systemd_run(words)
        case "journalctl":
            journalctl(words)
        case other:
            fail(f"called as {other}")


main()
