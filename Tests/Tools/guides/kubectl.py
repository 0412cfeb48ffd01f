"""Stands in for kubectl and a cluster of one node, on a machine without a container runtime.

It runs the containers of a Deployment as the manifest says, with the kernel's namespaces: with their user, who needs no entry in
/etc/passwd, their groups and capabilities, a process with the number 1, a read-only root, environment variables, volumes and probes.
It treats volumes as the kubelet does for `fsGroup` (kubernetes/kubernetes: pkg/volume/volume_linux.go,
pkg/volume/util/atomic_writer.go). An unknown field is an error, so that no part of a manifest is silently ignored.

The image is this machine. HTTPS_PROXY and NO_PROXY are passed on, as clusters with a proxy do.
"""
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

import yaml

STATE = "/run/stand-in/cluster"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# The fields that a manifest may have. The value of a field that is not looked into is None.
PROBE = {"exec": {"command": None}, "periodSeconds": None, "failureThreshold": None, "timeoutSeconds": None}
CONTAINER = {
    "name": None, "image": None, "command": None, "env": [{"name": None, "value": None}],
    "securityContext": {
        "allowPrivilegeEscalation": None, "readOnlyRootFilesystem": None, "capabilities": {"drop": None}},
    "volumeMounts": [{"name": None, "mountPath": None, "readOnly": None}], "resources": None,
    "startupProbe": PROBE, "readinessProbe": PROBE, "livenessProbe": PROBE,
}
POD = {
    "automountServiceAccountToken": None, "enableServiceLinks": None, "terminationGracePeriodSeconds": None,
    "securityContext": {
        "runAsNonRoot": None, "runAsUser": None, "runAsGroup": None, "fsGroup": None, "fsGroupChangePolicy": None,
        "seccompProfile": None},
    "initContainers": [CONTAINER], "containers": [CONTAINER],
    "volumes": [{
        "name": None, "persistentVolumeClaim": {"claimName": None}, "secret": {"secretName": None, "defaultMode": None}}],
}
KNOWN = {
    "Deployment": {
        "apiVersion": None, "kind": None, "metadata": None,
        "spec": {
            "replicas": None, "strategy": None, "selector": None, "template": {"metadata": None, "spec": POD}}},
    "PersistentVolumeClaim": {"apiVersion": None, "kind": None, "metadata": None, "spec": None},
}


def fail(text):
    print(text, file=sys.stderr)
    sys.exit(1)


def check_known(value, known, place):
    if known is None:
        return
    if isinstance(known, list):
        for item in value:
            check_known(item, known[0], place)
        return
    for name, member in value.items():
        if name not in known:
            fail(f"the stand-in does not know {place}.{name}")
        check_known(member, known[name], f"{place}.{name}")


# The kubelet: volumes.

def set_group(path, group, mask):
    os.lchown(path, -1, group)
    if os.path.islink(path):
        return
    if os.path.isdir(path):
        mask |= 0o2110
    os.chmod(path, os.stat(path).st_mode & 0o7777 | mask)


def own_volume(folder, context, mask):
    """Does what the kubelet's `SetVolumeOwnership` does: gives everything to the group, which may read it and, on a disk, write it."""
    group = context.get("fsGroup")
    if group is None:
        return
    status = os.stat(folder)
    fits = status.st_gid == group and status.st_mode & (mask | 0o2110) == mask | 0o2110
    if context.get("fsGroupChangePolicy", "Always") == "OnRootMismatch" and fits:
        return
    for top, folders, files in os.walk(folder):
        set_group(top, group, mask)
        for name in files + [name for name in folders if os.path.islink(f"{top}/{name}")]:
            set_group(f"{top}/{name}", group, mask)


def secret_volume(folder, secret, context):
    """Makes a file system in memory. The files are in a folder that is named after a time, and symbolic links lead to them."""
    os.makedirs(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "none", folder], check=True)
    source = f"{STATE}/secrets/{secret['secretName']}"
    if not os.path.isdir(source):
        fail(f"there is no Secret {secret['secretName']}")
    dated = "..2026_11_29_09_00_00.123456789"
    os.mkdir(f"{folder}/{dated}")
    os.chmod(f"{folder}/{dated}", 0o755)
    os.symlink(dated, f"{folder}/..data")
    for name in os.listdir(source):
        shutil.copyfile(f"{source}/{name}", f"{folder}/{dated}/{name}")
        os.chmod(f"{folder}/{dated}/{name}", secret.get("defaultMode", 0o644))
        os.symlink(f"..data/{name}", f"{folder}/{name}")
    own_volume(folder, context, 0o440)


def mount_volumes(pod, folder):
    context = pod.get("securityContext", {})
    paths = {}
    for volume in pod.get("volumes", []):
        if "secret" in volume:
            paths[volume["name"]] = f"{folder}/volumes/{volume['name']}"
            secret_volume(paths[volume["name"]], volume["secret"], context)
        else:
            paths[volume["name"]] = f"{STATE}/claims/{volume['persistentVolumeClaim']['claimName']}"
            own_volume(paths[volume["name"]], context, 0o660)
    return paths


# The container runtime.

def as_user(pod, container, command):
    """Returns the command line that runs a command as the container's user with the container's environment."""
    context = pod.get("securityContext", {})
    user, group = context.get("runAsUser", 0), context.get("runAsGroup", 0)
    groups = ",".join(str(number) for number in [group, context.get("fsGroup")] if number is not None)
    own = container.get("securityContext", {})
    rights = [] if own.get("allowPrivilegeEscalation", True) else ["--no-new-privs"]
    if own.get("capabilities", {}).get("drop") == ["ALL"]:
        rights += ["--bounding-set=-all", "--inh-caps=-all"]
    # Container runtimes set this HOME for a user without an entry in /etc/passwd.
    settings = [f"PATH={PATH}", "HOME=/"]
    settings += [f"{name}={os.environ[name]}" for name in ("HTTPS_PROXY", "NO_PROXY") if name in os.environ]
    settings += [f"{setting['name']}={setting['value']}" for setting in container.get("env", [])]
    return ["env", "-i", *settings, "setpriv", f"--reuid={user}", f"--regid={group}", f"--groups={groups}", *rights,
            *command]


def container_script(pod, container, paths):
    lines = ["set -eu", "mount --make-rprivate /", "mount -t proc none /proc"]
    kept = ["/proc", "/dev", "/sys"]
    for mount in container.get("volumeMounts", []):
        target = mount["mountPath"]
        os.makedirs(target, exist_ok=True)
        lines.append(f"mount --bind {shlex.quote(paths[mount['name']])} {shlex.quote(target)}")
        if mount.get("readOnly"):
            lines.append(f"mount -o remount,bind,ro {shlex.quote(target)}")
        kept.append(target)
    if container.get("securityContext", {}).get("readOnlyRootFilesystem"):
        pattern = "|".join(f"{path}|{path}/*" for path in kept)
        lines += [
            "while read -r _ target _; do",
            f'case "$target" in {pattern}) ;; *) mount -o remount,bind,ro "$target" 2>/dev/null || : ;; esac',
            "done </proc/self/mounts",
            "for folder in / /etc /usr /var/lib /tmp; do",
            '! touch "$folder/probe" 2>/dev/null || { echo "$folder can be written" >&2; exit 1; }',
            "done",
        ]
    lines.append("cd /; exec " + shlex.join(as_user(pod, container, container["command"])))
    return "\n".join(lines)


def start(pod, container, paths, folder):
    """Starts a container under a process of its own, which writes the container's process id and later its exit status to files."""
    os.makedirs(folder, exist_ok=True)
    script = container_script(pod, container, paths)
    if os.fork():
        return
    os.setsid()
    with open(f"{folder}/log", "wb") as log, open(os.devnull) as nothing:
        process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", script], stdin=nothing, stdout=log,
            stderr=log)
        for stream in (0, 1, 2):
            os.dup2(log.fileno() if stream else nothing.fileno(), stream)
        children = f"/proc/{process.pid}/task/{process.pid}/children"
        number = ""
        while not number and process.poll() is None:
            number = open(children).read().strip()
        write(f"{folder}/process", number)
        write(f"{folder}/status", str(process.wait()))
    os._exit(0)


def write(path, text):
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


def read(path):
    try:
        return open(path).read()
    except FileNotFoundError:
        return None


def wait(path, seconds):
    end = time.monotonic() + seconds
    while read(path) is None:
        if time.monotonic() > end:
            fail(f"{path} was not written within {seconds} s")
        time.sleep(0.05)
    return read(path)


# The cluster.

def deployment(name):
    folder = f"{STATE}/deployments/{name.removeprefix('deployment/')}"
    if not os.path.isdir(folder):
        fail(f"there is no {name}")
    return folder, json.loads(read(f"{folder}/pod"))


def run_pod(folder, pod):
    paths = mount_volumes(pod, folder)
    for container in pod.get("initContainers", []):
        place = f"{folder}/{container['name']}"
        start(pod, container, paths, place)
        status = wait(f"{place}/status", 60)
        if status != "0":
            fail(f"the init container {container['name']} exited with {status}:\n{read(place + '/log')}")
    start(pod, pod["containers"][0], paths, f"{folder}/main")


def stop_pod(folder, pod):
    os.kill(int(read(f"{folder}/main/process")), signal.SIGTERM)
    status = wait(f"{folder}/main/status", pod.get("terminationGracePeriodSeconds", 30))
    if status != "143":
        fail(f"the container exited with {status} after SIGTERM, not with 143:\n{read(folder + '/main/log')}")
    for volume in pod.get("volumes", []):
        if "secret" in volume:
            subprocess.run(["umount", f"{folder}/volumes/{volume['name']}"], check=True)
    shutil.rmtree(f"{folder}/volumes")
    for container in ["main"] + [container["name"] for container in pod.get("initContainers", [])]:
        shutil.rmtree(f"{folder}/{container}")


def execute(folder, pod, command, **streams):
    number = wait(f"{folder}/main/process", 10)
    if not number or read(f"{folder}/main/status") is not None:
        fail(f"the container has ended:\n{read(folder + '/main/log')}")
    inside = as_user(pod, pod["containers"][0], command)
    return subprocess.run(["nsenter", "--mount", "--pid", "--target", number, "--wdns=/", *inside], **streams)


def create_secret(name, files):
    folder = f"{STATE}/secrets/{name}"
    os.makedirs(folder)
    for option in files:
        path = option.removeprefix("--from-file=")
        shutil.copyfile(path, f"{folder}/{os.path.basename(path)}")


def apply(path):
    for document in yaml.safe_load_all(open(path)):
        kind, name = document["kind"], document["metadata"]["name"]
        if kind not in KNOWN:
            fail(f"the stand-in does not know a {kind}")
        check_known(document, KNOWN[kind], kind)
        if kind == "PersistentVolumeClaim":
            os.makedirs(f"{STATE}/claims/{name}", mode=0o755, exist_ok=True)
            continue
        folder, pod = f"{STATE}/deployments/{name}", document["spec"]["template"]["spec"]
        os.makedirs(folder)
        write(f"{folder}/pod", json.dumps(pod))
        run_pod(folder, pod)


def rollout_status(name):
    folder, pod = deployment(name)
    probe = pod["containers"][0]["startupProbe"]
    for _ in range(60):
        result = execute(folder, pod, probe["exec"]["command"], capture_output=True, text=True)
        if result.returncode == 0:
            break
        time.sleep(1)
    else:
        fail(f"the probe fails: {result.stdout}{result.stderr}\n{read(folder + '/main/log')}")
    for kind in ("readinessProbe", "livenessProbe"):
        execute(folder, pod, pod["containers"][0][kind]["exec"]["command"], check=True)


def main(arguments):
    match arguments:
        case ["create", "secret", "generic", name, *files]:
            create_secret(name, files)
        case ["apply", "-f", path]:
            apply(path)
        case ["rollout", "status", name]:
            rollout_status(name)
        case ["rollout", "restart", name]:
            folder, pod = deployment(name)
            stop_pod(folder, pod)
            run_pod(folder, pod)
        case ["exec", "-i", name, "--", *command]:
            result = execute(*deployment(name), command, input=sys.stdin.buffer.read())
            sys.exit(result.returncode)
        case ["exec", name, "--", *command]:
            sys.exit(execute(*deployment(name), command, stdin=subprocess.DEVNULL).returncode)
        case ["logs", name]:
            print(read(deployment(name)[0] + "/main/log"), end="")
        case _:
            fail(f"the stand-in does not know kubectl {shlex.join(arguments)}")


main(sys.argv[1:])
