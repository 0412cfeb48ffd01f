internal import Foundation

/// A local port that accepts connections and answers nothing until it is closed.
struct SilentHost: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(descriptor, plain, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, plain, &length) == 0
            }
        }
        guard status else {
            throw AprityProcess.Unexpected(description: "no socket: \(String(cString: strerror(errno)))")
        }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// Whether a connection is waiting to be accepted.
    var hasBeenCalled: Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) != 0
    }

    /// Waits for a connection.
    ///
    /// - Returns: Its descriptor, which the caller must close; `nil` if the program ended without connecting.
    func caller(or program: AprityProcess.Running) -> Int32? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, 20) == 0 {
            if program.hasEnded { return nil }
        }
        return accept(descriptor, nil, nil)
    }

    /// Reads a caller's request until its body, the assertion of a sign-in, has arrived.
    func assertionHasCome(from caller: Int32, or program: AprityProcess.Running) -> Bool {
        var received = Data()
        var bytes = [UInt8](repeating: 0, count: 4096)
        while received.range(of: Data("assertion=".utf8)) == nil {
            var waiting = pollfd(fd: caller, events: Int16(POLLIN), revents: 0)
            while poll(&waiting, 1, 20) == 0 {
                if program.hasEnded { return false }
            }
            let count = read(caller, &bytes, bytes.count)
            guard count > 0 else { return false }
            received.append(contentsOf: bytes[..<count])
        }
        return true
    }

    /// Resets every connection that waits for an answer.
    func close() { _ = Glibc.close(descriptor) }
}
