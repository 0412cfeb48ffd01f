# Functions for the other scripts, which source this file: they install missing packages with apt, and build.

# say TEXT...: prints a line to stderr.
say() { printf '%s\n' "$*" >&2; }

# need_packages PACKAGE...: installs the Debian packages that are missing. Exits if it may not, or if apt fails.
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
            say "Some system packages are missing. Run as root:"
            say "    apt-get install --no-install-recommends ${missing[*]}"
            exit 1
        fi
        sudo=(sudo -n)
    fi
    if ! command -v apt-get >/dev/null; then
        say "This machine has no apt. Install these Debian packages or their equivalents: ${missing[*]}"
        exit 1
    fi
    say "Installing system packages with apt: ${missing[*]}"
    { "${sudo[@]}" apt-get update -qq \
        && DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
        >"${TMPDIR:-/tmp}/aprity-apt.log" 2>&1 || {
        say "apt could not install the packages. Its output is in ${TMPDIR:-/tmp}/aprity-apt.log."
        exit 1
    }
}

# need_swift: exits unless Swift 6.2 or newer is installed. apt cannot install it.
need_swift() {
    if ! command -v swift >/dev/null; then
        say "Swift is missing. Install Swift 6.2 or newer from https://www.swift.org/install/linux/ and run the command again."
        exit 1
    fi
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
    set -- $version
    if [ "${1:-0}" -lt 6 ] || { [ "${1:-0}" -eq 6 ] && [ "${2:-0}" -lt 2 ]; }; then
        say "aprity needs Swift 6.2 or newer. Installed is $(swift --version 2>&1 | head -n 1)."
        exit 1
    fi
}

# The packages that the build links with.
BUILD_PACKAGES=(libcurl4-openssl-dev libp11-kit-dev libsqlite3-dev libxml2-dev zlib1g-dev pkg-config)

# The flags of every debug build, so that demo and tests share one. Tests are discovered through the index, so indexing is needed,
# but not for the system's modules and BoringSSL's C++. C and C++ are slightly optimized; without optimization, the key derivation of
# one backup takes 2.2 s of processor time. There are no debugging symbols, which take a seventh of the build's time; a stack trace
# still has the names of functions.
BUILD_FLAGS=(
    -Xswiftc -index-ignore-system-modules -Xswiftc -gnone -Xcc -O1 -Xcc -g0 -Xcxx -O1 -Xcxx -g0 -Xcxx -index-store-path -Xcxx ""
)

# build SWIFT-BUILD-ARGUMENT...: builds, and shows the progress. If the build fails, shows the compiler's errors and exits.
build() {
    local log=.build/build.log status
    if [ ! -d .build/debug ]; then
        say "Building for the first time takes 5 to 14 minutes on two cores. Later builds take seconds."
    else
        say "Building."
    fi
    mkdir -p .build
    set +e
    swift build "${BUILD_FLAGS[@]}" "$@" 2>&1 | tee "$log" | awk '
        /^(Fetching|Computing|Creating working copy)/ && !fetched { print "  fetching the packages"; fetched = 1 }
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
        say "The build failed. Its complete output is in $log."
        exit 1
    fi
}
