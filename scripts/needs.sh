# Sourced by the other scripts: finds out what the machine lacks, and installs it by apt, saying so.

say() { printf '%s\n' "$*" >&2; }

# need_packages PACKAGE...: installs the Debian packages that are not there.
need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed \
            || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
            say "Some system packages are missing. Please run, as root:"
            say "    apt-get install --no-install-recommends ${missing[*]}"
            exit 1
        fi
        sudo=(sudo -n)
    fi
    if ! command -v apt-get >/dev/null; then
        say "This machine has no apt. Please install what Debian calls: ${missing[*]}"
        exit 1
    fi
    say "Installing system packages by apt: ${missing[*]}"
    { "${sudo[@]}" apt-get update -qq \
        && DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
        >"${TMPDIR:-/tmp}/aprity-apt.log" 2>&1 || {
        say "apt could not install them; its output is in ${TMPDIR:-/tmp}/aprity-apt.log"
        exit 1
    }
}

# need_swift: Swift 6.2 or newer must be there; it cannot be had by apt.
need_swift() {
    if ! command -v swift >/dev/null; then
        say "Swift is missing. Install Swift 6.2 or newer from https://www.swift.org/install/linux/ and run this again."
        exit 1
    fi
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
    set -- $version
    if [ "${1:-0}" -lt 6 ] || { [ "${1:-0}" -eq 6 ] && [ "${2:-0}" -lt 2 ]; }; then
        say "Swift 6.2 or newer is needed; this is $(swift --version 2>&1 | head -n 1)."
        exit 1
    fi
}

# What the build itself links with.
BUILD_PACKAGES=(libcurl4-openssl-dev libp11-kit-dev libsqlite3-dev libxml2-dev zlib1g-dev pkg-config)

# The one configuration of demo and tests: the debug one. The tests are found through the index, so it cannot be done without;
# but the system's modules and the C++ of BoringSSL need not be in it. C and C++ are optimized a little and have no debugging
# symbols: the key derivation of one backup takes 2.2 s of processor time otherwise.
BUILD_FLAGS=(
    -Xswiftc -index-ignore-system-modules -Xcc -O1 -Xcc -g0 -Xcxx -O1 -Xcxx -g0 -Xcxx -index-store-path -Xcxx ""
)

# build SWIFT-BUILD-ARGUMENT...: builds, saying how far it is; what the compiler says is shown where it fails.
build() {
    local log=.build/build.log status
    if [ ! -d .build/debug ]; then
        say "Building for the first time: this takes 5 to 14 minutes on two cores; later builds take seconds."
    else
        say "Building."
    fi
    mkdir -p .build
    set +e
    swift build "${BUILD_FLAGS[@]}" "$@" 2>&1 | tee "$log" | awk '
        /^(Fetching|Computing|Creating working copy)/ && !fetched { print "  getting the packages"; fetched = 1 }
        match($0, /^\[[0-9]+\/[0-9]+\]/) {
            split(substr($0, 2, RLENGTH - 2), n, "/")
            share = int(n[1] * 10 / n[2])
            if (n[2] > 200 && share > shown) { shown = share; print "  built " share * 10 " %" }
        }
        { fflush() }' >&2
    status=${PIPESTATUS[0]}
    set -e
    if [ "$status" -ne 0 ]; then
        grep -E "(error|fatal):" "$log" | sort -u | head -n 40 >&2
        say "The build failed; all of its output is in $log."
        exit 1
    fi
}
