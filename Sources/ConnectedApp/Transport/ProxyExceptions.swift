internal import Foundation

/// `NO_PROXY`: the hosts that are reached without the proxy.
///
/// Commas or white space separate the entries. An entry is `*`, a domain with its subdomains (`acme.example`,
/// `.acme.example` or `*.acme.example`), an IP address, or a network in CIDR form. Domains and addresses may have a
/// port. Host names are not resolved, so an address or a network matches only a host that is written as an address.
package struct ProxyExceptions: Sendable, Equatable {
    /// The name of the variable that was read: `NO_PROXY`, or `no_proxy` if the former is missing or empty. `NO_PROXY`
    /// if both are.
    package let source: String
    /// The entries as they are written.
    package let entries: [String]
    private let patterns: [Pattern]

    package init(environment: [String: String]) {
        let variable = environment.firstSet(["NO_PROXY", "no_proxy"])
        source = variable?.name ?? "NO_PROXY"
        entries = (variable?.value ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
        patterns = entries.map(Pattern.init)
    }

    /// Whether no host is reached through a proxy.
    var matchEveryHost: Bool { patterns.contains(.everything) }

    /// The entries that have none of the forms above, as they are written. They match no host.
    package var ignored: [String] { zip(entries, patterns).filter { $1 == .unknown }.map(\.0) }

    /// - Returns: The first entry that matches this host, as it is written; `nil` if none does.
    func entry(for host: LoginHost) -> String? {
        zip(entries, patterns).first { $1.matches(host) }?.0
    }

    private enum Pattern: Sendable, Equatable {
        case everything
        case domain(String, port: Int?)
        case address(IPAddress, port: Int?)
        /// `bits` is the length of the network's prefix.
        case network(IPAddress, bits: Int)
        /// An entry in no known form. It matches nothing.
        case unknown

        init(_ entry: String) {
            if entry == "*" {
                self = .everything
            } else if let slash = entry.firstIndex(of: "/") {
                self = Self.network(entry[..<slash], bits: entry[entry.index(after: slash)...]) ?? .unknown
            } else if let address = IPAddress(entry) {
                self = .address(address, port: nil)
            } else {
                self = Self.withPort(entry.lowercased()) ?? .unknown
            }
        }

        private static func network(_ text: Substring, bits: Substring) -> Pattern? {
            guard let address = IPAddress(text), let bits = Int(bits), (0...address.bytes.count * 8).contains(bits)
            else { return nil }
            return .network(address, bits: bits)
        }

        private static func withPort(_ entry: String) -> Pattern? {
            var name = Substring(entry)
            // `*.acme.example` and `.acme.example` have the same meaning as `acme.example`.
            if name.hasPrefix("*.") { name = name.dropFirst() }
            if name.hasPrefix(".") { name = name.dropFirst() }
            // `HostText` drops port 443, because it is the default of https, so the next statement adds it. It keeps 80.
            guard let parts = try? HostText("https://" + name), !name.contains("://"), !name.contains("/") else {
                return nil
            }
            let port = name.hasSuffix(":443") ? 443 : parts.port
            if let address = IPAddress(parts.host) { return .address(address, port: port) }
            return .domain(parts.host, port: port)
        }

        func matches(_ host: LoginHost) -> Bool {
            let usedPort = host.port ?? (host.scheme == "https" ? 443 : 80)
            switch self {
            case .everything: return true
            case .domain(let domain, let port):
                guard port == nil || port == usedPort else { return false }
                return host.host == domain || host.host.hasSuffix("." + domain)
            case .address(let address, let port):
                return (port == nil || port == usedPort) && IPAddress(host.host) == address
            case .network(let network, let bits):
                return IPAddress(host.host)?.isIn(network, bits: bits) == true
            case .unknown: return false
            }
        }
    }
}

/// An IPv4 or IPv6 address.
private struct IPAddress: Sendable, Equatable {
    /// 4 bytes for IPv4, 16 for IPv6.
    let bytes: [UInt8]

    init?(_ text: some StringProtocol) {
        let text = String(text)
        var (four, six) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    /// - Parameter bits: The length of the network's prefix in bits.
    func isIn(_ network: IPAddress, bits: Int) -> Bool {
        guard bytes.count == network.bytes.count else { return false }
        return (0..<bits).allSatisfy { bit in
            (bytes[bit / 8] ^ network.bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
        }
    }
}
