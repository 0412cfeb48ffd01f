internal import ConnectedApp
internal import ConnectedAppTesting
internal import Foundation
internal import Subprocess
internal import Testing

/// An independent mail server and webhook receiver, and what they received.
struct NoticeReceivers: Sendable {
    struct Ports: Decodable, Sendable {
        var mail: Int?
        var webhook: Int?
    }

    let ports: Ports
    private let log: String

    /// Runs the receivers during the body.
    static func run<Result: Sendable>(
        _ options: [String: Any], in folder: TemporaryFolder, _ body: (NoticeReceivers) async throws -> Result
    ) async throws -> Result {
        let text = String(decoding: try JSONSerialization.data(withJSONObject: options), as: UTF8.self)
        let log = folder.path + "/received-\(UUID().uuidString)"
        let (result, _) = try await AprityProcess.server(
            ForeignProgram.python(), [ForeignProgram.tools + "/notice_receivers.py", text, log],
            environment: .inherit,
            ready: { line in try? JSONDecoder().decode(Ports.self, from: Data(line.utf8)) },
            { ports in try await body(NoticeReceivers(ports: ports, log: log)) })
        return result
    }

    /// Returns everything received of a kind, in order.
    func received(_ kind: String) throws -> [[String: Any]] {
        guard let text = try? String(contentsOfFile: log, encoding: .utf8) else { return [] }
        return try text.split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }.filter { $0["kind"] as? String == kind }
    }

    /// Waits until `count` items of a kind have arrived.
    func wait(for count: Int, _ kind: String) async throws {
        for _ in 0..<600 {
            if try received(kind).count >= count { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("\(count) of the kind \(kind) did not arrive in time")
    }
}

/// A certificate authority and its certificates, created with openssl.
struct NoticeAuthority: Sendable {
    let folder: TemporaryFolder
    let authority: String
    let certificate: String
    let key: String

    /// - Parameter name: The name in the server's certificate.
    init(in folder: TemporaryFolder, name: String = "IP:127.0.0.1,DNS:localhost") async throws {
        self.folder = folder
        let base = folder.path + "/" + UUID().uuidString
        (authority, certificate, key) = (base + "-ca.pem", base + ".pem", base + ".key")
        let openssl = OutsideTool.openssl
        _ = try await openssl.output([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=Authority of a test", "-keyout", base + "-ca.key", "-out", authority,
        ])
        _ = try await openssl.output([
            "req", "-x509", "-CA", authority, "-CAkey", base + "-ca.key", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=server", "-addext",
            "subjectAltName=\(name)", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out",
            certificate,
        ])
    }
}
